//! From the `[system.container-registry]` table to [`Settings`]: every check, with its place.

mod place;
mod report;

use super::ContainerRegistry;
use super::command::{Command, CommandText, In};
use super::config::{Config, DistributeText};
use super::content::Recipe;
use super::edition::{self, Edition};
use super::prices::Prices;
use super::settings::{Distribute, Dns, Nodes, Probing, Settings, TIERS, Transfers};
use crate::base::diagnostics::{Code, Diagnostics, Place};
use crate::base::dist::Law;
use crate::base::document::Located;
use crate::base::ids::RegionId;
use crate::base::time::Span;
use crate::base::units::Bytes;
use crate::model::plan::{Costs, Plan};
use crate::system::placement;
use crate::system::registry::Configure;
use std::collections::BTreeMap;

impl Configure for ContainerRegistry {
    type Config = Located<Config>;
    type CommandText = CommandText;

    fn resolve(
        config: Located<Config>,
        commands: Vec<CommandText>,
        plan: &mut Plan,
        errors: &mut Diagnostics,
    ) -> Option<(Settings, Vec<Command>)> {
        let before = errors.len();
        let Located { value: config, place: table } = config;
        check_load(plan, table, errors);
        let edition = named("edition", &config.edition, &edition::NAMES, errors);
        let edition = edition.and_then(|at| Edition::find(edition::NAMES[at]))?;
        let mut settings = settings(&config, &edition, plan, errors);
        place::sites(&config, &commands, &mut settings, plan, table, errors);
        check_replicas(&config, &settings, &edition, errors);
        if errors.len() > before {
            return None;
        }
        let commands = commands.iter().map(|text| command(text, &settings, &edition, plan, errors));
        let commands: Option<Vec<Command>> = commands.collect();
        place::nodes(&config, &mut settings, plan);
        plan.partitions = 1;
        let initial = settings.sites.iter().filter(|site| site.initial).count();
        let usd_per_day = settings.tiers[settings.tier].usd_per_day * initial as f64;
        settings.costs = Prices::load().costs(usd_per_day, &plan.topology);
        report::facts(&config, &settings, plan);
        report::provenance(&config, &settings, &edition, plan);
        Some((settings, commands?))
    }
}

/// The place of a name in a list.
fn named(key: &str, text: &Located<String>, names: &[&str], errors: &mut Diagnostics) -> Option<usize> {
    let at = names.iter().position(|name| *name == text.value);
    if at.is_none() {
        let message = format!("`{key}` is one of {}, not `{}`", names.join(", "), text.value);
        errors
            .error(Code::UnknownVariant, text.place, message)
            .did_you_mean(&text.value, names.iter().copied());
    }
    at
}

fn number(
    key: &str,
    given: Option<Located<u32>>,
    default: u32,
    (least, most): (u32, u32),
    errors: &mut Diagnostics,
) -> u32 {
    let Some(Located { value, place }) = given else { return default };
    if !(least..=most).contains(&value) {
        let message = format!("`{key}` is between {least} and {most}, not {value}");
        errors.error(Code::OutsideLimits, place, message);
    }
    value
}

fn span(key: &str, given: Option<Located<Span>>, default: Span, errors: &mut Diagnostics) -> Span {
    let Some(Located { value, place }) = given else { return default };
    if !(Span::millis(1)..=Span::hours(24)).contains(&value) {
        errors.error(Code::OutsideLimits, place, format!("`{key}` is between 1ms and 24h, not {value}"));
    }
    value
}

fn size(key: &str, given: Option<Located<Bytes>>, default: u64, least: u64, errors: &mut Diagnostics) -> u64 {
    let Some(Located { value, place }) = given else { return default };
    if !(least..=200 << 30).contains(&value.0) {
        let message = format!("`{key}` is between {least} B and 200 GiB");
        errors.error(Code::OutsideLimits, place, message);
    }
    value.0
}

/// What clients ask for must be something that there is.
fn check_load(plan: &Plan, table: Place, errors: &mut Diagnostics) {
    for (_, workload) in plan.workloads.iter() {
        let name = crate::base::diagnostics::shown(&workload.name);
        let mut refuse = |what: &str, hint: &str| {
            let message = format!("workload `{name}` has {what}, which a registry does not know");
            errors.error(Code::RefusedCombination, table, message).hint(hint.to_owned());
        };
        if workload.mix.conditional > 0.0 {
            refuse("conditional writes", "a push to a tag replaces whatever it points to");
        }
        if workload.mix.batch > 0.0 {
            refuse("batches", "leave `batch` out of the mix");
        }
    }
}

/// Several replicas of one registry need a tier that allows them (ACR-12).
fn check_replicas(config: &Config, settings: &Settings, edition: &Edition, errors: &mut Diagnostics) {
    let place = config.tier.as_ref().map_or(config.edition.place, |tier| tier.place);
    let several = (0..settings.registries.len())
        .any(|registry| settings.of(registry).filter(|site| settings.sites[*site].initial).count() > 1);
    if several && !settings.tiers[settings.tier].replicated {
        errors
            .error(Code::RefusedCombination, place, "replicas in several regions need the premium tier")
            .hint("set `tier = \"premium\"`, or name one region in `replicas`");
    }
    if let Some(off) = config.routing_off.as_ref().filter(|_| !edition.flag("routing-switch")) {
        errors.error(Code::RefusedCombination, off.place, "this edition has no switch for routing");
    }
}

fn settings(config: &Config, edition: &Edition, plan: &Plan, errors: &mut Diagnostics) -> Settings {
    let tier = config.tier.as_ref();
    let tier = tier.and_then(|tier| named("tier", tier, &TIERS, errors)).unwrap_or(TIERS.len() - 1);
    let distribute = match config.distribute {
        Some(DistributeText::Import) => Distribute::Import,
        _ => Distribute::PushEach,
    };
    Settings {
        registries: Vec::new(),
        sites: Vec::new(),
        home: 0,
        home_deletable: edition.flag("home-deletable"),
        unrouted: Vec::new(),
        tiers: edition.tiers(),
        tier,
        most_held: span("most-held", config.most_held, Span::secs(10), errors),
        recipe: recipe(config, plan, errors),
        dns: dns(config, edition, plan, errors),
        probing: probing(config, edition, errors),
        transfers: transfers(config, errors),
        data_endpoints: config.data_endpoints.unwrap_or(false),
        distribute,
        offer_every: span("offer-every", config.offer_every, Span::secs(10), errors),
        compare_every: span("compare-every", config.compare_every, Span::secs(30), errors),
        serves: BTreeMap::new(),
        latency: BTreeMap::new(),
        costs: Costs::default(),
        names: BTreeMap::new(),
        patience: plan.workloads.iter().map(|(_, workload)| workload.timeout).max().unwrap_or_default(),
        nodes: Nodes::default(),
        homes: plan.clients.iter().map(|(id, client)| (id, client.region)).collect(),
        mutation: None,
    }
}

fn recipe(config: &Config, plan: &Plan, errors: &mut Diagnostics) -> Recipe {
    let base = match &config.base_layers {
        Some(sizes) => sizes.value.iter().map(|size| size.0).collect(),
        None => vec![80_000_000, 20_000_000],
    };
    if let Some(sizes) = config.base_layers.as_ref().filter(|sizes| sizes.value.len() > 100) {
        errors.error(Code::OutsideLimits, sizes.place, "an image has at most 100 base layers");
    }
    Recipe {
        families: number("base-images", config.base_images, 1, (1, 1_000), errors),
        base,
        own: number("own-layers", config.own_layers, 3, (1, 100), errors),
        first: size("first-images", config.first_images, 20_000_000, 0, errors),
        tags: plan.workloads.iter().map(|(_, w)| u64::from(w.registers)).max().unwrap_or(0),
    }
}

fn dns(config: &Config, edition: &Edition, plan: &Plan, errors: &mut Diagnostics) -> Dns {
    let text = &config.dns;
    let noise = text.noise.map_or(0.1, |share| share.value.0);
    let at = text.resolvers_at.iter().filter_map(|(client, resolver)| {
        let name = Located { value: client.clone(), place: resolver.place };
        Some((placement::region(&name, plan, errors)?, placement::region(resolver, plan, errors)?))
    });
    let resolvers_at = at.collect();
    Dns {
        ttl: match text.ttl {
            Some(Located { value: Span::ZERO, .. }) => Span::ZERO,
            given => span("ttl", given, edition.ttl(), errors),
        },
        client_cache: text.client_cache.unwrap_or(false),
        resolvers: number("resolvers", text.resolvers, 1, (1, 100), errors),
        resolvers_at,
        noise: if noise > 0.0 { Law::lognormal_median_p95(1.0, 1.0 + noise) } else { Law::Constant(1.0) },
        refresh: span("refresh", text.refresh, Span::hours(1), errors),
    }
}

fn probing(config: &Config, edition: &Edition, errors: &mut Diagnostics) -> Probing {
    let (text, usual) = (&config.probe, edition.probing());
    let probing = Probing {
        interval: span("interval", text.interval, usual.interval, errors),
        tolerated: number("tolerated", text.tolerated, usual.tolerated, (0, 9), errors),
        timeout: span("timeout", text.timeout, usual.timeout, errors),
    };
    let given = text.timeout.or(text.interval).filter(|_| probing.timeout > probing.interval);
    if let Some(Located { place, .. }) = given {
        let Probing { interval, timeout, .. } = probing;
        let message = format!("a probe times out before the next one: after {timeout}, every {interval}");
        errors.error(Code::OutsideLimits, place, message);
    }
    probing
}

fn transfers(config: &Config, errors: &mut Diagnostics) -> Transfers {
    let text = &config.client;
    let most = (1, 1_000);
    Transfers {
        chunk: size("chunk", text.chunk, 4 << 20, 1 << 10, errors),
        window: number("window", text.window, 4, most, errors) as usize,
        uploads: number("uploads", text.uploads, 5, most, errors) as usize,
        downloads: number("downloads", text.downloads, 3, most, errors) as usize,
        tries: number("tries", text.tries, 5, most, errors),
        push_attempts: number("push-attempts", text.push_attempts, 1, most, errors),
        timeout: span("timeout", text.timeout, Span::secs(10), errors),
        pause: span("pause", text.pause, Span::secs(1), errors),
        layer_cache: text.layer_cache.unwrap_or(true),
    }
}

fn command(
    text: &CommandText,
    settings: &Settings,
    edition: &Edition,
    plan: &Plan,
    errors: &mut Diagnostics,
) -> Option<Command> {
    let site = |at: &In, errors: &mut Diagnostics| {
        let region: RegionId = placement::region(&at.region, plan, errors)?;
        let site = settings.of(0).find(|site| settings.sites[*site].region == region);
        if site.is_none() {
            let message = format!("there is no replica in {}", at.region.value);
            errors.error(Code::UnknownPlace, at.region.place, message);
        }
        site
    };
    let mut routes = |at: &In, on: bool| {
        if !edition.flag("routing-switch") {
            let message = "this edition has no switch for routing";
            errors.error(Code::RefusedCombination, at.region.place, message);
        }
        Some(Command::Route(site(at, errors)?, on))
    };
    match text {
        CommandText::RoutingOff(at) => routes(at, false),
        CommandText::RoutingOn(at) => routes(at, true),
        CommandText::CreateReplica(at) => Some(Command::Create(site(at, errors)?)),
        CommandText::DeleteReplica(at) => Some(Command::Delete(site(at, errors)?)),
        CommandText::Tier(tier) => Some(Command::Tier(named("tier", tier, &TIERS, errors)?)),
    }
}
