//! Following another region's log (COS-4, COS-12, COS-13).

use super::{Cx, Replica};
use crate::algorithm::log::{Accept, Term};
use crate::base::ids::{ActorId, RegionId};
use crate::engine::record::Change;
use crate::system::cosmos_db::disk::{DiskRecord, overwrite};
use crate::system::cosmos_db::entry::Lost;
use crate::system::cosmos_db::message::{Entries, Marks, Msg};
use crate::system::cosmos_db::mutation::Mutation;
use std::sync::Arc;

/// What a region wants to be sent of the writer's log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wants {
    /// What follows.
    More,
    /// Again what follows the point it names.
    Again,
    /// A copy of everything.
    Copy,
}

impl Replica {
    /// Committed entries of the write region arrive at this region's leader.
    pub(super) fn on_ship(
        &mut self,
        from: ActorId,
        epoch: u32,
        prev: (u64, Term),
        entries: Entries,
        marks: Marks,
        cx: Cx,
    ) {
        if !self.is_leader() || self.is_writer() {
            return;
        }
        if epoch < self.epoch {
            return self.answer_ship(from, cx);
        }
        if epoch > self.epoch {
            // A newer writer speaks before the configuration came: wait for the configuration.
            return;
        }
        if self.copies.blank {
            return self.answer_ship(from, cx);
        }
        if self.installing() {
            return;
        }
        self.region_floor = self.region_floor.max(marks.floor);
        if !self.log.matches(prev.0, prev.1) {
            return self.mismatch(from, prev, cx);
        }
        let end = prev.0 + entries.len() as u64;
        self.note_shared(prev.0);
        let taken = match entries.is_empty() {
            true => self.trim_beyond(prev.0, marks.commit, cx),
            false => self.accept_shipped(prev, entries, cx),
        };
        if taken {
            self.note_shared(end);
        }
        self.copies.ship_from = Some(from);
        self.copies.global_seen = self.copies.global_seen.max(marks.global);
        if self.raise_global() {
            self.apply();
            self.send_marks(cx);
        }
        self.note_sync(marks.commit, cx);
        self.answer_ship(from, cx);
    }

    /// What is committed here of the writer's log: a suffix of an earlier lineage does not count.
    fn committed_of_writer(&self) -> u64 {
        let (epoch, shared) = self.copies.shared;
        if epoch == self.epoch { shared.min(self.commit) } else { 0 }
    }

    /// The log here is the writer's up to `index`.
    fn note_shared(&mut self, index: u64) {
        let (epoch, shared) = self.copies.shared;
        self.copies.shared = (self.epoch, if epoch == self.epoch { shared.max(index) } else { index });
    }

    /// Takes up the global commit point that the writer announced, as far as its log is committed here.
    fn raise_global(&mut self) -> bool {
        let global = self.copies.global_seen.min(self.committed_of_writer());
        let more = global > self.global;
        self.global = self.global.max(global);
        more
    }

    /// Tells the writer how far its log is committed here.
    fn answer_ship(&self, to: ActorId, cx: Cx) {
        self.tell_shipper(to, self.committed_of_writer(), Wants::More, cx);
    }

    /// Says how far this region is, and what it wants to be sent. One without data wants a copy in any case.
    pub(super) fn tell_shipper(&self, to: ActorId, upto: u64, wants: Wants, cx: Cx) {
        let (region, epoch) = (self.region, self.epoch);
        let blank = self.copies.blank || wants == Wants::Copy;
        cx.send(to, Msg::Shipped { region, epoch, upto, resume: wants != Wants::More, blank });
    }

    /// Asks the writer to send what follows `upto`.
    fn resume_at(&self, to: ActorId, upto: u64, cx: Cx) {
        self.tell_shipper(to, upto, Wants::Again, cx);
    }

    /// The log here has no such point: either it is shorter, or it holds a suffix of an earlier lineage.
    fn mismatch(&mut self, from: ActorId, prev: (u64, Term), cx: Cx) {
        if prev.0 > self.log.last() {
            return self.resume_at(from, self.commit.min(self.log.last()), cx);
        }
        if prev.0 <= self.log.base() {
            // The logs part in what is no longer kept as a log here.
            return self.ask_copy(from, cx);
        }
        // Step back over the run of entries of that term, and be sent what follows: where the logs part is seen then.
        let term = self.log.term_of(prev.0).unwrap_or(Term(0));
        let mut back = prev.0.saturating_sub(1);
        while back > self.log.base() && self.log.term_of(back) == Some(term) {
            back -= 1;
        }
        self.resume_at(from, back, cx);
    }

    /// The writer has nothing after `at`: what this region has beyond it belongs to an earlier lineage.
    ///
    /// An entry of this epoch at `at` shows it: the writer had chosen its log before it wrote that.
    /// Returns whether the log goes on from there: not while lost writes wait for the conflict feed.
    fn trim_beyond(&mut self, at: u64, commit: u64, cx: Cx) -> bool {
        let epoch_of = |index| self.log.term_of(index).unwrap_or(Term(0)).0 >> 32;
        let epoch = u64::from(self.epoch);
        let stale = self.log.last() > at && at >= commit && epoch_of(at) == epoch && epoch_of(at + 1) < epoch;
        if !stale {
            return true;
        }
        let waits = self.keep_orphans(at, cx);
        if !waits {
            self.cut(at, cx);
        }
        !waits
    }

    /// Appends shipped entries, and first cuts what an earlier lineage left in their place; returns whether it could.
    fn accept_shipped(&mut self, prev: (u64, Term), entries: Entries, cx: Cx) -> bool {
        let diverges = entries.iter().enumerate().find_map(|(i, (term, _))| {
            let index = prev.0 + 1 + i as u64;
            (index <= self.log.last() && self.log.term_of(index) != Some(*term)).then_some(index - 1)
        });
        if let Some(at) = diverges
            && self.keep_orphans(at, cx)
        {
            return false;
        }
        if let Some(at) = diverges {
            self.cut(at, cx);
        }
        match overwrite(&mut self.log, prev, &entries) {
            Accept::Appended { .. } => {
                self.send_appended(prev, entries, cx);
                true
            }
            Accept::Duplicate => true,
            Accept::Conflict { .. } | Accept::Gap { .. } => false,
        }
    }

    /// Cuts the log after `at` in the whole set.
    fn cut(&mut self, at: u64, cx: Cx) {
        if at >= self.log.last() {
            return;
        }
        self.log.truncate(at);
        self.copies.shared.1 = self.copies.shared.1.min(at);
        self.copies.orphans_kept = 0;
        cx.persist(DiskRecord::Truncate(at));
        self.was_cut(at, cx);
        self.leader.cuts += 1;
        self.leader.tally.cut(at);
        for member in self.others() {
            self.send_from(member, at, cx);
        }
    }

    /// COS-12: writes of an earlier lineage after `at` are handed to the new write region before they are cut off.
    /// Returns whether the cut must wait for that.
    pub(super) fn keep_orphans(&mut self, at: u64, cx: Cx) -> bool {
        let writes: Vec<Lost> = (at + 1..=self.log.last())
            .filter_map(|i| self.log.get(i))
            .flat_map(|e| e.body.lost().collect::<Vec<_>>())
            .collect();
        let done = self.copies.orphans_kept >= self.log.last() && self.copies.orphans_kept > 0;
        if writes.is_empty() || done {
            return false;
        }
        if self.settings.without(Mutation::LoseConflictFeed) {
            return false;
        }
        if !self.settings.has_conflict_feed {
            for Lost { write, .. } in writes {
                cx.change(Change::ReportedLost { partition: self.partition, write });
            }
            self.copies.orphans_kept = self.log.last();
            return false;
        }
        let bytes = writes.len() as u64 * 1024;
        self.copies.orphans = Some((Arc::from(writes), bytes));
        let writer = self.config.partition(self.partition).writer;
        self.shipper.peers.entry(writer).or_default().leader = None;
        self.peer_leader(writer, cx);
        self.tell_busy(cx);
        true
    }

    /// The write region's leader is known: hand over the orphans.
    pub(super) fn resume_orphans(&mut self, region: RegionId, cx: Cx) {
        let Some((writes, bytes)) = self.copies.orphans.clone() else { return };
        if let Some(leader) = self.shipper.peers.get(&region).and_then(|p| p.leader) {
            cx.send(leader, Msg::Orphans { writes, bytes });
        }
    }

    pub(super) fn on_orphans_kept(&mut self, cx: Cx) {
        if self.copies.orphans.take().is_some() {
            self.copies.orphans_kept = self.log.last();
            self.tell_busy(cx);
        }
    }

    /// This region's leader has committed more: the shipper wants to know.
    pub(super) fn on_leader_commit(&mut self, cx: Cx) {
        self.report_feed(cx);
        if self.is_writer() {
            self.leader_committed(cx);
            return;
        }
        if self.settings.multi() {
            self.answer_sources(cx);
            return self.note_merge_sync(cx);
        }
        self.raise_global();
        self.apply();
        if let Some(to) = self.copies.ship_from.filter(|_| self.copies.shared.0 == self.epoch) {
            self.answer_ship(to, cx);
        }
        self.note_sync(self.copies.writer_commit, cx);
    }

    /// COS-13: a region is in sync when it has all that the writer had committed a moment ago.
    pub(super) fn note_sync(&mut self, writer_commit: u64, cx: Cx) {
        self.copies.writer_commit = self.copies.writer_commit.max(writer_commit);
        let heard = self.copies.ship_from.is_some();
        let in_sync = heard
            && self.committed_of_writer() + 4 >= self.copies.writer_commit
            && self.copies.orphans.is_none();
        if in_sync && !self.synced {
            self.synced = true;
            self.send_alive(cx);
            let back = Msg::QuorumChange { partition: self.partition, region: self.region, out: false };
            cx.send(self.directory.account, back);
        }
    }
}
