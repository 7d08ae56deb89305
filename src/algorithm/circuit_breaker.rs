//! A circuit breaker on consecutive failures.

use crate::base::time::{SimTime, Span};

/// Stops asking a target that keeps failing, and tries it again after a while (Nygard, Release It!, 2007).
///
/// *Closed* it lets everything through and counts failures in a row; at the threshold it *opens* and lets nothing through
/// for a time; then it is *half open*: requests go through, the first failure opens it again, the first success closes
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    threshold: u32,
    reset_after: Span,
    open_for: Span,
    failures: u32,
    last_failure: SimTime,
    open_until: Option<SimTime>,
}

impl Breaker {
    /// A closed breaker that opens for `open_for` after `threshold` failures in a row (at least one), where a failure that
    /// comes later than `reset_after` after the one before it starts a new row.
    pub const fn new(threshold: u32, reset_after: Span, open_for: Span) -> Self {
        Breaker {
            threshold,
            reset_after,
            open_for,
            failures: 0,
            last_failure: SimTime::ZERO,
            open_until: None,
        }
    }

    /// A request succeeded: the row of failures ends and the breaker closes, even when the request was sent before it
    /// opened.
    pub fn success(&mut self) {
        self.failures = 0;
        self.open_until = None;
    }

    /// A request failed. While the breaker is open this changes nothing: such a request was sent before, and would only
    /// prolong the wait.
    pub fn failure(&mut self, now: SimTime) {
        match self.open_until {
            Some(until) if now < until => {}
            Some(_) => self.open_until = Some(now + self.open_for),
            None => {
                let in_a_row = self.failures > 0 && now.since(self.last_failure) <= self.reset_after;
                self.failures = if in_a_row { self.failures.saturating_add(1) } else { 1 };
                self.last_failure = now;
                if self.failures >= self.threshold {
                    self.open_until = Some(now + self.open_for);
                }
            }
        }
    }

    /// Whether a request may be sent: the breaker is closed or half open.
    pub fn allows(&self, now: SimTime) -> bool {
        self.open_until.is_none_or(|until| now >= until)
    }

    /// Whether the breaker has opened and no request has succeeded since: open or half open.
    pub fn tripped(&self) -> bool {
        self.open_until.is_some()
    }

    /// When it lets requests through again; none when it is closed.
    pub fn open_until(&self) -> Option<SimTime> {
        self.open_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: u64) -> SimTime {
        SimTime::ZERO + Span::secs(s)
    }

    /// Opens after three failures, a minute apart at most, for 5 s.
    fn after_failures(times: &[u64]) -> Breaker {
        let mut breaker = Breaker::new(3, Span::secs(60), Span::secs(5));
        for s in times {
            breaker.failure(at(*s));
        }
        breaker
    }

    #[test]
    fn it_opens_at_the_threshold_and_lets_requests_through_again_after_a_while() {
        assert!(after_failures(&[1, 2]).allows(at(2)));
        let b = after_failures(&[1, 2, 3]);
        assert!(!b.allows(at(3)) && !b.allows(SimTime(at(8).0 - 1)));
        assert!(b.allows(at(8)) && b.tripped());
        assert_eq!(b.open_until(), Some(at(8)));
    }

    #[test]
    fn a_success_ends_the_row() {
        let mut b = after_failures(&[1, 2]);
        b.success();
        b.failure(at(3));
        b.failure(at(4));
        assert!(b.allows(at(4)) && !b.tripped());
    }

    #[test]
    fn failures_far_apart_are_not_a_row() {
        assert!(after_failures(&[1, 2, 63]).allows(at(63)));
        assert!(!after_failures(&[1, 2, 62]).allows(at(62)));
    }

    #[test]
    fn half_open_one_failure_opens_it_again_and_one_success_closes_it() {
        let mut b = after_failures(&[1, 2, 3]);
        b.failure(at(9));
        assert!(!b.allows(at(13)) && b.allows(at(14)));
        b.success();
        assert!(b.allows(at(14)) && !b.tripped());
    }

    #[test]
    fn failures_of_requests_sent_before_it_opened_do_not_prolong_it() {
        let mut b = after_failures(&[1, 2, 3]);
        b.failure(at(7));
        assert!(b.allows(at(8)));
    }
}
