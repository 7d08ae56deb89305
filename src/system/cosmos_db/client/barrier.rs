//! Barriers (COS-5): a quorum read waits until the point it chose is safe, a strong write until it is globally committed.

use super::{Accepted, Client, Cx, Seen, State};
use crate::base::ids::ActorId;
use crate::base::time::Span;
use crate::engine::record::Completion;
use crate::model::operation::{OpId, Status};
use crate::system::cosmos_db::message::Reply;
use crate::system::cosmos_db::timer::Timer;

impl Client {
    /// One answer of a read quorum.
    pub(super) fn on_quorum_reply(&mut self, op: OpId, from: ActorId, reply: &Reply, cx: Cx) {
        let Some(pending) = self.pending.get_mut(&op) else { return };
        pending.charge += reply.charge;
        let State::Quorum { replies, needed } = &mut pending.state else { return };
        if replies.iter().any(|r| r.from == from) {
            return;
        }
        let observed = reply.observed.clone();
        replies.push(Seen { from, last: reply.last, safe: reply.safe, observed, writer: reply.writer });
        if replies.len() < *needed {
            return;
        }
        let target = replies.iter().map(|r| r.last).max().unwrap_or(0);
        let best = replies.iter().max_by_key(|r| r.safe).cloned();
        let replicas = replies.iter().map(|r| r.from).collect();
        match best {
            Some(best) if best.safe >= target => self.finish_quorum_read(op, best, cx),
            _ => {
                pending.state = State::ReadBarrier { target, poll: 0, replicas };
                self.next_read_poll(op, cx);
            }
        }
    }

    fn finish_quorum_read(&mut self, op: OpId, seen: Seen, cx: Cx) {
        let Some(pending) = self.pending.get(&op) else { return };
        let completion = Completion {
            ok: true,
            status: Some(Status::OK),
            observed: seen.observed,
            served: Some(pending.region),
            served_by_writer: seen.writer,
            charge: pending.charge,
            session_reset: pending.reset,
            ..Completion::default()
        };
        self.finish(op, completion, cx);
    }

    fn next_read_poll(&mut self, op: OpId, cx: Cx) {
        let Some(pending) = self.pending.get_mut(&op) else { return };
        let State::ReadBarrier { poll, .. } = &mut pending.state else { return };
        match delay_of(&self.settings.sdk.read_barrier, *poll) {
            Some(wait) => {
                *poll += 1;
                cx.set_timer(Timer::Backoff(op), wait);
            }
            // The point was not reached (it may have been cut off): read afresh.
            None => self.pause(op, Span::millis(30), cx),
        }
    }

    /// Polls what the barrier waits for.
    pub(super) fn poll_barrier(&mut self, op: OpId, cx: Cx) {
        let Some(pending) = self.pending.get(&op) else { return };
        match &pending.state {
            State::ReadBarrier { target, replicas, .. } => {
                let target = *target;
                let pick = cx.random("replica").below(replicas.len() as u64) as usize;
                if let Some(to) = replicas.get(pick).copied() {
                    self.send_ask(op, to, target, cx);
                }
                cx.set_timer(Timer::Attempt(op), self.settings.sdk.attempt_timeout);
                self.next_read_poll(op, cx);
            }
            State::WriteBarrier { target, since, .. } => {
                let (target, since) = (*target, *since);
                if cx.monotonic().since(since) >= self.settings.sdk.barrier_total {
                    return self.fail(op, Status::new(503, 0), true, cx);
                }
                let at = (pending.request.partition, pending.region);
                let members = self.addresses.get(&at).map(|a| a.members.clone()).unwrap_or_default();
                if !members.is_empty() {
                    let pick = cx.random("replica").below(members.len() as u64) as usize;
                    self.send_ask(op, members[pick], target, cx);
                }
                self.next_write_poll(op, cx);
            }
            _ => {}
        }
    }

    /// A poll of a read barrier was answered.
    pub(super) fn on_read_poll(&mut self, op: OpId, from: ActorId, reply: Reply, cx: Cx) {
        let Some(pending) = self.pending.get(&op) else { return };
        if let State::ReadBarrier { target, .. } = pending.state
            && reply.safe >= target
        {
            let Reply { last, safe, observed, writer, .. } = reply;
            self.finish_quorum_read(op, Seen { from, last, safe, observed, writer }, cx);
        }
    }

    /// A strong write is durable in its region: now wait for the other regions.
    pub(super) fn begin_write_barrier(&mut self, op: OpId, reply: Reply, cx: Cx) {
        let now = cx.monotonic();
        let Some(pending) = self.pending.get_mut(&op) else { return };
        cx.cancel_timer(Timer::Attempt(op));
        let accepted = Accepted { status: reply.status, position: reply.position, token: reply.token };
        pending.state = State::WriteBarrier { target: reply.last, poll: 0, since: now, accepted };
        self.next_write_poll(op, cx);
    }

    fn next_write_poll(&mut self, op: OpId, cx: Cx) {
        let Some(pending) = self.pending.get_mut(&op) else { return };
        let State::WriteBarrier { poll, .. } = &mut pending.state else { return };
        let schedule = &self.settings.sdk.write_barrier;
        // After one round (940 ms, a 410 inside the library) the next begins: the write itself is not sent again.
        let round: u32 = schedule.iter().map(|(n, _)| *n).sum();
        let wait = delay_of(schedule, *poll % round.max(1)).unwrap_or(Span::millis(30));
        *poll += 1;
        cx.set_timer(Timer::Backoff(op), wait);
    }

    /// A poll of a write barrier was answered.
    pub(super) fn on_write_poll(&mut self, op: OpId, reply: &Reply, cx: Cx) {
        let Some(pending) = self.pending.get(&op) else { return };
        let State::WriteBarrier { target, accepted, .. } = &pending.state else { return };
        let answered = reply.status.code < 300 || reply.status == Status::new(404, 0);
        if reply.safe < *target || !answered {
            return;
        }
        let Accepted { status, position, token } = accepted.clone();
        self.finish_write(op, status, position, token, true, cx);
    }
}

fn delay_of(schedule: &[(u32, Span)], poll: u32) -> Option<Span> {
    let mut before = 0;
    schedule.iter().find_map(|(n, every)| {
        before += n;
        (poll < before).then_some(*every)
    })
}
