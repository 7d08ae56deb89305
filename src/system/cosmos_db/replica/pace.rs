//! What a stretch of time that is jumped over adds to the log, where the log is kept for a region that is away.
//!
//! The writes of such a stretch are not simulated, but a region that comes back has to catch up with them, and what it
//! takes depends on how many there were. So the leader counts its writes by minute, and after a jump appends as many
//! entries that change nothing ([`Body::Blank`]). They travel like any others; those who were there all the time get them
//! for nothing, since the jump has counted that traffic already.

use super::{Cx, Peer, Replica};
use crate::algorithm::log::Term;
use crate::base::time::{SimTime, Span};
use crate::engine::jump::{PROBE, credited};
use crate::system::cosmos_db::entry::{Body, Entry, Stamp};
use std::sync::Arc;

/// Entries appended at once.
const BATCH: u64 = 512;
/// At most so many times the limit of the log is made up for: a log that long was cut, or is never read again.
const LIMITS: u64 = 2;

/// Writes and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Volume {
    writes: u64,
    bytes: u64,
}

/// How fast a leader's own writes come, and how many of them a jump left out.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    minute: u64,
    now: Volume,
    /// The last two whole minutes.
    last: [Volume; 2],
    owed: Volume,
    /// The log is kept for someone: what is left out matters.
    counts: bool,
}

impl Pace {
    /// A write came.
    pub(super) fn note(&mut self, bytes: u32, now: SimTime) {
        self.turn(now);
        self.now.writes += 1;
        self.now.bytes += u64::from(bytes);
    }

    /// Minutes pass.
    pub(super) fn turn(&mut self, now: SimTime) {
        let minute = now.0 / PROBE.0;
        for _ in 0..(minute - self.minute.min(minute)).min(3) {
            self.last = [self.last[1], std::mem::take(&mut self.now)];
        }
        self.minute = minute;
    }

    /// Time was jumped over.
    fn skip(&mut self, by: Span, most: u64) {
        let [a, b] = self.last;
        let writes = credited(a.writes + b.writes, by).min(most);
        let each = (a.bytes + b.bytes) / (a.writes + b.writes).max(1);
        self.owed.writes += writes;
        self.owed.bytes += writes * each;
    }

    /// Something is still to be appended.
    pub(super) fn owes(&self) -> bool {
        self.owed.writes > 0
    }

    /// The next lot of it: how many, and the size of each.
    fn take(&mut self) -> (u64, u32) {
        let n = self.owed.writes.min(BATCH);
        let each = self.owed.bytes / self.owed.writes.max(1);
        self.owed.writes -= n;
        self.owed.bytes -= n * each;
        (n, u32::try_from(each).unwrap_or(u32::MAX))
    }
}

impl Replica {
    /// The world jumps: what is written meanwhile is missing in the log of whoever is away.
    pub fn on_skip(&mut self, by: Span) {
        if self.ships() {
            self.shipper.peers.values_mut().for_each(Peer::miss);
        }
        if self.is_writer() && self.leader.pace.counts {
            self.leader.pace.skip(by, LIMITS * self.settings.log_limit);
        }
    }

    /// Appends what the last jump left out.
    pub(super) fn make_up(&mut self, cx: Cx) {
        let now = cx.monotonic();
        self.leader.pace.turn(now);
        self.leader.pace.counts = self.keeps_log(now);
        while self.is_writer() && self.leader.pace.owes() {
            let (n, bytes) = self.leader.pace.take();
            let first = self.log.last() + 1;
            let blanks: Vec<(Term, Entry)> =
                (first..first + n).map(|index| (self.term(), self.blank(index, bytes))).collect();
            let last = self.append_as_leader(blanks, cx);
            self.leader.ages.push_back((last, now));
        }
    }

    fn blank(&mut self, index: u64, bytes: u32) -> Entry {
        let stamp = self.settings.multi().then(|| {
            let origin = self.own();
            let seq = self.vector.get(origin) + 1;
            self.vector.advance(origin, seq);
            self.remember_own(seq, index);
            Arc::new(Stamp { origin, seq, order: 0, seen: Default::default() })
        });
        Entry { body: Body::Blank(bytes), bytes: 0, stamp }
    }
}

impl Peer {
    /// What this region lacks when it is heard again was not counted when time was jumped over.
    fn miss(&mut self) {
        self.missed |= !self.known;
    }

    /// Gives blanks their size, if this region has to be sent all of them.
    pub(super) fn weigh(&self, entries: &mut [(Term, Entry)]) {
        if !self.missed {
            return;
        }
        for (_, entry) in entries {
            if let Body::Blank(bytes) = entry.body {
                entry.bytes = bytes;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(n: u64) -> SimTime {
        SimTime::ZERO + PROBE * n
    }

    #[test]
    fn a_jump_owes_what_the_last_two_minutes_brought_and_no_more_than_the_log_holds() {
        let mut pace = Pace::default();
        for (minute, n) in [(0, 9), (1, 3), (2, 5)] {
            (0..n).for_each(|_| pace.note(100, minutes(minute)));
        }
        pace.turn(minutes(3));
        let mut long = pace.clone();
        pace.skip(PROBE * 10, 1_000_000);
        assert_eq!(pace.owed, Volume { writes: 40, bytes: 4_000 });
        assert_eq!((pace.take(), pace.owes()), ((40, 100), false));
        long.skip(PROBE * 1_000_000, 700);
        assert_eq!((long.take(), long.take(), long.owes()), ((512, 100), (188, 100), false));
    }

    #[test]
    fn minutes_without_a_write_count_as_such() {
        let mut pace = Pace::default();
        pace.note(100, minutes(0));
        pace.turn(minutes(3));
        pace.skip(PROBE * 10, 100);
        assert!(!pace.owes());
    }
}
