//! Timers of the actors.

use crate::base::ids::{ActionId, PartitionId};
use crate::engine::contract::{TimerClass, TimerName};
use crate::model::operation::OpId;

/// A timer's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Primary: say so to backups and coordinator.
    Beat,
    /// Primary: the next entries may leave for this backup.
    Ship(u8),
    /// Primary: cut a recovery point.
    Cut,
    /// Backup: nothing was heard of the primary for long enough.
    Silence,
    /// Backup: the primary has been silent for as long as the policy waits.
    TakeOver,
    /// Replica: a proposal to the coordinator has not come through.
    Propose,
    /// New primary: enough time to hear how far the others are.
    Survey,
    /// Primary: the image for this backup has been read.
    Image(u8),
    /// Primary: a planned switch takes too long.
    SwitchLate,
    /// Client: a try has not been answered.
    Attempt(OpId),
    /// Client: try again.
    Backoff(OpId),
    /// Operator: the person who was called decides now.
    Decide,
    /// Operator: nobody carried the order out for this partition yet.
    Order(ActionId, PartitionId),
}

impl TimerName for Timer {
    fn class(self) -> TimerClass {
        match self {
            Timer::TakeOver
            | Timer::Survey
            | Timer::Image(_)
            | Timer::SwitchLate
            | Timer::Decide
            | Timer::Order(..) => TimerClass::Work,
            _ => TimerClass::Routine,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Timer::Beat => "beat",
            Timer::Ship(_) => "ship",
            Timer::Cut => "cut",
            Timer::Silence => "silence",
            Timer::TakeOver => "take-over",
            Timer::Propose => "propose",
            Timer::Survey => "survey",
            Timer::Image(_) => "image",
            Timer::SwitchLate => "switch-late",
            Timer::Attempt(_) => "attempt",
            Timer::Backoff(_) => "backoff",
            Timer::Decide => "decide",
            Timer::Order(..) => "order",
        }
    }
}
