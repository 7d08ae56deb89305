//! Timers.

use crate::engine::contract::{TimerClass, TimerName};
use crate::model::operation::OpId;

/// The name of a timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Coordinator: some replicas have not answered.
    Silence(u64),
    /// Client: its coordinator has not answered.
    Attempt(OpId),
    /// Node with hints: try to hand them over.
    HandOver,
    /// Replica: compare trees with the next of the others.
    Compare,
    /// Replica without its data: ask the others again.
    Refill,
}

impl TimerName for Timer {
    fn class(self) -> TimerClass {
        TimerClass::Routine
    }

    fn label(self) -> &'static str {
        match self {
            Timer::Silence(_) => "silence",
            Timer::Attempt(_) => "attempt",
            Timer::HandOver => "hand-over",
            Timer::Compare => "compare",
            Timer::Refill => "refill",
        }
    }
}
