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
use crate::system::cosmos_db::entry::{Body, Entry, Stamp};
use crate::system::pace::{self, Volume};
use std::sync::Arc;

/// Entries for one jump, at most: a log of many millions of writes has to stay small.
const MOST: u64 = 1024;
/// What an entry weighs on the wire beyond its document.
const OVERHEAD: u64 = 40;

/// How fast a leader's own writes come, and how many of them a jump left out.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    own: pace::Pace,
    /// The log is kept for someone: what is left out matters.
    counts: bool,
    /// Blanks in the log: where each lot of them ends, and how many more writes it stands for than it has entries.
    lots: Vec<(u64, u64)>,
}

impl Pace {
    /// A write came.
    pub(super) fn note(&mut self, bytes: u32, now: SimTime) {
        self.own.note(u64::from(bytes), now);
    }

    /// Something is still to be appended.
    pub(super) fn owes(&self) -> bool {
        self.own.owes()
    }

    /// All of it.
    fn take(&mut self) -> Vec<Body> {
        let Volume { writes, bytes } = self.own.take();
        let all = Volume { writes, bytes: bytes + writes * OVERHEAD };
        let small = |n| u32::try_from(n).unwrap_or(u32::MAX);
        all.lots(MOST).map(|lot| Body::Blank { writes: small(lot.writes), bytes: small(lot.bytes) }).collect()
    }
}

impl Replica {
    /// The world jumps: what is written meanwhile is missing in the log of whoever is away.
    pub fn on_skip(&mut self, by: Span) {
        if self.ships() {
            self.shipper.peers.values_mut().for_each(Peer::miss);
        }
        if self.is_writer() && self.leader.pace.counts {
            self.leader.pace.own.skip(by);
        }
    }

    /// Appends what the last jump left out.
    pub(super) fn make_up(&mut self, cx: Cx) {
        let now = cx.monotonic();
        self.leader.pace.own.turn(now);
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
    use crate::engine::jump::PROBE;

    #[test]
    fn a_jump_owes_what_the_last_two_minutes_brought_in_not_too_many_entries() {
        let minutes = |n: u64| SimTime::ZERO + PROBE * n;
        let mut pace = Pace::default();
        for (minute, n) in [(0, 9), (1, 3), (2, 5)] {
            (0..n).for_each(|_| pace.note(100, minutes(minute)));
        }
        pace.own.turn(minutes(3));
        let mut long = pace.clone();
        pace.own.skip(PROBE * 10);
        assert_eq!((pace.take(), pace.owes()), (vec![Body::Blank { writes: 1, bytes: 140 }; 40], false));
        long.own.skip(PROBE * 1_000_000);
        let blanks = long.take();
        let sum: u64 = blanks
            .iter()
            .map(|b| if let Body::Blank { writes, .. } = b { u64::from(*writes) } else { 0 })
            .sum();
        assert_eq!((blanks.len(), sum), (1024, 4_000_000));
    }
}
