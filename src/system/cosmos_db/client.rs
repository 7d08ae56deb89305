//! The client library (COS-8): preferred regions, address and topology caches, retries by status, sessions, hedging and
//! circuit breakers.

mod answer;
mod barrier;
mod resolve;
mod route;
mod session;
mod steady;

use crate::algorithm::circuit_breaker::Breaker;
use crate::base::ids::{ActorId, ClientId, PartitionId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::engine::contract::Ctx;
use crate::engine::record::Completion;
use crate::model::operation::{Observed, OpId, Position, Request, Status};
use crate::system::cosmos_db::CosmosDb;
use crate::system::cosmos_db::account::AccountConfig;
use crate::system::cosmos_db::level::Level;
use crate::system::cosmos_db::message::{Ask, Msg, Token};
use crate::system::cosmos_db::mutation::Mutation;
use crate::system::cosmos_db::settings::{Directory, Settings};
use crate::system::cosmos_db::timer::Timer;
use std::collections::BTreeMap;
use std::sync::Arc;

type Cx<'a, 'b> = &'a mut Ctx<'b, CosmosDb>;

/// One client process.
#[derive(Clone, Debug)]
pub struct Client {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
    id: ClientId,
    preferred: Vec<RegionId>,
    config: Arc<AccountConfig>,
    refreshed: SimTime,
    unavailable: BTreeMap<RegionId, SimTime>,
    /// Where reads (`false`) and writes (`true`) went last.
    routes: BTreeMap<bool, RegionId>,
    addresses: BTreeMap<(PartitionId, RegionId), Address>,
    resolving: BTreeMap<(PartitionId, RegionId), Resolving>,
    tokens: BTreeMap<PartitionId, Token>,
    prefixes: BTreeMap<(PartitionId, RegionId), Token>,
    breakers: BTreeMap<(PartitionId, RegionId, bool), Breaker>,
    pending: BTreeMap<OpId, Pending>,
}

/// Who serves a partition in a region, as far as the client knows.
#[derive(Clone, Debug)]
struct Address {
    leader: Option<ActorId>,
    members: Arc<[ActorId]>,
}

/// An address look-up under way.
#[derive(Clone, Debug, Default)]
struct Resolving {
    tries: usize,
    waiting: Vec<OpId>,
}

/// An operation under way.
#[derive(Clone, Debug)]
struct Pending {
    request: Request,
    attempt: u16,
    region: RegionId,
    state: State,
    begun: SimTime,
    gone: u32,
    throttled: u32,
    behind: u32,
    behind_since: Option<SimTime>,
    other_regions: u32,
    excluded: Vec<RegionId>,
    reset: bool,
    charge: f32,
    hedged: bool,
}

/// What an operation waits for.
#[derive(Clone, Debug)]
enum State {
    /// An answer to a request that was sent.
    Sent,
    /// Answers of a read quorum.
    Quorum { replies: Vec<Seen>, needed: usize },
    /// The point of the log that a quorum read chose becomes safe.
    ReadBarrier { target: u64, poll: u32, replicas: Vec<ActorId> },
    /// A strong write becomes globally committed.
    WriteBarrier { target: u64, poll: u32, since: SimTime, accepted: Accepted },
    /// An address look-up, or a pause before the next try.
    Waiting,
}

/// One answer of a quorum read.
#[derive(Clone, Debug)]
struct Seen {
    from: ActorId,
    last: u64,
    safe: u64,
    observed: Observed,
    writer: bool,
}

/// A write accepted in its region.
#[derive(Clone, Debug)]
struct Accepted {
    status: Status,
    position: Option<Position>,
    token: Option<Token>,
}

impl Client {
    /// A client with warm caches: addresses and topology as they are at the start.
    pub fn new(settings: Arc<Settings>, directory: Arc<Directory>, id: ClientId) -> Client {
        let config = Arc::new(AccountConfig::initial(&settings));
        let mut addresses = BTreeMap::new();
        for (at, slots) in &directory.replicas {
            let members: Arc<[ActorId]> = slots.iter().copied().take(settings.replicas).collect();
            addresses.insert(*at, Address { leader: members.first().copied(), members });
        }
        Client {
            preferred: settings.preferred.get(&id).cloned().unwrap_or_default(),
            id,
            config,
            refreshed: SimTime::ZERO,
            unavailable: BTreeMap::new(),
            routes: BTreeMap::new(),
            addresses,
            resolving: BTreeMap::new(),
            tokens: BTreeMap::new(),
            prefixes: BTreeMap::new(),
            breakers: BTreeMap::new(),
            pending: BTreeMap::new(),
            settings,
            directory,
        }
    }

    /// Begins the periodic refresh of the topology.
    pub fn on_start(&mut self, cx: Cx) {
        let phase = Span(cx.random("phase").below(self.settings.sdk.refresh.0));
        cx.set_timer(Timer::Refresh, phase);
    }

    /// A new process: it knows nothing of its session any more, and discovers the account.
    pub fn on_restart(&mut self, cx: Cx) {
        cx.send(self.directory.discovery, Msg::Discover);
        cx.set_timer(Timer::Refresh, self.settings.sdk.refresh);
    }

    /// The harness asks for an operation.
    pub fn on_invoke(&mut self, request: Request, cx: Cx) {
        let op = request.id;
        let pending = Pending {
            region: self.config.partition(request.partition).writer,
            request,
            attempt: 0,
            state: State::Waiting,
            begun: cx.monotonic(),
            gone: 0,
            throttled: 0,
            behind: 0,
            behind_since: None,
            other_regions: 0,
            excluded: Vec::new(),
            reset: false,
            charge: 0.0,
            hedged: false,
        };
        self.pending.insert(op, pending);
        self.try_op(op, cx);
    }

    /// Answers of replicas, managers and discovery.
    pub fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        match msg {
            Msg::Reply(reply) => self.on_reply(from, *reply, cx),
            Msg::Resolved { region, partition, leader, members } => {
                self.on_resolved(region, partition, Address { leader, members }, cx)
            }
            Msg::Topology(config) if config.version > self.config.version => self.on_topology(config, cx),
            _ => {}
        }
    }

    /// Time-outs and pauses.
    pub fn on_timer(&mut self, timer: Timer, cx: Cx) {
        match timer {
            Timer::Attempt(op) => self.on_attempt_timeout(op, cx),
            Timer::Backoff(op) => self.on_backoff(op, cx),
            Timer::Hedge(op) => self.hedge(op, cx),
            Timer::ResolveTimeout(partition, region) => self.on_resolve_timeout(partition, region, cx),
            Timer::Refresh => {
                cx.set_timer(Timer::Refresh, self.settings.sdk.refresh);
                self.refresh(cx);
            }
            _ => {}
        }
    }

    fn on_topology(&mut self, config: Arc<AccountConfig>, cx: Cx) {
        let _ = cx;
        self.config = config;
    }

    /// Asks discovery for the topology, not more often than the library does.
    fn refresh(&mut self, cx: Cx) {
        let now = cx.monotonic();
        if self.refreshed == SimTime::ZERO || now.since(self.refreshed) >= self.settings.sdk.min_refresh {
            self.refreshed = now;
            cx.send(self.directory.discovery, Msg::Discover);
        }
    }

    fn level_of(request: &Request) -> Level {
        Level::from_index(request.level)
    }

    /// Ends an operation.
    fn finish(&mut self, op: OpId, completion: Completion, cx: Cx) {
        if self.pending.remove(&op).is_some() {
            cx.cancel_timer(Timer::Attempt(op));
            cx.cancel_timer(Timer::Backoff(op));
            if self.settings.sdk.hedge.is_some() {
                cx.cancel_timer(Timer::Hedge(op));
            }
            cx.complete(op, completion);
        }
    }

    fn fail(&mut self, op: OpId, status: Status, indeterminate: bool, cx: Cx) {
        let Some(pending) = self.pending.get(&op) else { return };
        let completion = Completion {
            ok: false,
            indeterminate,
            status: Some(status),
            charge: pending.charge,
            session_reset: pending.reset,
            ..Completion::default()
        };
        self.finish(op, completion, cx);
    }

    /// Tries again after a pause.
    fn pause(&mut self, op: OpId, wait: Span, cx: Cx) {
        if let Some(pending) = self.pending.get_mut(&op) {
            pending.state = State::Waiting;
            cx.cancel_timer(Timer::Attempt(op));
            cx.set_timer(Timer::Backoff(op), wait);
        }
    }

    fn send_ask(&mut self, op: OpId, to: ActorId, target: u64, cx: Cx) {
        let Some(pending) = self.pending.get(&op) else { return };
        let request = &pending.request;
        let level = Self::level_of(request);
        let ask = Ask {
            op,
            attempt: pending.attempt,
            partition: request.partition,
            key: request.key,
            action: if target > 0 && request.action.is_write() {
                crate::model::operation::Action::Read
            } else {
                request.action.clone()
            },
            bytes: request.bytes,
            level,
            token: self.token_for(request, pending.region),
            free: request.closing || target > 0,
            target,
        };
        cx.send(to, Msg::Ask(Box::new(ask)));
    }

    fn without(&self, mutation: Mutation) -> bool {
        self.settings.without(mutation)
    }
}
