//! The client library: it finds a coordinator, or coordinates itself.

use crate::algorithm::conflict::Candidate;
use crate::algorithm::interval_set::IntervalSet;
use crate::algorithm::siblings::{Rule, Version};
use crate::algorithm::version_vector::VersionVector;
use crate::base::ids::{ActorId, ClientId, RegionId};
use crate::base::time::SimTime;
use crate::engine::contract::{Ctx, Moment, Steady};
use crate::engine::record::Completion;
use crate::model::operation::{Action, Key, Observed, OpId, Request, Status, WriteId};
use crate::system::quorum_nwr::coordinator::Coordinator;
use crate::system::quorum_nwr::disk::{Value, Values};
use crate::system::quorum_nwr::message::{Ask, End, Msg, Tag, What};
use crate::system::quorum_nwr::settings::{Directory, Settings};
use crate::system::quorum_nwr::timer::Timer;
use crate::system::quorum_nwr::{ONE, QuorumNwr};
use std::collections::BTreeMap;
use std::sync::Arc;

type Cx<'a, 'b> = &'a mut Ctx<'b, QuorumNwr>;

/// A client process.
#[derive(Clone, Debug)]
pub struct Client {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
    id: ClientId,
    region: RegionId,
    coordinator: Coordinator,
    /// Asked of a coordinator and not answered.
    tries: BTreeMap<OpId, Try>,
    /// Closing reads under way.
    closing: BTreeMap<OpId, Closing>,
    /// Replicas that are taken for silent, and when they are asked for a sign of life.
    silent: BTreeMap<ActorId, SimTime>,
    /// The last timestamp, and the last number of a version.
    last: (u64, u64),
}

#[derive(Clone, Debug)]
struct Try {
    ask: Ask,
    request: Request,
    until: SimTime,
    /// Who was asked last.
    asked: ActorId,
    /// How often it was asked.
    times: usize,
    /// Who found too few others.
    refused: Vec<ActorId>,
    /// It may be written all the same.
    written: bool,
}

/// A read of the harness: what every replica of the client's region has, taken together.
#[derive(Clone, Debug)]
struct Closing {
    request: Request,
    wanted: usize,
    answered: Vec<ActorId>,
    found: Values,
    serials: IntervalSet,
    local: bool,
}

impl Client {
    /// A client in this region.
    pub fn new(settings: Arc<Settings>, directory: Arc<Directory>, id: ClientId, region: RegionId) -> Self {
        let coordinator = Coordinator::new(settings.clone(), directory.clone());
        Client {
            settings,
            directory,
            id,
            region,
            coordinator,
            tries: BTreeMap::new(),
            closing: BTreeMap::new(),
            silent: BTreeMap::new(),
            last: (0, 0),
        }
    }

    /// Whether it would go on as it does now.
    pub fn steady(&self, moment: &Moment<'_, QuorumNwr>) -> Steady {
        Steady::when(self.closing.is_empty() && self.coordinator.is_calm(moment.monotonic))
    }

    /// The harness asks for an operation.
    pub fn on_invoke(&mut self, request: Request, cx: Cx) {
        if request.closing {
            return self.read_all(request, cx);
        }
        let what = match (&request.action, self.settings.rule) {
            (Action::Read, _) => What::Read(if request.level == ONE { 1 } else { self.settings.read_quorum }),
            (Action::Write(write) | Action::Insert(write), Rule::LastWriterWins) => {
                What::Write(self.stamped(*write, request.bytes, cx))
            }
            (Action::Write(write) | Action::Insert(write), Rule::Causal) => {
                What::Replace(Value { write: *write, bytes: request.bytes })
            }
            // Scenarios that ask for anything else are refused.
            _ => return cx.complete(request.id, refused(Status::new(400, 0), false)),
        };
        let (op, partition, key, patience) = (request.id, request.partition, request.key, request.patience);
        let ask = Ask { op, partition, key, what, patience };
        let until = cx.monotonic() + patience;
        let attempt =
            Try { ask, request, until, asked: cx.me(), times: 0, refused: Vec::new(), written: false };
        if self.settings.apart {
            self.coordinator.begin(attempt.ask.clone(), None, cx);
            self.tries.insert(op, attempt);
            return self.take_ended(cx);
        }
        self.attempt(attempt, cx);
    }

    /// A version with the time of this client's clock, which never gives the same twice.
    fn stamped(&mut self, write: WriteId, bytes: u32, cx: Cx) -> Version<Value> {
        let stamp = cx.now().0.max(self.last.0 + 1);
        let seq = cx.monotonic().0.max(self.last.1 + 1);
        self.last = (stamp, seq);
        let made = Candidate { stamp, origin: cx.me().0, seq, delete: false, seen: VersionVector::new() };
        Version { value: Value { write, bytes }, made }
    }

    /// Asks the nearest replica that is not taken for silent, of those that have not found too few others; if all are, one
    /// after the other. A silent one that is nearer is asked for a sign of life once in a while, and for nothing that
    /// matters before it has given one.
    fn attempt(&mut self, mut attempt: Try, cx: Cx) {
        let (op, partition) = (attempt.ask.op, attempt.ask.partition);
        let homes = &self.directory.list(partition).homes;
        let places = self.settings.nearest.get(&(self.id, partition)).map_or(&[][..], |p| &p[..]);
        let nearest: Vec<ActorId> = places.iter().filter_map(|p| homes.get(*p as usize).copied()).collect();
        let now = cx.monotonic();
        let talks = nearest.iter().position(|node| !self.silent.contains_key(node));
        for node in nearest.iter().take(talks.unwrap_or(nearest.len())) {
            if let Some(until) = self.silent.get_mut(node).filter(|until| now >= **until) {
                *until = now + self.settings.suspect_for;
                cx.send(*node, Msg::Fetch(Tag { request: ALIVE, place: 0, home: None }, attempt.ask.key));
            }
        }
        let left: Vec<ActorId> = nearest.into_iter().filter(|n| !attempt.refused.contains(n)).collect();
        let talking = left.iter().find(|node| !self.silent.contains_key(node));
        let turn = || left.get(attempt.times % left.len().max(1));
        let Some(next) = talking.or_else(turn).copied() else {
            return cx.complete(op, refused(Status::new(503, 0), attempt.written));
        };
        if attempt.times > 0 {
            cx.attempt(op, false);
        }
        attempt.asked = next;
        attempt.times += 1;
        cx.send(next, Msg::Ask(Box::new(attempt.ask.clone())));
        cx.set_timer(Timer::Attempt(op), self.settings.attempt_timeout);
        self.tries.insert(op, attempt);
    }

    /// A message arrived.
    pub fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        match msg {
            Msg::Done(op, end) => {
                self.silent.remove(&from);
                cx.cancel_timer(Timer::Attempt(op));
                self.done(op, end, Some(from), cx);
            }
            Msg::Found(tag, _) if tag.request == ALIVE => _ = self.silent.remove(&from),
            Msg::Found(tag, versions) if tag.request == CLOSING => {
                self.closing_answer(from, tag, |closing, rule| _ = closing.found.merge(&versions, rule), cx);
            }
            Msg::Listed(tag, ranges) => {
                let add = |closing: &mut Closing, _| {
                    ranges.iter().for_each(|(first, last)| closing.serials.insert_range(*first, *last));
                };
                self.closing_answer(from, tag, add, cx);
            }
            msg => {
                self.coordinator.on_message(from, msg, cx);
                self.take_ended(cx);
            }
        }
    }

    /// A timer fired.
    pub fn on_timer(&mut self, timer: Timer, cx: Cx) {
        match timer {
            Timer::Silence(request) => {
                self.coordinator.on_silence(request, cx);
                self.take_ended(cx);
            }
            Timer::Attempt(op) => self.unanswered(op, cx),
            Timer::HandOver | Timer::Compare | Timer::Refill => {}
        }
    }

    fn take_ended(&mut self, cx: Cx) {
        for (op, end) in std::mem::take(&mut self.coordinator.ended) {
            self.done(op, end, None, cx);
        }
    }

    /// A coordinator stayed silent. A read, and a version that the client stamped, can be asked for again; a version that
    /// the coordinator makes cannot: there might be two.
    fn unanswered(&mut self, op: OpId, cx: Cx) {
        if let Some(closing) = self.closing.remove(&op) {
            return self.close(closing, cx);
        }
        let Some(attempt) = self.tries.remove(&op) else { return };
        self.silent.insert(attempt.asked, cx.monotonic() + self.settings.suspect_for);
        if cx.monotonic() >= attempt.until {
            return;
        }
        match attempt.ask.what {
            What::Replace(_) => cx.complete(op, refused(Status::TIMEOUT, true)),
            _ => self.attempt(attempt, cx),
        }
    }

    fn done(&mut self, op: OpId, end: End, by: Option<ActorId>, cx: Cx) {
        let Some(mut done) = self.tries.remove(&op) else { return };
        if let (End::Unavailable(written), Some(replica)) = (&end, by) {
            done.written |= *written;
            // A version that a coordinator has made is not made again by another.
            if !(*written && matches!(done.ask.what, What::Replace(_))) {
                done.refused.push(replica);
                return self.attempt(done, cx);
            }
        }
        let served = match by {
            Some(replica) => self.directory.regions.get(&replica).copied(),
            None => Some(self.region),
        };
        let full = matches!(done.ask.what, What::Read(r) if r >= self.settings.read_quorum);
        let ok = Completion { ok: true, status: Some(Status::OK), served, ..Completion::default() };
        let completion = match end {
            End::Written(position) => {
                Completion { position: Some(position), status: Some(Status::new(201, 0)), ..ok }
            }
            End::Found(value) => {
                let observed = observed(done.request.key, value.map(|v| v.write));
                Completion { observed, served_by_writer: full, ..ok }
            }
            End::Unavailable(written) => refused(Status::new(503, 0), written),
        };
        cx.complete(op, completion);
    }

    /// The harness reads back: every replica in the client's region is asked, all of them if there is none.
    fn read_all(&mut self, request: Request, cx: Cx) {
        let list = self.directory.list(request.partition);
        let here = |node: &&ActorId| self.directory.regions.get(node) == Some(&self.region);
        let mut asked: Vec<ActorId> = list.homes.iter().filter(here).copied().collect();
        let local = !asked.is_empty();
        if !local {
            asked = list.homes.clone();
        }
        // The operation's number travels in the place of one in a list.
        let tag = Tag { request: CLOSING, place: place(request.id), home: None };
        for node in &asked {
            let msg = match request.action {
                Action::ReadBack => Msg::List(tag),
                _ => Msg::Fetch(tag, request.key),
            };
            cx.send(*node, msg);
        }
        cx.set_timer(Timer::Attempt(request.id), self.settings.attempt_timeout);
        let closing = Closing {
            wanted: asked.len(),
            answered: Vec::new(),
            found: Values::default(),
            serials: IntervalSet::new(),
            local,
            request,
        };
        self.closing.insert(closing.request.id, closing);
    }

    fn closing_answer(&mut self, from: ActorId, tag: Tag, add: impl Fn(&mut Closing, Rule), cx: Cx) {
        let op = self.closing.keys().find(|op| place(**op) == tag.place).copied();
        let Some(op) = op else { return };
        let Some(mut closing) = self.closing.remove(&op) else { return };
        add(&mut closing, self.settings.rule);
        if !closing.answered.contains(&from) {
            closing.answered.push(from);
        }
        match closing.answered.len() >= closing.wanted {
            true => {
                cx.cancel_timer(Timer::Attempt(op));
                self.close(closing, cx);
            }
            false => _ = self.closing.insert(op, closing),
        }
    }

    fn close(&mut self, closing: Closing, cx: Cx) {
        let op = closing.request.id;
        if closing.answered.is_empty() {
            return cx.complete(op, refused(Status::new(503, 0), false));
        }
        let current = closing.found.current().map(|version| version.value.write);
        let observed = match closing.request.action {
            Action::ReadBack => Observed::Serials(Arc::from(closing.serials.ranges())),
            _ => observed(closing.request.key, current),
        };
        let served = closing.local.then_some(self.region);
        let status = Some(Status::OK);
        cx.complete(op, Completion { ok: true, status, observed, served, ..Completion::default() });
    }
}

/// The request of closing reads, which no coordinator has.
const CLOSING: u64 = 0;
/// The request of a question that only asks for a sign of life.
const ALIVE: u64 = u64::MAX;

fn place(op: OpId) -> u32 {
    op.0 as u32
}

fn refused(status: Status, indeterminate: bool) -> Completion {
    Completion { status: Some(status), indeterminate, ..Completion::default() }
}

fn observed(key: Key, found: Option<WriteId>) -> Observed {
    match found {
        Some(write) => Observed::Value(write),
        None if key.is_once() => Observed::Absent,
        None => Observed::Value(WriteId::INITIAL),
    }
}
