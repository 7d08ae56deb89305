//! A client of the application: it looks up where a machine is, remembers that for a while, and asks again when it is not
//! answered.

use super::Cx;
use super::message::{Ask, Msg, Reply};
use super::settings::{Directory, Settings};
use super::timer::Timer;
use crate::base::ids::{ActorId, ClientId, Id, PartitionId};
use crate::base::time::{SimTime, Span};
use crate::engine::record::{Change, Completion};
use crate::model::operation::{OpId, Request, Status};
use std::collections::BTreeMap;
use std::sync::Arc;

/// After a refusal the client waits this long.
const PAUSE: Span = Span::millis(200);

/// A client process.
#[derive(Clone, Debug)]
pub struct Client {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
    id: ClientId,
    pending: BTreeMap<OpId, Pending>,
    /// Where each machine is, and when that was looked up.
    known: BTreeMap<usize, (usize, Option<SimTime>)>,
    /// Where a machine is taken to be at the start.
    first: usize,
}

#[derive(Clone, Debug)]
struct Pending {
    request: Request,
    begun: SimTime,
    attempt: u16,
    asked: usize,
}

impl Client {
    /// One that takes machines to be in this region.
    pub fn new(settings: Arc<Settings>, directory: Arc<Directory>, id: ClientId, first: usize) -> Client {
        Client { settings, directory, id, pending: BTreeMap::new(), known: BTreeMap::new(), first }
    }

    pub(super) fn on_invoke(&mut self, request: Request, cx: Cx) {
        let (op, begun) = (request.id, cx.monotonic());
        self.pending.insert(op, Pending { request, begun, attempt: 0, asked: 0 });
        self.ask(op, cx);
    }

    fn site(&mut self, vm: usize, cx: Cx) -> usize {
        let (now, ttl) = (cx.monotonic(), self.settings.name_ttl);
        let known = self.known.entry(vm).or_insert((self.first, None));
        if known.1.is_none_or(|looked_up| now.since(looked_up) >= ttl) {
            // What was known is used until the answer comes.
            known.1 = Some(now);
            cx.send(self.directory.names, Msg::Lookup(vm));
        }
        known.0
    }

    fn ask(&mut self, op: OpId, cx: Cx) {
        let floor = self.pending.first_key_value().map_or(op, |(oldest, _)| *oldest);
        let Some(vm) = self.pending.get(&op).map(|p| p.request.partition.index()) else { return };
        let site = self.site(vm, cx);
        let Some(pending) = self.pending.get_mut(&op) else { return };
        if cx.monotonic().since(pending.begun) >= pending.request.patience {
            let status = Some(Status::TIMEOUT);
            return self.finish(op, Completion { indeterminate: true, status, ..Completion::default() }, cx);
        }
        (pending.attempt, pending.asked) = (pending.attempt.saturating_add(1), site);
        if pending.attempt > 1 {
            cx.attempt(op, false);
        }
        let request = &pending.request;
        let (key, action, bytes) = (request.key, request.action.clone(), request.bytes);
        let ask = Ask { client: self.id, op, floor, attempt: pending.attempt, key, action, bytes };
        cx.set_timer(Timer::Attempt(op), self.settings.attempt_timeout);
        cx.send(self.directory.machines[vm][site], Msg::Ask(Box::new(ask)));
    }

    fn finish(&mut self, op: OpId, completion: Completion, cx: Cx) {
        self.pending.remove(&op);
        cx.cancel_timer(Timer::Attempt(op));
        cx.cancel_timer(Timer::Backoff(op));
        cx.complete(op, completion);
    }

    pub(super) fn on_timer(&mut self, timer: Timer, cx: Cx) {
        if let Timer::Attempt(op) | Timer::Backoff(op) = timer {
            self.ask(op, cx);
        }
    }

    pub(super) fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        match msg {
            Msg::Reply(reply) => self.on_reply(from, *reply, cx),
            Msg::Found(vm, site) => self.on_found(vm, site, cx),
            _ => {}
        }
    }

    /// A machine is somewhere else: what waits for it is asked there.
    fn on_found(&mut self, vm: usize, site: usize, cx: Cx) {
        let looked_up = Some(cx.monotonic());
        let before = self.known.insert(vm, (site, looked_up)).map_or(self.first, |known| known.0);
        if before == site {
            return;
        }
        let region = self.settings.sites[site];
        for writes in [true, false] {
            cx.change(Change::Rerouted { client: self.id, region, writes });
        }
        let partition = PartitionId::from_index(vm);
        let moved = self.pending.iter().filter(|(_, p)| p.request.partition == partition);
        for op in moved.map(|(op, _)| *op).collect::<Vec<_>>() {
            self.ask(op, cx);
        }
    }

    fn on_reply(&mut self, from: ActorId, reply: Reply, cx: Cx) {
        let Some(pending) = self.pending.get(&reply.op) else { return };
        let (status, position) = reply.ended;
        if status.code == 503 {
            if reply.attempt == pending.attempt {
                cx.cancel_timer(Timer::Attempt(reply.op));
                cx.set_timer(Timer::Backoff(reply.op), PAUSE);
            }
            return;
        }
        let write = pending.request.action.is_write();
        let machines = &self.directory.machines[pending.request.partition.index()];
        let site = machines.iter().position(|machine| *machine == from);
        let completion = Completion {
            ok: status.code < 300 || (!write && status.code == 404),
            // A try that was not answered may have had an effect on a machine that was left behind.
            indeterminate: status == Status::TIMEOUT || pending.attempt > 1,
            status: Some(status),
            observed: reply.observed,
            position,
            served: site.map(|site| self.settings.sites[site]),
            served_by_writer: true,
            ..Completion::default()
        };
        self.finish(reply.op, completion, cx);
    }
}
