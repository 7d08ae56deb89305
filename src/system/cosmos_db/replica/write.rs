//! Taking writes: admission, evaluation, acknowledgement (COS-2, COS-5, COS-6, COS-7).

use super::read::TokenState;
use super::{Cx, Replica, Waiting};
use crate::algorithm::log::Term;
use crate::base::ids::ActorId;
use crate::base::time::Span;
use crate::model::operation::{Action, Key, Observed, Position, Status, WriteId};
use crate::system::cosmos_db::entry::{Body, Entry, Stamp};
use crate::system::cosmos_db::message::{Ask, Msg, Reply, Token};
use crate::system::cosmos_db::mutation::Mutation;
use std::sync::Arc;

/// Not the leader, or not configured yet: look the address up again.
pub const GONE: Status = Status::new(410, 0);
/// This region does not accept writes.
pub const WRITE_FORBIDDEN: Status = Status::new(403, 3);
/// This replica has not reached the session's token.
pub const SESSION_BEHIND: Status = Status::new(404, 1002);
/// The session's token names a suffix that a failover lost.
pub const SESSION_LOST: Status = Status::new(404, 1003);
/// The region does not serve the account now.
pub const REGION_GONE: Status = Status::new(403, 1008);

impl Replica {
    /// A client's request.
    pub(super) fn on_ask(&mut self, from: ActorId, ask: Box<Ask>, cx: Cx) {
        if ask.action.is_write() { self.on_write(from, ask, cx) } else { self.on_read(from, ask, cx) }
    }

    pub(super) fn refuse(&self, from: ActorId, ask: &Ask, status: Status, retry_after: Span, cx: Cx) {
        let reply = Reply {
            op: ask.op,
            attempt: ask.attempt,
            status,
            observed: Observed::Nothing,
            last: self.durable,
            safe: self.visible(),
            position: None,
            token: None,
            writer: false,
            charge: 0.0,
            retry_after,
        };
        cx.send(from, Msg::Reply(Box::new(reply)));
    }

    fn on_write(&mut self, from: ActorId, ask: Box<Ask>, cx: Cx) {
        if !self.is_leader() {
            return self.refuse(from, &ask, GONE, Span::ZERO, cx);
        }
        if !self.is_writer() || self.leader.handover.is_some() {
            return self.refuse(from, &ask, WRITE_FORBIDDEN, Span::ZERO, cx);
        }
        if !self.leader.writable {
            return self.refuse(from, &ask, GONE, Span::ZERO, cx);
        }
        if self.settings.multi() {
            match self.token_state(&ask, cx.monotonic()) {
                TokenState::Behind => return self.refuse(from, &ask, SESSION_BEHIND, Span::ZERO, cx),
                TokenState::Lost => return self.refuse(from, &ask, SESSION_LOST, Span::ZERO, cx),
                TokenState::Met => {}
            }
        }
        let charge = self.write_charge(&ask);
        if self.lag_throttles(cx) {
            return self.refuse(from, &ask, Status::THROTTLED, Span::millis(1000), cx);
        }
        if let Err(wait) = self.units.take(charge, cx.monotonic())
            && !self.settings.without(Mutation::NoThroughputLimit)
        {
            return self.refuse(from, &ask, Status::THROTTLED, wait, cx);
        }
        match self.evaluate(&ask) {
            Ok((body, status)) => self.append_write(from, ask, body, (status, charge), cx),
            Err(status) => self.answer_when_settled(from, ask, status, charge, cx),
        }
    }

    fn write_charge(&self, ask: &Ask) -> f64 {
        let kilobytes = (f64::from(ask.bytes) / 1024.0).ceil().max(1.0);
        let documents = if let Action::Batch(all) = &ask.action { all.len() as f64 } else { 1.0 };
        self.settings.write_charge * kilobytes * documents
    }

    /// What the key will hold once the log so far is committed.
    fn upcoming(&self, key: Key) -> Option<WriteId> {
        for index in (self.applied + 1..=self.log.last()).rev() {
            if let Some(entry) = self.log.get(index)
                && let Some(value) = value_in(&entry.body, key)
            {
                return value;
            }
        }
        self.store.read(key)
    }

    /// Decides a write at its place in the log: what it does, or the status it fails with.
    fn evaluate(&self, ask: &Ask) -> Result<(Body, Status), Status> {
        let created = Status::new(201, 0);
        let conflict = Status::new(409, 0);
        let missing = Status::new(404, 0);
        let held = || self.upcoming(ask.key);
        match &ask.action {
            Action::Write(write) => Ok((Body::Put(ask.key, *write), Status::OK)),
            Action::Insert(write) if held().is_none() => Ok((Body::Put(ask.key, *write), created)),
            Action::Insert(_) => Err(conflict),
            Action::Replace(write) if held().is_some() => Ok((Body::Put(ask.key, *write), Status::OK)),
            Action::Delete(write) if held().is_some() => {
                Ok((Body::Remove(ask.key, *write), Status::new(204, 0)))
            }
            Action::Replace(_) | Action::Delete(_) => Err(missing),
            Action::Conditional { expected, write } => match held() {
                Some(value) if value == *expected => Ok((Body::Put(ask.key, *write), Status::OK)),
                Some(_) => Err(Status::new(412, 0)),
                None => Err(missing),
            },
            Action::Batch(all) => Ok((Body::Batch(all.clone()), Status::OK)),
            Action::Read | Action::BatchRead(_) | Action::ReadBack => Err(Status::new(400, 0)),
        }
    }

    fn append_write(
        &mut self,
        from: ActorId,
        ask: Box<Ask>,
        body: Body,
        (status, charge): (Status, f64),
        cx: Cx,
    ) {
        let stamp = self.settings.multi().then(|| Arc::new(self.stamp(&body, cx)));
        let bytes = ask.bytes * if let Body::Batch(all) = &body { all.len() as u32 } else { 1 };
        if let Some(stamp) = &stamp {
            self.vector.advance(stamp.origin, stamp.seq);
            self.remember_own(stamp.seq, self.log.last() + 1);
        }
        let index = self.append_as_leader(vec![(self.term(), Entry { body, bytes, stamp })], cx);
        let now = cx.monotonic();
        self.leader.ages.push_back((index, now));
        self.leader.pace.note(bytes, now);
        self.leader.waiting.push_back(Waiting { index, from, ask, status, charge: charge as f32 });
    }

    /// COS-6: the origin of a write, and the number that settles its conflicts.
    fn stamp(&mut self, body: &Body, cx: Cx) -> Stamp {
        let clock = cx.now().0 / 1000;
        let clock = clock.max(self.leader.last_stamp_us + 1);
        self.leader.last_stamp_us = clock;
        let deletes = matches!(body, Body::Remove(..));
        let order = body.writes().map(|(key, write)| {
            let value = match self.settings.policy {
                crate::algorithm::conflict::Policy::NumericPath => write.0 & 0xffff_ffff,
                _ => clock,
            };
            self.order_after(key, deletes, value)
        });
        let order = order.max().unwrap_or(clock);
        let origin = self.own();
        let seq = self.vector.get(origin) + 1;
        Stamp { origin, seq, order, seen: self.vector.clone() }
    }

    /// A refused conditional write saw entries that may not be committed yet: it is answered when they are.
    fn answer_when_settled(&mut self, from: ActorId, ask: Box<Ask>, status: Status, charge: f64, cx: Cx) {
        let index = self.log.last();
        if index <= self.commit {
            return self.answer_write(from, &ask, status, index, charge as f32, cx);
        }
        self.leader.waiting.push_back(Waiting { index, from, ask, status, charge: charge as f32 });
    }

    /// Answers a write whose quorum is complete.
    pub(super) fn answer_write(
        &self,
        from: ActorId,
        ask: &Ask,
        status: Status,
        index: u64,
        charge: f32,
        cx: Cx,
    ) {
        let stamp = self.log.get(index).and_then(|e| e.stamp.clone());
        let term = self.log.term_of(index).unwrap_or(Term(0));
        let position = match &stamp {
            Some(s) => Position { stream: s.origin + 1, term: s.order, index: s.seq },
            None => Position { stream: 0, term: term.0, index },
        };
        let token = match &stamp {
            Some(_) => Token::Vector(self.vector.clone()),
            None => Token::Log(term, index),
        };
        let reply = Reply {
            op: ask.op,
            attempt: ask.attempt,
            status,
            observed: Observed::Nothing,
            last: index,
            safe: self.global,
            position: (status.code < 300).then_some(position),
            token: Some(token),
            writer: true,
            charge,
            retry_after: Span::ZERO,
        };
        cx.send(from, Msg::Reply(Box::new(reply)));
    }

    /// Writes that were waiting when this replica lost its office are left without an answer: they may yet commit.
    pub(super) fn fail_waiting(&mut self, _: Cx) {
        self.leader.waiting.clear();
    }
}

/// What an entry makes of `key`, if it touches it.
pub(super) fn value_in(body: &Body, key: Key) -> Option<Option<WriteId>> {
    match body {
        Body::Put(k, w) if *k == key => Some(Some(*w)),
        Body::Remove(k, _) if *k == key => Some(None),
        Body::Batch(all) => all.iter().rev().find(|(k, _)| *k == key).map(|(_, w)| Some(*w)),
        Body::Settled(all) => {
            all.iter().find(|(lost, back)| *back && lost.key == key).map(|(lost, _)| Some(lost.write))
        }
        _ => None,
    }
}
