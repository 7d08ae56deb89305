//! What an onset came to in one or several series: the worst of them.

use crate::base::time::Span;
use crate::measure::rto::phases::Phases;
use crate::measure::rto::tracker::Outcome;
use crate::measure::series::{Kind, Scope, SeriesKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Findings of one onset.
pub type ByScope = BTreeMap<(Scope, Kind), RtoFinding>;

/// What an onset came to for one kind in one scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RtoFinding {
    /// The longest RTO of any series; `None` when one was not restored before the load ended.
    pub rto: Option<Span>,
    /// The series it was.
    pub worst: SeriesKey,
    /// What that series' recovery spent its time on; all zero when it was not restored.
    pub phases: Phases,
    /// The most relapses of a series.
    pub relapses: u64,
    /// The longest that relapses of a series took together.
    pub relapse_time: Span,
    /// The longest that a series was below the required share.
    pub outage: Span,
    /// Operations between this onset and the next, over all series.
    pub operations: u64,
    /// Failed operations put down to the onset, over all series.
    pub charged: u64,
    /// Mean gap between operations, in the worst series.
    pub resolution: Option<Span>,
}

impl RtoFinding {
    /// The finding of one series.
    pub fn of(worst: SeriesKey, outcome: &Outcome, phases: Phases) -> RtoFinding {
        RtoFinding {
            rto: outcome.rto,
            worst,
            phases,
            relapses: outcome.relapses,
            relapse_time: outcome.relapse_time,
            outage: outcome.outage,
            operations: outcome.operations,
            charged: outcome.charged,
            resolution: outcome.resolution,
        }
    }

    /// The worst of two.
    pub fn worse(self, other: RtoFinding) -> RtoFinding {
        let longer = |finding: &RtoFinding| (finding.rto.is_none(), finding.rto);
        let worst = if longer(&other) > longer(&self) { other } else { self };
        RtoFinding {
            relapses: self.relapses.max(other.relapses),
            relapse_time: self.relapse_time.max(other.relapse_time),
            outage: self.outage.max(other.outage),
            operations: self.operations + other.operations,
            charged: self.charged + other.charged,
            ..worst
        }
    }

    /// The RTO in seconds, infinite when not restored.
    pub fn seconds(&self) -> f64 {
        self.rto.map_or(f64::INFINITY, Span::seconds)
    }
}

/// Adds the finding of a series to all scopes it is part of.
pub fn add(all: &mut ByScope, key: SeriesKey, finding: RtoFinding) {
    for scope in Scope::of(key) {
        let sum = all.entry((scope, key.kind)).or_insert(finding);
        // The entry may be this finding itself, just put in: then there is nothing to join.
        if sum.worst != key {
            *sum = sum.worse(finding);
        }
    }
}
