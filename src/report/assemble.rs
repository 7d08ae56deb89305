//! From findings and judgements to the result document.

mod causes;
mod picture;
pub mod study;

use crate::base::digest::Digest;
use crate::base::ids::{Id, RegionId};
use crate::base::time::{SimTime, Span};
use crate::engine::record::EndReason;
use crate::measure::findings::{Findings, WindowFindings};
use crate::measure::number::Estimate;
use crate::measure::series::{Kind, Scope};
use crate::model::plan::Plan;
use crate::report::document::{
    Document, GuaranteeResult, Latency, Measure, Region, SlaResult, StoryEvent, Throttled, Traffic,
};
use crate::report::number::{plural, round12, seconds};
use crate::study::compare::sample::Sample;
use std::collections::BTreeMap;

/// Everything a document is made of.
pub struct Parts<'a> {
    /// The resolved scenario.
    pub plan: &'a Plan,
    /// The system's name.
    pub system: &'a str,
    /// The first seed.
    pub seed: u64,
    /// What the windows came to, in order of seed.
    pub findings: &'a Findings,
    /// The judged SLA rows.
    pub sla: Vec<SlaResult>,
    /// The checked guarantees.
    pub guarantees: Vec<GuaranteeResult>,
    /// Which published definition of each term was used.
    pub definitions: BTreeMap<String, String>,
    /// The story of the first window.
    pub story: Vec<StoryEvent>,
    /// What else a reader must know.
    pub notes: Vec<String>,
}

/// Puts a document together. A pure function of its parts.
pub fn document(parts: Parts<'_>) -> Document {
    let (plan, findings) = (parts.plan, parts.findings);
    let windows = findings.windows();
    let ends = || windows.iter().filter_map(|w| w.end.as_ref());
    let mut digest = Digest::EMPTY;
    ends().for_each(|end| digest.fold(end.digest));
    let mut notes = notes(plan, windows, parts.seed);
    notes.extend(parts.notes);
    Document {
        geodes: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: plan.name.clone(),
        about: plan.about.clone(),
        system: parts.system.to_owned(),
        edition: plan.facts.get("edition").cloned(),
        seed: parts.seed,
        seeds: windows.len() as u64,
        digest: format!("{:016x}", digest.value()),
        windows: windows.len() as u64,
        events: ends().map(|end| end.events).sum(),
        censored: ends().filter(|end| end.reason.is_censored()).count() as u64,
        storm: storms(windows, parts.seed).next(),
        simulated_s: ends().fold(Span::ZERO, |sum, end| sum + Span(end.at.0)).seconds(),
        study: None,
        strata: Vec::new(),
        regions: regions(plan),
        facts: plan.facts.clone(),
        measures: findings.all().into_iter().map(|(path, e)| (path, measure(&e))).collect(),
        faults: causes::faults(findings),
        admin: windows.first().map_or(Vec::new(), causes::admin),
        sla: parts.sla,
        gate: plan.sla_gate,
        guarantees: parts.guarantees,
        latency: latency(findings),
        throttled: throttled(windows),
        traffic: traffic(windows),
        definitions: parts.definitions,
        notes,
        story: parts.story,
        timeline: windows.first().and_then(|window| picture::timeline(window, parts.seed)),
        plan: format!("{:016x}", plan.fingerprint()),
        sample: Some(sample(windows, parts.seed)),
    }
}

/// The values of each window, by its seed.
fn sample(windows: &[WindowFindings], seed: u64) -> Sample {
    let mut sample = Sample::default();
    for (i, window) in windows.iter().enumerate() {
        sample.push(seed.wrapping_add(i as u64), window);
    }
    sample
}

fn regions(plan: &Plan) -> Vec<Region> {
    let clients = |id: RegionId| plan.clients.iter().filter(|(_, c)| c.region == id).count() as u64;
    let region = |(id, region): (RegionId, &crate::model::topology::Region)| Region {
        name: region.name.clone(),
        zones: plan.topology.zones_of(id).count() as u64,
        clients: clients(id),
    };
    plan.topology.regions.iter().map(region).collect()
}

fn measure(estimate: &Estimate) -> Measure {
    let has_interval = estimate.low.is_some() || estimate.high.is_some();
    Measure {
        estimate: estimate.estimate,
        low: estimate.low,
        high: estimate.high,
        confidence: has_interval.then_some(estimate.confidence),
        n: estimate.n,
        unit: estimate.unit.name().to_owned(),
        standard_error: None,
        rough: false,
    }
}

/// Client regions with a name, in order.
fn client_regions(window: &WindowFindings) -> Vec<(RegionId, String)> {
    let named = |(i, name): (usize, &String)| (RegionId::from_index(i), name.clone());
    let all = window.setting.regions.iter().enumerate().map(named);
    all.filter(|(id, _)| window.setting.clients.contains_key(id)).collect()
}

fn latency(findings: &Findings) -> Vec<Latency> {
    let windows = findings.windows();
    let Some(first) = windows.first() else { return Vec::new() };
    let mut rows = Vec::new();
    for (region, name) in client_regions(first) {
        for kind in Kind::ALL {
            let of = |quantile: &str| {
                let path = format!("latency.{}@{name}.{quantile}", kind.name());
                findings.value(&path).ok().flatten().and_then(|e| e.estimate)
            };
            let found = || windows.iter().filter_map(|w| w.latency.get(&(Scope::Region(region), kind)));
            if found().next().is_none() {
                continue;
            }
            rows.push(Latency {
                region: name.clone(),
                kind: kind.name().to_owned(),
                p50_s: of("p50"),
                p95_s: of("p95"),
                p99_s: of("p99"),
                max_s: of("max"),
                n: found().map(|l| l.ok).sum(),
                failed: found().map(|l| l.failed).sum(),
                saturated: found().filter_map(|l| l.all).map(|s| s.saturated).sum(),
            });
        }
    }
    rows
}

fn throttled(windows: &[WindowFindings]) -> Vec<Throttled> {
    let Some(first) = windows.first() else { return Vec::new() };
    let mut rows = Vec::new();
    for (region, name) in client_regions(first) {
        for kind in Kind::ALL {
            let found = || windows.iter().filter_map(|w| w.throttles.get(&(Scope::Region(region), kind)));
            if found().next().is_some() {
                let (attempts, operations) =
                    (found().map(|t| t.attempts).sum(), found().map(|t| t.failed).sum());
                rows.push(Throttled {
                    region: name.clone(),
                    kind: kind.name().to_owned(),
                    attempts,
                    operations,
                });
            }
        }
    }
    rows
}

fn traffic(windows: &[WindowFindings]) -> Vec<Traffic> {
    let Some(first) = windows.first() else { return Vec::new() };
    let mut sum = crate::measure::traffic::Traffic::default();
    windows.iter().for_each(|w| sum.merge(w.traffic.clone()));
    let name = |id: Option<RegionId>| id.and_then(|id| first.setting.regions.get(id.index()).cloned());
    let row = |(link, purpose, volume): (
        crate::measure::traffic::Link,
        crate::engine::record::Purpose,
        crate::measure::traffic::Volume,
    )| Traffic {
        from: name(link.0),
        to: name(link.1),
        purpose: purpose.name().to_owned(),
        bytes: volume.bytes,
        messages: volume.messages,
    };
    sum.iter().map(row).collect()
}

/// What is said of each window that ended in a storm of messages.
fn storms(windows: &[WindowFindings], seed: u64) -> impl Iterator<Item = String> {
    let ends = windows.iter().enumerate().filter_map(|(i, w)| Some((i as u64, w.end.as_ref()?.reason)));
    ends.filter_map(move |(i, reason)| match reason {
        EndReason::Storm { at, message } => Some(format!(
            "The window of seed {} ended in a storm of messages, `{message}` among them, {} in (censored): actors that \
             answer each message with several go on without end, and nothing after that is known.",
            seed.wrapping_add(i),
            seconds(round12(at.since(SimTime::ZERO).seconds())),
        )),
        _ => None,
    })
}

/// What follows from the findings that a reader must know.
fn notes(plan: &Plan, windows: &[WindowFindings], seed: u64) -> Vec<String> {
    let sum = |of: fn(&WindowFindings) -> u64| windows.iter().map(of).sum::<u64>();
    let mut notes = Vec::new();
    if !plan.sla.is_empty() && !plan.faults.is_empty() {
        notes.push(
            "Availability rows are judged over one 730 h month that holds exactly the scripted faults and is quiet \
             elsewhere."
                .to_owned(),
        );
    }
    let capped = windows.iter().filter_map(|w| w.end.as_ref()).filter(|e| e.reason == EndReason::Cap).count();
    if capped > 0 {
        notes.push(format!(
            "{} of {} stopped at the cap of {} before the system had settled (censored).",
            capped,
            plural(windows.len() as u64, "window"),
            plan.limits.cap
        ));
    }
    notes.extend(storms(windows, seed));
    let skipped = sum(|w| w.skipped.values().sum());
    if skipped > 0 {
        notes.push(format!(
            "{} not made because the client was itself down: they count neither way.",
            plural(skipped, "operation")
        ));
    }
    let resets = sum(|w| w.session_resets);
    if resets > 0 {
        notes.push(format!("{} dropped because a token named a lost suffix.", plural(resets, "session")));
    }
    let (wrongly, silently) =
        windows.iter().fold((0, 0), |sum, w| (sum.0 + w.misreported.0, sum.1 + w.misreported.1));
    if wrongly + silently > 0 {
        notes.push(format!(
            "The system's own report of losses differs from what was found: {wrongly} reported without cause, \
             {silently} not reported."
        ));
    }
    let open = sum(|w| w.censored);
    if open > 0 {
        notes.push(format!("{} still open at the end (censored).", plural(open, "operation")));
    }
    if let Some(window) = windows.first().filter(|_| windows.len() == 1) {
        let load = round12(window.load.seconds());
        notes.push(format!(
            "One window, {} of load: no intervals; --seeds N gives the spread.",
            seconds(load)
        ));
    }
    notes
}
