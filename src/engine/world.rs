//! One world: actors on nodes, their messages, disks and clocks, the workload, and the faults that befall them.
//!
//! A world is plain data: it can be cloned and run on, and two worlds made from the same plan and seed do the same.

mod close;
mod dispatch;
mod effects;
mod fault;
mod hand;
mod harness;
mod jump;

use crate::base::digest::{Digest, text_hash};
use crate::base::ids::{ActorId, ClientId, FaultId, Id, IdVec, NodeId, PartitionId, RegionId};
use crate::base::rng::Seed;
use crate::base::time::{SimTime, Span};
use crate::engine::clocks::Clocks;
use crate::engine::contract::{Deployed, Deployment, Effect, Lsn, Observer, Streams, System, WindowSpec};
use crate::engine::disk::Disk;
use crate::engine::driver::Driver;
use crate::engine::faults::health::Health;
use crate::engine::faults::{Edge, FaultBook};
use crate::engine::jump::{Jumps, Leap, Probe};
use crate::engine::labels::Labels;
use crate::engine::ledger::Ledger;
use crate::engine::network::Network;
use crate::engine::pool::Pool;
use crate::engine::queue::{Event, EventKind, EventQueue};
use crate::engine::record::{EndReason, Record, WindowEnd};
use crate::engine::settle::{CHECK_EVERY, Settling};
use crate::engine::timers::Timers;
use crate::engine::trail::Trail;
use crate::model::operation::{OpId, Operation};
use crate::model::plan::Plan;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Records are handed to the observer in batches of this many.
const BATCH: usize = 256;

/// One actor and what is the engine's about it.
#[derive(Clone)]
pub(crate) struct Slot<S: System> {
    pub actor: S::Actor,
    pub blank: S::Actor,
    pub node: NodeId,
    pub path: Arc<str>,
    pub path_hash: u64,
    pub disk: Disk<S::Disk>,
    pub lsn: Lsn,
    pub timers: Timers<S::Timer>,
    pub streams: Streams,
    pub busy: bool,
    pub deferred: Vec<Event>,
    pub partition: Option<PartitionId>,
    pub region: Option<RegionId>,
}

/// How far the end of the window has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The workload runs.
    Running,
    /// Arrivals have stopped; open operations end.
    Draining(EndReason),
    /// Everything is read back; so many readers are at it.
    Reading(EndReason, usize),
    /// Over.
    Done(EndReason),
}

/// One world of a window.
#[derive(Clone)]
pub struct World<S: System> {
    pub(crate) plan: Arc<Plan>,
    pub(crate) deployed: Arc<S::Deployed>,
    pub(crate) spec: WindowSpec,
    pub(crate) seed: Seed,
    pub(crate) now: SimTime,
    pub(crate) stamp: u64,
    pub(crate) events: u64,
    pub(crate) digest: Digest,
    pub(crate) queue: EventQueue,
    pub(crate) pool: Pool<(ActorId, S::Msg)>,
    pub(crate) labels: Labels,
    pub(crate) actors: IdVec<ActorId, Slot<S>>,
    /// By partition: the actors whose disks may hold its data, in order.
    pub(crate) stores: BTreeMap<PartitionId, Vec<ActorId>>,
    pub(crate) on_node: IdVec<NodeId, Vec<ActorId>>,
    pub(crate) health: IdVec<NodeId, Health>,
    pub(crate) clocks: Clocks,
    pub(crate) network: Network,
    pub(crate) book: FaultBook,
    pub(crate) edges: BTreeSet<(SimTime, FaultId, Edge)>,
    pub(crate) driver: Driver,
    pub(crate) ledger: Ledger,
    /// Where each partition's lineage was last cut: the region that goes on, and the replica it went on from.
    pub(crate) lineages: BTreeMap<PartitionId, (RegionId, ActorId)>,
    pub(crate) with_data: BTreeSet<(PartitionId, RegionId)>,
    pub(crate) settling: Settling,
    pub(crate) next_check: SimTime,
    pub(crate) admin: Option<ActorId>,
    pub(crate) commands: Vec<S::Command>,
    pub(crate) actions_left: usize,
    pub(crate) work_timers: u64,
    pub(crate) busy_actors: u32,
    pub(crate) effects: Vec<Effect<S>>,
    pub(crate) records: Vec<Record>,
    pub(crate) stage: Stage,
    /// Why the stage could end, as of the last check.
    pub(crate) ripe: Option<EndReason>,
    /// Stages end when all worlds of the window are ready for it.
    pub(crate) held: bool,
    /// Watches for a stretch that can be jumped over; `None` if the plan says not to.
    pub(crate) probe: Option<Box<Probe>>,
    /// Whether the world could jump, as of the last check.
    pub(crate) leap: Option<Leap>,
    pub(crate) jumps: Jumps,
    pub(crate) by_hand: BTreeMap<OpId, Operation>,
    pub(crate) partitions: Vec<PartitionId>,
    pub(crate) trail: Trail,
}

impl<S: System> World<S> {
    /// A world of these partitions at time 0; nothing has happened yet.
    pub fn new(
        deployed: Arc<S::Deployed>,
        plan: Arc<Plan>,
        commands: Vec<S::Command>,
        spec: WindowSpec,
        partitions: Vec<PartitionId>,
    ) -> Self {
        let seed = Seed { scenario: spec.seed, window: spec.key };
        let mut deployment = Deployment::new(partitions.clone(), commands);
        S::deploy(&deployed, &plan, &mut deployment);
        let Deployment { actors, clients, admin, commands, level, .. } = deployment;
        let mut on_node: IdVec<NodeId, Vec<ActorId>> =
            plan.topology.nodes.ids().map(|_| Vec::new()).collect();
        actors.iter().for_each(|(id, a)| on_node[a.node].push(id));
        let of_clients = actors_of(&clients);
        let mut stores = BTreeMap::new();
        for partition in &partitions {
            stores.insert(*partition, stores_of(*partition, &actors, &of_clients));
        }
        let shared = shared_senders::<S>(&deployed, &plan, &actors, &clients);
        let network = Network::new(&plan.topology, &plan.network, shared, seed);
        let driver = Driver::new(&plan, seed, &partitions, &clients, level, S::INFO.levels);
        let slots = actors.iter().map(|(_, a)| Slot::new(a, seed)).collect();
        let mut world = World {
            spec,
            seed,
            now: SimTime::ZERO,
            stamp: 0,
            events: 0,
            digest: Digest::EMPTY,
            queue: EventQueue::new(spec.shuffle_ties),
            pool: Pool::new(),
            labels: Labels::new(),
            actors: slots,
            stores,
            on_node,
            health: plan.topology.nodes.ids().map(|_| Health::default()).collect(),
            clocks: Clocks::new(plan.topology.nodes.len()),
            network,
            book: FaultBook::new(&plan.faults),
            edges: BTreeSet::new(),
            driver,
            ledger: Ledger::default(),
            lineages: BTreeMap::new(),
            with_data: BTreeSet::new(),
            settling: Settling::new(S::longest_memory(&deployed)),
            next_check: SimTime::ZERO + CHECK_EVERY,
            admin,
            actions_left: commands.len().min(plan.actions.len()),
            commands,
            work_timers: 0,
            busy_actors: 0,
            effects: Vec::new(),
            records: Vec::new(),
            stage: Stage::Running,
            ripe: None,
            held: false,
            probe: plan.jump.then(|| {
                Box::new(Probe::new(
                    plan.topology.regions.len(),
                    plan.partitions as usize,
                    longest_timeout(&plan),
                ))
            }),
            leap: None,
            jumps: Jumps::default(),
            by_hand: BTreeMap::new(),
            partitions,
            trail: Trail::default(),
            deployed,
            plan,
        };
        world.schedule();
        world
    }

    /// Puts faults, actions and first arrivals on the calendar, then starts every actor.
    fn schedule(&mut self) {
        let plan = self.plan.clone();
        for (id, fault) in plan.faults.iter() {
            self.schedule_fault(id, fault);
        }
        for (id, action) in plan.actions.iter().take(self.commands.len()) {
            self.queue.push(action.at, EventKind::Admin, 0, id.0, 0);
        }
        for id in self.actors.ids() {
            self.start(id);
        }
        for (client, at) in self.driver.first_arrivals() {
            self.queue.push(at, EventKind::Arrival, client as u32, 0, 0);
        }
    }

    /// Runs to the end of the window.
    pub fn run(&mut self, observer: &mut dyn Observer) -> WindowEnd {
        while !matches!(self.stage, Stage::Done(_)) {
            self.step(SimTime::MAX);
            if self.records.len() >= BATCH {
                self.flush(observer);
            }
        }
        self.conclude(observer)
    }

    /// Hands over the last records of a window that is over.
    pub(crate) fn conclude(&mut self, observer: &mut dyn Observer) -> WindowEnd {
        let end = self.finish();
        self.flush(observer);
        end
    }

    /// Hands the records so far to the observer.
    pub fn flush(&mut self, observer: &mut dyn Observer) {
        if !self.records.is_empty() {
            observer.on_records(&self.records);
            self.records.clear();
        }
    }

    /// Takes the records so far.
    pub fn take_records(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.records)
    }

    /// True time.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// Events dispatched so far.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Fingerprint so far.
    pub fn digest(&self) -> u64 {
        self.digest.value()
    }

    /// An actor's state.
    pub fn actor(&self, id: ActorId) -> &S::Actor {
        &self.actors[id].actor
    }

    /// An actor's durable state.
    pub fn disk(&self, id: ActorId) -> &S::Disk {
        &self.actors[id].disk.data
    }

    /// An actor's path.
    pub fn path(&self, id: ActorId) -> &str {
        &self.actors[id].path
    }

    /// The node an actor runs on.
    pub fn node(&self, id: ActorId) -> NodeId {
        self.actors[id].node
    }

    /// All actors, in order.
    pub fn actor_ids(&self) -> impl Iterator<Item = ActorId> + use<S> {
        self.actors.ids()
    }

    /// Whether an actor's node is up.
    pub fn is_up(&self, id: ActorId) -> bool {
        self.health[self.actors[id].node].up()
    }

    /// The trail recorded so far.
    pub fn trail(&self) -> &Trail {
        &self.trail
    }

    fn finish(&mut self) -> WindowEnd {
        let Stage::Done(reason) = self.stage else {
            return self.end_record(EndReason::Cap);
        };
        let traffic: Vec<Record> = self.network.traffic().collect();
        self.records.extend(traffic);
        let mut skipped: BTreeMap<RegionId, u64> = BTreeMap::new();
        for client in &self.driver.clients {
            *skipped.entry(client.region).or_default() += client.skipped;
        }
        let down = skipped.into_iter().filter(|(_, n)| *n > 0);
        self.records.extend(down.map(|(region, skipped)| Record::ClientDown { region, skipped }));
        let end = self.end_record(reason);
        self.records.push(Record::End(end.clone()));
        end
    }

    fn end_record(&self, reason: EndReason) -> WindowEnd {
        WindowEnd {
            at: self.jumps.now(self.now),
            reason,
            events: self.events,
            digest: self.digest.value(),
            open_operations: self.driver.open.len() as u64,
            mode: self.mode(),
        }
    }
}

/// The longest that an operation of any workload can be open.
fn longest_timeout(plan: &Plan) -> Span {
    plan.workloads.iter().map(|(_, w)| w.timeout).max().unwrap_or_default()
}

/// The actors of clients.
fn actors_of(clients: &[(ClientId, ActorId)]) -> BTreeSet<ActorId> {
    clients.iter().map(|(_, actor)| *actor).collect()
}

/// A partition's replicas, and the stores that belong to no partition and no region. Clients store nothing.
fn stores_of<S: System>(
    partition: PartitionId,
    actors: &IdVec<ActorId, Deployed<S>>,
    clients: &BTreeSet<ActorId>,
) -> Vec<ActorId> {
    let may_hold =
        |a: &Deployed<S>| a.partition == Some(partition) || (a.partition.is_none() && a.region.is_none());
    let stores = actors.iter().filter(|(id, a)| may_hold(a) && !clients.contains(id));
    stores.map(|(id, _)| id).collect()
}

/// By actor: whether it sends to several partitions that may run apart. Clients use one partition then.
fn shared_senders<S: System>(
    deployed: &S::Deployed,
    plan: &Plan,
    actors: &IdVec<ActorId, Deployed<S>>,
    clients: &[(ClientId, ActorId)],
) -> Vec<bool> {
    let apart = S::groups(deployed, plan).len() > 1;
    let mut shared: Vec<bool> = actors.iter().map(|(_, a)| apart && a.partition.is_none()).collect();
    clients.iter().for_each(|(_, actor)| shared[actor.index()] = false);
    shared
}

impl<S: System> Slot<S> {
    fn new(a: &Deployed<S>, seed: Seed) -> Self {
        let path_hash = text_hash(&a.path);
        Slot {
            actor: a.actor.clone(),
            blank: a.actor.clone(),
            node: a.node,
            path: a.path.as_str().into(),
            path_hash,
            disk: Disk::new(a.disk.clone(), seed.stream(path_hash, "disk")),
            lsn: Lsn(0),
            timers: Timers::new(),
            streams: Streams::default(),
            busy: false,
            deferred: Vec::new(),
            partition: a.partition,
            region: a.region,
        }
    }
}
