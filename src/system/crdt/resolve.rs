//! From the `[system.crdt]` table to [`Settings`]: every check, with its place.

use super::config::{Config, Consistency};
use super::{Crdt, Settings};
use crate::base::diagnostics::{Code, Diagnostics, Place, shown};
use crate::base::document::Located;
use crate::base::time::Span;
use crate::model::plan::{Plan, Provenance};
use crate::system::lab::NoCommand;
use crate::system::placement::{self, Site, by_distance, place};
use crate::system::registry::Configure;
use std::collections::{BTreeMap, BTreeSet};

/// More partitions, or replicas of one, than this are refused.
const MOST: u32 = 512;

impl Configure for Crdt {
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
        let partitions = number("partitions", config.partitions, 1, MOST, errors);
        check_load(&config, plan, table, errors);
        let sites = sites(&config, plan, errors);
        let mut settings = settings(&config, partitions, sites, errors);
        if errors.len() > before {
            return None;
        }
        plan.partitions = partitions;
        match place(plan, partitions, &settings.sites) {
            Ok(nodes) => settings.nodes = nodes,
            Err(site) => {
                let name = &plan.topology.regions[settings.sites[site].region].name;
                let message =
                    format!("no node is left in {} for another replica of a partition", shown(name));
                errors
                    .error(Code::ImpossiblePlacement, table, message)
                    .hint("replicas of a partition are on different nodes: give the region more");
                return None;
            }
        }
        let indices = || settings.sites.iter().enumerate().map(|(index, site)| (index, site.region));
        settings.nearest = plan.clients.ids().map(|id| (id, by_distance(plan, id, indices()))).collect();
        facts(&settings, plan);
        provenance(&config, &settings, plan);
        Some((settings, Vec::new()))
    }
}

fn number(key: &str, given: Option<Located<u32>>, default: u32, most: u32, errors: &mut Diagnostics) -> u32 {
    let Some(Located { value, place }) = given else { return default };
    if !(1..=most).contains(&value) {
        errors.error(Code::OutsideLimits, place, format!("`{key}` is between 1 and {most}, not {value}"));
    }
    value
}

/// Where the replicas are to be: as the table says, else one in each region.
fn sites(config: &Config, plan: &Plan, errors: &mut Diagnostics) -> Vec<Site> {
    match &config.replicas {
        Some(replicas) => placement::sites(replicas, MOST, plan, errors),
        None => plan.topology.regions.ids().map(|region| Site { region, zone: None }).collect(),
    }
}

/// What clients ask for must be something that there is.
fn check_load(config: &Config, plan: &Plan, table: Place, errors: &mut Diagnostics) {
    let eventual = config.consistency.value == Consistency::Eventual;
    for (_, workload) in plan.workloads.iter() {
        let name = shown(&workload.name);
        let mut refuse = |what: &str, hint: &str| {
            let message = format!("workload `{name}` has {what}, which `crdt` does not know");
            errors.error(Code::RefusedCombination, table, message).hint(hint.to_owned());
        };
        if workload.mix.conditional > 0.0 {
            refuse("conditional writes", "a condition is about one order of writes, and replicas have none");
        }
        if workload.mix.batch > 0.0 {
            refuse("batches", "leave `batch` out of the mix");
        }
        if eventual && workload.read_level.as_deref() == Some("session") {
            let message = format!("workload `{name}` reads in sessions, and its writes belong to none");
            errors
                .error(Code::RefusedCombination, config.consistency.place, message)
                .hint("set `consistency = \"session\"`, or leave `level` out");
        }
    }
}

fn span(
    key: &str,
    given: Option<Located<Span>>,
    default: Span,
    least: Span,
    errors: &mut Diagnostics,
) -> Span {
    let Some(Located { value, place }) = given else { return default };
    if value < least {
        errors.error(Code::OutsideLimits, place, format!("`{key}` is at least {least}"));
    }
    value
}

/// No longer than what a window waits for after its load: later nobody would see what was sent.
fn ship_every(config: &Config, errors: &mut Diagnostics) -> Span {
    let (least, most) = (Span::millis(1), Span::millis(500));
    let Some(Located { value, place }) = config.ship_every else { return Span::millis(100) };
    if !(least..=most).contains(&value) {
        let message = format!("`ship-every` is between {least} and {most}, not {value}");
        errors.error(Code::OutsideLimits, place, message);
    }
    value
}

fn settings(config: &Config, partitions: u32, sites: Vec<Site>, errors: &mut Diagnostics) -> Settings {
    let ms = Span::millis(1);
    Settings {
        partitions,
        sites,
        nodes: BTreeMap::new(),
        nearest: BTreeMap::new(),
        session: config.consistency.value == Consistency::Session,
        ship_every: ship_every(config, errors),
        check_every: span("check-every", config.check_every, Span::secs(10), Span::millis(10), errors),
        silent_after: span("silent-after", config.silent_after, Span::secs(2), ms, errors),
        log: number("log", config.log, 10_000, u32::MAX, errors) as usize,
        attempt_timeout: span("attempt-timeout", config.attempt_timeout, Span::secs(1), ms, errors),
        suspect_for: span("suspect-for", config.suspect_for, Span::secs(5), ms, errors),
        retry_pause: span("retry-pause", config.retry_pause, Span::millis(100), ms, errors),
        mutation: None,
    }
}

/// Facts for SLA conditions, checkers and reports.
fn facts(settings: &Settings, plan: &mut Plan) {
    let regions: BTreeSet<_> = settings.sites.iter().map(|site| site.region).collect();
    let yes_no = |b: bool| if b { "yes" } else { "no" }.to_owned();
    let facts = [
        ("system", "crdt".to_owned()),
        ("regions", regions.len().to_string()),
        ("multi-region", yes_no(regions.len() > 1)),
        ("replicas", settings.sites.len().to_string()),
        ("consistency", if settings.session { "session" } else { "eventual" }.to_owned()),
        ("several-writers", "yes".to_owned()),
        ("merged-states", "yes".to_owned()),
        ("healing-time-s", settings.healing_time().seconds().to_string()),
    ];
    plan.facts.extend(facts.map(|(key, value)| (key.to_owned(), value)));
}

/// Every value with its origin.
fn provenance(config: &Config, settings: &Settings, plan: &mut Plan) {
    let name = |site: &Site| plan.topology.regions.get(site.region).map_or("?", |r| &r.name);
    let replicas: Vec<&str> = settings.sites.iter().map(name).collect();
    let span = |value: Span| value.to_string();
    let rows = [
        ("partitions", settings.partitions.to_string(), config.partitions.is_some(), "default"),
        ("replicas", replicas.join(", "), config.replicas.is_some(), "default"),
        ("ship-every", span(settings.ship_every), config.ship_every.is_some(), "assumed"),
        ("check-every", span(settings.check_every), config.check_every.is_some(), "assumed"),
        ("silent-after", span(settings.silent_after), config.silent_after.is_some(), "assumed"),
        ("log", settings.log.to_string(), config.log.is_some(), "assumed"),
        ("attempt-timeout", span(settings.attempt_timeout), config.attempt_timeout.is_some(), "assumed"),
        ("suspect-for", span(settings.suspect_for), config.suspect_for.is_some(), "assumed"),
        ("retry-pause", span(settings.retry_pause), config.retry_pause.is_some(), "assumed"),
    ];
    plan.provenance.extend(rows.map(|(key, value, given, otherwise)| Provenance {
        key: format!("system.crdt.{key}"),
        value,
        origin: if given { "scenario" } else { otherwise }.to_owned(),
    }));
}
