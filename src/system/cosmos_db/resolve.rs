//! From the `[system.cosmos-db]` table to a deployed account: every check, with its place.

mod delays;
mod failback;
mod shown;

use crate::algorithm::conflict::Policy;
use crate::base::diagnostics::{Code, Diagnostics, Place};
use crate::base::document::Located;
use crate::base::ids::{ClientId, RegionId};
use crate::base::time::Span;
use crate::model::plan::Plan;
use crate::model::topology::NodeRole;
use crate::system::cosmos_db::CosmosDb;
use crate::system::cosmos_db::command::{Command, CommandText, OnOff};
use crate::system::cosmos_db::config::{
    Api, BackupText, Config, Conflicts, Definitions, FailoverText, OnSessionLost, Preferred,
};
use crate::system::cosmos_db::edition::{self, Edition};
use crate::system::cosmos_db::level::Level;
use crate::system::cosmos_db::place;
use crate::system::cosmos_db::settings::{Backup, Nodes, Settings};
use crate::system::registry::Configure;
use shown::{facts, provenance};
use std::collections::BTreeMap;

/// Entries that a log keeps for a region that is away: no page gives a figure.
const LOG_LIMIT: u64 = 200_000;

impl Configure for CosmosDb {
    type Config = Located<Config>;
    type CommandText = CommandText;

    fn resolve(
        config: Self::Config,
        commands: Vec<CommandText>,
        plan: &mut Plan,
        errors: &mut Diagnostics,
    ) -> Option<(Settings, Vec<Command>)> {
        let before = errors.len();
        let place = config.place;
        let config = config.value;
        let edition = find_edition(&config, plan, errors)?;
        let regions = account_regions(&config, plan, errors);
        let mut settings = settings(&config, &edition, &regions, plan, errors)?;
        check_level(&config, &settings, &edition, plan, errors);
        settings.preferred = preferred(&config, &settings, plan, errors);
        settings.failback = failback::failback(&config, &settings, place, plan, errors);
        let commands = commands.iter().filter_map(|c| command(c, plan, errors)).collect();
        plan.partitions = settings.partitions;
        if errors.len() > before {
            return None;
        }
        add_nodes(&mut settings, plan);
        match place::replicas(plan, &settings) {
            Ok(replicas) => settings.nodes.replicas = replicas,
            Err((region, why)) => {
                let name = &plan.topology.regions[region].name;
                errors
                    .error(
                        Code::ImpossiblePlacement,
                        place,
                        format!("replicas cannot be placed in {name}: {why}"),
                    )
                    .hint(
                        "give the topology more nodes or zones, or take the region out of `zone-redundant`",
                    );
                return None;
            }
        }
        facts(&config, &settings, plan);
        provenance(&config, &edition, &settings, plan);
        Some((settings, commands))
    }
}

fn find_edition(config: &Config, plan: &mut Plan, errors: &mut Diagnostics) -> Option<Edition> {
    let name = config.edition.as_ref().map_or("2021", |e| e.value.as_str());
    let found = Edition::find(name);
    if found.is_none() {
        errors
            .error(
                Code::OutsideLimits,
                config.edition.as_ref().map(|e| e.place),
                format!("there is no edition `{name}`"),
            )
            .did_you_mean(name, edition::NAMES);
    }
    let _ = plan;
    found
}

fn region(name: &Located<String>, plan: &Plan, errors: &mut Diagnostics) -> Option<RegionId> {
    let found = plan.topology.region(&name.value);
    if found.is_none() {
        let known: Vec<&str> = plan.topology.regions.iter().map(|(_, r)| r.name.as_str()).collect();
        errors
            .error(Code::UnknownPlace, name.place, format!("region `{}` is not in the topology", name.value))
            .did_you_mean(&name.value, known);
    }
    found
}

fn regions_of(names: &[Located<String>], plan: &Plan, errors: &mut Diagnostics) -> Vec<RegionId> {
    let mut found = Vec::new();
    for name in names {
        let Some(id) = region(name, plan, errors) else { continue };
        if found.contains(&id) {
            errors.error(
                Code::RefusedCombination,
                name.place,
                format!("region `{}` is listed twice", name.value),
            );
        } else {
            found.push(id);
        }
    }
    found
}

/// The account's regions: write regions first, then by failover priority, then the rest.
fn account_regions(config: &Config, plan: &Plan, errors: &mut Diagnostics) -> Vec<RegionId> {
    let all = match &config.regions {
        Some(names) => regions_of(names, plan, errors),
        None => plan.topology.regions.ids().collect(),
    };
    let writers = regions_of(&config.write_regions, plan, errors);
    for (name, id) in config.write_regions.iter().zip(&writers) {
        if !all.contains(id) {
            errors
                .error(
                    Code::RefusedCombination,
                    name.place,
                    format!("write region `{}` is not in `regions`", name.value),
                )
                .hint("add it to `regions`");
        }
    }
    let mut ordered = writers;
    if let Some(FailoverText::ServiceManaged(managed)) = &config.failover {
        for name in &managed.priority {
            if let Some(id) = region(name, plan, errors)
                && !ordered.contains(&id)
                && all.contains(&id)
            {
                ordered.push(id);
            }
        }
    }
    let rest: Vec<RegionId> = all.into_iter().filter(|r| !ordered.contains(r)).collect();
    ordered.extend(rest);
    ordered
}

fn settings(
    config: &Config,
    edition: &Edition,
    regions: &[RegionId],
    plan: &Plan,
    errors: &mut Diagnostics,
) -> Option<Settings> {
    let writers: Vec<RegionId> =
        config.write_regions.iter().filter_map(|n| plan.topology.region(&n.value)).collect();
    if writers.is_empty() {
        errors.error(Code::RefusedCombination, Place::NOWHERE, "`write-regions` names no region");
        return None;
    }
    let partitions = config.partitions.as_ref().map_or(1, |p| p.value);
    if partitions == 0 || partitions > 512 {
        let place = config.partitions.as_ref().map(|p| p.place);
        errors.error(Code::OutsideLimits, place, "an account has between 1 and 512 partitions");
    }
    let level = config.consistency.value;
    let priority = priority(config, regions, &writers, plan, errors);
    let units = throughput(config, edition, errors);
    let mut sdk = edition.sdk();
    sdk.hedge = config.clients.hedging;
    sdk.attempt_timeout = config.clients.attempt_timeout.unwrap_or(sdk.attempt_timeout);
    sdk.reset_lost_session = config.clients.on_session_lost != Some(OnSessionLost::Fail);
    let conflicts = config.conflicts.unwrap_or(Conflicts::LastWriterWins);
    let conflict_reader = conflict_reader(config, writers.len(), plan, errors);
    Some(Settings {
        edition: edition.name.clone(),
        partitions,
        level,
        regions: regions.to_vec(),
        begins_in: vec![*writers.first()?; partitions as usize],
        failback: None,
        names: plan.topology.regions.iter().map(|(id, r)| (id, r.name.clone())).collect(),
        priority,
        service_managed: matches!(config.failover, Some(FailoverText::ServiceManaged(_))),
        zone_redundant: regions_of(&config.zone_redundant, plan, errors).into_iter().collect(),
        bound: bound(config, edition, regions.len()),
        units_per_s: units,
        read_charge: edition.number("ru-read-per-kb"),
        write_charge: edition.number("ru-write-per-kb"),
        has_conflict_feed: config.api != Some(Api::Other),
        conflict_reader,
        strict_prefix: config.definitions != Some(Definitions::Documented2025),
        policy: match conflicts {
            Conflicts::LastWriterWins => Policy::LastWriterWins,
            Conflicts::NumericPath => Policy::NumericPath,
            Conflicts::Merge | Conflicts::Feed => Policy::Custom,
        },
        merge_procedure: conflicts == Conflicts::Merge,
        registers: plan.workloads.iter().map(|(_, w)| w.registers).max().unwrap_or(0),
        partition_bytes: config.data.as_ref().map_or(10_000_000_000, |d| d.value.0),
        log_limit: LOG_LIMIT,
        replicas: edition.number("replicas-per-region") as usize,
        spares: 4,
        laws: edition.timing(),
        failover: delays::failover(config, edition.failover(level.name()), errors),
        backup: backup(config, edition),
        sdk,
        preferred: BTreeMap::new(),
        mutation: None,
        nodes: Nodes::default(),
        writers,
    })
}

/// COS-12: an application that deals with the conflict feed; it runs in any region of the topology.
fn conflict_reader(
    config: &Config,
    writers: usize,
    plan: &Plan,
    errors: &mut Diagnostics,
) -> Option<(RegionId, Span)> {
    let reader = config.conflict_reader.as_ref()?;
    let mut refuse = |why: &str| _ = errors.error(Code::RefusedCombination, reader.place, why);
    if config.api == Some(Api::Other) {
        refuse("only accounts with `api = \"sql\"` have a conflict feed for `conflict-reader`");
    }
    if writers > 1 {
        refuse("`conflict-reader` reads what a failover left behind: it needs a single write region");
    }
    let every = reader.value.every.unwrap_or(Span::secs(30));
    if every < Span::millis(100) {
        errors.error(Code::OutsideLimits, reader.place, "`every` is at least 100ms");
    }
    region(&reader.value.region, plan, errors).map(|region| (region, every))
}

fn priority(
    config: &Config,
    regions: &[RegionId],
    writers: &[RegionId],
    plan: &Plan,
    errors: &mut Diagnostics,
) -> Vec<RegionId> {
    let Some(FailoverText::ServiceManaged(managed)) = &config.failover else {
        return regions.iter().copied().filter(|r| !writers.contains(r)).collect();
    };
    for name in &managed.priority {
        if plan.topology.region(&name.value).is_some_and(|r| !regions.contains(&r)) {
            let text =
                format!("failover priority names `{}`, which is not a region of the account", name.value);
            errors.error(Code::RefusedCombination, name.place, text).hint("add it to `regions`");
        }
    }
    if regions.len() < 2 {
        let place = managed.priority.first().map(|n| n.place);
        errors
            .error(Code::RefusedCombination, place, "service-managed failover needs a second region")
            .hint("add a region, or set failover = \"off\"");
    }
    regions_of(&managed.priority, plan, errors)
}

fn throughput(config: &Config, edition: &Edition, errors: &mut Diagnostics) -> f64 {
    let most = edition.number("partition-throughput-max");
    let units = config.throughput.as_ref().map_or(most, |t| t.value.0);
    if units > most || units <= 0.0 {
        let place = config.throughput.as_ref().map(|t| t.place);
        errors
            .error(Code::OutsideLimits, place, format!("a partition has at most {most} RU/s"))
            .hint("use more partitions");
    }
    units
}

fn bound(config: &Config, edition: &Edition, regions: usize) -> (u64, Span) {
    let kind = if regions > 1 { "multi" } else { "single" };
    config.bound.as_ref().map_or_else(
        || {
            let versions = edition.number(&format!("bounded-min-k-{kind}-region")) as u64;
            (versions, edition.span(&format!("bounded-min-t-{kind}-region")))
        },
        |b| (b.versions, b.time),
    )
}

fn backup(config: &Config, edition: &Edition) -> Option<Backup> {
    match config.backup.unwrap_or(BackupText::Periodic) {
        BackupText::Off => None,
        BackupText::Periodic => {
            let copies = edition.number("backup-copies").max(1.0) as usize;
            Some(Backup { interval: edition.span("backup-interval"), copies })
        }
        BackupText::Continuous => {
            let interval = edition.span("backup-continuous-interval");
            Some(Backup {
                interval: if interval == Span::ZERO { Span::secs(100) } else { interval },
                copies: 2,
            })
        }
    }
}

/// COS-5, COS-6: what excludes each other.
fn check_level(
    config: &Config,
    settings: &Settings,
    edition: &Edition,
    plan: &Plan,
    errors: &mut Diagnostics,
) {
    let place = config.consistency.place;
    if settings.multi() && settings.level == Level::Strong {
        errors
            .error(Code::RefusedCombination, place, "strong consistency allows only one write region")
            .hint("use a weaker level, or a single entry in `write-regions`");
    }
    if settings.level == Level::Strong && !config.allow_long_distance {
        let most = edition.number("strong-max-distance");
        for (i, a) in settings.regions.iter().enumerate() {
            for b in &settings.regions[i + 1..] {
                let Some(km) = plan.topology.distance_km(*a, *b).filter(|km| *km > most) else { continue };
                let (a, b) = (&plan.topology.regions[*a].name, &plan.topology.regions[*b].name);
                let text = format!(
                    "{a} and {b} are {km:.0} km apart: strong consistency is blocked beyond {most} km"
                );
                errors
                    .error(Code::OutsideLimits, place, text)
                    .hint("set allow-long-distance = true to ask for it");
            }
        }
    }
    if let Some(bound) = &config.bound {
        check_bound(bound, settings, edition, errors);
    }
    if config.conflicts.is_some() && !settings.multi() {
        errors.error(Code::SettingIgnored, place, "`conflicts` has no meaning with one write region");
    }
    for region in &settings.zone_redundant {
        let region = &plan.topology.regions[*region];
        if !region.has_zones {
            let at = config.zone_redundant.iter().find(|n| n.value == region.name).map(|n| n.place);
            errors
                .error(Code::RefusedCombination, at, format!("{} has no availability zones", region.name))
                .hint("`geodes list regions` shows which regions have zones");
        }
    }
}

fn check_bound(
    bound: &Located<super::config::Bound>,
    settings: &Settings,
    edition: &Edition,
    errors: &mut Diagnostics,
) {
    let kind = if settings.regions.len() > 1 { "multi" } else { "single" };
    let k = edition.number(&format!("bounded-min-k-{kind}-region")) as u64;
    let t = edition.span(&format!("bounded-min-t-{kind}-region"));
    if settings.level != Level::BoundedStaleness {
        errors.error(Code::SettingIgnored, bound.place, "`bound` has a meaning only at bounded-staleness");
    } else if bound.value.versions < k || bound.value.time < t {
        let text = format!("the bound of a {kind}-region account is at least {k} versions and {t}");
        errors.error(Code::OutsideLimits, bound.place, text);
    }
}

fn preferred(
    config: &Config,
    settings: &Settings,
    plan: &Plan,
    errors: &mut Diagnostics,
) -> BTreeMap<ClientId, Vec<RegionId>> {
    for name in config.clients.workloads.keys() {
        if !plan.workloads.iter().any(|(_, w)| w.name == *name) {
            let known: Vec<&str> = plan.workloads.iter().map(|(_, w)| w.name.as_str()).collect();
            errors
                .error(
                    Code::UnknownPlace,
                    Place::NOWHERE,
                    format!("`clients.workloads` names no workload `{name}`"),
                )
                .did_you_mean(name, known);
        }
    }
    let default = Preferred::Nearest;
    let general = config.clients.preferred.as_ref().unwrap_or(&default);
    let lists = [general].into_iter().chain(config.clients.workloads.values());
    for list in lists {
        if let Preferred::List(names) = list {
            regions_of(names, plan, errors);
        }
    }
    let of = |client: ClientId| {
        let client = &plan.clients[client];
        let workload = &plan.workloads[client.workload].name;
        match config.clients.workloads.get(workload).unwrap_or(general) {
            Preferred::None => Vec::new(),
            Preferred::Nearest => nearest(client.region, settings, plan),
            Preferred::List(names) => names.iter().filter_map(|n| plan.topology.region(&n.value)).collect(),
        }
    };
    plan.clients.ids().map(|id| (id, of(id))).collect()
}

/// The account's regions by median delay from `from`, its own region first.
fn nearest(from: RegionId, settings: &Settings, plan: &Plan) -> Vec<RegionId> {
    let delay = |to: RegionId| if to == from { 0.0 } else { plan.network.pairs[from][to].quantile(0.5) };
    let mut regions: Vec<RegionId> = plan.topology.regions.ids().collect();
    regions.sort_by(|a, b| delay(*a).total_cmp(&delay(*b)).then(a.cmp(b)));
    let _ = settings;
    regions
}

fn command(text: &CommandText, plan: &Plan, errors: &mut Diagnostics) -> Option<Command> {
    Some(match text {
        CommandText::Failover(to) => Command::Failover(region(&to.to, plan, errors)?),
        CommandText::ServiceManagedFailover(on) => Command::ServiceManagedFailover(*on == OnOff::On),
        CommandText::TakeOffline(at) => Command::TakeOffline(region(&at.region, plan, errors)?),
        CommandText::BringOnline(at) => Command::BringOnline(region(&at.region, plan, errors)?),
        CommandText::AddRegion(at) => Command::AddRegion(region(&at.region, plan, errors)?),
        CommandText::RemoveRegion(at) => Command::RemoveRegion(region(&at.region, plan, errors)?),
        CommandText::Throughput(t) => {
            let at = match &t.region {
                Some(name) => Some(region(name, plan, errors)?),
                None => None,
            };
            Command::Throughput(at, t.units.0)
        }
        CommandText::Restore(to) => Command::Restore(region(&to.to, plan, errors)?),
    })
}

fn add_nodes(settings: &mut Settings, plan: &mut Plan) {
    for region in plan.topology.regions.ids().collect::<Vec<_>>() {
        let path = format!("{}/manager", plan.topology.region_path(region));
        let node = plan.topology.add_service_node(path, NodeRole::Regional, Some(region));
        settings.nodes.managers.insert(region, node);
    }
    let mut add = |path: &str, role| plan.topology.add_service_node(path.to_string(), role, None);
    settings.nodes.control = add("control-plane", NodeRole::Control);
    settings.nodes.global = add("configuration-store", NodeRole::Global);
    settings.nodes.dns = add("discovery", NodeRole::Dns);
    settings.nodes.application = settings.conflict_reader.map(|(region, _)| {
        let path = format!("{}/application", plan.topology.region_path(region));
        plan.topology.add_service_node(path, NodeRole::Regional, Some(region))
    });
}
