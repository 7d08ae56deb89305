//! The ledger of acknowledged writes: what the system has promised to keep, as the harness remembers it.
//!
//! Lost writes are found by asking durable state, never the system's own opinion. A write that every region with data
//! (at least two), or a vault, holds durably leaves the ledger, so that memory does not grow with the window.

use crate::base::ids::{Id, PartitionId};
use crate::base::time::{SimTime, Span};
use crate::engine::contract::AckedWrite;
use crate::engine::jump::Jumps;
use std::collections::VecDeque;

/// Writes younger than this are not asked after: most of them are still on their way to the other regions.
pub(crate) const SETTLING_IN: Span = Span::secs(30);

/// Writes that left the ledger because they were held widely enough, summed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pruned {
    /// How many.
    pub writes: u64,
    /// Their bytes.
    pub bytes: u64,
    /// When the first of them was acknowledged.
    pub oldest: SimTime,
    /// The last of them.
    pub newest: AckedWrite,
}

/// Writes of a stretch of time that was jumped over: they share the fate of the last one acknowledged before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unseen {
    /// That one.
    pub after: AckedWrite,
    /// How many they are.
    pub writes: u64,
}

impl Unseen {
    /// Their bytes, if they are as large as the one before them.
    pub fn bytes(&self) -> u64 {
        self.writes * u64::from(self.after.bytes)
    }
}

/// What a cut or a destruction took.
#[derive(Clone, Debug, Default)]
pub(crate) struct Loss {
    /// Write by write.
    pub writes: Vec<AckedWrite>,
    /// Writes that had left the ledger.
    pub pruned: Option<Pruned>,
    /// Writes of time that was jumped over.
    pub unseen: Vec<Unseen>,
}

/// Acknowledged writes that no reachable disk holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exposure {
    /// How many.
    pub writes: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Age of the oldest.
    pub time: Span,
}

#[derive(Clone, Debug, Default)]
struct Page {
    writes: VecDeque<AckedWrite>,
    pruned: Option<Pruned>,
    /// Each after a write that is still remembered.
    unseen: Vec<Unseen>,
}

/// The ledger of one world.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    pages: Vec<Page>,
}

impl Ledger {
    /// Remembers an acknowledged write.
    pub fn append(&mut self, write: AckedWrite) {
        self.page(write.partition).writes.push_back(write);
    }

    /// Time was jumped over in which so many writes of a partition would have been acknowledged.
    pub fn jump(&mut self, partition: PartitionId, writes: u64) {
        let page = self.page(partition);
        if let Some(after) = page.writes.back().filter(|_| writes > 0) {
            page.unseen.push(Unseen { after: *after, writes });
        }
    }

    /// The oldest remembered write of a partition, if it was acknowledged long enough ago to be asked after.
    pub fn candidate(&self, partition: PartitionId, now: SimTime) -> Option<AckedWrite> {
        let first = *self.pages.get(partition.index())?.writes.front()?;
        (first.acknowledged + SETTLING_IN <= now).then_some(first)
    }

    /// Drops the oldest remembered write of a partition, which is held widely enough.
    pub fn prune(&mut self, partition: PartitionId) {
        let page = self.page(partition);
        let Some(write) = page.writes.pop_front() else { return };
        page.unseen.retain(|unseen| unseen.after.write != write.write);
        let pruned = page.pruned.get_or_insert(Pruned {
            writes: 0,
            bytes: 0,
            oldest: write.acknowledged,
            newest: write,
        });
        pruned.writes += 1;
        pruned.bytes += u64::from(write.bytes);
        pruned.newest = write;
    }

    /// Removes and returns what `kept` does not hold any more. Of the writes that left the ledger only the newest is
    /// asked after: if even that one is gone, they all count as lost.
    pub fn strike(&mut self, partition: PartitionId, kept: &dyn Fn(&AckedWrite) -> bool) -> Loss {
        let page = self.page(partition);
        let mut lost = Vec::new();
        page.writes.retain(|write| {
            let held = kept(write);
            if !held {
                lost.push(*write);
            }
            held
        });
        let pruned = page.pruned.take_if(|p| !kept(&p.newest));
        let (seen, unseen) = std::mem::take(&mut page.unseen).into_iter().partition(|u| kept(&u.after));
        page.unseen = seen;
        Loss { writes: lost, pruned, unseen }
    }

    /// Whether all that was acknowledged right now is kept.
    pub fn keeps_newest(
        &self,
        partition: PartitionId,
        now: SimTime,
        kept: impl Fn(&AckedWrite) -> bool,
    ) -> bool {
        let newest = self.pages.get(partition.index()).into_iter().flat_map(|page| page.writes.iter().rev());
        newest.take_while(|write| write.acknowledged == now).all(kept)
    }

    /// Sums up the writes that `reachable` does not hold.
    pub fn exposed(
        &self,
        partition: PartitionId,
        now: SimTime,
        jumps: &Jumps,
        reachable: &dyn Fn(&AckedWrite) -> bool,
    ) -> Exposure {
        let mut sum = Exposure::default();
        let now = jumps.now(now);
        let Some(page) = self.pages.get(partition.index()) else { return sum };
        for write in page.writes.iter().filter(|w| !reachable(w)) {
            sum.writes += 1;
            sum.bytes += u64::from(write.bytes);
            sum.time = sum.time.max(now.since(jumps.real(write.acknowledged)));
        }
        for unseen in page.unseen.iter().filter(|unseen| !reachable(&unseen.after)) {
            sum.writes += unseen.writes;
            sum.bytes += unseen.bytes();
        }
        if let Some(pruned) = page.pruned.filter(|p| !reachable(&p.newest)) {
            sum.writes += pruned.writes;
            sum.bytes += pruned.bytes;
            sum.time = sum.time.max(now.since(jumps.real(pruned.oldest)));
        }
        sum
    }

    /// How many writes are remembered one by one.
    pub fn len(&self) -> usize {
        self.pages.iter().map(|page| page.writes.len()).sum()
    }

    fn page(&mut self, partition: PartitionId) -> &mut Page {
        if self.pages.len() <= partition.index() {
            self.pages.resize_with(partition.index() + 1, Page::default);
        }
        &mut self.pages[partition.index()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::operation::{Key, Position, WriteId};

    const P: PartitionId = PartitionId(1);

    fn write(n: u64) -> AckedWrite {
        let position = Position { index: n, ..Position::default() };
        let acknowledged = SimTime::ZERO + Span::secs(n);
        AckedWrite {
            write: WriteId(n),
            key: Key::register(0),
            partition: P,
            position,
            acknowledged,
            bytes: 10,
        }
    }
    fn ledger(n: u64) -> Ledger {
        let mut ledger = Ledger::default();
        (1..=n).for_each(|i| ledger.append(write(i)));
        ledger
    }

    #[test]
    fn a_cut_takes_what_the_survivor_does_not_hold_and_takes_it_once() {
        let mut ledger = ledger(10);
        let kept = |w: &AckedWrite| w.position.index <= 7;
        let lost = ledger.strike(P, &kept);
        assert_eq!(lost.writes.iter().map(|w| w.write.0).collect::<Vec<_>>(), [8, 9, 10]);
        assert!(lost.pruned.is_none() && ledger.strike(P, &kept).writes.is_empty());
        assert_eq!(ledger.len(), 7);
    }

    #[test]
    fn what_was_jumped_over_is_lost_with_the_write_before_it() {
        let mut ledger = ledger(4);
        ledger.jump(P, 100);
        (5..=8).for_each(|n| ledger.append(write(n)));
        ledger.jump(P, 7);
        let exposed =
            ledger.exposed(P, SimTime::ZERO + Span::mins(1), &Jumps::default(), &|w| w.position.index < 4);
        assert_eq!((exposed.writes, exposed.bytes), (5 + 107, 50 + 1_070));
        let of = |loss: Loss| (loss.writes.len(), loss.unseen.iter().map(|u| u.writes).sum::<u64>());
        assert_eq!(of(ledger.clone().strike(P, &|w| w.position.index <= 3)), (5, 107));
        assert_eq!(of(ledger.strike(P, &|w| w.position.index <= 4)), (4, 7));
        (0..4).for_each(|_| ledger.prune(P));
        assert_eq!(
            of(ledger.strike(P, &|_| false)),
            (0, 0),
            "they were held as widely as the one before them"
        );
    }

    #[test]
    fn writes_that_left_the_ledger_count_as_lost_when_even_the_newest_of_them_is_gone() {
        let mut ledger = ledger(4);
        assert_eq!(ledger.candidate(P, SimTime::ZERO + Span::secs(20)), None, "too young to ask after");
        assert_eq!(ledger.candidate(P, SimTime::ZERO + Span::mins(20)), Some(write(1)));
        ledger.prune(P);
        ledger.prune(P);
        let all_but_three = ledger.clone().strike(P, &|w| w.position.index <= 3);
        assert_eq!((all_but_three.writes.len(), all_but_three.pruned), (1, None));
        let all = ledger.strike(P, &|_| false);
        let pruned = all.pruned.expect("the pruned ones are gone too");
        assert_eq!((all.writes.len(), pruned.writes, pruned.bytes, pruned.newest), (2, 2, 20, write(2)));
        assert!(ledger.strike(P, &|_| false).pruned.is_none());
    }

    #[test]
    fn exposure_counts_from_the_oldest_write_that_nobody_reachable_holds() {
        let ledger = ledger(10);
        let now = SimTime::ZERO + Span::secs(15);
        let sum = ledger.exposed(P, now, &Jumps::default(), &|w| w.position.index <= 7);
        assert_eq!(sum, Exposure { writes: 3, bytes: 30, time: Span::secs(7) });
        assert_eq!(ledger.exposed(PartitionId(9), now, &Jumps::default(), &|_| false), Exposure::default());
    }
}
