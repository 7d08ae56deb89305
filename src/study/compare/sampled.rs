//! The values of a study's windows.

use crate::base::digest::{Digest, text_hash};
use crate::base::stats::round12;
use crate::measure::paths::Path;
use crate::model::plan::Plan;
use crate::study::compare::sample::{Counted, MOST_VALUES, Origin, Row, Sample, is_per_fault};
use crate::study::outcome::Outcome;
use crate::study::sampler::{Slot, Study};
use crate::study::walk::Weights;

/// Windows of each stratum that are looked at to learn how many columns there are, and kept in any case.
const FIRST: usize = 8;

/// The values of all windows of a study, or of so many of each stratum as there is room for. What fails without faults is
/// counted for the time outside of clusters: `U = sum of weight times lost seconds` is the study's estimate.
pub fn sample(study: &Study<'_>, weights: &Weights) -> Sample {
    let mut sample = Sample { origin: Some(origin(study, weights)), ..Sample::default() };
    let keep = |sample: &mut Sample, share: f64| {
        sample.rows.clear();
        for (stratum, windows) in groups(study).enumerate() {
            let kept = FIRST.max((windows.len() as f64 * share) as usize).min(windows.len());
            let weight = weight(study, weights, stratum) / kept.max(1) as f64;
            for (number, window) in windows[..kept].iter().enumerate() {
                let slot = Slot { place: place(study, stratum), number: number as u64 };
                let key = study.window(slot).key;
                let row = row(study, sample, stratum, window);
                sample.rows.push(Row { key, weight: round12(weight), ..row });
            }
        }
    };
    keep(&mut sample, 0.0);
    let room = MOST_VALUES as f64 / sample.columns.len().max(1) as f64;
    keep(&mut sample, room / study.windows().max(1) as f64);
    sample.left_out = study.windows() - sample.rows.len() as u64;
    sample
}

/// The windows of each stratum, then of each mode without faults.
fn groups<'a>(study: &'a Study<'_>) -> impl Iterator<Item = &'a Vec<Outcome>> {
    study.samples.iter().chain(&study.quiet)
}

fn place(study: &Study<'_>, stratum: usize) -> usize {
    let strata = study.samples.len();
    if stratum < strata { stratum } else { usize::MAX - (stratum - strata) }
}

/// How often a second the windows of a stratum happen, all together: clusters as they come, and windows without faults as
/// many as fill the rest of the time.
fn weight(study: &Study<'_>, weights: &Weights, stratum: usize) -> f64 {
    let seconds = study.evidence(weights).seconds();
    if let Some(clusters) = weights.clusters.get(stratum) {
        return clusters / seconds;
    }
    let mode = stratum - study.samples.len();
    let mean =
        |windows: &[Outcome]| windows.iter().map(|w| w.load).sum::<f64>() / (windows.len().max(1)) as f64;
    let rows = study.strata.all.iter().zip(&study.samples).zip(&weights.clusters);
    let faults: f64 =
        rows.filter(|((s, _), _)| s.mode == mode).map(|((_, windows), n)| n * mean(windows)).sum();
    let rest = weights.modes.get(mode).copied().unwrap_or(0.0) - faults / seconds;
    let load = mean(&study.quiet[mode]);
    if load > 0.0 { rest / load } else { 0.0 }
}

fn row(study: &Study<'_>, sample: &mut Sample, stratum: usize, window: &Outcome) -> Row {
    let mut row =
        Row { key: 0, stratum: stratum as u32, weight: 0.0, digest: window.digest, values: Vec::new() };
    for ((target, lost), operations) in study.targets.iter().zip(&window.lost).zip(&window.operations) {
        sample.set(&mut row, target.clone(), (*operations > 0).then_some(*lost));
    }
    let Some(findings) = window.findings.as_deref() else { return row };
    if stratum >= study.samples.len() {
        sample.fill(&mut row, findings, of_operations);
        return row;
    }
    sample.fill(&mut row, findings, is_per_fault);
    sample.fill_classes(&mut row, findings);
    for name in findings.observed.names() {
        let Some(values) = findings.observed.get(name) else { continue };
        sample.set(&mut row, format!("observed.{name}.share"), Some(values.sum()));
        sample.set(&mut row, format!("observed.{name}.per-year"), Some(values.count() as f64));
    }
    row
}

/// Whether a measure is about operations when nothing is broken.
fn of_operations(path: &Path) -> bool {
    let name = path.measure.name;
    ["latency", "staleness", "throttles", "traffic"].iter().any(|first| name.starts_with(first))
}

fn origin(study: &Study<'_>, weights: &Weights) -> Origin {
    let mode = |number: usize| study.strata.modes[number].to_string();
    let with_faults = study.strata.all.iter().zip(&weights.blocks).map(|(stratum, blocks)| Counted {
        mode: mode(stratum.mode),
        signature: Some(stratum.signature.to_string()),
        stretches: blocks.iter().map(|n| round12(*n)).collect(),
    });
    let without = (0..study.quiet.len()).map(|m| Counted { mode: mode(m), ..Counted::default() });
    Origin { skeleton: skeleton(study.plan, study.years), strata: with_faults.chain(without).collect() }
}

/// A fingerprint of all that faults are drawn from.
fn skeleton(plan: &Plan, years: u64) -> u64 {
    let mut digest = Digest::EMPTY;
    let mut fold = |text: &str| digest.fold(text_hash(text));
    for hazard in plan.hazards.iter().map(|(_, hazard)| hazard) {
        fold(&hazard.name);
        fold(hazard.kind.name());
        fold(&format!("{:?} {:?}", hazard.process, hazard.strike));
        hazard.scopes.iter().for_each(|scope| fold(&scope.path));
    }
    fold(&format!("{:?} {} {years}", plan.study.margin, plan.seed));
    digest.value()
}
