//! Clients' requests, and what becomes of them when their slots are chosen.

use super::{Cx, Replica};
use crate::algorithm::paxos::Mutation;
use crate::base::ids::ActorId;
use crate::engine::record::Change;
use crate::model::operation::{Observed, Status};
use crate::system::consensus::exchange::Ask;
use crate::system::consensus::store::{Ended, Store};
use crate::system::multi_paxos::disk::{DiskRecord, position};
use crate::system::multi_paxos::message::Msg;
use crate::system::multi_paxos::timer::Timer;
use std::sync::Arc;

impl Replica {
    pub(super) fn on_ask(&mut self, from: ActorId, ask: Box<Ask>, cx: Cx) {
        if !ask.action.is_write() {
            self.read_number += 1;
            if !self.core.read(self.read_number, cx.monotonic()) {
                return self.send_on(from, &ask, cx);
            }
            self.reads.insert(self.read_number, (from, ask));
            return;
        }
        let (command, bytes) = ask.command();
        match self.core.propose(command, bytes) {
            Some(slot) => _ = self.writes.insert(slot, (from, ask)),
            None => self.send_on(from, &ask, cx),
        }
    }

    /// This replica does not lead: another may.
    fn send_on(&self, to: ActorId, ask: &Ask, cx: Cx) {
        let leader = self.core.leader().and_then(|id| self.actor(id)).filter(|who| *who != cx.me());
        cx.send(to, Msg::Reply(Box::new(ask.sent_on(leader))));
    }

    fn answer(&self, to: ActorId, ask: &Ask, ended: Ended, observed: Observed, cx: Cx) {
        cx.send(to, Msg::Reply(Box::new(ask.answered(cx.me(), ended, observed))));
    }

    pub(super) fn answer_read(&mut self, read: u64, cx: Cx) {
        let Some((from, ask)) = self.reads.remove(&read) else { return };
        let observed = self.store.observe(ask.key, &ask.action);
        let status = if observed == Observed::Absent { Status::new(404, 0) } else { Status::OK };
        self.answer(from, &ask, (status, None), observed, cx);
    }

    /// It leads no more: who waits here asks another.
    pub(super) fn step_down(&mut self, cx: Cx) {
        cx.cancel_timer(Timer::Heartbeat);
        self.writable = false;
        let waiting = std::mem::take(&mut self.writes).into_values();
        let waiting: Vec<_> = waiting.chain(std::mem::take(&mut self.reads).into_values()).collect();
        for (from, ask) in waiting {
            self.send_on(from, &ask, cx);
        }
    }

    /// More is chosen: it is carried out, and who waits for it is told.
    pub(super) fn apply(&mut self, cx: Cx) {
        let mut ended: Vec<(u64, Ended)> = Vec::new();
        for (slot, _, command) in self.core.chosen_after(self.applied) {
            if let Some(command) = command {
                ended.push((slot, self.store.apply(command, position(slot), false)));
            }
        }
        self.applied = self.core.chosen();
        for (slot, ended) in ended {
            if let Some((from, ask)) = self.writes.remove(&slot) {
                self.answer(from, &ask, ended, Observed::Nothing, cx);
            }
        }
        let keep = self.settings.log_slots;
        if self.applied - self.core.base() > keep.saturating_mul(2) {
            self.core.compact(self.applied - keep);
        }
    }

    /// An image replaces all that is here.
    pub(super) fn install(&mut self, upto: u64, store: &Store, cx: Cx) {
        self.applied = upto;
        if !self.without(Mutation::ImageWithoutDocuments) {
            self.store = store.clone();
        }
        self.handed = cx.persist(DiskRecord::Install(upto, Arc::new(self.store.clone())));
        let what = format!("replica {} of partition {} has an image", self.slot, self.partition.0);
        cx.change(Change::Milestone { what, partition: Some(self.partition) });
    }
}
