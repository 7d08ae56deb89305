//! Timers.

use crate::base::ids::ActorId;
use crate::engine::contract::{TimerClass, TimerName};
use crate::model::operation::OpId;

/// The name of a timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Replica: send the others what changed.
    Ship,
    /// Replica: this one has not said that it has what it was sent.
    Unanswered(ActorId),
    /// Replica: ask the others what they have.
    Check,
    /// Client: a replica has not answered.
    Attempt(OpId),
    /// Client: ask again.
    Backoff(OpId),
}

impl TimerName for Timer {
    fn class(self) -> TimerClass {
        TimerClass::Routine
    }

    fn label(self) -> &'static str {
        match self {
            Timer::Ship => "ship",
            Timer::Unanswered(_) => "unanswered",
            Timer::Check => "check",
            Timer::Attempt(_) => "attempt",
            Timer::Backoff(_) => "backoff",
        }
    }
}
