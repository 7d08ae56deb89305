//! Which series of operations failed, and have yet to be seen to succeed again.
//!
//! A window that ends before that leaves open whether service was restored, however quiet the system is: where operations
//! are rare, the first that succeeds may come long after the fault has ended.

use crate::base::ids::{PartitionId, RegionId};
use crate::base::time::{SimTime, Span};
use std::collections::BTreeMap;

/// A client region, a partition, and whether it is about writes.
pub(crate) type Series = (RegionId, PartitionId, bool);

/// A series that failed.
#[derive(Clone, Copy, Debug)]
struct Failed {
    /// When the last operation was invoked that failed.
    last: SimTime,
    /// When the first after it was invoked that was then seen to succeed.
    good: Option<SimTime>,
}

/// The series of one world.
#[derive(Clone, Debug)]
pub(crate) struct Recoveries {
    /// They have to be good for so long: see `measure/rto.rs`.
    hold: Span,
    failed: BTreeMap<Series, Failed>,
}

/// So many stretches without any operation of a series say that there will not be one soon.
const PATIENCE: u64 = 10;

impl Recoveries {
    /// None has failed.
    pub fn new(hold: Span) -> Self {
        Recoveries { hold, failed: BTreeMap::new() }
    }

    /// An operation that was invoked then has ended.
    pub fn ended(&mut self, series: Series, invoked: SimTime, failed: bool) {
        if failed {
            let state = self.failed.entry(series).or_insert(Failed { last: invoked, good: None });
            state.last = state.last.max(invoked);
            state.good = state.good.filter(|good| *good > invoked);
        } else if let Some(state) = self.failed.get_mut(&series).filter(|state| invoked > state.last) {
            state.good = Some(state.good.map_or(invoked, |good| good.min(invoked)));
        }
    }

    /// Time was jumped over at `now`, in which service was as before: what failed went on failing. An operation from before
    /// the jump that succeeds after it says nothing about the time between.
    pub fn jumped(&mut self, now: SimTime) {
        self.failed.values_mut().for_each(|state| *state = Failed { last: now, good: None });
    }

    /// Whether a series has yet to be seen to be good for long enough; the newest operation was invoked at `latest`.
    pub fn awaited(&mut self, latest: SimTime, now: SimTime) -> bool {
        let hold = self.hold;
        self.failed.retain(|_, state| {
            let open = state.good.is_none_or(|good| latest < good + hold);
            open && now.since(state.good.unwrap_or(state.last)) <= hold * PATIENCE
        });
        !self.failed.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITES: Series = (RegionId(0), PartitionId(0), true);

    fn at(s: u64) -> SimTime {
        SimTime::ZERO + Span::secs(s)
    }

    #[test]
    fn a_series_is_awaited_until_it_was_good_for_long_enough_since_its_last_failure() {
        let mut all = Recoveries::new(Span::secs(10));
        let mut awaited = |events: &[(u64, bool)], latest| {
            events.iter().for_each(|(invoked, failed)| all.ended(WRITES, at(*invoked), *failed));
            all.awaited(at(latest), at(latest))
        };
        assert!(!awaited(&[(1, false)], 1));
        assert!(awaited(&[(5, true), (4, false)], 60), "an earlier one says nothing");
        assert!(awaited(&[(70, false), (78, false)], 79));
        assert!(!awaited(&[], 80), "good since 70");
        assert!(awaited(&[(85, true), (88, false)], 97));
        assert!(!awaited(&[], 98));
    }

    #[test]
    fn what_was_invoked_before_a_jump_is_no_sign_that_service_is_back() {
        let mut all = Recoveries::new(Span::secs(10));
        all.ended(WRITES, at(5), true);
        all.jumped(at(12));
        all.ended(WRITES, at(8), false);
        assert!(all.awaited(at(20), at(20)));
        all.ended(WRITES, at(14), false);
        assert!(all.awaited(at(23), at(23)));
        assert!(!all.awaited(at(24), at(24)), "good since 14");
    }

    #[test]
    fn a_series_of_which_nothing_comes_any_more_is_not_awaited_for_ever() {
        let mut all = Recoveries::new(Span::secs(10));
        all.ended(WRITES, at(5), true);
        assert!(all.awaited(at(5), at(105)));
        assert!(!all.awaited(at(5), at(106)));
        all.ended(WRITES, at(110), true);
        all.ended(WRITES, at(120), false);
        assert!(all.awaited(at(121), at(220)));
        assert!(!all.awaited(at(121), at(221)));
    }
}
