//! A failure detector with a fixed time-out; [`PhiAccrual`] is the adaptive one.

use crate::base::time::{SimTime, Span};

pub use crate::algorithm::phi::PhiAccrual;

/// Suspects every watched member that was silent for the time-out or longer (Chandra and Toueg, 1996: complete, and as
/// accurate as the time-out is generous).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeats<I> {
    timeout: Span,
    /// Sorted by member.
    heard: Vec<(I, SimTime)>,
}

impl<I: Ord + Copy> Heartbeats<I> {
    /// A detector that watches nobody yet.
    pub const fn new(timeout: Span) -> Self {
        Heartbeats { timeout, heard: Vec::new() }
    }

    /// The time-out.
    pub fn timeout(&self) -> Span {
        self.timeout
    }

    /// Starts to watch `who`, as if it had been heard at `now`. One that is watched already counts as heard.
    pub fn watch(&mut self, who: I, now: SimTime) {
        match self.place(who) {
            Ok(at) => self.heard[at].1 = self.heard[at].1.max(now),
            Err(at) => self.heard.insert(at, (who, now)),
        }
    }

    /// `who` showed a sign of life. Ignored when it is not watched: a late message must not bring back a member that was
    /// forgotten.
    pub fn heard(&mut self, who: I, now: SimTime) {
        if let Ok(at) = self.place(who) {
            self.heard[at].1 = self.heard[at].1.max(now);
        }
    }

    /// Stops watching `who`.
    pub fn forget(&mut self, who: I) {
        if let Ok(at) = self.place(who) {
            self.heard.remove(at);
        }
    }

    /// When `who` was last heard, or when the watch began; none when it is not watched.
    pub fn last(&self, who: I) -> Option<SimTime> {
        self.place(who).ok().map(|at| self.heard[at].1)
    }

    /// Whether `who` is watched and silent for too long.
    pub fn is_suspect(&self, who: I, now: SimTime) -> bool {
        self.last(who).is_some_and(|last| now.since(last) >= self.timeout)
    }

    /// The members silent for too long, in the order of their ids.
    pub fn suspects(&self, now: SimTime) -> impl Iterator<Item = I> {
        self.heard.iter().filter(move |(_, last)| now.since(*last) >= self.timeout).map(|(who, _)| *who)
    }

    /// When the first member not suspected at `now` will be, if it stays silent: when to look again.
    pub fn next_suspicion(&self, now: SimTime) -> Option<SimTime> {
        self.heard.iter().map(|(_, last)| *last + self.timeout).filter(|due| *due > now).min()
    }

    fn place(&self, who: I) -> Result<usize, usize> {
        self.heard.binary_search_by(|(member, _)| member.cmp(&who))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: u64) -> SimTime {
        SimTime::ZERO + Span::secs(s)
    }

    fn watching(members: &[u32]) -> Heartbeats<u32> {
        let mut h = Heartbeats::new(Span::secs(10));
        for who in members {
            h.watch(*who, at(0));
        }
        h
    }

    #[test]
    fn a_member_is_suspected_at_the_time_out_and_not_before() {
        let mut h = watching(&[2, 1]);
        h.heard(1, at(5));
        assert_eq!(h.suspects(SimTime(at(10).0 - 1)).count(), 0);
        assert_eq!(h.suspects(at(10)).collect::<Vec<_>>(), vec![2]);
        assert_eq!(h.suspects(at(15)).collect::<Vec<_>>(), vec![1, 2]);
        assert!(h.is_suspect(2, at(10)) && !h.is_suspect(1, at(10)));
    }

    #[test]
    fn a_member_heard_again_is_no_longer_suspected() {
        let mut h = watching(&[1]);
        assert!(h.is_suspect(1, at(11)));
        h.heard(1, at(11));
        assert!(!h.is_suspect(1, at(11)));
    }

    #[test]
    fn messages_out_of_order_do_not_set_the_last_sign_of_life_back() {
        let mut h = watching(&[1]);
        h.heard(1, at(7));
        h.heard(1, at(4));
        h.watch(1, at(5));
        assert_eq!(h.last(1), Some(at(7)));
    }

    #[test]
    fn a_forgotten_member_stays_forgotten_when_a_late_message_comes() {
        let mut h = watching(&[1]);
        h.forget(1);
        h.heard(1, at(3));
        assert_eq!(h.last(1), None);
        assert!(!h.is_suspect(1, at(99)));
        assert_eq!(h.suspects(at(99)).count(), 0);
    }

    #[test]
    fn the_next_suspicion_is_the_earliest_still_to_come() {
        let mut h = watching(&[1, 2]);
        h.heard(2, at(4));
        assert_eq!(h.next_suspicion(at(0)), Some(at(10)));
        assert_eq!(h.next_suspicion(at(10)), Some(at(14)));
        assert_eq!(h.next_suspicion(at(14)), None);
    }
}
