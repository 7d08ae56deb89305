//! When a window is over: nothing is left to do, and nothing remembers.

use crate::base::time::{SimTime, Span};

/// How often a world is asked whether it has settled. The question is no event.
pub(crate) const CHECK_EVERY: Span = Span::secs(1);
/// An operation open for longer, or a link with more than this queued, means that something is still going on, unless the
/// system says otherwise.
pub(crate) const PATIENCE: Span = Span::secs(1);

/// What could still be going on in a world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Activity {
    /// Temporary faults that are open, and faults to come.
    pub faults: usize,
    /// Actions to come.
    pub actions: usize,
    /// Work timers pending.
    pub work_timers: u64,
    /// Actors that said they are busy.
    pub busy_actors: u32,
    /// An operation has been open for longer than the system's patience.
    pub slow_operation: bool,
    /// A link has more than that of messages queued.
    pub backlog: bool,
    /// When an operation last failed.
    pub last_failure: Option<SimTime>,
}

impl Activity {
    fn quiet(&self) -> bool {
        self.faults == 0
            && self.actions == 0
            && self.work_timers == 0
            && self.busy_actors == 0
            && !self.slow_operation
            && !self.backlog
    }
}

/// Watches for a world to have been quiet for as long as anything in it remembers.
#[derive(Clone, Debug)]
pub(crate) struct Settling {
    memory: Span,
    quiet_since: Option<SimTime>,
}

impl Settling {
    /// `memory` is the longest TTL, lease or expiry of the deployment.
    pub fn new(memory: Span) -> Self {
        Settling { memory, quiet_since: None }
    }

    /// Takes note of what goes on now; true once all was quiet for long enough.
    pub fn check(&mut self, now: SimTime, activity: &Activity) -> bool {
        if !activity.quiet() {
            self.quiet_since = None;
            return false;
        }
        let since = (*self.quiet_since.get_or_insert(now)).max(activity.last_failure.unwrap_or_default());
        self.quiet_since = Some(since);
        now.since(since) >= self.memory
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(s: u64) -> SimTime {
        SimTime::ZERO + Span::secs(s)
    }

    #[test]
    fn a_world_settles_after_the_longest_memory_of_quiet_and_any_activity_starts_it_again() {
        let mut settling = Settling::new(Span::secs(3));
        let (quiet, busy) = (Activity::default(), Activity { work_timers: 1, ..Activity::default() });
        assert!(!settling.check(seconds(1), &quiet));
        assert!(!settling.check(seconds(3), &quiet));
        assert!(!settling.check(seconds(4), &busy));
        assert!(!settling.check(seconds(5), &quiet));
        assert!(!settling.check(seconds(7), &quiet));
        assert!(settling.check(seconds(8), &quiet));
    }

    #[test]
    fn a_failed_operation_restarts_the_quiet_time() {
        let mut settling = Settling::new(Span::secs(3));
        assert!(!settling.check(seconds(1), &Activity::default()));
        let failed = Activity { last_failure: Some(seconds(3)), ..Activity::default() };
        assert!(!settling.check(seconds(5), &failed));
        assert!(settling.check(seconds(6), &failed));
    }
}
