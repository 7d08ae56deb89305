//! Timers of the actors.

use crate::base::ids::{ActionId, ActorId, PartitionId};
use crate::engine::contract::{TimerClass, TimerName};
use crate::model::operation::OpId;

/// A timer's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Replica: no leader was heard of for long enough.
    Election,
    /// Leader: say so.
    Heartbeat,
    /// Leader: the image for this member has been read.
    Image(ActorId),
    /// Leader: this member has not said that it has the image.
    ImageLost(ActorId),
    /// Leader: a preferred member could lead instead.
    Prefer,
    /// Client: a try has not been answered.
    Attempt(OpId),
    /// Client: try again.
    Backoff(OpId),
    /// Operator: nobody carried the order out for this partition yet.
    Order(ActionId, PartitionId),
}

impl TimerName for Timer {
    fn class(self) -> TimerClass {
        match self {
            Timer::Image(_) | Timer::ImageLost(_) | Timer::Prefer | Timer::Order(..) => TimerClass::Work,
            _ => TimerClass::Routine,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Timer::Election => "election",
            Timer::Heartbeat => "heartbeat",
            Timer::Image(_) => "image",
            Timer::ImageLost(_) => "image-lost",
            Timer::Prefer => "prefer",
            Timer::Attempt(_) => "attempt",
            Timer::Backoff(_) => "backoff",
            Timer::Order(..) => "order",
        }
    }
}
