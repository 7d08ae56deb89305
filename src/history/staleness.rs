//! How stale each read was, for the measures.

use super::versions::{Versions, View};
use crate::base::ids::RegionId;
use crate::model::operation::{Claims, Operation};

/// The staleness of one successful read; of a batch read, that of its stalest key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StalenessSample {
    /// Age, at the read's invocation, of the oldest acknowledged write to the key that it missed, in ns; 0 if none.
    pub time_ns: u64,
    /// How many acknowledged writes to the key it missed.
    pub versions: u64,
    /// What was promised for it.
    pub claims: Claims,
    /// Its action's name: `read` or `batch-read`.
    pub kind: &'static str,
    /// The region that served it.
    pub served: Option<RegionId>,
}

impl StalenessSample {
    /// Measures a read against the writes that were certainly after the returned version and acknowledged before the
    /// read was invoked. A value whose write is still open counts as current. `None` if the read showed no key.
    pub fn of(op: &Operation, views: &[View], versions: &Versions) -> Option<StalenessSample> {
        let sample = |time_ns, missed| StalenessSample {
            time_ns,
            versions: missed,
            claims: op.claims,
            kind: op.action.name(),
            served: op.served,
        };
        let one = |view: &View| {
            if view.doubtful {
                return (0, 0);
            }
            let missed = versions
                .standing(op.partition, view.slot, view.completed)
                .filter(|v| v.completed < op.invoked);
            missed.fold((0, 0), |(age, n), v| (age.max(op.invoked.0.since(v.completed.0).0), n + 1))
        };
        views.iter().map(one).max().map(|(age, missed)| sample(age, missed))
    }
}
