//! Timers of the actors.

use crate::base::ids::ActorId;
use crate::engine::contract::{TimerClass, TimerName};
use crate::model::operation::OpId;

/// A timer's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Replica: no leader was heard of for long enough.
    Election,
    /// Leader: say so.
    Heartbeat,
    /// Replica: the image for this one has been read.
    Image(ActorId),
    /// Leader: this replica has not said that it has the image.
    ImageLost(ActorId),
    /// Client: a try has not been answered.
    Attempt(OpId),
    /// Client: try again.
    Backoff(OpId),
}

impl TimerName for Timer {
    fn class(self) -> TimerClass {
        match self {
            Timer::Image(_) | Timer::ImageLost(_) => TimerClass::Work,
            _ => TimerClass::Routine,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Timer::Election => "election",
            Timer::Heartbeat => "heartbeat",
            Timer::Image(_) => "image",
            Timer::ImageLost(_) => "image-lost",
            Timer::Attempt(_) => "attempt",
            Timer::Backoff(_) => "backoff",
        }
    }
}
