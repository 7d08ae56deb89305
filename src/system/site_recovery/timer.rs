//! Timers of the actors.

use crate::engine::contract::{TimerClass, TimerName};
use crate::model::operation::OpId;

/// A timer's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Machine: upload what was written.
    Flush,
    /// Machine: a disk's burst of writes begins or ends.
    Burst(u8),
    /// Machine: mark a crash-consistent point.
    Tag,
    /// Machine: mark an app-consistent point.
    AppTag,
    /// Machine: the application has stood still for long enough.
    Thaw,
    /// Machine: who leads the replication group has waited long enough for the others.
    GiveUpMark,
    /// Machine: say that it is there.
    Beat,
    /// Machine: sign in again.
    SignIn,
    /// Machine: it is created and has booted.
    Booted,
    /// Replica: the copy for a test has booted.
    Tested,
    /// Machine: the one that a write names has not answered.
    Refer(OpId),
    /// Cache account: tell the service what it has.
    Announce,
    /// Service: see who is silent.
    Watch,
    /// Service: note how old points are.
    Monitor,
    /// Service: a recovery point is made.
    Made(u16),
    /// Service: data for a point do not come.
    Stalled(u16),
    /// Service: the person who was called decides.
    Decide,
    /// Service: say again what was not answered.
    Push,
    /// Service: machines were given long enough to stop.
    Stop,
    /// Service: what could be reached was given long enough to be processed.
    GiveUpLatest,
    /// Service: a script of the recovery plan is done.
    Script,
    /// Service: the target's resources are there.
    Resources,
    /// Service: it is time to go back.
    FailBack,
    /// Client: a try has not been answered.
    Attempt(OpId),
    /// Client: try again.
    Backoff(OpId),
}

impl TimerName for Timer {
    fn class(self) -> TimerClass {
        match self {
            Timer::Booted
            | Timer::Tested
            | Timer::Decide
            | Timer::Push
            | Timer::Stop
            | Timer::GiveUpLatest
            | Timer::Script
            | Timer::Resources
            | Timer::FailBack => TimerClass::Work,
            Timer::SignIn | Timer::Burst(_) => TimerClass::Calendar,
            _ => TimerClass::Routine,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Timer::Flush => "flush",
            Timer::Burst(_) => "burst",
            Timer::Tag => "tag",
            Timer::AppTag => "app-tag",
            Timer::Thaw => "thaw",
            Timer::GiveUpMark => "give-up-mark",
            Timer::Beat => "beat",
            Timer::SignIn => "sign-in",
            Timer::Booted => "booted",
            Timer::Tested => "tested",
            Timer::Refer(_) => "refer",
            Timer::Announce => "announce",
            Timer::Watch => "watch",
            Timer::Monitor => "monitor",
            Timer::Made(_) => "made",
            Timer::Stalled(_) => "stalled",
            Timer::Decide => "decide",
            Timer::Push => "push",
            Timer::Stop => "stop",
            Timer::GiveUpLatest => "give-up-latest",
            Timer::Script => "script",
            Timer::Resources => "resources",
            Timer::FailBack => "fail-back",
            Timer::Attempt(_) => "attempt",
            Timer::Backoff(_) => "backoff",
        }
    }
}
