//! What each fault and each operator action came to, over all windows.

use crate::engine::record::Answer;
use crate::measure::findings::cause::Spread as Found;
use crate::measure::findings::{CauseFilter, CauseFinding, Findings, WindowFindings};
use crate::measure::onsets::Cause;
use crate::measure::rto::finding::RtoFinding;
use crate::measure::series::{Kind, Scope};
use crate::report::document::{AdminResult, FaultResult, Phase, Spread};
use std::collections::BTreeMap;

/// One entry per scripted fault and per action, in their order; then losses that have no cause, if there are any.
pub fn faults(findings: &Findings) -> Vec<FaultResult> {
    let every = CauseFilter::default();
    let mut by_cause: BTreeMap<Cause, Vec<&CauseFinding>> = BTreeMap::new();
    for (_, cause) in findings.causes(&every) {
        by_cause.entry(cause.cause).or_default().push(cause);
    }
    let failed: u64 = findings.windows().iter().map(WindowFindings::failed).sum();
    by_cause.into_values().filter_map(|all| one(&all, failed)).collect()
}

fn one(all: &[&CauseFinding], failed: u64) -> Option<FaultResult> {
    let first = all.first()?;
    let (rto_write, rto_write_breakdown) = recovery(all, Kind::Write);
    let (rto_read, rto_read_breakdown) = recovery(all, Kind::Read);
    let accounts = || all.iter().flat_map(|c| Kind::ALL.map(|kind| account(c, kind))).flatten();
    let charged: u64 = accounts().map(|f| f.charged).sum();
    let of = |unit: &str, value: &dyn Fn(&CauseFinding) -> f64| {
        let values: Vec<f64> = all.iter().map(|c| value(c)).collect();
        first.is_fault().then(|| spread(values, unit))
    };
    let exposed = all.iter().any(|c| c.exposed.all.writes > 0);
    let exposed_of = |unit: &str, value: &dyn Fn(&CauseFinding) -> f64| of(unit, value).filter(|_| exposed);
    Some(FaultResult {
        signature: first.class.clone(),
        label: first.label.clone(),
        kind: first.kind.to_owned(),
        begin_s: first.at.seconds(),
        end_s: first.ended.map(|at| at.seconds()),
        per_year: None,
        windows: all.len() as u64,
        share_of_unavailability: (failed > 0).then(|| charged as f64 / failed as f64),
        rto_write,
        rto_read,
        rto_write_breakdown,
        rto_read_breakdown,
        resolution_s: account(first, Kind::Write)
            .or(account(first, Kind::Read))
            .and_then(|f| f.resolution)
            .map(|span| span.seconds()),
        relapses: Kind::ALL.iter().filter_map(|k| account(first, *k)).map(|f| f.relapses).max().unwrap_or(0),
        rpo_writes: of("writes", &|c| c.rpo.all.writes as f64),
        rpo_time: of("s", &|c| c.rpo.all.time.seconds()),
        rpo_bytes: of("bytes", &|c| c.rpo.all.bytes as f64),
        rpo_recoverable: of("writes", &|c| c.rpo.recoverable.writes as f64),
        rpo_permanent: of("writes", &|c| c.rpo.permanent.writes as f64),
        exposed_writes: exposed_of("writes", &|c| c.exposed.all.writes as f64),
        exposed_time: exposed_of("s", &|c| c.exposed.all.time.seconds()),
        exposed_bytes: exposed_of("bytes", &|c| c.exposed.all.bytes as f64),
    })
}

fn account(cause: &CauseFinding, kind: Kind) -> Option<RtoFinding> {
    cause.rto(Scope::Account, Some(kind))
}

/// The RTO of a kind over the windows, and what it was spent on in the window that has the median.
fn recovery(all: &[&CauseFinding], kind: Kind) -> (Option<Spread>, Vec<Phase>) {
    let found: Vec<RtoFinding> = all.iter().filter_map(|c| account(c, kind)).collect();
    if found.is_empty() {
        return (None, Vec::new());
    }
    let spread = spread(found.iter().map(RtoFinding::seconds).collect(), "s");
    let nearest = |a: &&RtoFinding, b: &&RtoFinding| {
        let median = spread.p50.unwrap_or(f64::INFINITY);
        (a.seconds() - median).abs().total_cmp(&(b.seconds() - median).abs())
    };
    let restored = found.iter().filter(|f| f.rto.is_some_and(|rto| rto.0 > 0));
    let median = restored.min_by(nearest).filter(|_| spread.p50.is_some_and(|p50| p50 > 0.0));
    let phase = |(name, length): (&str, crate::base::time::Span)| Phase {
        name: name.to_owned(),
        seconds: length.seconds(),
    };
    let breakdown = median.map_or(Vec::new(), |f| f.phases.parts().map(phase).into());
    (Some(spread), breakdown)
}

fn spread(values: Vec<f64>, unit: &str) -> Spread {
    let Found { p50, p99, max, censored, n } = Found::of(values);
    Spread { p50, p99, max, censored, n, unit: unit.to_owned() }
}

/// The operator's actions and their answers, in one window.
pub fn admin(window: &WindowFindings) -> Vec<AdminResult> {
    let actions = window.causes.iter().filter(|c| matches!(c.cause, Cause::Action(_)));
    let result = |cause: &CauseFinding| {
        let (outcome, why) = match &cause.answer {
            None => ("unanswered", None),
            Some((_, Answer::Done)) => ("done", None),
            Some((_, Answer::Refused(why))) => ("refused", Some(why.clone())),
        };
        AdminResult {
            action: cause.label.clone(),
            at_s: cause.at.seconds(),
            outcome: outcome.to_owned(),
            why,
            took_s: cause.answer.as_ref().map(|(at, _)| at.since(cause.at).seconds()),
        }
    };
    actions.map(result).collect()
}
