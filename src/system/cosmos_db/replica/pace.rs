//! What a stretch of time that is jumped over adds to the log, where the log is kept for a region that is away.
//!
//! The writes of such a stretch are not simulated, but a region that comes back has to catch up with them, and what it
//! takes depends on how many there were. So the leader counts its writes by minute, and after a jump appends as many
//! entries that change nothing ([`Body::Blank`]), each for several writes. They travel like any others; those who were there
//! all the time get them for nothing, since the jump has counted that traffic already. Fewer entries than writes are under
//! way at once when a region catches up, so that it has them up to five seconds sooner.

use super::{Cx, Peer, Replica};
use crate::algorithm::log::Term;
use crate::base::time::{SimTime, Span};
use crate::engine::jump::{PROBE, credited};
use crate::system::cosmos_db::entry::{Body, Entry, Stamp};
use std::sync::Arc;

/// Entries for one jump, at most: a log of many millions of writes has to stay small.
const MOST: u64 = 1024;
/// What an entry weighs on the wire beyond its document.
const OVERHEAD: u64 = 40;

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
    /// Blanks in the log: where each lot of them ends, and how many more writes it stands for than it has entries.
    lots: Vec<(u64, u64)>,
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
    fn skip(&mut self, by: Span) {
        let [a, b] = self.last;
        self.owed.writes += credited(a.writes + b.writes, by);
        self.owed.bytes += credited(a.bytes + b.bytes, by);
    }

    /// Something is still to be appended.
    pub(super) fn owes(&self) -> bool {
        self.owed.writes > 0
    }

    /// All of it, in lots that are as equal as may be.
    fn take(&mut self) -> Vec<Body> {
        let Volume { writes, bytes } = std::mem::take(&mut self.owed);
        let n = writes.clamp(1, MOST);
        let share = |all: u64, i: u64| {
            let upto = |i: u64| u128::from(all) * u128::from(i) / u128::from(n);
            u32::try_from(upto(i + 1) - upto(i)).unwrap_or(u32::MAX)
        };
        let all = bytes + writes * OVERHEAD;
        (0..n).map(|i| Body::Blank { writes: share(writes, i), bytes: share(all, i) }).collect()
    }
}

impl Replica {
    /// The world jumps: what is written meanwhile is missing in the log of whoever is away.
    pub fn on_skip(&mut self, by: Span) {
        if self.ships() {
            self.shipper.peers.values_mut().for_each(Peer::miss);
        }
        if self.is_writer() && self.leader.pace.counts {
            self.leader.pace.skip(by);
        }
    }

    /// Appends what the last jump left out.
    pub(super) fn make_up(&mut self, cx: Cx) {
        let now = cx.monotonic();
        self.leader.pace.turn(now);
        self.leader.pace.counts = self.keeps_log(now);
        if !self.is_writer() || !self.leader.pace.owes() {
            return;
        }
        let mut blanks: Vec<(Term, Entry)> = Vec::new();
        for body in self.leader.pace.take() {
            let index = self.log.last() + 1 + blanks.len() as u64;
            blanks.push((self.term(), self.blank(index, body)));
        }
        self.count_blanks(&blanks);
        let last = self.append_as_leader(blanks, cx);
        self.leader.ages.push_back((last, now));
    }

    /// Blanks among what is about to be appended stand for so many more writes, of this region or another one.
    pub(super) fn count_blanks(&mut self, entries: &[(Term, Entry)]) {
        let more = |(_, entry): &(Term, Entry)| match entry.body {
            Body::Blank { writes, .. } => u64::from(writes).saturating_sub(1),
            _ => 0,
        };
        let more: u64 = entries.iter().map(more).sum();
        if more > 0 {
            let base = self.log.base();
            self.leader.pace.lots.retain(|lot| lot.0 > base);
            self.leader.pace.lots.push((self.log.last() + entries.len() as u64, more));
        }
    }

    fn blank(&mut self, index: u64, body: Body) -> Entry {
        let stamp = self.settings.multi().then(|| {
            let origin = self.own();
            let seq = self.vector.get(origin) + 1;
            self.vector.advance(origin, seq);
            self.remember_own(seq, index);
            Arc::new(Stamp { origin, seq, order: 0, seen: Default::default() })
        });
        Entry { body, bytes: 0, stamp }
    }

    /// How many writes the log holds, as far as this leader knows: its blanks are several each.
    pub(super) fn writes_in_log(&self) -> u64 {
        let lots = self.leader.pace.lots.iter().filter(|lot| lot.0 > self.log.base());
        self.log.last() - self.log.base() + lots.map(|lot| lot.1).sum::<u64>()
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
            if let Body::Blank { bytes, .. } = entry.body {
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
    fn a_jump_owes_what_the_last_two_minutes_brought_in_not_too_many_entries() {
        let mut pace = Pace::default();
        for (minute, n) in [(0, 9), (1, 3), (2, 5)] {
            (0..n).for_each(|_| pace.note(100, minutes(minute)));
        }
        pace.turn(minutes(3));
        let mut long = pace.clone();
        pace.skip(PROBE * 10);
        assert_eq!(pace.owed, Volume { writes: 40, bytes: 4_000 });
        assert_eq!((pace.take(), pace.owes()), (vec![Body::Blank { writes: 1, bytes: 140 }; 40], false));
        long.skip(PROBE * 1_000_000);
        let blanks = long.take();
        let sum: u64 = blanks
            .iter()
            .map(|b| if let Body::Blank { writes, .. } = b { u64::from(*writes) } else { 0 })
            .sum();
        assert_eq!((blanks.len(), sum), (1024, 4_000_000));
    }

    #[test]
    fn minutes_without_a_write_count_as_such() {
        let mut pace = Pace::default();
        pace.note(100, minutes(0));
        pace.turn(minutes(3));
        pace.skip(PROBE * 10);
        assert!(!pace.owes());
    }
}
