//! The application: clients' requests, and writes that name those of another machine.

use super::{Machine, Then};
use crate::algorithm::log::Term;
use crate::base::ids::{ActorId, Id, PartitionId};
use crate::base::time::Span;
use crate::model::operation::{Action, Observed, OpId, Position, Status};
use crate::system::consensus::store::{Command, Ended};
use crate::system::site_recovery::disk::{DiskRecord, Entry};
use crate::system::site_recovery::message::{Ask, Msg, Reply};
use crate::system::site_recovery::timer::Timer;
use crate::system::site_recovery::{Cx, Mutation};
use std::sync::Arc;

/// A machine that is named has this long to answer.
const PATIENCE: Span = Span::secs(1);

impl Machine {
    pub(super) fn on_ask(&mut self, from: ActorId, ask: Box<Ask>, cx: Cx) {
        if !self.serving || (self.without(Mutation::StopWithoutReplication) && !self.replicates(cx)) {
            return;
        }
        if self.stands_still() {
            return self.held.push((from, Msg::Ask(ask)));
        }
        if !ask.action.is_write() {
            let observed = self.store.observe(ask.key, &ask.action);
            let status = if observed == Observed::Absent { Status::new(404, 0) } else { Status::OK };
            return answer(from, &ask, (status, None), observed, cx);
        }
        match self.spec().refers_to {
            None => self.write(from, ask, None, cx),
            Some(other) => {
                let op = ask.op;
                self.referring.insert(op, (from, ask));
                cx.set_timer(Timer::Refer(op), PATIENCE);
                cx.send(self.directory.machines[other][self.site], Msg::Refer(op));
            }
        }
    }

    /// Another machine is about to name the last write of this one.
    pub(super) fn on_refer(&mut self, from: ActorId, op: OpId, cx: Cx) {
        if self.stands_still() {
            self.held.push((from, Msg::Refer(op)));
        } else if self.serving {
            let last = self.applied;
            let term = cx.disk().log.term_of(last).unwrap_or_default();
            cx.send(from, Msg::Referred(op, term, last));
        }
    }

    pub(super) fn on_referred(&mut self, from: ActorId, op: OpId, named: (Term, u64), cx: Cx) {
        if self.stands_still() {
            return self.held.push((from, Msg::Referred(op, named.0, named.1)));
        }
        let Some((client, ask)) = self.referring.remove(&op) else { return };
        cx.cancel_timer(Timer::Refer(op));
        let other = self.spec().refers_to.map(PartitionId::from_index);
        if self.serving {
            self.write(client, ask, other.map(|other| (other, named.0, named.1)), cx);
        }
    }

    pub(super) fn unanswered_reference(&mut self, op: OpId, cx: Cx) {
        if let Some((from, ask)) = self.referring.remove(&op) {
            answer(from, &ask, (Status::new(503, 0), None), Observed::Nothing, cx);
        }
    }

    fn write(&mut self, from: ActorId, ask: Box<Ask>, refers: Option<(PartitionId, Term, u64)>, cx: Cx) {
        let documents = if let Action::Batch(all) = &ask.action { all.len() } else { 1 };
        let bytes = ask.bytes.saturating_mul(documents as u32);
        let Ask { client, op, floor, key, .. } = *ask;
        let command = Arc::new(Command { client, op, floor, key, action: ask.action.clone(), bytes });
        self.flow.add(f64::from(bytes));
        self.last += 1;
        self.writes.insert(self.last, (from, ask));
        let entry = Arc::new(Entry { command, refers });
        let lsn = cx.persist(DiskRecord::Append(Term(self.epoch), entry));
        self.after.push_back((lsn, Then::Written));
    }

    /// What is on the disk is carried out and acknowledged.
    pub(super) fn acknowledge(&mut self, cx: Cx) {
        let (from, now) = (self.applied + 1, cx.monotonic());
        for (index, term, entry) in cx.disk().log.iter_from(from) {
            let position = Position { stream: 0, term: term.0, index };
            let ended = self.store.apply(&entry.command, position, false);
            self.applied = index;
            if let Some((from, ask)) = self.writes.remove(&index) {
                answer(from, &ask, ended, Observed::Nothing, cx);
            }
        }
        self.agent.written(now, self.applied);
    }

    /// What the recovery point had already: nobody waits for it.
    pub(super) fn replay(&mut self, cx: Cx) {
        self.writes.clear();
        self.acknowledge(cx);
    }

    /// What came while the application stood still.
    pub(super) fn go_on(&mut self, cx: Cx) {
        for (from, msg) in std::mem::take(&mut self.held) {
            self.on_message(from, msg, cx);
        }
    }
}

fn answer(to: ActorId, ask: &Ask, ended: Ended, observed: Observed, cx: Cx) {
    let (op, attempt) = (ask.op, ask.attempt);
    cx.send(to, Msg::Reply(Box::new(Reply { op, attempt, ended, observed })));
}
