//! Leases: a promise that runs out by itself, on clocks that drift.
//!
//! Gray and Cheriton, Leases: an efficient fault-tolerant mechanism for distributed file cache consistency, 1989. The
//! holder counts from when it *asked* (before the grant can have been made), the grantor from when it *granted*, and
//! longer by what both clocks may drift: so the grantor never believes a lease over that its holder still trusts. This
//! needs clocks whose *rates* are within the bound; their offsets do not matter. A clock that is stepped breaks it.

use crate::base::time::{SimTime, Span};
use std::collections::BTreeMap;

/// The side that grants leases and must wait for them to run out. Times are the grantor's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grantor<I> {
    drift_ppm: u32,
    expiry: BTreeMap<I, SimTime>,
}

impl<I: Ord + Copy> Grantor<I> {
    /// A grantor for clocks whose rates differ from true time by at most `drift_ppm` parts per million, its own
    /// included. With 1,000,000 or more no wait is long enough, and no lease expires.
    pub const fn new(drift_ppm: u32) -> Self {
        Grantor { drift_ppm, expiry: BTreeMap::new() }
    }

    /// Grants `who` a lease of `length` by its own clock, and returns when it is over by this one. A shorter grant does
    /// not shorten a promise already given.
    pub fn grant(&mut self, who: I, now: SimTime, length: Span) -> SimTime {
        let until = now + self.stretched(length);
        let expiry = self.expiry.entry(who).or_insert(until);
        *expiry = (*expiry).max(until);
        *expiry
    }

    /// When the lease of `who` is over; none when it was granted none.
    pub fn expires(&self, who: I) -> Option<SimTime> {
        self.expiry.get(&who).copied()
    }

    /// Whether no holder can still trust its lease.
    pub fn all_expired(&self, now: SimTime) -> bool {
        self.expiry.values().all(|until| now >= *until)
    }

    /// When the last lease is over; none when there is none.
    pub fn latest(&self) -> Option<SimTime> {
        self.expiry.values().copied().max()
    }

    /// `who` gave its lease back, or is known to have lost its memory.
    pub fn release(&mut self, who: I) {
        self.expiry.remove(&who);
    }

    /// The longest that `length` on a clock within the bound can take on another one: the holder's may be slow by the
    /// bound while this one is fast by it. Rounded up, and one nanosecond more since both clocks show whole ones.
    fn stretched(&self, length: Span) -> Span {
        let drift = u128::from(self.drift_ppm);
        let Some(slow) = 1_000_000u128.checked_sub(drift).filter(|slow| *slow > 0) else {
            return Span::MAX;
        };
        let stretched = (u128::from(length.0) * (1_000_000 + drift)).div_ceil(slow) + 1;
        Span(u64::try_from(stretched).unwrap_or(u64::MAX))
    }
}

/// The side that holds a lease. Times are the holder's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    asked: Option<SimTime>,
    ignore_upto: Option<SimTime>,
    until: Option<SimTime>,
}

impl Holder {
    /// A holder without a lease.
    pub const fn new() -> Self {
        Holder { asked: None, ignore_upto: None, until: None }
    }

    /// A request for a lease leaves at `at`; it must carry `at`, and the grant return it.
    pub fn requested(&mut self, at: SimTime) {
        self.asked = self.asked.max(Some(at));
    }

    /// The request made at `requested_at` was granted: the lease runs for `length` from then, however late the grant
    /// arrives. A grant that was never asked for is ignored; one that ends sooner than another changes nothing.
    pub fn granted(&mut self, requested_at: SimTime, length: Span) {
        if Some(requested_at) <= self.asked && Some(requested_at) > self.ignore_upto {
            self.until = self.until.max(Some(requested_at + length));
        }
    }

    /// Gives the lease up: grants of requests made up to `now` count no more.
    pub fn released(&mut self, now: SimTime) {
        self.until = None;
        self.ignore_upto = self.ignore_upto.max(Some(now));
    }

    /// Whether the lease still holds.
    pub fn valid(&self, now: SimTime) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    /// When the lease ends (at that instant it is over); none when there was none.
    pub fn until(&self) -> Option<SimTime> {
        self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: u64) -> SimTime {
        SimTime::ZERO + Span::secs(s)
    }

    #[test]
    fn a_lease_counts_from_the_request_not_from_the_grant() {
        let mut h = Holder::new();
        h.requested(at(10));
        assert!(!h.valid(at(10)));
        h.granted(at(10), Span::secs(5));
        assert_eq!(h.until(), Some(at(15)));
        assert!(h.valid(at(14)) && !h.valid(at(15)));
    }

    #[test]
    fn a_grant_nobody_asked_for_gives_no_lease() {
        let mut h = Holder::new();
        h.granted(at(1), Span::secs(5));
        h.requested(at(2));
        h.granted(at(3), Span::secs(5));
        assert_eq!(h.until(), None);
    }

    #[test]
    fn grants_out_of_order_keep_the_latest_end() {
        let mut h = Holder::new();
        h.requested(at(1));
        h.requested(at(3));
        h.granted(at(3), Span::secs(5));
        h.granted(at(1), Span::secs(5));
        assert_eq!(h.until(), Some(at(8)));
    }

    #[test]
    fn a_lease_given_up_does_not_come_back_with_a_late_grant() {
        let mut h = Holder::new();
        h.requested(at(1));
        h.released(at(2));
        h.granted(at(1), Span::secs(9));
        assert!(!h.valid(at(2)));
        h.requested(at(3));
        h.granted(at(3), Span::secs(9));
        assert!(h.valid(at(4)));
    }

    #[test]
    fn the_grantor_waits_longer_by_the_drift_of_both_clocks() {
        let mut g = Grantor::new(200);
        let until = g.grant('a', at(10), Span::secs(10));
        // 10 s * 1.0002 / 0.9998 = 10.004000800160032 s, rounded up, and 1 ns.
        assert_eq!(until, SimTime(20_004_000_801 + 1));
        assert_eq!(g.expires('a'), Some(until));
        assert!(!g.all_expired(SimTime(until.0 - 1)) && g.all_expired(until));
    }

    #[test]
    fn a_shorter_grant_does_not_shorten_the_promise() {
        let mut g = Grantor::new(0);
        let long = g.grant('a', at(0), Span::secs(10));
        assert_eq!(g.grant('a', at(1), Span::secs(2)), long);
    }

    #[test]
    fn all_leases_must_be_over_and_a_released_one_is() {
        let mut g = Grantor::new(0);
        assert!(g.all_expired(at(0)));
        g.grant('a', at(0), Span::secs(1));
        g.grant('b', at(0), Span::secs(9));
        assert!(!g.all_expired(at(2)));
        assert_eq!(g.latest(), g.expires('b'));
        g.release('b');
        assert!(g.all_expired(at(2)));
    }

    #[test]
    fn without_a_bound_on_drift_no_lease_ever_expires() {
        let mut g = Grantor::new(1_000_000);
        assert_eq!(g.grant('a', at(0), Span::nanos(1)), SimTime::MAX);
    }
}
