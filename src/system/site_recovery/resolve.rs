//! From the `[system.site-recovery]` table to [`Settings`]: every check, with its place.

mod laws;
mod machines;
mod nodes;

use super::SiteRecovery;
use super::churn::of_machine;
use super::command::Command;
use super::config::{AppText, BeginText, Config, FailoverText, PortText};
use super::settings::{Failback, Settings};
use crate::base::diagnostics::{Code, Diagnostics, Place};
use crate::base::document::{Located, law};
use crate::base::ids::{NodeId, RegionId};
use crate::base::time::Span;
use crate::model::plan::{Plan, Provenance};
use crate::system::failback::{self, FailbackText};
use crate::system::placement::region;
use crate::system::registry::Configure;
use laws::Laws;

impl Configure for SiteRecovery {
    type Config = Located<Config>;
    type CommandText = Command;

    fn resolve(
        config: Located<Config>,
        commands: Vec<Command>,
        plan: &mut Plan,
        errors: &mut Diagnostics,
    ) -> Option<(Settings, Vec<Command>)> {
        let before = errors.len();
        let Located { value: config, place } = config;
        let settings = settings(&config, place, plan, errors);
        if errors.len() > before {
            return None;
        }
        let mut settings = settings?;
        plan.partitions = settings.vms.len() as u32;
        nodes::place(&mut settings, place, plan, errors)?;
        facts(&settings, plan);
        provenance(&config, &settings, plan);
        Some((settings, commands))
    }
}

fn settings(config: &Config, place: Place, plan: &Plan, errors: &mut Diagnostics) -> Option<Settings> {
    let mode = config.churn_mode.unwrap_or_default();
    let edition = config.edition.value;
    let source = region(&config.source, plan, errors);
    let target = region(&config.target, plan, errors);
    if source.is_some() && source == target {
        let text = "the target is another region than the source";
        errors.error(Code::RefusedCombination, config.target.place, text);
    }
    let vms = machines::machines(config, mode, errors);
    let (groups, group_of) = machines::groups(config, &vms, errors);
    let recovery_plan = machines::plan(config, &vms, errors);
    let manual = match &config.failover.value {
        FailoverText::Ordered => None,
        FailoverText::Manual(manual) => law(&manual.decide, errors).map(|law| (law, manual.to)),
    };
    let laws = Laws::new(config, errors)?;
    let least = |key: &str, given: &Option<Located<Span>>, default: Span, least: Span, errors: &mut _| {
        at_least(key, given, default, least, errors)
    };
    let second = Span::secs(1);
    let none = NodeId(0);
    Some(Settings {
        edition,
        sites: [source?, target?],
        nodes: vec![[none; 2]; vms.len()],
        caches: [none; 2],
        service: none,
        names: none,
        manual,
        plan: recovery_plan,
        group_of,
        groups,
        port_open: config.port.unwrap_or_default() == PortText::Open,
        protected: config.begin.unwrap_or_default() == BeginText::Protected,
        machine_limit: of_machine(mode),
        crash_consistent: laws.crash_consistent,
        app_consistent: app_consistent(config, errors),
        freeze: laws.freeze,
        retention: retention(config, errors),
        processing: laws.processing,
        servers: laws.servers,
        flush: least("flush", &config.flush, second, Span::millis(10), errors),
        resync_after: config
            .resync_after
            .is_some()
            .then(|| least("resync-after", &config.resync_after, Span::ZERO, second, errors)),
        copy_rate: config.copy_rate.map_or(100e6, |rate| rate.value.0),
        resources: laws.resources,
        heartbeat: least("heartbeat", &config.heartbeat, Span::secs(30), second, errors),
        silence: least("silence", &config.silence, Span::mins(5), second, errors),
        token: least("token", &config.token, Span::hours(1), Span::secs(10), errors),
        shutdown: least("shutdown", &config.shutdown, Span::mins(2), second, errors),
        create: laws.create,
        boot: laws.boot,
        capacity: laws.capacity,
        failback: failback(config, place, plan, errors),
        name_ttl: least("name-ttl", &config.name_ttl, Span::mins(1), Span::ZERO, errors),
        attempt_timeout: least("attempt-timeout", &config.attempt_timeout, second, Span::millis(1), errors),
        monitor: least("monitor", &config.monitor, Span::mins(1), second, errors),
        registers: plan.workloads.iter().map(|(_, w)| w.registers).max().unwrap_or(0),
        vms,
        mutation: None,
    })
}

fn at_least(
    key: &str,
    given: &Option<Located<Span>>,
    default: Span,
    least: Span,
    errors: &mut Diagnostics,
) -> Span {
    let Some(Located { value, place }) = given else { return default };
    if *value < least {
        errors.error(Code::OutsideLimits, *place, format!("`{key}` is at least {least}"));
    }
    *value
}

fn app_consistent(config: &Config, errors: &mut Diagnostics) -> Option<Span> {
    let Some(Located { value, place }) = &config.app_consistent else {
        return config.edition.value.app_consistent();
    };
    match value {
        AppText::Off => None,
        AppText::Every(every) => {
            if *every < Span::mins(1) {
                let text = "app-consistent points are at least a minute apart";
                errors.error(Code::OutsideLimits, *place, text);
            }
            Some(*every)
        }
    }
}

fn retention(config: &Config, errors: &mut Diagnostics) -> Span {
    let most = config.edition.value.longest_retention();
    let Some(Located { value, place }) = config.retention else { return Span::hours(24) };
    if value > most {
        let name = config.edition.value.name();
        let text = format!("edition {name} keeps recovery points for up to {most}");
        errors.error(Code::OutsideLimits, place, text);
    }
    value
}

fn failback(config: &Config, place: Place, plan: &Plan, errors: &mut Diagnostics) -> Option<Failback> {
    match &config.failback {
        None if !plan.hazards.is_empty() => {
            let text = "`failback` is missing: with hazards it says whether the machines move back";
            errors.error(Code::MissingKey, place, text).hint(
                "`failback = \"never\"` if they stay where they are, `failback = { after = \"4h\" }` if not",
            );
            None
        }
        None => None,
        Some(text) => match text.value {
            FailbackText::Never => Some(Failback::Never),
            FailbackText::After(_) => failback::law(text, errors).map(Failback::After),
        },
    }
}

fn facts(settings: &Settings, plan: &mut Plan) {
    let facts = [
        ("system", "site-recovery".to_owned()),
        ("edition", settings.edition.name().to_owned()),
        ("regions", "2".to_owned()),
        ("multi-region", "yes".to_owned()),
        ("machines", settings.vms.len().to_string()),
        ("rto-sla-s", settings.edition.rto().seconds().to_string()),
    ];
    plan.facts.extend(facts.map(|(key, value)| (key.to_owned(), value)));
}

fn provenance(config: &Config, settings: &Settings, plan: &mut Plan) {
    let path = |node: NodeId| plan.topology.nodes.get(node).map_or(String::new(), |n| n.path.clone());
    let name = |id: RegionId| plan.topology.regions.get(id).map_or("?", |r| &r.name);
    let mut rows: Vec<(String, String, &str)> = Vec::new();
    let mut row = |key: &str, value: String, given: bool, otherwise: &'static str| {
        rows.push((key.to_owned(), value, if given { "scenario" } else { otherwise }));
    };
    for (vm, nodes) in settings.vms.iter().zip(&settings.nodes) {
        let value = format!("{}, {}", path(nodes[0]), path(nodes[1]));
        row(&format!("vms.{}", vm.name), value, false, "placed");
    }
    for (site, node) in settings.caches.iter().enumerate() {
        row(&format!("cache-account.{}", name(settings.sites[site])), path(*node), false, "placed");
    }
    let app = settings.app_consistent.map_or("off".to_owned(), |every| every.to_string());
    row("app-consistent", app, config.app_consistent.is_some(), "edition");
    let retention = settings.retention.to_string();
    row("retention", retention, config.retention.is_some(), "documented default");
    let points = format!("{} s", settings.crash_consistent);
    row("crash-consistent", points, config.crash_consistent.is_some(), "documented");
    let processing = format!("{} s, {} at once", settings.processing, settings.servers);
    row("processing", processing, config.processing.is_some(), "assumed");
    let spans = [
        ("flush", settings.flush, config.flush.is_some()),
        ("heartbeat", settings.heartbeat, config.heartbeat.is_some()),
        ("silence", settings.silence, config.silence.is_some()),
        ("token", settings.token, config.token.is_some()),
        ("shutdown", settings.shutdown, config.shutdown.is_some()),
        ("name-ttl", settings.name_ttl, config.name_ttl.is_some()),
        ("attempt-timeout", settings.attempt_timeout, config.attempt_timeout.is_some()),
        ("monitor", settings.monitor, config.monitor.is_some()),
    ];
    for (key, value, given) in spans {
        row(key, value.to_string(), given, "assumed");
    }
    let laws = [
        ("freeze", &settings.freeze, config.freeze.is_some()),
        ("create", &settings.create, config.create.is_some()),
        ("boot", &settings.boot, config.boot.is_some()),
        ("resources", &settings.resources, config.resources.is_some()),
    ];
    for (key, law, given) in laws {
        row(key, format!("{law} s"), given, "assumed");
    }
    if let Some(after) = settings.resync_after {
        row("resync-after", after.to_string(), true, "assumed");
    }
    row("copy-rate", format!("{} B/s", settings.copy_rate), config.copy_rate.is_some(), "assumed");
    plan.provenance.extend(rows.into_iter().map(|(key, value, origin)| Provenance {
        key: format!("system.site-recovery.{key}"),
        value,
        origin: origin.to_owned(),
    }));
}
