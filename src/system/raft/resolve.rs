//! From the `[system.raft]` table to a deployment: every check, with its place.

use super::Raft;
use super::checks;
use super::command::{Command, CommandText};
use super::config::{Begins, Config, Kind, Reads, Replicas};
use super::settings::{Settings, Slot};
use crate::algorithm::raft;
use crate::base::diagnostics::{Code, Diagnostics, Place};
use crate::base::dist::Law;
use crate::base::document::{Located, law};
use crate::base::ids::{ClientId, NodeId, RegionId};
use crate::base::time::Span;
use crate::model::plan::{Plan, Provenance};
use crate::model::topology::NodeRole;
use crate::system::placement::{self, Site, by_distance, region};
use crate::system::registry::Configure;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Configure for Raft {
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
        let mut settings = settings(&config, place, plan, errors)?;
        let commands = commands.iter().filter_map(|c| command(c, &settings, plan, errors)).collect();
        plan.partitions = settings.partitions;
        if errors.len() > before {
            return None;
        }
        settings.operator = plan.topology.add_service_node("operator".into(), NodeRole::Global, None);
        let sites: Vec<Site> =
            settings.slots.iter().map(|slot| Site { region: slot.region, zone: slot.zone }).collect();
        match placement::place(plan, settings.partitions, &sites) {
            Ok(nodes) => settings.nodes = nodes,
            Err(slot) => {
                let slot = settings.slots[slot];
                let name = settings.region_name(slot.region);
                let message = format!("no node is left in {name} for another replica of a partition");
                errors
                    .error(Code::ImpossiblePlacement, place, message)
                    .hint("give the topology more nodes, or zones that the table names");
                return None;
            }
        }
        settings.nearest = plan.clients.ids().map(|id| (id, nearest(&settings, plan, id))).collect();
        facts(&settings, plan);
        provenance(&config, &settings, plan);
        Some((settings, commands))
    }
}

/// Replicas of a group at most.
const MOST: u32 = 64;

fn slots(config: &Config, place: Place, plan: &Plan, errors: &mut Diagnostics) -> Vec<Slot> {
    let mut slots = Vec::new();
    for Located { value: Replicas { region: name, zone, count, kind }, place } in &config.replicas {
        let Some(region) = region(name, plan, errors) else { continue };
        let zones = plan.topology.zones_of(region).count() as u32;
        if let Some(zone) = zone.filter(|zone| !(1..=zones).contains(zone)) {
            let message = format!("{} has {zones} zones, not {zone}", name.value);
            errors
                .error(Code::UnknownPlace, *place, message)
                .hint("without `zone` they are spread over all zones");
        }
        let slot = Slot { region, zone: *zone, kind: kind.unwrap_or_default() };
        slots.extend(std::iter::repeat_n(slot, count.unwrap_or(1).min(MOST + 1) as usize));
    }
    let voters = slots.iter().filter(|slot| slot.kind == Kind::Voter).count();
    if voters == 0 || slots.len() > MOST as usize {
        let message = "a group has between 1 and 64 replicas, one voter at least";
        errors
            .error(Code::OutsideLimits, place, message)
            .hint("learners, spares and witnesses keep no group going");
    }
    slots
}

fn settings(config: &Config, place: Place, plan: &Plan, errors: &mut Diagnostics) -> Option<Settings> {
    let slots = slots(config, place, plan, errors);
    let partitions = config.partitions.as_ref().map_or(1, |p| p.value);
    if !(1..=100_000).contains(&partitions) {
        let at = config.partitions.as_ref().map(|p| p.place);
        errors.error(Code::OutsideLimits, at, "there are between 1 and 100000 partitions");
    }
    let election_timeout = match &config.election_timeout {
        Some(text) => law(text, errors)?,
        None => Law::Uniform { low: 1.0, high: 2.0 },
    };
    let leaders = leaders(config, &slots, plan, errors);
    checks::lengths(config, &election_timeout, place, errors);
    let span = |given: &Option<Located<Span>>, default: Span| given.as_ref().map_or(default, |s| s.value);
    let raft = protocol(config, &election_timeout, errors);
    Some(Settings {
        partitions,
        slots,
        nodes: BTreeMap::new(),
        reads: config.reads.value,
        raft: Arc::new(raft),
        election_timeout,
        leaders,
        preference_delay: span(&config.preference_delay, Span::secs(10)),
        log_entries: config.log.as_ref().map_or(10_000, |n| u64::from(n.value)),
        data: config.data.as_ref().map_or(512_000_000, |d| d.value.0),
        snapshot_rate: config.snapshot_rate.as_ref().map_or(32e6, |b| b.value.0),
        with_leader: config.begins != Some(Begins::WithoutLeader),
        registers: plan.workloads.iter().map(|(_, w)| w.registers).max().unwrap_or(0),
        client: (span(&config.attempt_timeout, Span::secs(1)), span(&config.retry_pause, Span::millis(50))),
        nearest: BTreeMap::new(),
        bandwidth: bandwidth(plan),
        names: plan.topology.regions.iter().map(|(id, r)| (id, r.name.clone())).collect(),
        operator: NodeId::default(),
    })
}

fn protocol(config: &Config, timeout: &Law, errors: &mut Diagnostics) -> raft::Settings {
    let heartbeat = config.heartbeat.as_ref().map_or(Span::millis(100), |h| h.value);
    let shortest = Span::from_secs_f64(timeout.quantile(0.0).max(0.0));
    let patience = Span::from_secs_f64(timeout.quantile(0.99).max(0.0)).max(heartbeat.scale(2.0));
    let check_quorum = config.check_quorum.as_ref().is_none_or(|c| c.value);
    let lease = config.reads.value == Reads::Lease;
    if lease && !check_quorum {
        errors
            .error(Code::RefusedCombination, config.reads.place, "reads by lease need `check-quorum`")
            .hint("without it a replica votes for another while its leader still trusts its lease");
    }
    if lease && shortest <= heartbeat {
        let message = "reads by lease need election time-outs that are always longer than a heartbeat";
        errors
            .error(Code::RefusedCombination, config.reads.place, message)
            .hint("a lease lasts as long as the shortest time-out, and each heartbeat renews it");
    }
    raft::Settings {
        pre_vote: config.pre_vote.unwrap_or(true),
        check_quorum,
        lease_reads: lease,
        shortest_timeout: shortest,
        patience,
        heartbeat,
        drift_ppm: config.clock_drift_bound.as_ref().map_or(200, |d| d.value.0.ceil() as u32),
        window: config.window.as_ref().map_or(256, |w| w.value as usize),
        batch_bytes: config.batch.as_ref().map_or(1_000_000, |b| b.value.0),
        mutation: None,
    }
}

/// Where leaders should be: regions with a replica that may lead.
fn leaders(config: &Config, slots: &[Slot], plan: &Plan, errors: &mut Diagnostics) -> Vec<RegionId> {
    let mut found = Vec::new();
    for name in config.leaders.iter().flatten() {
        let Some(region) = region(name, plan, errors) else { continue };
        let may_lead = |slot: &Slot| slot.region == region && matches!(slot.kind, Kind::Voter | Kind::Spare);
        if !slots.iter().any(may_lead) {
            let message = format!("no replica in `{}` may lead", name.value);
            errors
                .error(Code::RefusedCombination, name.place, message)
                .hint("voters lead, and spares once they are voters");
        }
        found.push(region);
    }
    found
}

fn bandwidth(plan: &Plan) -> BTreeMap<(RegionId, RegionId), f64> {
    let rows = plan.network.bandwidth.iter();
    let links = rows.flat_map(|(from, row)| row.iter().map(move |(to, rate)| ((from, to), *rate)));
    links.filter_map(|(link, rate)| Some((link, rate?))).collect()
}

/// The replicas that a client may ask, the nearest first.
fn nearest(settings: &Settings, plan: &Plan, client: ClientId) -> Vec<usize> {
    let asked = |slot: &Slot| matches!(slot.kind, Kind::Voter | Kind::Spare);
    let slots = settings.slots.iter().enumerate().filter(|(_, slot)| asked(slot));
    by_distance(plan, client, slots.map(|(index, slot)| (index, slot.region)))
}

fn command(
    text: &CommandText,
    settings: &Settings,
    plan: &Plan,
    errors: &mut Diagnostics,
) -> Option<Command> {
    let (name, command): (_, fn(RegionId) -> Command) = match text {
        CommandText::TransferLeadership(to) => (&to.to, Command::TransferLeadership),
        CommandText::AddMembers(at) => (&at.region, Command::AddMembers),
        CommandText::RemoveMembers(at) => (&at.region, Command::RemoveMembers),
    };
    let id = region(name, plan, errors)?;
    if !settings.slots.iter().any(|slot| slot.region == id) {
        errors
            .error(Code::RefusedCombination, name.place, format!("`{}` holds no replica", name.value))
            .hint("`replicas` names those that can be added as well: `kind = \"spare\"`");
        return None;
    }
    Some(command(id))
}

fn facts(settings: &Settings, plan: &mut Plan) {
    let mut regions: Vec<RegionId> = settings.slots.iter().map(|slot| slot.region).collect();
    regions.sort_unstable();
    regions.dedup();
    let yes_no = |b: bool| if b { "yes" } else { "no" }.to_string();
    let voters = settings.slots.iter().filter(|s| matches!(s.kind, Kind::Voter | Kind::Witness)).count();
    let facts = [
        ("system", "raft".to_string()),
        ("regions", regions.len().to_string()),
        ("multi-region", yes_no(regions.len() > 1)),
        ("voters", voters.to_string()),
        ("consistency", "linearizable".to_string()),
        ("reads", if settings.reads == Reads::Lease { "lease" } else { "read-index" }.to_string()),
        ("no-loss", yes_no(voters > 2)),
    ];
    plan.facts.extend(facts.map(|(key, value)| (key.to_string(), value)));
}

fn provenance(config: &Config, settings: &Settings, plan: &mut Plan) {
    let from = |given: bool| if given { "scenario" } else { "default" }.to_string();
    let mut add = |key: &str, value: String, given: bool| {
        let key = format!("system.raft.{key}");
        plan.provenance.push(Provenance { key, value, origin: from(given) });
    };
    let raft = &settings.raft;
    add("partitions", settings.partitions.to_string(), config.partitions.is_some());
    add("replicas", settings.slots.len().to_string(), true);
    add("election-timeout", format!("{} s", settings.election_timeout), config.election_timeout.is_some());
    add("heartbeat", raft.heartbeat.to_string(), config.heartbeat.is_some());
    add("pre-vote", raft.pre_vote.to_string(), config.pre_vote.is_some());
    add("check-quorum", raft.check_quorum.to_string(), config.check_quorum.is_some());
    add("clock-drift-bound", format!("{} ppm", raft.drift_ppm), config.clock_drift_bound.is_some());
    add("window", raft.window.to_string(), config.window.is_some());
    add("batch", format!("{} B", raft.batch_bytes), config.batch.is_some());
    add("log", settings.log_entries.to_string(), config.log.is_some());
    add("data", format!("{} B", settings.data), config.data.is_some());
    add("snapshot-rate", format!("{} B/s", settings.snapshot_rate), config.snapshot_rate.is_some());
    add("attempt-timeout", settings.client.0.to_string(), config.attempt_timeout.is_some());
    add("retry-pause", settings.client.1.to_string(), config.retry_pause.is_some());
    add("preference-delay", settings.preference_delay.to_string(), config.preference_delay.is_some());
}
