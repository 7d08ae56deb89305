//! From the `[system.multi-paxos]` table to a deployment: every check, with its place.

use super::MultiPaxos;
use super::config::{Config, Reads};
use super::settings::Settings;
use crate::algorithm::paxos;
use crate::base::diagnostics::{Code, Diagnostics, Place, shown};
use crate::base::dist::Law;
use crate::base::document::{Located, law};
use crate::base::time::Span;
use crate::model::plan::{Plan, Provenance};
use crate::system::lab::NoCommand;
use crate::system::placement::{by_distance, place, sites};
use crate::system::registry::Configure;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// More replicas of a partition than this are refused.
const MOST_REPLICAS: u32 = 64;
/// More partitions than this are refused.
const MOST_PARTITIONS: u32 = 100_000;

impl Configure for MultiPaxos {
    type Config = Located<Config>;
    type CommandText = NoCommand;

    fn resolve(
        config: Located<Config>,
        _: Vec<NoCommand>,
        plan: &mut Plan,
        errors: &mut Diagnostics,
    ) -> Option<(Settings, Vec<NoCommand>)> {
        let before = errors.len();
        let Located { value: config, place: table } = config;
        let mut settings = settings(&config, plan, errors)?;
        if errors.len() > before {
            return None;
        }
        plan.partitions = settings.partitions;
        match place(plan, settings.partitions, &settings.sites) {
            Ok(nodes) => settings.nodes = nodes,
            Err(site) => {
                let name = settings.region_name(settings.sites[site].region);
                let message =
                    format!("no node is left in {} for another replica of a partition", shown(name));
                errors
                    .error(Code::ImpossiblePlacement, table, message)
                    .hint("give the topology more nodes, or zones that the table names");
                return None;
            }
        }
        let indices = || settings.sites.iter().enumerate().map(|(index, site)| (index, site.region));
        settings.nearest = plan.clients.ids().map(|id| (id, by_distance(plan, id, indices()))).collect();
        facts(&config, &settings, plan);
        provenance(&config, &settings, plan);
        Some((settings, Vec::new()))
    }
}

fn settings(config: &Config, plan: &Plan, errors: &mut Diagnostics) -> Option<Settings> {
    let sites = sites(&config.replicas, MOST_REPLICAS, plan, errors);
    let partitions = config.partitions.map_or(1, |p| p.value);
    if !(1..=MOST_PARTITIONS).contains(&partitions) {
        let at = config.partitions.map(|p| p.place);
        errors.error(
            Code::OutsideLimits,
            at,
            format!("there are between 1 and {MOST_PARTITIONS} partitions"),
        );
    }
    let election_timeout = match &config.election_timeout {
        Some(text) => law(text, errors)?,
        None => Law::Uniform { low: 1.0, high: 2.0 },
    };
    let span = |given: Option<Located<Span>>, default: Span| given.map_or(default, |s| s.value);
    let paxos = protocol(config, sites.len() as u32, &election_timeout, errors);
    Some(Settings {
        partitions,
        sites,
        nodes: BTreeMap::new(),
        paxos: Arc::new(paxos),
        election_timeout,
        log_slots: config.log.map_or(10_000, |n| u64::from(n.value)),
        data: config.data.map_or(512_000_000, |d| d.value.0),
        image_rate: config.image_rate.map_or(32e6, |b| b.value.0),
        registers: plan.workloads.iter().map(|(_, w)| w.registers).max().unwrap_or(0),
        attempt_timeout: span(config.attempt_timeout, Span::secs(1)),
        retry_pause: span(config.retry_pause, Span::millis(50)),
        nearest: BTreeMap::new(),
        names: plan.topology.regions.iter().map(|(id, r)| (id, r.name.clone())).collect(),
    })
}

fn protocol(config: &Config, replicas: u32, timeout: &Law, errors: &mut Diagnostics) -> paxos::Settings {
    let heartbeat = config.heartbeat.map_or(Span::millis(100), |h| h.value);
    let shortest = Span::from_secs_f64(timeout.quantile(0.0).max(0.0));
    lengths(config, errors);
    let lease_reads = config.reads.value == Reads::Lease;
    if shortest <= heartbeat {
        let message = "the election time-outs must always be longer than a heartbeat";
        let at = config.election_timeout.as_ref().map(|t| t.place).or(config.heartbeat.map(|h| h.place));
        errors
            .error(Code::RefusedCombination, at, message)
            .hint("a replica that stands while its leader is well has to be overruled by a new ballot");
    }
    paxos::Settings {
        replicas,
        lease_reads,
        shortest_timeout: shortest,
        patience: Span::from_secs_f64(timeout.quantile(0.99).max(0.0)).max(heartbeat.scale(2.0)),
        heartbeat,
        drift_ppm: config.clock_drift_bound.map_or(200, |d| d.value.0.ceil() as u32),
        window: config.window.map_or(256, |w| u64::from(w.value)),
        batch_bytes: config.batch.map_or(1_000_000, |b| b.value.0),
        mutation: None,
    }
}

/// Lengths and counts with which a group would stand still, or never let time go on.
fn lengths(config: &Config, errors: &mut Diagnostics) {
    let mut refuse = |key: &str, at: Place, why: &str| {
        errors.error(Code::OutsideLimits, at, format!("`{key}` must be {why}"));
    };
    for (key, given) in [
        ("heartbeat", config.heartbeat),
        ("attempt-timeout", config.attempt_timeout),
        ("retry-pause", config.retry_pause),
    ] {
        if let Some(given) = given.filter(|given| given.value == Span::ZERO) {
            refuse(key, given.place, "longer than nothing");
        }
    }
    if let Some(window) = config.window.filter(|window| window.value == 0) {
        refuse("window", window.place, "at least 1");
    }
    if let Some(rate) = config.image_rate.filter(|rate| rate.value.0 <= 0.0) {
        refuse("image-rate", rate.place, "above zero");
    }
    if let Some(bound) = config.clock_drift_bound.filter(|bound| bound.value.0 < 0.0) {
        refuse("clock-drift-bound", bound.place, "zero or more: clocks drift both ways within it");
    }
}

fn reads(config: &Config) -> &'static str {
    if config.reads.value == Reads::Lease { "lease" } else { "quorum" }
}

fn facts(config: &Config, settings: &Settings, plan: &mut Plan) {
    let regions: BTreeSet<_> = settings.sites.iter().map(|site| site.region).collect();
    let yes_no = |b: bool| if b { "yes" } else { "no" }.to_owned();
    let facts = [
        ("system", "multi-paxos".to_owned()),
        ("regions", regions.len().to_string()),
        ("multi-region", yes_no(regions.len() > 1)),
        ("replicas", settings.sites.len().to_string()),
        ("consistency", "linearizable".to_owned()),
        ("reads", reads(config).to_owned()),
        ("no-loss", yes_no(settings.sites.len() > 2)),
    ];
    plan.facts.extend(facts.map(|(key, value)| (key.to_owned(), value)));
}

fn provenance(config: &Config, settings: &Settings, plan: &mut Plan) {
    let paxos = &settings.paxos;
    let rows = [
        ("partitions", settings.partitions.to_string(), config.partitions.is_some()),
        ("replicas", settings.sites.len().to_string(), true),
        ("election-timeout", format!("{} s", settings.election_timeout), config.election_timeout.is_some()),
        ("heartbeat", paxos.heartbeat.to_string(), config.heartbeat.is_some()),
        ("reads", reads(config).to_owned(), true),
        ("clock-drift-bound", format!("{} ppm", paxos.drift_ppm), config.clock_drift_bound.is_some()),
        ("window", paxos.window.to_string(), config.window.is_some()),
        ("batch", format!("{} B", paxos.batch_bytes), config.batch.is_some()),
        ("log", settings.log_slots.to_string(), config.log.is_some()),
        ("data", format!("{} B", settings.data), config.data.is_some()),
        ("image-rate", format!("{} B/s", settings.image_rate), config.image_rate.is_some()),
        ("attempt-timeout", settings.attempt_timeout.to_string(), config.attempt_timeout.is_some()),
        ("retry-pause", settings.retry_pause.to_string(), config.retry_pause.is_some()),
    ];
    plan.provenance.extend(rows.map(|(key, value, given)| Provenance {
        key: format!("system.multi-paxos.{key}"),
        value,
        origin: if given { "scenario" } else { "default" }.to_owned(),
    }));
}
