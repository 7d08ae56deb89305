//! From the table to [`Settings`]: every check, and every preference list.

mod place;
mod shown;

use crate::algorithm::siblings::Rule;
use crate::base::diagnostics::{Code, Diagnostics, Place, shown as quoted};
use crate::base::document::Located;
use crate::base::ids::{ClientId, PartitionId, RegionId};
use crate::base::time::Span;
use crate::model::plan::Plan;
use crate::system::lab::NoCommand;
use crate::system::quorum_nwr::config::{
    AntiEntropyText, Config, CoordinatorText, QuorumText, ReadRepairText, VersionsText,
};
use crate::system::quorum_nwr::{QuorumNwr, Settings};
use crate::system::registry::Configure;
use std::collections::BTreeMap;

/// More partitions than this are refused.
const MOST_PARTITIONS: u32 = 512;

impl Configure for QuorumNwr {
    type Config = Located<Config>;
    type CommandText = NoCommand;

    fn resolve(
        config: Located<Config>,
        _: Vec<NoCommand>,
        plan: &mut Plan,
        errors: &mut Diagnostics,
    ) -> Option<(Settings, Vec<NoCommand>)> {
        let before = errors.len();
        let Located { value: config, place } = config;
        let partitions = config.partitions.map_or(1, |p| p.value);
        if !(1..=MOST_PARTITIONS).contains(&partitions) {
            let message = format!("between 1 and {MOST_PARTITIONS} partitions, not {partitions}");
            errors.error(Code::OutsideLimits, config.partitions.map(|p| p.place), message);
            return None;
        }
        plan.partitions = partitions;
        check_load(plan, place, errors);
        let shares = shares(&config, place, plan, errors)?;
        let n: u32 = shares.iter().map(|share| share.replicas).sum();
        check_quorum("write-quorum", config.write_quorum, n, errors);
        check_quorum("read-quorum", config.read_quorum, n, errors);
        check_versions(&config, errors);
        let fallbacks = config.fallbacks.map(|f| (f.value, f.place));
        let lists = place::lists(partitions, &shares, fallbacks, plan, errors)?;
        let settings = settings(&config, lists, plan, errors);
        if errors.len() > before {
            return None;
        }
        shown::facts(&settings, &shares, plan);
        shown::provenance(&config, &settings, plan);
        Some((settings, Vec::new()))
    }
}

/// Replicas in one region, resolved.
struct Share {
    region: RegionId,
    replicas: u32,
    place: Place,
}

/// Where the replicas are to be: as the table says, else one in each region.
fn shares(config: &Config, table: Place, plan: &Plan, errors: &mut Diagnostics) -> Option<Vec<Share>> {
    let Some(placement) = &config.placement else {
        let one = |region| Share { region, replicas: 1, place: table };
        return Some(plan.topology.regions.ids().map(one).collect());
    };
    if placement.value.is_empty() {
        errors
            .error(Code::ImpossiblePlacement, placement.place, "the placement is empty")
            .hint("name a region: `placement = [{ region = \"NAME\", replicas = 3 }]`");
        return None;
    }
    let before = errors.len();
    let mut shares: Vec<Share> = Vec::new();
    for Located { value: share, place } in &placement.value {
        let name = &share.region;
        let Some(region) = plan.topology.region(name) else {
            let known: Vec<&str> = plan.topology.regions.iter().map(|(_, r)| r.name.as_str()).collect();
            let message = format!("region `{}` is not in the topology", quoted(name));
            errors.error(Code::UnknownPlace, name.place, message).did_you_mean(name, known);
            continue;
        };
        if shares.iter().any(|other| other.region == region) {
            let message = format!("region `{}` is placed in twice", quoted(name));
            errors.error(Code::RefusedCombination, name.place, message).hint("set its `replicas` instead");
        }
        let replicas = share.replicas.map_or(1, |r| r.value);
        if replicas == 0 {
            let at = share.replicas.map(|r| r.place);
            let message = format!("no replicas in region `{}`", quoted(name));
            errors.error(Code::ImpossiblePlacement, at, message).hint("leave the region out");
        }
        shares.push(Share { region, replicas, place: *place });
    }
    (errors.len() == before).then_some(shares)
}

fn check_quorum(key: &str, quorum: Located<u32>, n: u32, errors: &mut Diagnostics) {
    let Located { value, place } = quorum;
    if value == 0 {
        errors.error(Code::OutsideLimits, place, format!("`{key}` is at least 1"));
    } else if value > n {
        let message = format!("`{key}` asks for {value} of {n} replicas");
        errors
            .error(Code::OutsideLimits, place, message)
            .hint("a quorum is at most N, the number of replicas that `placement` adds up to");
    }
}

fn check_versions(config: &Config, errors: &mut Diagnostics) {
    if let (Some(sloppy), Some(false)) =
        (config.quorum.filter(|q| q.value == QuorumText::Sloppy), config.hints)
    {
        errors
            .error(Code::RefusedCombination, sloppy.place, "sloppy quorums count hints, and `hints` is false")
            .hint("set `quorum = \"strict\"`, or leave `hints` out");
    }
    if config.versions.value != VersionsText::VersionVectors {
        return;
    }
    if let Some(coordinator) = config.coordinator.filter(|c| c.value == CoordinatorText::Client) {
        errors
            .error(
                Code::RefusedCombination,
                coordinator.place,
                "with version vectors a replica coordinates: only a node that keeps the versions it has made can number the next",
            )
            .also(config.versions.place, "the versions");
    }
    if let Some(trust) = config.trust_clocks {
        let why =
            "`trust-clocks` has a meaning only where the last writer wins: version vectors need no clocks";
        errors.error(Code::SettingIgnored, trust.place, why);
    }
}

/// What clients ask for must be something that there is.
fn check_load(plan: &Plan, place: Place, errors: &mut Diagnostics) {
    for (_, workload) in plan.workloads.iter() {
        let name = quoted(&workload.name);
        if workload.objects > 0 {
            let message =
                format!("workload `{name}` has objects, which `quorum-nwr` cannot insert, replace or delete");
            errors
                .error(Code::RefusedCombination, place, message)
                .hint("conditional writes need one order of writes: use registers (`keys`) and `write-once`");
        }
        if workload.mix.batch > 0.0 {
            let message = format!("workload `{name}` has batches, which `quorum-nwr` does not know");
            errors.error(Code::RefusedCombination, place, message);
        }
    }
}

fn positive(key: &str, given: Option<Located<Span>>, default: Span, errors: &mut Diagnostics) -> Span {
    let Some(Located { value, place }) = given else { return default };
    if value < Span::millis(1) {
        errors.error(Code::OutsideLimits, place, format!("`{key}` is at least 1ms"));
    }
    value
}

fn settings(config: &Config, lists: place::Lists, plan: &Plan, errors: &mut Diagnostics) -> Settings {
    let repair = config.read_repair.unwrap_or(ReadRepairText::Background);
    let anti_entropy = match config.anti_entropy.unwrap_or(AntiEntropyText::Every(Span::secs(10))) {
        AntiEntropyText::Off => None,
        AntiEntropyText::Every(every) => Some(every),
    };
    if anti_entropy.is_some_and(|every| every < Span::millis(10)) {
        let message = "`anti-entropy` is at least every 10ms";
        errors.error(Code::OutsideLimits, config.versions.place, message);
    }
    Settings {
        partitions: plan.partitions,
        read_quorum: config.read_quorum.value,
        write_quorum: config.write_quorum.value,
        sloppy: config.quorum.is_some_and(|q| q.value == QuorumText::Sloppy),
        rule: match config.versions.value {
            VersionsText::LastWriterWins => Rule::LastWriterWins,
            VersionsText::VersionVectors => Rule::Causal,
        },
        trust_clocks: config.trust_clocks.is_some_and(|trust| trust.value),
        apart: config.coordinator.is_some_and(|c| c.value == CoordinatorText::Client),
        hints: config.hints.unwrap_or(true),
        repair: repair != ReadRepairText::Off,
        blocking: repair == ReadRepairText::Blocking,
        anti_entropy,
        replica_timeout: positive("replica-timeout", config.replica_timeout, Span::millis(500), errors),
        attempt_timeout: positive("attempt-timeout", config.attempt_timeout, Span::secs(2), errors),
        suspect_for: positive("suspect-for", config.suspect_for, Span::secs(5), errors),
        hand_over_every: positive("hand-over-every", config.hand_over_every, Span::secs(1), errors),
        nearest: nearest(&lists, plan),
        lists,
        names: plan.topology.regions.iter().map(|(id, r)| (id, r.name.clone())).collect(),
        mutation: None,
    }
}

/// Places of the replicas, by the median delay from the client's region; its own region first.
fn nearest(lists: &place::Lists, plan: &Plan) -> BTreeMap<(ClientId, PartitionId), Vec<u32>> {
    let delay = |from: RegionId, to: RegionId| match from == to {
        true => 0.0,
        false => plan.network.pairs[from][to].quantile(0.5),
    };
    let mut nearest = BTreeMap::new();
    let mut delays: BTreeMap<(RegionId, RegionId), f64> = BTreeMap::new();
    for (id, client) in plan.clients.iter() {
        for (partition, list) in lists {
            let mut places: Vec<(f64, u32)> = (0..)
                .zip(&list.homes)
                .map(|(place, (_, region))| {
                    let pair = (client.region, *region);
                    (*delays.entry(pair).or_insert_with(|| delay(pair.0, pair.1)), place)
                })
                .collect();
            places.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            nearest.insert((id, *partition), places.into_iter().map(|(_, place)| place).collect());
        }
    }
    nearest
}
