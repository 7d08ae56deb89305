//! Timers.

use crate::engine::contract::{TimerClass, TimerName};
use crate::model::operation::OpId;

/// The name of a timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Client, replica: nothing was heard of this call, or it is to be made again.
    Call(u64),
    /// Client: the operation's time is up.
    Deadline(OpId),
    /// Client: a push that was refused is made again.
    Again(OpId),
    /// Replica: what a tier's bandwidth held back is due.
    Serve,
    /// Replica: this site has not said that it took in what it was offered.
    Offer(usize),
    /// Replica: compare with the others.
    Compare,
    /// Replica: ask another one for everything.
    Sync,
    /// Probe: the next round.
    Round,
    /// Probe: a site has not answered in time.
    Unanswered(usize),
    /// Control plane: say again which replicas there are.
    Announce,
}

impl TimerName for Timer {
    fn class(self) -> TimerClass {
        TimerClass::Routine
    }

    fn label(self) -> &'static str {
        match self {
            Timer::Call(_) => "call",
            Timer::Deadline(_) => "deadline",
            Timer::Again(_) => "again",
            Timer::Serve => "serve",
            Timer::Offer(_) => "offer",
            Timer::Compare => "compare",
            Timer::Sync => "sync",
            Timer::Round => "round",
            Timer::Unanswered(_) => "unanswered",
            Timer::Announce => "announce",
        }
    }
}
