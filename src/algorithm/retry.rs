//! Retries with exponential backoff, within a budget of time and of tries.

use crate::base::time::{SimTime, Span};

/// How long to wait between tries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// The first wait.
    pub initial: Span,
    /// What each wait is multiplied by to give the next; 1 keeps it fixed.
    pub factor: f64,
    /// The longest wait, before jitter.
    pub max: Span,
    /// The budget: no retry starts later than this after the first try did.
    pub total: Span,
    /// How much of a wait is random, in [0, 1]: a wait of d becomes uniform in [d (1 - jitter), d]. 1 is 'full jitter',
    /// 0.5 'equal jitter' (Brooker, Exponential backoff and jitter, 2015).
    pub jitter: f64,
}

impl Backoff {
    /// The same wait each time, without jitter.
    pub const fn fixed(wait: Span, total: Span) -> Self {
        Backoff { initial: wait, factor: 1.0, max: wait, total, jitter: 0.0 }
    }

    /// The wait before retry `n` (the first is 0), before jitter.
    pub fn wait(&self, n: u32) -> Span {
        let grown = self.initial.seconds() * libm::pow(self.factor, f64::from(n));
        if grown >= self.max.seconds() {
            self.max
        } else {
            self.initial.scale(libm::pow(self.factor, f64::from(n)))
        }
    }
}

/// The retries of one operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retry {
    backoff: Backoff,
    started: SimTime,
    retries: u32,
    max_tries: u32,
}

impl Retry {
    /// The first try starts at `now`; retries are limited by `backoff.total` only.
    pub const fn new(backoff: Backoff, now: SimTime) -> Self {
        Retry { backoff, started: now, retries: 0, max_tries: u32::MAX }
    }

    /// At most `n` retries; the first try is not one of them.
    pub const fn max_tries(mut self, n: u32) -> Self {
        self.max_tries = n;
        self
    }

    /// A try failed at `now`: how long to wait before the next, or none when the budget of time or tries is used up.
    /// `draw` is uniform in (0, 1).
    pub fn next(&mut self, now: SimTime, draw: f64) -> Option<Span> {
        self.next_after(now, Span::ZERO, draw)
    }

    /// Like [`next`](Retry::next), but waits no less than `least`: what a server asked for with its 429 or 503. A wait
    /// beyond the budget is not shortened to fit: the operation gives up.
    pub fn next_after(&mut self, now: SimTime, least: Span, draw: f64) -> Option<Span> {
        if self.retries >= self.max_tries {
            return None;
        }
        let random = self.backoff.jitter.clamp(0.0, 1.0) * draw.clamp(0.0, 1.0);
        let wait = self.backoff.wait(self.retries).scale(1.0 - random).max(least);
        if (now + wait).since(self.started) > self.backoff.total {
            return None;
        }
        self.retries += 1;
        Some(wait)
    }

    /// How many retries were granted.
    pub fn retries(&self) -> u32 {
        self.retries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOUBLING: Backoff = Backoff {
        initial: Span::millis(10),
        factor: 2.0,
        max: Span::millis(50),
        total: Span::millis(200),
        jitter: 0.0,
    };

    /// The waits of an operation whose tries take no time.
    fn waits(mut retry: Retry, draw: f64) -> Vec<u64> {
        let mut now = SimTime(1_000);
        let mut waits = Vec::new();
        while let Some(wait) = retry.next(now, draw) {
            waits.push(wait.0 / 1_000_000);
            now += wait;
        }
        waits
    }

    #[test]
    fn waits_grow_to_their_maximum_and_end_with_the_time() {
        assert_eq!(waits(Retry::new(DOUBLING, SimTime(1_000)), 0.5), vec![10, 20, 40, 50, 50]);
    }

    #[test]
    fn tries_are_limited_apart_from_time() {
        let retry = Retry::new(DOUBLING, SimTime(1_000)).max_tries(2);
        assert_eq!(waits(retry, 0.5), vec![10, 20]);
        assert!(waits(retry.max_tries(0), 0.5).is_empty());
    }

    #[test]
    fn time_spent_trying_counts_as_well() {
        let mut retry = Retry::new(DOUBLING, SimTime::ZERO);
        assert_eq!(retry.next(SimTime::ZERO + Span::millis(191), 0.5), None);
        assert_eq!(retry.next(SimTime::ZERO + Span::millis(190), 0.5), Some(Span::millis(10)));
        assert_eq!(retry.retries(), 1);
    }

    #[test]
    fn jitter_shortens_a_wait_by_up_to_its_share() {
        let full = Backoff { jitter: 1.0, ..DOUBLING };
        let equal = Backoff { jitter: 0.5, ..DOUBLING };
        let first = |backoff, draw| Retry::new(backoff, SimTime::ZERO).next(SimTime::ZERO, draw);
        assert_eq!(first(full, 0.75), Some(Span::micros(2_500)));
        assert_eq!(first(equal, 0.75), Some(Span::micros(6_250)));
        assert_eq!(first(equal, 1.0), Some(Span::millis(5)));
    }

    #[test]
    fn a_server_may_ask_for_a_longer_wait_but_not_beyond_the_budget() {
        let mut retry = Retry::new(DOUBLING, SimTime::ZERO);
        assert_eq!(retry.next_after(SimTime::ZERO, Span::millis(120), 0.5), Some(Span::millis(120)));
        assert_eq!(retry.next_after(SimTime::ZERO, Span::millis(201), 0.5), None);
        assert_eq!(retry.next_after(SimTime::ZERO, Span::millis(1), 0.5), Some(Span::millis(20)));
    }

    #[test]
    fn a_fixed_wait_stays_fixed_and_a_huge_number_of_retries_stays_finite() {
        let fixed = Backoff::fixed(Span::millis(7), Span::MAX);
        assert_eq!((fixed.wait(0), fixed.wait(u32::MAX)), (Span::millis(7), Span::millis(7)));
        assert_eq!(DOUBLING.wait(u32::MAX), Span::millis(50));
    }
}
