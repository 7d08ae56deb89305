//! A client: it asks the replica that it takes for the leader, and the others in turn where that does not answer.
//!
//! Each request may be sent many times: the groups carry it out once (dissertation, section 6.3).

use super::exchange::{Ask, Consensus, Guide, Reply};
use crate::base::ids::{ActorId, ClientId, PartitionId, RegionId};
use crate::base::time::SimTime;
use crate::engine::contract::Ctx;
use crate::engine::record::{Change, Completion};
use crate::model::operation::{OpId, Request, Status};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Replicas that may send a request on to each other before the client pauses.
const HOPS: u32 = 4;

/// One client process.
#[derive(Clone, Debug)]
pub struct Client {
    guide: Arc<Guide>,
    id: ClientId,
    /// Who leads each partition, as far as it knows.
    leaders: BTreeMap<PartitionId, ActorId>,
    pending: BTreeMap<OpId, Pending>,
    /// Where reads (`false`) and writes (`true`) were served last.
    served: BTreeMap<bool, RegionId>,
}

#[derive(Clone, Debug)]
struct Pending {
    request: Request,
    begun: SimTime,
    attempt: u16,
    asked: ActorId,
    /// How many replicas were asked in turn.
    turn: usize,
    hops: u32,
}

impl Client {
    /// A client that knows who leads at the start.
    pub fn new(guide: Arc<Guide>, id: ClientId) -> Client {
        let first = guide.first_leader;
        let leaders = guide.replicas.iter().filter_map(|(p, ids)| Some((*p, *ids.get(first)?))).collect();
        let (pending, served) = (BTreeMap::new(), BTreeMap::new());
        Client { guide, id, leaders, pending, served }
    }

    /// The harness asks for an operation.
    pub fn on_invoke<S: Consensus>(&mut self, request: Request, cx: &mut Ctx<'_, S>) {
        let op = request.id;
        let pending =
            Pending { request, begun: cx.monotonic(), attempt: 0, asked: ActorId(0), turn: 0, hops: 0 };
        self.pending.insert(op, pending);
        self.ask(op, cx);
    }

    /// It asks for the first time, or after a pause.
    pub fn ask<S: Consensus>(&mut self, op: OpId, cx: &mut Ctx<'_, S>) {
        let floor = self.pending.first_key_value().map_or(op, |(oldest, _)| *oldest);
        let Some(pending) = self.pending.get_mut(&op) else { return };
        let request = &pending.request;
        if cx.monotonic().since(pending.begun) >= request.patience {
            return self.give_up(op, cx);
        }
        let replicas = self.guide.replicas.get(&request.partition);
        let order = self.guide.nearest.get(&self.id);
        let in_turn = order.and_then(|order| order.get(pending.turn % order.len().max(1)));
        let in_turn = in_turn.and_then(|slot| replicas?.get(*slot)).copied();
        let Some(to) = self.leaders.get(&request.partition).copied().or(in_turn) else { return };
        (pending.attempt, pending.asked) = (pending.attempt.saturating_add(1), to);
        if pending.attempt > 1 {
            cx.attempt(op, false);
        }
        let ask = Ask {
            client: self.id,
            op,
            floor,
            attempt: pending.attempt,
            key: request.key,
            action: request.action.clone(),
            bytes: request.bytes,
        };
        cx.set_timer(S::attempt(op), self.guide.attempt_timeout);
        cx.send(to, S::ask(Box::new(ask)));
    }

    fn give_up<S: Consensus>(&mut self, op: OpId, cx: &mut Ctx<'_, S>) {
        let status = Some(Status::TIMEOUT);
        self.finish(op, Completion { indeterminate: true, status, ..Completion::default() }, cx);
    }

    fn finish<S: Consensus>(&mut self, op: OpId, completion: Completion, cx: &mut Ctx<'_, S>) {
        self.pending.remove(&op);
        cx.cancel_timer(S::attempt(op));
        cx.cancel_timer(S::backoff(op));
        cx.complete(op, completion);
    }

    /// The replica does not answer: another is asked.
    pub fn unanswered<S: Consensus>(&mut self, op: OpId, cx: &mut Ctx<'_, S>) {
        let Some(pending) = self.pending.get_mut(&op) else { return };
        let (partition, asked) = (pending.request.partition, pending.asked);
        pending.turn += 1;
        pending.hops = 0;
        if self.leaders.get(&partition) == Some(&asked) {
            self.leaders.remove(&partition);
        }
        self.ask(op, cx);
    }

    /// A replica answers.
    pub fn on_reply<S: Consensus>(&mut self, from: ActorId, reply: Reply, cx: &mut Ctx<'_, S>) {
        let Some(pending) = self.pending.get_mut(&reply.op) else { return };
        let partition = pending.request.partition;
        let Some((status, position)) = reply.ended else {
            if reply.attempt != pending.attempt {
                return;
            }
            return self.sent_on(from, reply, cx);
        };
        let write = pending.request.action.is_write();
        self.leaders.insert(partition, from);
        let replicas = self.guide.replicas.get(&partition);
        let slot = replicas.and_then(|replicas| replicas.iter().position(|replica| *replica == from));
        let region = slot.and_then(|slot| self.guide.regions.get(slot)).copied();
        if let Some(region) = region {
            let before = self.served.insert(write, region);
            if before.is_some_and(|before| before != region) {
                cx.change(Change::Rerouted { client: self.id, region, writes: write });
            }
        }
        let ok = status.code < 300 || (!write && status.code == 404);
        let completion = Completion {
            ok,
            indeterminate: status == Status::TIMEOUT,
            status: Some(status),
            observed: reply.observed,
            position,
            served: region,
            served_by_writer: true,
            ..Completion::default()
        };
        self.finish(reply.op, completion, cx);
    }

    /// The replica does not lead: whom it names is asked at once, else others after a pause.
    fn sent_on<S: Consensus>(&mut self, from: ActorId, reply: Reply, cx: &mut Ctx<'_, S>) {
        let Some(pending) = self.pending.get_mut(&reply.op) else { return };
        let partition = pending.request.partition;
        pending.hops += 1;
        let known = self.leaders.get(&partition).copied().filter(|who| *who != from);
        match reply.leader.or(known).filter(|_| pending.hops <= HOPS) {
            Some(leader) => {
                self.leaders.insert(partition, leader);
                self.ask(reply.op, cx);
            }
            None => {
                pending.hops = 0;
                pending.turn += 1;
                if self.leaders.get(&partition) == Some(&from) || reply.leader.is_some() {
                    self.leaders.remove(&partition);
                }
                cx.cancel_timer(S::attempt(reply.op));
                cx.set_timer(S::backoff(reply.op), self.guide.retry_pause);
            }
        }
    }
}
