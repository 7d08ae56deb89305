//! The log within one replica set: append, acknowledge, commit (COS-2).

use super::{Cx, InFlight, Replica, Waiting};
use crate::algorithm::election::Ballot;
use crate::algorithm::log::{Accept, Term};
use crate::algorithm::quorum::majority;
use crate::base::ids::ActorId;
use crate::base::time::Span;
use crate::system::cosmos_db::disk::{DiskRecord, overwrite};
use crate::system::cosmos_db::entry::{Body, Entry};
use crate::system::cosmos_db::level::Level;
use crate::system::cosmos_db::message::{Entries, Marks, Msg};
use crate::system::cosmos_db::mutation::Mutation;
use crate::system::cosmos_db::timer::Timer;
use std::sync::Arc;

/// Members that have not acknowledged for this long are sent the missing entries again.
const RESEND_AFTER: Span = Span::millis(500);
/// At most this many entries go into one message.
const BATCH: usize = 512;
/// The log is folded into the documents when it has grown by this many entries that everybody has.
const COMPACT_EVERY: u64 = 256;
/// A region that is further behind than this is given a copy when it returns.
const LOG_LIMIT: u64 = 200_000;

impl Replica {
    /// Appends entries to the leader's own log and sends them to the members. Returns the last index.
    pub(super) fn append_as_leader(&mut self, entries: Vec<(Term, Entry)>, cx: Cx) -> u64 {
        let prev = self.point(self.log.last());
        for (term, entry) in &entries {
            self.log.append(*term, entry.clone());
        }
        self.send_appended(prev, Arc::from(entries), cx)
    }

    /// Entries that are in the leader's log already go to its disk and to the members.
    pub(super) fn send_appended(&mut self, prev: (u64, Term), entries: Entries, cx: Cx) -> u64 {
        let last = self.log.last();
        let lsn = cx.persist(DiskRecord::Append(prev, entries.clone()));
        self.in_flight.push_back((lsn, InFlight::Log(last)));
        let (ballot, marks) = (self.ballot(), self.marks());
        for member in self.others() {
            cx.send(member, Msg::Append { ballot, prev, entries: entries.clone(), marks });
        }
        cx.set_timer(Timer::Resend, RESEND_AFTER);
        last
    }

    /// The other members of the set, and a replica being built.
    pub(super) fn others(&self) -> Vec<ActorId> {
        let learner = self.leader.learner.filter(|l| !self.members().contains(l));
        self.members().iter().copied().filter(|m| *m != self.me).chain(learner).collect()
    }

    /// A member takes entries from its leader.
    pub(super) fn on_append(
        &mut self,
        from: ActorId,
        ballot: Ballot,
        prev: (u64, Term),
        entries: Entries,
        marks: Marks,
        cx: Cx,
    ) {
        if ballot < self.promised {
            return;
        }
        match overwrite(&mut self.log, prev, &entries) {
            Accept::Gap { have } => return cx.send(from, Msg::Nack { ballot, have }),
            Accept::Duplicate => {
                let upto = self.durable.min(prev.0 + entries.len() as u64);
                cx.send(from, Msg::Ack { ballot, upto });
            }
            Accept::Conflict { truncate_to } => {
                self.vector = cx.disk().base_vector.clone();
                self.by_origin.clear();
                self.index_origins(cx.disk().log.base());
                self.after_accept(prev, &entries, truncate_to, (ballot, from), cx);
            }
            Accept::Appended { from: first } => {
                self.index_origins(prev.0);
                self.after_accept(prev, &entries, first - 1, (ballot, from), cx);
            }
        }
        self.on_commit(ballot, marks, cx);
    }

    /// Persists what was accepted; a suffix that the leader does not have is gone. What was held before, up to `common`,
    /// is as durable as it was: reads that ask how far the log reaches here must not be told less (COS-5).
    fn after_accept(
        &mut self,
        prev: (u64, Term),
        entries: &Entries,
        common: u64,
        following: (Ballot, ActorId),
        cx: Cx,
    ) {
        let last = prev.0 + entries.len() as u64;
        self.following = Some(following);
        self.forget_beyond(common.max(self.log.base()));
        if self.applied > last.min(self.log.last()) || self.commit > self.log.last() {
            self.rewind(cx);
        }
        let lsn = cx.persist(DiskRecord::Append(prev, entries.clone()));
        self.in_flight.push_back((lsn, InFlight::Log(self.log.last())));
    }

    /// What stood after `at` was replaced: neither the disk here nor any member has what stands there now.
    pub(super) fn forget_beyond(&mut self, at: u64) {
        self.durable = self.durable.min(at);
        for (_, what) in &mut self.in_flight {
            if let InFlight::Log(upto) = what {
                *upto = (*upto).min(at);
            }
        }
        let tally = std::mem::take(&mut self.leader.tally);
        tally.iter().for_each(|(member, upto)| self.leader.tally.ack(member, upto.min(at)));
    }

    /// The log lost a suffix that had been applied: the documents are made again from the last compaction.
    pub(super) fn rewind(&mut self, cx: Cx) {
        let disk = cx.disk();
        self.commit = self.commit.min(self.log.last());
        self.global = self.global.min(self.commit);
        self.marked = Marks::default();
        self.store = disk.store.clone();
        self.applied = disk.log.base();
        self.apply();
    }

    /// Log entries are durable here.
    pub(super) fn on_log_durable(&mut self, index: u64, cx: Cx) {
        self.durable = self.durable.max(index.min(self.log.last()));
        if self.is_leader() || self.leader.activating.is_some() {
            self.leader.tally.ack(self.me, self.durable);
            self.after_ack(cx);
        } else if let Some((ballot, leader)) = self.following
            && ballot >= self.promised
        {
            cx.send(leader, Msg::Ack { ballot, upto: self.durable });
            self.on_commit(ballot, self.marked, cx);
        }
    }

    /// A member has the log up to `upto`.
    pub(super) fn on_ack(&mut self, from: ActorId, ballot: Ballot, upto: u64, cx: Cx) {
        let ours = self.leader.activating.as_ref().map_or(self.ballot(), |(b, _)| *b);
        let learns = self.leader.learner == Some(from);
        if ballot != ours && ballot != self.ballot() && !learns {
            return;
        }
        self.leader.tally.ack(from, upto);
        if learns {
            self.check_learner(from, upto, cx);
        }
        self.after_ack(cx);
    }

    fn after_ack(&mut self, cx: Cx) {
        self.advance_activation(cx);
        if self.is_leader() {
            self.advance_commit(cx);
        }
    }

    /// COS-2: committed is what a majority of the set has durably.
    fn advance_commit(&mut self, cx: Cx) {
        let quorum = match self.settings.without(Mutation::AckBeforeQuorum) {
            true => 1,
            false => majority(self.members().len()),
        };
        let members = self.members();
        let mut tally = self.leader.tally.clone();
        tally.retain(|m| members.contains(&m));
        let commit = tally.reached_by(quorum).min(self.log.last());
        if commit <= self.commit {
            return;
        }
        self.commit = commit;
        self.apply();
        self.on_leader_commit(cx);
        self.send_marks(cx);
        self.answer_committed(cx);
        self.wake_shipper(cx);
        let all_have = members.iter().all(|m| self.leader.tally.of(*m).unwrap_or(0) >= self.log.last());
        if all_have {
            cx.cancel_timer(Timer::Resend);
        }
        self.compact(cx);
    }

    /// The leader says how far the log is committed.
    pub(super) fn on_commit(&mut self, ballot: Ballot, marks: Marks, cx: Cx) {
        if ballot < self.promised {
            return;
        }
        self.marked = marks;
        let before = (self.commit, self.global);
        self.commit = self.commit.max(marks.commit.min(self.durable));
        self.global = self.global.max(marks.global.min(self.commit));
        self.floor = self.floor.max(marks.floor);
        self.apply();
        if (self.commit, self.global) > before {
            self.wake_shipper(cx);
            self.compact(cx);
        }
    }

    /// Up to where the documents reflect the log: what is committed here, or everywhere for a strong account.
    pub(super) fn visible(&self) -> u64 {
        if self.settings.level == Level::Strong { self.global.min(self.commit) } else { self.commit }
    }

    /// Applies what has become visible.
    pub(super) fn apply(&mut self) {
        while self.applied < self.visible() {
            let next = self.applied + 1;
            let Some(entry) = self.log.get(next) else { break };
            match &entry.stamp {
                Some(stamp) => {
                    let last_arrival = self.settings.without(Mutation::LastArrivalWins);
                    let conflicts = self.store.merge(entry, stamp, last_arrival);
                    self.conflicts.extend(conflicts);
                }
                None if self.settings.without(Mutation::SplitBatches) => {
                    let mut half = entry.clone();
                    if let Body::Batch(all) = &entry.body {
                        half.body = Body::Batch(all.iter().copied().take(1).collect());
                    }
                    self.store.apply(&half);
                }
                None => self.store.apply(entry),
            }
            self.applied = next;
        }
    }

    /// Acknowledges the writes whose quorum is complete.
    fn answer_committed(&mut self, cx: Cx) {
        while self.leader.waiting.front().is_some_and(|w| w.index <= self.commit) {
            let Some(Waiting { index, from, ask, status, charge }) = self.leader.waiting.pop_front() else {
                break;
            };
            self.answer_write(from, &ask, status, index, charge, cx);
        }
    }

    /// Sends members what they lack.
    pub(super) fn resend(&mut self, cx: Cx) {
        let mut behind = false;
        for member in self.others() {
            let have = self.leader.tally.of(member).unwrap_or(0);
            if have < self.log.last() {
                behind = true;
                self.send_from(member, have, cx);
            }
        }
        let activating = self.leader.activating.is_some();
        if activating || behind && self.is_leader() {
            cx.set_timer(Timer::Resend, RESEND_AFTER);
        }
    }

    pub(super) fn on_nack(&mut self, from: ActorId, _: Ballot, have: u64, cx: Cx) {
        if self.is_leader() || self.leader.activating.is_some() {
            self.send_from(from, have, cx);
        }
    }

    /// Sends one member the entries after `have`; a member that is too far behind gets a copy.
    pub(super) fn send_from(&mut self, member: ActorId, have: u64, cx: Cx) {
        if have < self.log.base() {
            return self.send_image(member, self.settings.laws.rebuild_rate, cx);
        }
        let have = have.min(self.log.last());
        let entries: Entries = self.log.range(have + 1, BATCH).into();
        let ballot = self.leader.activating.as_ref().map_or(self.ballot(), |(b, _)| *b);
        let prev = self.point(have);
        cx.send(member, Msg::Append { ballot, prev, entries, marks: self.marks() });
    }

    pub(super) fn marks(&self) -> Marks {
        Marks { commit: self.commit, global: self.global, floor: self.floor }
    }

    /// Tells the members how far the log is committed.
    pub(super) fn send_marks(&mut self, cx: Cx) {
        let (ballot, marks) = (self.ballot(), self.marks());
        for member in self.others() {
            cx.send(member, Msg::Commit { ballot, marks });
        }
    }

    /// Folds away the part of the log that no replica and no region needs any more.
    pub(super) fn compact(&mut self, cx: Cx) {
        if self.is_leader() {
            self.floor = self.floor.max(self.leader_floor());
        }
        let upto = self.floor.min(self.applied).min(self.durable);
        if upto >= self.log.base() + COMPACT_EVERY {
            self.log.compact(upto);
            cx.persist(DiskRecord::Compact(upto));
        }
    }

    /// What every member and every region that still gets the log has.
    fn leader_floor(&self) -> u64 {
        let members = self.members();
        let local = members.iter().map(|m| self.leader.tally.of(*m).unwrap_or(0)).min().unwrap_or(0);
        if !self.is_writer() {
            return local.min(self.region_floor);
        }
        if self.log.last() - self.log.base() > LOG_LIMIT {
            return local;
        }
        let regions = self.config.regions.keys().filter(|r| **r != self.region);
        let remote =
            regions.map(|r| self.leader.regions.get(r).map_or(0, |p| p.upto)).min().unwrap_or(u64::MAX);
        local.min(remote)
    }
}
