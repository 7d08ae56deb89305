//! Clients' requests, and what commits make of them.

use super::{Cx, Replica};
use crate::algorithm::raft::{Head, Mutation, Payload};
use crate::base::ids::ActorId;
use crate::engine::record::Change;
use crate::model::operation::{Observed, Position, Status};
use crate::system::consensus::exchange::Ask;
use crate::system::consensus::store::{Ended, Store};
use crate::system::raft::disk::DiskRecord;
use crate::system::raft::message::Msg;
use std::sync::Arc;

impl Replica {
    pub(super) fn on_ask(&mut self, from: ActorId, ask: Box<Ask>, cx: Cx) {
        let now = cx.monotonic();
        if !ask.action.is_write() {
            self.read_number += 1;
            if !self.core.read(self.read_number, now) {
                return self.send_on(from, &ask, cx);
            }
            self.reads.insert(self.read_number, (from, ask));
            return;
        }
        let (command, bytes) = ask.command();
        match self.core.propose(command, bytes, now) {
            Some(index) => {
                self.pace.note(u64::from(bytes), now);
                self.writes.insert(index, (from, ask));
            }
            None => self.send_on(from, &ask, cx),
        }
    }

    /// This replica does not lead: another may.
    fn send_on(&self, to: ActorId, ask: &Ask, cx: Cx) {
        let leader = self.core.handing_over_to().or(self.core.leader()).filter(|who| *who != self.me);
        cx.send(to, Msg::Reply(Box::new(ask.sent_on(leader))));
    }

    fn answer(&self, to: ActorId, ask: &Ask, ended: Ended, observed: Observed, cx: Cx) {
        cx.send(to, Msg::Reply(Box::new(ask.answered(self.me, ended, observed))));
    }

    pub(super) fn answer_read(&mut self, read: u64, cx: Cx) {
        let Some((from, ask)) = self.reads.remove(&read) else { return };
        let observed = self.store.observe(ask.key, &ask.action);
        let status = if observed == Observed::Absent { Status::new(404, 0) } else { Status::OK };
        self.answer(from, &ask, (status, None), observed, cx);
    }

    /// It leads no more: who waits here asks another.
    pub(super) fn step_down(&mut self, cx: Cx) {
        cx.cancel_timer(super::Timer::Heartbeat);
        cx.cancel_timer(super::Timer::Prefer);
        self.giving_way = false;
        self.writable = false;
        self.pace.take();
        for to in std::mem::take(&mut self.images) {
            cx.cancel_timer(super::Timer::Image(to));
            cx.cancel_timer(super::Timer::ImageLost(to));
        }
        let waiting = std::mem::take(&mut self.writes).into_values();
        let waiting: Vec<_> = waiting.chain(std::mem::take(&mut self.reads).into_values()).collect();
        for (from, ask) in waiting {
            self.send_on(from, &ask, cx);
        }
    }

    /// More of the log is committed: it is carried out, and who waits for it is told.
    pub(super) fn apply(&mut self, cx: Cx) {
        let commit = self.core.commit();
        let again = self.without(Mutation::ApplyTwice);
        let mut ended: Vec<(u64, Ended)> = Vec::new();
        let log = self.core.log();
        for (index, term, entry) in log.iter_from(self.applied + 1).take_while(|(i, ..)| *i <= commit) {
            if let Payload::Command(command) = &entry.payload {
                let position = Position { stream: 0, term: term.0, index };
                ended.push((index, self.store.apply(command, position, again)));
            }
        }
        self.applied = commit;
        for (index, ended) in ended {
            if let Some((from, ask)) = self.writes.remove(&index) {
                self.answer(from, &ask, ended, Observed::Nothing, cx);
            }
        }
        if self.core.leads() && self.core.settled() && !self.writable {
            self.writable = true;
            let (partition, region) = (self.partition, self.region());
            cx.change(Change::Writable { partition, region });
            // Not before: a leader of a term that is over learns that only by and by, and nothing goes on from what it holds.
            cx.change(Change::LineageCut { partition, region, survivor: self.me, why: "election" });
        }
        let keep = self.settings.log_entries;
        if self.applied - self.core.log().base() > keep.saturating_mul(2) {
            self.core.compact(self.applied - keep);
        }
    }

    /// A snapshot replaces all that is here.
    pub(super) fn install(&mut self, from: ActorId, head: Head<ActorId>, store: Arc<Store>, cx: Cx) {
        self.applied = head.upto;
        self.store = match self.without(Mutation::SnapshotWithoutImage) {
            true => std::mem::take(&mut self.store),
            false => (*store).clone(),
        };
        let upto = head.upto;
        let kept = Arc::new(self.store.clone());
        self.handed = cx.persist(DiskRecord::Install(head, kept));
        self.core.installed(from, upto);
        let what = format!("replica {} of partition {} has a snapshot", self.slot, self.partition.0);
        cx.change(Change::Milestone { what, partition: Some(self.partition) });
    }
}
