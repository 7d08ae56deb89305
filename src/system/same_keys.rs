//! Since when a replica keeps something for the same keys: what decides, where lists of keys grow, whether it may jump.

use crate::base::time::{SimTime, Span};

/// A load of which no key was new for so long writes the same keys again and again.
const NO_NEW_KEY: Span = Span::mins(10);

/// How many keys there are, and since when.
#[derive(Clone, Copy, Debug)]
pub struct SameKeys<C> {
    count: C,
    since: SimTime,
}

impl<C: PartialEq> SameKeys<C> {
    /// So many when a process begins.
    pub fn new(count: C, now: SimTime) -> SameKeys<C> {
        SameKeys { count, since: now }
    }

    /// Takes note of how many there are now.
    pub fn look(&mut self, count: C, now: SimTime) {
        if count != self.count {
            *self = SameKeys::new(count, now);
        }
    }

    /// Whether there have been as many for so long that no key is new, and for `healing`, the time in which copies agree.
    pub fn for_long(&self, now: SimTime, healing: Span) -> bool {
        now.since(self.since) >= healing.max(NO_NEW_KEY)
    }
}
