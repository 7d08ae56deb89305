//! What the client does with each answer (COS-8).

use super::{Client, Cx, State};
use crate::base::ids::ActorId;
use crate::base::time::Span;
use crate::engine::record::Completion;
use crate::model::operation::{Observed, OpId, Position, Status};
use crate::system::cosmos_db::level::Level;
use crate::system::cosmos_db::message::{Reply, Token};
use crate::system::cosmos_db::mutation::Mutation;
use crate::system::cosmos_db::timer::Timer;

impl Client {
    /// A replica answered.
    pub(super) fn on_reply(&mut self, from: ActorId, reply: Reply, cx: Cx) {
        let op = reply.op;
        let Some(pending) = self.pending.get(&op) else { return };
        let current = reply.attempt == pending.attempt || pending.hedged;
        if !current {
            return;
        }
        match &pending.state {
            State::ReadBarrier { .. } if reply.status.code == 200 || reply.status == Status::new(404, 0) => {
                return self.on_read_poll(op, from, reply, cx);
            }
            State::WriteBarrier { .. } => return self.on_write_poll(op, &reply, cx),
            State::Waiting => return,
            _ => {}
        }
        let write = pending.request.action.is_write();
        match (reply.status.code, reply.status.sub) {
            (404, 1002) => self.on_session_behind(op, cx),
            (404, 1003) => self.on_session_lost(op, cx),
            (200..=299, _) | (404, 0) if !write => self.on_read_ok(op, from, reply, cx),
            (200..=299, _) => self.on_write_ok(op, reply, cx),
            (400 | 404 | 409 | 412, _) => self.fail(op, reply.status, false, cx),
            (403, 3) => self.on_write_forbidden(op, cx),
            (403, _) => self.on_region_gone(op, cx),
            (410, _) => self.on_gone(op, cx),
            (429, _) => self.on_throttled(op, reply.retry_after, cx),
            _ => self.fail(op, reply.status, false, cx),
        }
    }

    fn on_read_ok(&mut self, op: OpId, from: ActorId, reply: Reply, cx: Cx) {
        let Some(pending) = self.pending.get(&op) else { return };
        if matches!(pending.state, State::Quorum { .. }) {
            return self.on_quorum_reply(op, from, &reply, cx);
        }
        let (partition, region) = (pending.request.partition, self.region_of(from, pending.region));
        let level = Self::level_of(&pending.request);
        let completion = Completion {
            ok: true,
            status: Some(if reply.observed == Observed::Absent { Status::new(404, 0) } else { Status::OK }),
            observed: reply.observed,
            served: Some(region),
            served_by_writer: reply.writer,
            charge: pending.charge + reply.charge,
            session_reset: pending.reset,
            ..Completion::default()
        };
        self.keep_token(partition, region, level, reply.token);
        self.note_result(partition, region, false, true, cx);
        self.finish(op, completion, cx);
    }

    /// A hedged read may be answered by either region.
    fn region_of(
        &self,
        replica: ActorId,
        expected: crate::base::ids::RegionId,
    ) -> crate::base::ids::RegionId {
        let home = self.addresses.iter().find(|(_, a)| a.members.contains(&replica));
        home.map_or(expected, |((_, region), _)| *region)
    }

    fn on_write_ok(&mut self, op: OpId, reply: Reply, cx: Cx) {
        let barrier = self.settings.level == Level::Strong && !self.without(Mutation::SkipBarrier);
        if let Some(pending) = self.pending.get_mut(&op) {
            pending.charge += reply.charge;
        }
        if barrier && reply.safe < reply.last {
            return self.begin_write_barrier(op, reply, cx);
        }
        self.finish_write(op, reply.status, reply.position, reply.token, true, cx);
    }

    /// A write is acknowledged to the application.
    pub(super) fn finish_write(
        &mut self,
        op: OpId,
        status: Status,
        position: Option<Position>,
        token: Option<Token>,
        writer: bool,
        cx: Cx,
    ) {
        let Some(pending) = self.pending.get(&op) else { return };
        let (partition, region) = (pending.request.partition, pending.region);
        let completion = Completion {
            ok: true,
            status: Some(status),
            position,
            served: Some(region),
            served_by_writer: writer,
            charge: pending.charge,
            session_reset: pending.reset,
            ..Completion::default()
        };
        self.keep_token(partition, region, Level::Session, token);
        self.note_result(partition, region, true, true, cx);
        self.finish(op, completion, cx);
    }

    fn on_write_forbidden(&mut self, op: OpId, cx: Cx) {
        self.refresh(cx);
        self.pause(op, self.settings.sdk.failover_retry, cx);
    }

    fn on_region_gone(&mut self, op: OpId, cx: Cx) {
        let Some(pending) = self.pending.get_mut(&op) else { return };
        let region = pending.region;
        if !pending.excluded.contains(&region) {
            pending.excluded.push(region);
        }
        self.refresh(cx);
        self.try_op(op, cx);
    }

    /// The replica is not, or no longer, the one to ask: look the addresses up.
    fn on_gone(&mut self, op: OpId, cx: Cx) {
        let Some(pending) = self.pending.get_mut(&op) else { return };
        pending.gone += 1;
        let (partition, region, first) = (pending.request.partition, pending.region, pending.gone == 1);
        self.addresses.remove(&(partition, region));
        if first { self.look_up(op, partition, region, cx) } else { self.back_off_gone(op, cx) }
    }

    /// 410: immediate, then 1 s doubling, 30 s in all; then one other region.
    pub(super) fn back_off_gone(&mut self, op: OpId, cx: Cx) {
        let (first, most, total) = self.settings.sdk.gone;
        let cross = self.settings.sdk.cross_region;
        let now = cx.monotonic();
        if self.settings.failover.per_partition {
            // The partition may be written elsewhere by now (COS-9).
            self.refresh(cx);
        }
        let Some(pending) = self.pending.get_mut(&op) else { return };
        pending.gone += 1;
        if now.since(pending.begun) < total {
            let wait = (2..pending.gone.min(8)).fold(first, |w, _| (w * 2).min(most));
            return self.pause(op, wait, cx);
        }
        if pending.other_regions < cross && !pending.request.action.is_write() {
            pending.other_regions += 1;
            let region = pending.region;
            pending.excluded.push(region);
            return self.try_op(op, cx);
        }
        self.fail(op, Status::new(503, 0), false, cx);
    }

    /// COS-7: 429 is backed off as the library does, and not sent elsewhere.
    fn on_throttled(&mut self, op: OpId, retry_after: Span, cx: Cx) {
        let (tries, total) = (self.settings.sdk.throttle_tries, self.settings.sdk.throttle_wait);
        let now = cx.monotonic();
        let Some(pending) = self.pending.get_mut(&op) else { return };
        pending.throttled += 1;
        // A wait beyond what the library or the caller allows is not begun.
        let budget = total.min(pending.request.patience);
        let spent = now.since(pending.begun);
        if pending.throttled >= tries || retry_after > budget.saturating_sub(spent) {
            return self.fail(op, Status::THROTTLED, false, cx);
        }
        self.pause(op, retry_after.max(Span::millis(1)), cx);
    }

    /// No answer. A read goes on; a write that was sent may have had an effect and is not sent again (COS-8).
    pub(super) fn on_attempt_timeout(&mut self, op: OpId, cx: Cx) {
        let retry_writes = self.without(Mutation::RetryTimedOutWrites);
        let Some(pending) = self.pending.get_mut(&op) else { return };
        let (partition, region) = (pending.request.partition, pending.region);
        let write = pending.request.action.is_write();
        self.note_result(partition, region, write, false, cx);
        if write && !retry_writes {
            self.addresses.remove(&(partition, region));
            return self.fail(op, Status::TIMEOUT, true, cx);
        }
        self.addresses.remove(&(partition, region));
        self.look_up(op, partition, region, cx);
    }

    /// Drops an operation that its caller has given up on.
    pub(super) fn given_up(&mut self, op: OpId, cx: Cx) -> bool {
        let now = cx.monotonic();
        let late = self.pending.get(&op).is_some_and(|p| now.since(p.begun) > p.request.patience);
        if late {
            self.pending.remove(&op);
            cx.cancel_timer(Timer::Attempt(op));
            cx.cancel_timer(Timer::Backoff(op));
        }
        late
    }

    /// A pause is over, or a barrier poll is due. What the caller has given up on is dropped.
    pub(super) fn on_backoff(&mut self, op: OpId, cx: Cx) {
        if self.given_up(op, cx) {
            return;
        }
        match self.pending.get(&op).map(|p| &p.state) {
            Some(State::ReadBarrier { .. } | State::WriteBarrier { .. }) => self.poll_barrier(op, cx),
            Some(State::Waiting) => self.try_op(op, cx),
            _ => {}
        }
    }
}
