//! What the availability measures keep of an operation.

use crate::base::time::{SimTime, Span};
use crate::measure::hourly;
use crate::measure::series::{Kind, SeriesKey};
use crate::model::operation::{Operation, Outcome};

/// The outcome of one operation of the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When it was due.
    pub at: SimTime,
    /// From then to its end.
    pub took: Span,
    /// Which series it belongs to.
    pub key: SeriesKey,
    /// Whether it succeeded.
    pub ok: bool,
    /// Its place in the provider's hourly rule.
    pub hourly: hourly::Class,
}

impl Sample {
    /// The sample of an operation; `None` when it is not part of the load, or [answered](is_answer) rather than refused.
    pub fn of(operation: &Operation) -> Option<Sample> {
        if operation.closing || is_answer(operation) {
            return None;
        }
        Some(Sample {
            at: operation.invoked.0,
            took: operation.completed.0.since(operation.invoked.0),
            key: SeriesKey {
                region: operation.region,
                partition: operation.partition,
                kind: Kind::of(operation),
            },
            ok: operation.outcome == Outcome::Ok,
            hourly: hourly::Class::of(operation),
        })
    }
}

/// Whether a failed operation got the right answer of a service that works: the object was there already (409), was not
/// there (404), or no longer held what was expected (412). Such an operation says nothing about availability, and is
/// left out of it; a sub-status (404/1002) or an unknown outcome makes it a failure.
pub fn is_answer(operation: &Operation) -> bool {
    operation.outcome == Outcome::Fail
        && operation.status.sub == 0
        && matches!(operation.status.code, 404 | 409 | 412)
}
