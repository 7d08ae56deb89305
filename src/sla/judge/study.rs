//! Verdicts of a study: availability over all time, faults as they come.

pub use super::rules::Weighed;
use super::{Judged, judge_row, rules};
use crate::measure::findings::Findings;
use crate::measure::number::Estimate;
use crate::measure::paths::{self, Quantiles};
use crate::model::plan::Plan;
use crate::model::sla::{Compare, SlaRow, SlaRule, Verdict};
use crate::sla::bound::{keeps, show_measured};
use crate::sla::condition;

/// An availability over all time.
#[derive(Clone, Debug, PartialEq)]
pub struct Available {
    /// The share of time, with its interval.
    pub estimate: Estimate,
    /// Independent losses that were seen: windows, or clusters of faults if there were fewer.
    pub losses: u64,
    /// Whether too little was seen to conclude anything.
    pub scarce: bool,
    /// Whether the interval is only rough.
    pub rough: bool,
    /// Windows behind it.
    pub windows: u64,
    /// How far the lower end of the interval is away because of what was never seen.
    pub unseen: f64,
}

/// What rows are held against.
pub struct LongTerm<'a> {
    /// An availability by its path.
    pub availability: &'a dyn Fn(&str) -> Option<Available>,
    /// Windows with faults.
    pub faults: &'a Findings,
    /// Quantiles over faults as they come: windows hold rare ones more often than they happen.
    pub over_faults: Weighed<'a>,
    /// Windows without faults: what operations are like nearly all of the time.
    pub quiet: &'a Findings,
    /// Why availability cannot be concluded, if it cannot.
    pub unsettled: Option<&'a str>,
}

/// Judges all rows of a plan, in their order.
pub fn judge(plan: &Plan, found: &LongTerm<'_>) -> Vec<Judged> {
    plan.sla.iter().map(|row| one(row, plan, found)).collect()
}

fn one(row: &SlaRow, plan: &Plan, found: &LongTerm<'_>) -> Judged {
    if let Some(why) = condition::unmet(&row.when, &plan.facts) {
        return Judged::new(row, Verdict::NotApplicable, why);
    }
    match &row.rule {
        SlaRule::Bound { measure, op, value, .. } if measure.starts_with("availability.") => {
            available(row, found, measure, (*op, *value))
        }
        SlaRule::Bound { measure, fault: None, .. } if is_of_operations(measure) => {
            judge_row(row, plan, found.quiet)
        }
        SlaRule::Bound { measure, op, value, fault } => {
            let (bound, weighed) = ((*op, *value), Some(found.over_faults));
            rules::bound(row, found.faults, measure, bound, fault.as_deref(), weighed)
        }
        _ => judge_row(row, plan, found.faults),
    }
}

/// Whether a measure is about operations, or about the plan, rather than about faults.
fn is_of_operations(measure: &str) -> bool {
    paths::parse(measure).is_ok_and(|path| path.measure.quantiles != Quantiles::Faults)
}

/// The whole interval decides.
fn available(row: &SlaRow, found: &LongTerm<'_>, measure: &str, (op, value): (Compare, f64)) -> Judged {
    if let Some(why) = found.unsettled {
        return Judged::new(row, Verdict::Inconclusive, why.to_owned());
    }
    let Some(long) = (found.availability)(&measure.replace("-month", "")) else {
        return rules::no_samples(row);
    };
    let e = long.estimate;
    let judged = |verdict, why, further_windows| Judged {
        estimate: e.estimate,
        low: e.low,
        high: e.high,
        n: long.windows,
        further_windows,
        ..Judged::new(row, verdict, why)
    };
    let unit = e.unit;
    let (low, high) = (e.low.unwrap_or(0.0), e.high.unwrap_or(1.0));
    let rough = if long.rough { ", a rough interval" } else { "" };
    let shown = format!("{} to {}{rough}", show_measured(low, unit), show_measured(high, unit));
    if long.scarce {
        let why = format!("{shown}; losses seen: {}, and fewer than 10 say nothing", long.losses);
        return judged(Verdict::Inconclusive, why, None);
    }
    match (keeps(low, op, value), keeps(high, op, value)) {
        (true, true) => judged(Verdict::Met, shown, None),
        (false, false) => judged(Verdict::Breached, shown, None),
        _ => {
            let unseen = if value < e.estimate.unwrap_or(0.0) { long.unseen } else { 0.0 };
            let further = rules::further(&Estimate { n: long.windows, ..e }, value, unseen);
            judged(Verdict::Inconclusive, format!("{shown}; {}", rules::more(further, &e)), further)
        }
    }
}
