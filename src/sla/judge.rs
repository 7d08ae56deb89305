//! Verdicts: rows against findings.
//!
//! - A row whose condition does not hold is not applicable; one without a sample is inconclusive.
//! - A value over windows is met when its whole interval keeps the bound, breached when none of it does. Below six
//!   windows there is no interval: then all windows must agree.
//! - A worst value (`.max`) speaks of every fault: one window beyond the bound breaches it.
//! - `= 0` promises that something never happens: one counterexample breaches it, and only [`ENOUGH`] windows without
//!   one meet it; before that the bound 3/n on its probability is printed.
//! - What clients see says nothing about a provider when all clients are inside the faulted scope: inconclusive.

mod rules;
pub mod study;

use crate::measure::findings::Findings;
use crate::model::plan::Plan;
use crate::model::sla::{SlaRow, SlaRule, Verdict};
use crate::sla::condition;

/// Windows without a counterexample that meet a promise of `= 0`: with 299, a window in a hundred that breaks it would
/// have been seen with a probability of 95 %.
pub const ENOUGH: u64 = 299;

/// A row and what it came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The row.
    pub row: SlaRow,
    /// What it came to.
    pub verdict: Verdict,
    /// The bound, as shown.
    pub bound: String,
    /// The value compared; `None` when there is none, or it is infinite.
    pub estimate: Option<f64>,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end of its interval.
    pub high: Option<f64>,
    /// The unit of these, as results name it.
    pub unit: &'static str,
    /// Windows (or faults) behind it.
    pub n: u64,
    /// Further windows that should settle an inconclusive row; `None` when no number of them would.
    pub further_windows: Option<u64>,
    /// The number of the first window (from 0) that breaks the promise.
    pub counterexample: Option<usize>,
    /// Why, in one line.
    pub why: String,
}

impl Judged {
    /// The bound of a row, as shown: `>= 99.99%`, `expect > 0`.
    pub fn bound_of(row: &SlaRow) -> String {
        rules::bound_text(row)
    }

    fn new(row: &SlaRow, verdict: Verdict, why: String) -> Judged {
        Judged {
            row: row.clone(),
            verdict,
            bound: rules::bound_text(row),
            estimate: None,
            low: None,
            high: None,
            unit: rules::unit(row).name(),
            n: 0,
            further_windows: None,
            counterexample: None,
            why,
        }
    }
}

/// Judges all rows of a plan, in their order.
pub fn judge(plan: &Plan, findings: &Findings) -> Vec<Judged> {
    plan.sla.iter().map(|row| judge_row(row, plan, findings)).collect()
}

fn judge_row(row: &SlaRow, plan: &Plan, findings: &Findings) -> Judged {
    if let Some(why) = condition::unmet(&row.when, &plan.facts) {
        return Judged::new(row, Verdict::NotApplicable, why);
    }
    match &row.rule {
        SlaRule::Bound { measure, op, value, fault } => {
            rules::bound(row, findings, measure, (*op, *value), fault.as_deref(), None)
        }
        SlaRule::StalenessBound { fault } => {
            rules::staleness_bound(row, &plan.facts, findings, fault.as_deref())
        }
        SlaRule::ExpectLoss { measure, fault } => {
            rules::expect_loss(row, findings, measure, fault.as_deref())
        }
        SlaRule::Temporary { kind, fault } => rules::temporary(row, findings, kind, fault.as_deref()),
        SlaRule::Price => {
            let why = "prices are not modelled, so there is nothing to compare".to_owned();
            Judged::new(row, Verdict::Inconclusive, why)
        }
    }
}
