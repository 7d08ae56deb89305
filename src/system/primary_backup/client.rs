//! A client: it asks the replica that it takes for the primary, and the others in turn where that does not answer. A read
//! that any replica may answer goes to the nearest.

use super::message::{Ask, Msg, Reply};
use super::settings::{Directory, Settings};
use super::timer::Timer;
use super::{BACKUP, Cx, Kin};
use crate::base::ids::{ActorId, ClientId, PartitionId, RegionId};
use crate::base::time::SimTime;
use crate::engine::record::{Change, Completion};
use crate::model::operation::{OpId, Request, Status};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Replicas that may send a request on to each other before the client pauses.
const HOPS: u32 = 3;

/// One client process.
#[derive(Clone, Debug)]
pub struct Client {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
    id: ClientId,
    /// The primary of each partition, as far as it knows.
    primaries: BTreeMap<PartitionId, ActorId>,
    /// For each partition, how many replicas were passed over: which of the others is asked for reads.
    passed_over: BTreeMap<PartitionId, usize>,
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
    anywhere: bool,
}

impl Client {
    /// A client that knows who is the primary at the start.
    pub fn new(settings: Arc<Settings>, directory: Arc<Directory>, id: ClientId) -> Client {
        let primaries = directory.replicas.iter().filter_map(|(p, ids)| Some((*p, *ids.first()?))).collect();
        let (passed_over, pending, served) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Client { settings, directory, id, primaries, passed_over, pending, served }
    }

    pub(super) fn on_invoke<S: Kin>(&mut self, request: Request, cx: Cx<S>) {
        let op = request.id;
        // What closes a window is read from the primary where the others have it later.
        let late = request.closing && self.settings.lags();
        let anywhere = request.level == BACKUP && !request.action.is_write() && !late;
        let (begun, asked) = (cx.monotonic(), ActorId(0));
        let pending = Pending { request, begun, attempt: 0, asked, turn: 0, hops: 0, anywhere };
        self.pending.insert(op, pending);
        self.ask(op, cx);
    }

    pub(super) fn on_timer<S: Kin>(&mut self, timer: Timer, cx: Cx<S>) {
        match timer {
            Timer::Attempt(op) => self.unanswered(op, cx),
            Timer::Backoff(op) => self.ask(op, cx),
            _ => {}
        }
    }

    fn ask<S: Kin>(&mut self, op: OpId, cx: Cx<S>) {
        let floor = self.pending.first_key_value().map_or(op, |(oldest, _)| *oldest);
        let Some(pending) = self.pending.get_mut(&op) else { return };
        let request = &pending.request;
        if cx.monotonic().since(pending.begun) >= request.patience {
            return self.give_up(op, cx);
        }
        let replicas = self.directory.replicas.get(&request.partition);
        let order = self.settings.nearest.get(&self.id);
        let turn = match pending.anywhere {
            true => self.passed_over.get(&request.partition).copied().unwrap_or(0),
            false => pending.turn,
        };
        let in_turn = order.and_then(|order| order.get(turn % order.len().max(1)));
        let in_turn = in_turn.and_then(|slot| replicas?.get(*slot)).copied();
        let primary = self.primaries.get(&request.partition).copied().filter(|_| !pending.anywhere);
        let Some(to) = primary.or(in_turn) else { return };
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
            anywhere: pending.anywhere,
        };
        cx.set_timer(Timer::Attempt(op), self.settings.client.0);
        cx.send(to, Msg::Ask(Box::new(ask)));
    }

    fn give_up<S: Kin>(&mut self, op: OpId, cx: Cx<S>) {
        let status = Some(Status::TIMEOUT);
        self.finish(op, Completion { indeterminate: true, status, ..Completion::default() }, cx);
    }

    fn finish<S: Kin>(&mut self, op: OpId, completion: Completion, cx: Cx<S>) {
        self.pending.remove(&op);
        cx.cancel_timer(Timer::Attempt(op));
        cx.cancel_timer(Timer::Backoff(op));
        cx.complete(op, completion);
    }

    /// The replica does not answer: another is asked.
    fn unanswered<S: Kin>(&mut self, op: OpId, cx: Cx<S>) {
        let Some(pending) = self.pending.get_mut(&op) else { return };
        let (partition, asked) = (pending.request.partition, pending.asked);
        pending.turn += 1;
        pending.hops = 0;
        if pending.anywhere {
            *self.passed_over.entry(partition).or_default() += 1;
        } else if self.primaries.get(&partition) == Some(&asked) {
            self.primaries.remove(&partition);
        }
        self.ask(op, cx);
    }

    pub(super) fn on_reply<S: Kin>(&mut self, from: ActorId, reply: Reply, cx: Cx<S>) {
        let Some(pending) = self.pending.get_mut(&reply.op) else { return };
        let partition = pending.request.partition;
        let Some((status, position)) = reply.ended else {
            if reply.attempt == pending.attempt {
                self.sent_on(from, &reply, cx);
            }
            return;
        };
        let write = pending.request.action.is_write();
        if reply.as_primary {
            self.primaries.insert(partition, from);
        }
        let region = self.directory.slot(partition, from).map(|slot| self.settings.slots[slot].region);
        if let Some(region) = region.filter(|_| !pending.anywhere) {
            let before = self.served.insert(write, region);
            if before.is_some_and(|before| before != region) {
                cx.change(Change::Rerouted { client: self.id, region, writes: write });
            }
        }
        let completion = Completion {
            ok: status.code < 300 || (!write && status.code == 404),
            // A try that was not answered may have had an effect in a log that was left behind.
            indeterminate: status == Status::TIMEOUT || (pending.attempt > 1 && !self.settings.no_loss()),
            status: Some(status),
            observed: reply.observed,
            position,
            served: region,
            served_by_writer: reply.as_primary && !pending.anywhere,
            ..Completion::default()
        };
        self.finish(reply.op, completion, cx);
    }

    /// The replica may not answer: whom it names is asked at once, else others after a pause.
    fn sent_on<S: Kin>(&mut self, from: ActorId, reply: &Reply, cx: Cx<S>) {
        let Some(pending) = self.pending.get_mut(&reply.op) else { return };
        let partition = pending.request.partition;
        pending.hops += 1;
        let known = self.primaries.get(&partition).copied().filter(|who| *who != from);
        let next = reply.primary.or(known).filter(|_| pending.hops <= HOPS && !pending.anywhere);
        match next {
            Some(primary) => {
                self.primaries.insert(partition, primary);
                self.ask(reply.op, cx);
            }
            None => {
                (pending.hops, pending.turn) = (0, pending.turn + 1);
                if pending.anywhere {
                    *self.passed_over.entry(partition).or_default() += 1;
                } else {
                    self.primaries.remove(&partition);
                }
                cx.cancel_timer(Timer::Attempt(reply.op));
                cx.set_timer(Timer::Backoff(reply.op), self.settings.client.1);
            }
        }
    }
}
