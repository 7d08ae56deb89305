//! A client: it asks the nearest replica that answers, and carries what it has seen.

use super::message::{Ask, Msg, Reply};
use super::settings::{Directory, Settings};
use super::timer::Timer;
use super::{Cx, SESSION};
use crate::algorithm::version_vector::VersionVector;
use crate::base::ids::{ActorId, ClientId, PartitionId};
use crate::base::time::SimTime;
use crate::engine::contract::Steady;
use crate::engine::record::Completion;
use crate::model::operation::{Action, OpId, Request, Status};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A client process.
#[derive(Clone, Debug)]
pub struct Client {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
    id: ClientId,
    tries: BTreeMap<OpId, Try>,
    /// Replicas that are taken for silent, and when they are asked for a sign of life.
    silent: BTreeMap<ActorId, SimTime>,
    /// What it has seen.
    tokens: BTreeMap<PartitionId, VersionVector>,
    /// Partitions of which something was struck that nobody can have any more, and the next operation says so.
    struck: BTreeSet<PartitionId>,
}

#[derive(Clone, Debug)]
struct Try {
    request: Request,
    until: SimTime,
    asked: ActorId,
    times: usize,
    /// Replicas that have not seen what the client had, with what they have.
    behind: BTreeMap<ActorId, VersionVector>,
    /// What the client had seen when the first of them was asked.
    token: VersionVector,
    /// It may have been carried out.
    doubtful: bool,
}

impl Client {
    /// One that has seen nothing.
    pub fn new(settings: Arc<Settings>, directory: Arc<Directory>, id: ClientId) -> Self {
        let (tries, silent, tokens) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Client { settings, directory, id, tries, silent, tokens, struck: BTreeSet::new() }
    }

    /// Whether it would go on as it does now: no operation waits for replicas to catch up.
    pub fn steady(&self) -> Steady {
        Steady::when(self.tries.values().all(|attempt| attempt.behind.is_empty()))
    }

    pub(super) fn on_invoke(&mut self, request: Request, cx: Cx) {
        let attempt = Try {
            until: cx.monotonic() + request.patience,
            request,
            asked: cx.me(),
            times: 0,
            behind: BTreeMap::new(),
            token: VersionVector::new(),
            doubtful: false,
        };
        self.attempt(attempt, cx);
    }

    /// The replicas of a partition, the nearest first.
    fn nearest(&self, partition: PartitionId) -> Vec<ActorId> {
        let replicas = self.directory.replicas.get(&partition).map_or(&[][..], |all| all);
        let order = self.settings.nearest.get(&self.id).map_or(&[][..], |order| order);
        order.iter().filter_map(|index| replicas.get(*index).copied()).collect()
    }

    /// Asks the nearest replica that is not taken for silent and not known to be behind; if all of those that are not
    /// behind are silent, one after the other. A silent one that is nearer is asked for a sign of life once in a while.
    fn attempt(&mut self, mut attempt: Try, cx: Cx) {
        let request = &attempt.request;
        let (op, now) = (request.id, cx.monotonic());
        if now >= attempt.until {
            return cx.complete(op, failed(Status::TIMEOUT, attempt.doubtful));
        }
        let nearest = self.nearest(request.partition);
        let talks = nearest.iter().position(|node| !self.silent.contains_key(node));
        // What is behind is of no use: then those further away matter, too.
        let wanted = talks.filter(|_| attempt.behind.is_empty()).unwrap_or(nearest.len());
        for node in nearest.iter().take(wanted) {
            if let Some(until) = self.silent.get_mut(node).filter(|until| now >= **until) {
                *until = now + self.settings.suspect_for;
                cx.send(*node, Msg::Ping);
            }
        }
        let left: Vec<ActorId> =
            nearest.iter().copied().filter(|n| !attempt.behind.contains_key(n)).collect();
        let talking = left.iter().find(|node| !self.silent.contains_key(node));
        // Those that are behind may catch up sooner than the silent ones answer.
        let turn = || left.get(attempt.times % left.len().max(1)).filter(|_| attempt.behind.is_empty());
        let Some(next) = talking.or_else(turn).copied() else {
            return self.all_behind(attempt, &nearest, cx);
        };
        if attempt.times > 0 {
            cx.attempt(op, false);
        }
        (attempt.asked, attempt.times) = (next, attempt.times + 1);
        let request = &attempt.request;
        let (key, action, bytes) = (request.key, request.action.clone(), request.bytes);
        let token = self.in_session(request).then(|| self.tokens.get(&request.partition).cloned()).flatten();
        if attempt.behind.is_empty() {
            attempt.token = token.clone().unwrap_or_default();
        }
        cx.send(next, Msg::Ask(Box::new(Ask { op, key, action, bytes, token })));
        cx.set_timer(Timer::Attempt(op), self.settings.attempt_timeout);
        self.tries.insert(op, attempt);
    }

    fn in_session(&self, request: &Request) -> bool {
        request.level == SESSION && !request.closing
    }

    /// Nobody who answers has seen what the client has. What *all* replicas lack is nowhere any more, and is struck; for
    /// the rest the client waits.
    fn all_behind(&mut self, mut attempt: Try, all: &[ActorId], cx: Cx) {
        let partition = attempt.request.partition;
        let token = self.tokens.entry(partition).or_default();
        if all.iter().all(|node| attempt.behind.contains_key(node)) {
            let somewhere = |origin, seq| attempt.behind.values().any(|context| context.get(origin) >= seq);
            let gone =
                |(origin, seq): (u32, u64)| attempt.token.get(origin) == seq && !somewhere(origin, seq);
            let left: VersionVector = token.iter().filter(|entry| !gone(*entry)).collect();
            if left != *token {
                *token = left;
                self.struck.insert(partition);
            }
        }
        attempt.behind.clear();
        let op = attempt.request.id;
        self.tries.insert(op, attempt);
        cx.set_timer(Timer::Backoff(op), self.settings.retry_pause);
    }

    pub(super) fn on_timer(&mut self, timer: Timer, cx: Cx) {
        match timer {
            Timer::Attempt(op) => self.unanswered(op, cx),
            Timer::Backoff(op) => {
                if let Some(attempt) = self.tries.remove(&op) {
                    self.attempt(attempt, cx);
                }
            }
            Timer::Ship | Timer::Unanswered(_) | Timer::Check => {}
        }
    }

    /// A replica stays silent. What may be done twice is asked of another.
    fn unanswered(&mut self, op: OpId, cx: Cx) {
        let Some(mut attempt) = self.tries.remove(&op) else { return };
        self.silent.insert(attempt.asked, cx.monotonic() + self.settings.suspect_for);
        let action = &attempt.request.action;
        let twice = !action.is_write() || attempt.request.key.is_once();
        match twice {
            true => {
                attempt.doubtful |= action.is_write();
                self.attempt(attempt, cx);
            }
            false => cx.complete(op, failed(Status::TIMEOUT, true)),
        }
    }

    pub(super) fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        match msg {
            Msg::Reply(reply) => {
                self.silent.remove(&from);
                self.on_reply(from, *reply, cx);
            }
            Msg::Pong => _ = self.silent.remove(&from),
            _ => {}
        }
    }

    fn on_reply(&mut self, from: ActorId, reply: Reply, cx: Cx) {
        let op = reply.op;
        let Some(attempt) = self.tries.get(&op) else { return };
        let Some(status) = reply.ended else {
            if attempt.asked == from
                && let Some(mut attempt) = self.tries.remove(&op)
            {
                cx.cancel_timer(Timer::Attempt(op));
                attempt.behind.insert(from, reply.context);
                self.attempt(attempt, cx);
            }
            return;
        };
        let Some(attempt) = self.tries.remove(&op) else { return };
        cx.cancel_timer(Timer::Attempt(op));
        cx.cancel_timer(Timer::Backoff(op));
        let request = attempt.request;
        if self.in_session(&request) {
            self.tokens.entry(request.partition).or_default().merge(&reply.context);
        }
        let reset = self.in_session(&request) && self.struck.remove(&request.partition);
        let slot = self.directory.replicas.get(&request.partition);
        let slot = slot.and_then(|replicas| replicas.iter().position(|id| *id == from));
        let ok = status.code < 300;
        cx.complete(
            op,
            Completion {
                ok,
                indeterminate: !ok && attempt.doubtful,
                status: Some(status),
                observed: reply.observed,
                position: reply.position,
                served: slot.map(|slot| self.settings.sites[slot].region),
                // Which reads are judged: see `Crdt::claims`.
                served_by_writer: !request.key.is_object() || matches!(request.action, Action::ReadBack),
                session_reset: reset,
                ..Completion::default()
            },
        );
    }
}

fn failed(status: Status, indeterminate: bool) -> Completion {
    Completion { status: Some(status), indeterminate, ..Completion::default() }
}
