//! Everything a study came to.

use crate::base::calendar::YEAR;
use crate::base::special::normal;
use crate::measure::findings::{CauseFilter, Findings};
use crate::measure::histogram::Quantile;
use crate::measure::number::{Estimate, finite12, round12};
use crate::measure::paths::{self, Quantiles};
use crate::model::sla::SlaRule;
use crate::study::estimate::{CONFIDENCE, Evidence, Extent, LongRun};
use crate::study::faults::{self, FaultType};
use crate::study::goal::Aim;
use crate::study::months::{self, Kept, Promise};
use crate::study::observed::{self, Seen};
use crate::study::sampler::{Stop, Study};
use crate::study::walk::{self, Weights};
use crate::study::weighted::Weighted;
use std::collections::BTreeMap;

/// Bounds that months are always held to, as they are written.
pub const LADDER: [(&str, f64); 5] =
    [("99.9%", 0.999), ("99.95%", 0.9995), ("99.99%", 0.9999), ("99.995%", 0.99995), ("99.999%", 0.99999)];
/// Above this share of clusters that do not settle, nothing is averaged.
const UNSETTLED: f64 = 0.01;

/// Everything a study came to.
pub struct Summary {
    /// Why it stopped.
    pub stop: Stop,
    /// How often strata were met.
    pub weights: Weights,
    /// Modes that no way leads out of.
    pub absorbing: Vec<usize>,
    /// Unavailability by path, of those that operations were seen of.
    pub targets: Vec<(String, LongRun)>,
    /// The probability that a month keeps a bound, by path.
    pub months: Vec<(String, f64, Kept)>,
    /// What systems observed.
    pub observed: Vec<Seen>,
    /// Faults by class and kind, and the number of failed operations put down to any.
    pub types: BTreeMap<(String, &'static str), FaultType>,
    /// All failed operations that are put down to a fault, weighted.
    pub charged: f64,
    /// How often a second writes are lost, and lost for good.
    pub losses: [LongRun; 2],
    /// Share of the clusters that did not settle.
    pub censored: f64,
    /// Why availability cannot be concluded, if it cannot.
    pub unsettled: Option<String>,
    /// Why availability cannot be concluded although it can be estimated: what may matter was not tried.
    pub untried: Option<String>,
    /// Plain simulation for as narrow an interval of the first goal.
    pub plain: Option<Plain>,
    /// Measures over faults, by path.
    pub over_faults: Vec<(String, Estimate)>,
    /// Measures of operations when nothing is broken, by path.
    pub over_operations: Vec<(String, Estimate)>,
}

/// Plain simulation, as a study is compared with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plain {
    /// Half the interval of the first goal over its mean.
    pub half_width: f64,
    /// Years for the same.
    pub years: f64,
    /// Events of those years.
    pub events: f64,
    /// These over the study's.
    pub work: f64,
}

/// Sums a study up. Reads the skeleton once more, and once again for the months.
pub fn of(study: &mut Study<'_>, stop: Stop) -> Summary {
    let weights = study.walked();
    let promises = promises(study);
    let kept = match study.strata.failed {
        Some(_) => Vec::new(),
        None => months::synthesise(study, &promises.iter().map(|p| p.1.clone()).collect::<Vec<_>>()),
    };
    let evidence = study.evidence(&weights);
    let censored = censored(&evidence);
    let unsettled = unsettled(study, censored);
    // What is lost until a system settles that does not is not known, so that nothing is averaged.
    let averaged = unsettled.is_none();
    let seen = |target: usize| averaged && study.operations(target) > 0;
    let targets = study.targets.iter().enumerate().filter(|(i, _)| seen(*i));
    let (types, charged) = faults::types(&evidence);
    let loses = |which: usize| evidence.rate(&|w| f64::from(u8::from(w.loses_data[which])), Extent::Count);
    let next = walk::next_modes(&study.strata, &study.samples, None);
    Summary {
        stop,
        absorbing: walk::absorbing(&study.strata, &next),
        targets: targets.map(|(i, path)| (path.clone(), evidence.long_run(i))).collect(),
        months: months(promises, kept, averaged),
        observed: if averaged { observed::all(&evidence) } else { Vec::new() },
        types,
        charged,
        losses: [loses(0), loses(1)],
        unsettled,
        untried: study.untried.clone(),
        censored,
        plain: study.goals.first().filter(|_| averaged).and_then(|goal| plain(study, &evidence, goal)),
        over_faults: over_faults(study, &evidence),
        over_operations: over_operations(&quiet_findings(study)),
        weights,
    }
}

fn months(promises: Vec<(String, Promise)>, kept: Vec<Kept>, averaged: bool) -> Vec<(String, f64, Kept)> {
    let pairs = promises.into_iter().zip(kept).filter(|_| averaged);
    pairs.map(|((path, promise), kept)| (path, promise.bound, kept)).collect()
}

/// The bounds that months are held to: of the SLA rows, and the usual ones for the account.
fn promises(study: &Study<'_>) -> Vec<(String, Promise)> {
    let mut all: Vec<(String, Promise)> = Vec::new();
    let mut add = |path: &str, bound: f64| {
        let Some(target) = study.targets.iter().position(|t| t == path) else { return };
        let known = all.iter().any(|(p, known)| p == path && known.bound == bound);
        if !known && study.operations(target) > 0 {
            all.push((path.to_owned(), Promise { target, bound }));
        }
    };
    for path in study.targets.iter().filter(|path| !path.contains('@')) {
        LADDER.iter().for_each(|(_, bound)| add(path, *bound));
    }
    for row in &study.plan.sla {
        if let SlaRule::Bound { measure, value, .. } = &row.rule {
            add(measure, *value);
        }
    }
    all
}

/// The weighted share of clusters that did not settle in their window.
pub(crate) fn censored(evidence: &Evidence<'_>) -> f64 {
    let all: f64 = evidence.weights.clusters.iter().sum::<f64>() + evidence.strata.endless as f64;
    let rows = evidence.samples.iter().zip(&evidence.weights.clusters);
    let unsettled: f64 = rows
        .map(|(windows, n)| {
            let censored = windows.iter().filter(|w| w.censored).count() as f64;
            n * censored / windows.len().max(1) as f64
        })
        .sum();
    if all > 0.0 { (unsettled + evidence.strata.endless as f64) / all } else { 0.0 }
}

/// Why availability cannot be concluded, if it cannot; `censored` is the share of clusters that did not settle.
pub(crate) fn unsettled(study: &Study<'_>, censored: f64) -> Option<String> {
    if let Some(why) = &study.strata.failed {
        return Some(why.clone());
    }
    (censored > UNSETTLED).then(|| {
        let worst = study.samples.iter().zip(&study.strata.all).max_by_key(|(windows, _)| {
            windows.iter().filter(|w| w.censored).count()
        });
        let worst = worst.map_or("", |(_, stratum)| &*stratum.signature);
        format!(
            "after {:.3} % of the clusters of faults the system had not settled when the window's cap was reached, most \
             often after {worst}: what it would have lost until then is not known",
            censored * 100.0
        )
    })
}

/// Plain simulation that would give an interval as narrow as the one reached, whatever that is made of: the variance of plain
/// simulation is that of a compound Poisson process of losses.
fn plain(study: &Study<'_>, evidence: &Evidence<'_>, goal: &Aim) -> Option<Plain> {
    let moments = goal.moments(evidence);
    let squares = evidence.weights.clusters.iter().zip(&moments);
    let total: f64 = squares.map(|(n, m)| n * (m.mean * m.mean + m.variance)).sum();
    let run = goal.long_run(evidence);
    let half_width = run.relative_half_width();
    let error = half_width * run.mean / normal::quantile(0.5 + CONFIDENCE / 2.0);
    let seconds = YEAR.seconds();
    if !half_width.is_finite() || error <= 0.0 || total <= 0.0 {
        return None;
    }
    let years = total / study.years as f64 / (error * error * seconds * seconds);
    let load: f64 = study.quiet.iter().flatten().map(|w| w.load).sum();
    let events: u64 = study.quiet.iter().flatten().map(|w| w.events).sum();
    let events = years * seconds * events as f64 / load.max(1.0);
    Some(Plain { half_width, years, events, work: events / study.events.max(1) as f64 })
}

/// Findings of the windows with faults, in order of their strata.
pub fn fault_findings(study: &Study<'_>) -> Findings {
    collected(&study.samples)
}

/// Findings of the windows without faults.
pub fn quiet_findings(study: &Study<'_>) -> Findings {
    collected(&study.quiet)
}

fn collected(windows: &[Vec<crate::study::outcome::Outcome>]) -> Findings {
    let mut all = Findings::new();
    for findings in windows.iter().flatten().filter_map(|w| w.findings.as_deref()) {
        all.push(findings.clone());
    }
    all
}

/// Quantiles over all faults, each weighed by how often its stratum happens.
fn over_faults(study: &Study<'_>, evidence: &Evidence<'_>) -> Vec<(String, Estimate)> {
    let first = study.samples.iter().flatten().find_map(|w| w.findings.clone());
    let Some(first) = first else { return Vec::new() };
    let regions: Vec<&str> = first.client_regions().collect();
    let per_fault = |path: &paths::Path| path.measure.quantiles == Quantiles::Faults;
    let mut known: Vec<(String, Weighted)> = Vec::new();
    let mut found = Vec::new();
    for path in paths::all(&regions).into_iter().filter(per_fault) {
        // Quantiles of one measure follow each other, and share its values.
        let text = path.to_string();
        let head = text.rsplit_once('.').map_or(text.as_str(), |(head, _)| head).to_owned();
        if known.last().is_none_or(|(name, _)| *name != head) {
            known = vec![(head, values(&path, None, evidence))];
        }
        let Some((_, all)) = known.last() else { continue };
        let quantile = path.quantile.unwrap_or(Quantile::Max);
        found.extend(all.estimate(quantile, path.measure.unit).map(|estimate| (text, estimate)));
    }
    found
}

impl Summary {
    /// A quantile over the faults that a filter lets through, each weighed by how often its stratum happens.
    pub fn over_some_faults(
        &self,
        study: &Study<'_>,
        path: &paths::Path,
        filter: Option<&CauseFilter>,
    ) -> Option<Estimate> {
        let quantile = path.quantile.unwrap_or(Quantile::P50);
        values(path, filter, &study.evidence(&self.weights)).estimate(quantile, path.measure.unit)
    }
}

fn values(path: &paths::Path, filter: Option<&CauseFilter>, evidence: &Evidence<'_>) -> Weighted {
    let mut all = Weighted::default();
    for (stratum, (windows, clusters)) in evidence.samples.iter().zip(&evidence.weights.clusters).enumerate()
    {
        let weight = clusters / windows.len().max(1) as f64;
        for (window, outcome) in windows.iter().enumerate() {
            let values = outcome.findings.iter().flat_map(|findings| findings.values_of(path, filter));
            values.for_each(|value| all.push_from(value, weight, (stratum, window)));
        }
    }
    all.sort();
    all
}

/// Latency, staleness, throttling, traffic and costs when nothing is broken, which is nearly all of the time.
fn over_operations(quiet: &Findings) -> Vec<(String, Estimate)> {
    let kept = |path: &str| {
        ["latency.", "staleness.", "throttles.", "traffic.between-regions", "cost."]
            .iter()
            .any(|name| path.starts_with(name))
    };
    quiet.all().into_iter().filter(|(path, _)| kept(path)).collect()
}

/// An availability as an estimate.
pub fn available(run: &LongRun) -> Estimate {
    Estimate {
        estimate: finite12(1.0 - run.mean),
        low: finite12((1.0 - run.high).max(0.0)),
        high: finite12(1.0 - run.low),
        confidence: CONFIDENCE,
        n: run.n,
        censored: 0,
        unit: crate::measure::number::Unit::Fraction,
        least: round12(1.0 - run.high),
        most: round12(1.0 - run.low),
    }
}
