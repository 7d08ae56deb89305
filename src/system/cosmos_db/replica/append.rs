//! The log within one replica set: append, acknowledge, commit (COS-2).

use super::{Cx, Following, InFlight, RegionProgress, Replica, Waiting};
use crate::algorithm::log::{Accept, Term};
use crate::algorithm::quorum::majority;
use crate::base::ids::ActorId;
use crate::base::time::Span;
use crate::system::cosmos_db::account::RegionState;
use crate::system::cosmos_db::disk::{DiskRecord, overwrite};
use crate::system::cosmos_db::entry::{Body, Entry};
use crate::system::cosmos_db::level::Level;
use crate::system::cosmos_db::message::{Entries, Marks, Msg};
use crate::system::cosmos_db::mutation::Mutation;
use crate::system::cosmos_db::tenure::Tenure;
use crate::system::cosmos_db::timer::Timer;
use std::sync::Arc;

/// Members that have not acknowledged for this long are sent the missing entries again.
const RESEND_AFTER: Span = Span::millis(500);
/// At most this many entries go into one message.
const BATCH: usize = 512;
/// The log is folded into the documents when it has grown by this many entries that everybody has.
const COMPACT_EVERY: u64 = 256;

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
        let (tenure, marks) = (self.tenure(), self.marks());
        for member in self.others() {
            cx.send(member, Msg::Append { tenure, prev, entries: entries.clone(), last, marks });
        }
        cx.set_timer(Timer::Resend, RESEND_AFTER);
        last
    }

    /// The other members of the set, and a replica being built.
    pub(super) fn others(&self) -> Vec<ActorId> {
        let learner = self.leader.learner.filter(|l| !self.members().contains(l));
        self.members().iter().copied().filter(|m| *m != self.me).chain(learner).collect()
    }

    /// A member takes entries from its leader: those between `prev` and what `entries` reach, of a log that ended at
    /// `last` when they were sent.
    pub(super) fn on_append(
        &mut self,
        from: ActorId,
        tenure: Tenure,
        (prev, entries, last): ((u64, Term), Entries, u64),
        marks: Marks,
        cx: Cx,
    ) {
        let outdated = self.following.is_some_and(|f| tenure < f.tenure);
        // A ballot has one leader.
        let own = self.leads() && tenure.ballot <= self.tenure().ballot;
        if tenure.ballot < self.promised || outdated || own || self.installing() {
            return;
        }
        if self.leads() {
            self.step_down(tenure.ballot);
        }
        let before = self.log.last();
        let outcome = overwrite(&mut self.log, prev, &entries);
        if let Accept::Conflict { truncate_to } = outcome {
            self.was_cut(truncate_to, cx);
        } else if self.log.last() < before {
            self.was_cut(self.log.last(), cx);
        }
        if let Accept::Gap { have } = outcome {
            let copy = have < self.log.base();
            return cx.send(from, Msg::Nack { tenure, have, copy });
        }
        let end = prev.0 + entries.len() as u64;
        if outcome != Accept::Duplicate {
            self.index_origins(prev.0);
            let lsn = cx.persist(DiskRecord::Append(prev, entries));
            self.in_flight.push_back((lsn, InFlight::Log(self.log.last())));
        }
        self.follow(from, tenure, end, last, cx);
        if outcome == Accept::Duplicate {
            self.acknowledge(cx);
        }
        self.on_commit(tenure, marks, cx);
    }

    /// The log here is the leader's up to `end`. On the first word of a tenure, what lies beyond both `end` and the
    /// leader's `last` is void.
    fn follow(&mut self, leader: ActorId, tenure: Tenure, end: u64, last: u64, cx: Cx) {
        if let Some(f) = self.following.as_mut().filter(|f| f.tenure == tenure) {
            f.matched = f.matched.max(end);
            return;
        }
        self.following = Some(Following { tenure, leader, matched: end });
        self.marked = Marks::default();
        let keep = end.max(last).max(self.log.base());
        if self.log.last() > keep {
            self.log.truncate(keep);
            cx.persist(DiskRecord::Truncate(keep));
            self.was_cut(keep, cx);
        }
    }

    /// Tells the leader what is durable here of its log.
    pub(super) fn acknowledge(&mut self, cx: Cx) {
        if let Some(Following { tenure, leader, matched }) = self.following
            && tenure.ballot >= self.promised
        {
            cx.send(leader, Msg::Ack { tenure, upto: self.durable.min(matched) });
        }
    }

    /// The log lost what it held after `to`.
    pub(super) fn was_cut(&mut self, to: u64, cx: Cx) {
        self.durable = self.durable.min(to);
        for (_, what) in &mut self.in_flight {
            if let InFlight::Log(index) = what {
                *index = (*index).min(to);
            }
        }
        if let Some(f) = &mut self.following {
            f.matched = f.matched.min(to);
        }
        self.marked = Marks::default();
        self.commit = self.commit.min(to);
        self.global = self.global.min(to);
        if self.applied > to || self.settings.multi() {
            self.rewind(cx);
        }
    }

    /// The documents, and the account of origins, are made again from what is on disk.
    fn rewind(&mut self, cx: Cx) {
        let base = self.log.base();
        (self.store, self.vector) = cx.disk().as_of(base);
        self.applied = base;
        self.by_origin.clear();
        self.index_origins(base);
        self.apply();
    }

    /// Log entries are durable here.
    pub(super) fn on_log_durable(&mut self, index: u64, cx: Cx) {
        self.durable = self.durable.max(index.min(self.log.last()));
        if self.leads() {
            self.leader.tally.ack(self.me, self.durable);
            self.after_ack(cx);
        } else if let Some(Following { tenure, .. }) = self.following {
            self.acknowledge(cx);
            self.on_commit(tenure, self.marked, cx);
        }
    }

    /// A member has the log up to `upto`.
    pub(super) fn on_ack(&mut self, from: ActorId, tenure: Tenure, upto: u64, cx: Cx) {
        if tenure != self.tenure() {
            return;
        }
        self.leader.tally.ack(from, upto);
        if self.leader.learner == Some(from) {
            self.check_learner(from, upto, cx);
        }
        self.after_ack(cx);
    }

    fn after_ack(&mut self, cx: Cx) {
        self.advance_activation(cx);
        if self.is_leader() {
            self.advance_commit(cx);
            self.forget_ages();
        }
    }

    /// COS-2: committed is what a majority of the set has durably.
    pub(super) fn advance_commit(&mut self, cx: Cx) {
        let quorum = match self.settings.without(Mutation::AckBeforeQuorum) {
            true => 1,
            false => majority(self.members().len()),
        };
        let members = self.members();
        let commit = self.leader.reached(&members, quorum).min(self.log.last());
        self.current |= commit >= self.log.last();
        if commit <= self.commit {
            return;
        }
        self.commit = commit;
        self.note_fresh();
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
    pub(super) fn on_commit(&mut self, tenure: Tenure, marks: Marks, cx: Cx) {
        let Some(f) = self.following.filter(|f| f.tenure == tenure && tenure.ballot >= self.promised) else {
            return;
        };
        // Messages overtake each other: within a tenure marks only rise.
        self.marked = self.marked.max(marks);
        let before = (self.commit, self.global);
        self.commit = self.commit.max(marks.commit.min(self.durable).min(f.matched));
        self.current |= self.commit >= marks.commit;
        self.note_fresh();
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
        let leads = self.is_leader();
        while self.applied < self.visible() {
            let next = self.applied + 1;
            let Some(entry) = self.log.get(next) else { break };
            match &entry.stamp {
                Some(stamp) => {
                    let last_arrival = self.settings.without(Mutation::LastArrivalWins);
                    let conflicts = self.store.merge(entry, stamp, last_arrival);
                    if leads {
                        self.conflicts.extend(conflicts);
                    }
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
        if !self.leads() {
            return;
        }
        let mut behind = false;
        for member in self.others() {
            // Of a member that has not answered yet it is not known what it has: the end of the log is offered, and what
            // is missing there comes back as an answer.
            let have = self.leader.tally.of(member);
            if have.is_none_or(|have| have < self.log.last()) {
                behind = true;
                self.send_from(member, have.unwrap_or(self.log.last()), cx);
            }
        }
        let activating = self.leader.activating.is_some();
        if activating || behind && self.is_leader() {
            cx.set_timer(Timer::Resend, RESEND_AFTER);
        }
    }

    pub(super) fn on_nack(&mut self, from: ActorId, tenure: Tenure, (have, copy): (u64, bool), cx: Cx) {
        if tenure != self.tenure() || !self.leads() {
            return;
        }
        match copy {
            true => self.send_image(from, self.settings.laws.rebuild_rate, cx),
            false => self.send_from(from, have, cx),
        }
    }

    /// Sends one member the entries after `have`; a member that is too far behind gets a copy.
    pub(super) fn send_from(&mut self, member: ActorId, have: u64, cx: Cx) {
        if have < self.log.base() {
            return self.send_image(member, self.settings.laws.rebuild_rate, cx);
        }
        let have = have.min(self.log.last());
        let entries: Entries = self.log.range(have + 1, BATCH).into();
        let (tenure, last, marks) = (self.tenure(), self.log.last(), self.marks());
        let prev = self.point(have);
        cx.send(member, Msg::Append { tenure, prev, entries, last, marks });
    }

    pub(super) fn marks(&self) -> Marks {
        Marks { commit: self.commit, global: self.global, floor: self.floor }
    }

    /// Tells the members how far the log is committed.
    pub(super) fn send_marks(&mut self, cx: Cx) {
        let (tenure, marks) = (self.tenure(), self.marks());
        self.leader.marks_sent = true;
        for member in self.others() {
            cx.send(member, Msg::Commit { tenure, marks });
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

    /// What every member has.
    pub(super) fn slowest_member(&self) -> u64 {
        let members = self.members();
        members.iter().map(|m| self.leader.tally.of(*m).unwrap_or(0)).min().unwrap_or(0)
    }

    /// What every member and every region that still gets the log has.
    fn leader_floor(&self) -> u64 {
        let local = self.slowest_member();
        if !self.is_writer() {
            return local.min(self.region_floor);
        }
        let long = self.writes_in_log() > self.settings.log_limit;
        let multi = self.settings.multi();
        if long && !multi {
            return local;
        }
        // With several write regions the log is all there is of what a region that is cut off lacks, or alone has: what is
        // dropped beyond the limit, all regions that are not offline have.
        let regions = self
            .config
            .regions
            .iter()
            .filter(|(r, state)| **r != self.region && !(long && **state == RegionState::Offline));
        let has = |p: &RegionProgress| if multi { p.covered } else { p.upto };
        let remote = regions.map(|(r, _)| self.leader.regions.get(r).map_or(0, has)).min();
        local.min(remote.unwrap_or(u64::MAX))
    }
}
