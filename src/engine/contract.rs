//! The contract between the engine and a modelled system.
//!
//! A system is a set of actors on nodes and the messages between them. Actors are deterministic state machines: they
//! read their [`Ctx`] and emit effects. They do no IO, see only their own clock and hold plain data.

use crate::base::ids::{ActionId, ActorId, ClientId, IdVec, NodeId, PartitionId, RegionId};
use crate::base::rng::Stream;
use crate::base::time::{SimTime, Span};
use crate::engine::record::{Answer, Change, Completion, FaultSite, Purpose, Record, WindowEnd};
use crate::model::fault::{Fault, Role};
use crate::model::operation::{Claims, OpId, Position, Request, WriteId};
use crate::model::plan::Plan;
use std::fmt::Debug;

pub use crate::engine::ctx::Ctx;
pub use crate::engine::jump::{Moment, Steady};

/// Facts about a kind of system.
#[derive(Clone, Copy, Debug)]
pub struct SystemInfo {
    /// The key of its table: `cosmos-db`.
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    /// Where its behaviour is published.
    pub sources: &'static [&'static str],
    /// Names of the consistency levels an operation can be made at; [`Request::level`] indexes it. A system that takes no
    /// operations has none.
    pub levels: &'static [&'static str],
    /// Guarantees it can claim, for `geodes list systems`.
    pub guarantees: &'static [&'static str],
}

/// A modelled system. Its worlds are `Clone` if it is.
pub trait System: Sized + Send + Sync + 'static {
    /// Facts about it.
    const INFO: SystemInfo;
    /// Whether every write is on the disk of its lineage's survivor when it is acknowledged. Then one that is not, and is
    /// acknowledged all the same, was acknowledged by somebody whom a newer lineage has left behind, wherever that is.
    const ACKNOWLEDGES_WHAT_SURVIVOR_HOLDS: bool = false;
    /// Its resolved configuration (made from the `[system.<name>]` table by the registry entry).
    type Deployed: Clone + Send + Sync;
    /// Messages between its actors.
    type Msg: Wire;
    /// Names of an actor's timers; setting one again moves it.
    type Timer: TimerName;
    /// One disk: what is durable.
    type Disk: Storage;
    /// What an operator can ask.
    type Command: Clone + Debug + Send + Sync;
    /// One enum: every role this system deploys.
    type Actor: Actor<Self>;

    /// Creates the actors. Called once per world; must give the same actors each time.
    fn deploy(deployed: &Self::Deployed, plan: &Plan, to: &mut Deployment<Self>);

    /// The longest TTL, lease or expiry of the deployment: a world must be quiet for this long to be settled.
    fn longest_memory(deployed: &Self::Deployed) -> Span;

    /// An operation that has been open for longer than this, or a link with more than this queued, means that a world has not
    /// settled. A system whose operations move much data needs more than the usual second.
    fn patience(deployed: &Self::Deployed) -> Span {
        let _ = deployed;
        crate::engine::settle::PATIENCE
    }

    /// Groups of partitions that may run as separate worlds, or a single group with all of them.
    fn groups(deployed: &Self::Deployed, plan: &Plan) -> Vec<Vec<PartitionId>>;

    /// What an operation at `level` is entitled to when a write region (or another) served it.
    fn claims(deployed: &Self::Deployed, level: u8, served_by_writer: bool, write: bool) -> Claims;

    /// The nodes that hold a role now, from the actors' state.
    fn holders(deployed: &Self::Deployed, role: Role, view: &View<'_, Self>) -> Vec<NodeId>;

    /// Whether a disk that was deployed for a partition holds a replica of it now: that of a spare does not.
    fn is_replica(disk: &Self::Disk) -> bool {
        let _ = disk;
        true
    }

    /// The settled configuration that the system is in now, where it has several (which region writes, which are present):
    /// a window that starts in that [mode](Plan::mode) starts as this one ended. Empty: as the scenario deploys it.
    fn mode(deployed: &Self::Deployed, view: &View<'_, Self>) -> String {
        let _ = (deployed, view);
        String::new()
    }

    /// Whether durable state holds an acknowledged write, or one ordered after it in the same lineage.
    fn holds(disk: &Self::Disk, write: &AckedWrite) -> bool;

    /// Whether durable state will hold it whatever the system decides: not so where it may go back to an earlier state on
    /// purpose (an older recovery point). Until then the harness remembers the write.
    fn keeps(disk: &Self::Disk, write: &AckedWrite) -> bool {
        Self::holds(disk, write)
    }
}

/// An acknowledged write, as the harness remembers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AckedWrite {
    /// The write.
    pub write: WriteId,
    /// Its key.
    pub key: crate::model::operation::Key,
    /// Its partition.
    pub partition: PartitionId,
    /// Where its acknowledgement placed it.
    pub position: Position,
    /// When it was acknowledged.
    pub acknowledged: SimTime,
    /// Document size.
    pub bytes: u32,
}

/// One actor.
pub trait Actor<S: System>: Clone + Send {
    /// Time 0, on every actor in order of id.
    fn on_start(&mut self, cx: &mut Ctx<'_, S>);
    /// A message arrived.
    fn on_message(&mut self, from: ActorId, msg: S::Msg, cx: &mut Ctx<'_, S>);
    /// A timer fired.
    fn on_timer(&mut self, timer: S::Timer, cx: &mut Ctx<'_, S>);
    /// Records up to this one are durable (they are in `cx.disk()` now).
    fn on_durable(&mut self, upto: Lsn, cx: &mut Ctx<'_, S>);
    /// The harness invokes an operation on a client actor, which must [`Ctx::complete`] it.
    fn on_invoke(&mut self, request: Request, cx: &mut Ctx<'_, S>);
    /// An operator's command reached the administration actor, which must [`Ctx::answer`] it.
    fn on_admin(&mut self, id: ActionId, command: S::Command, cx: &mut Ctx<'_, S>);
    /// The process started again: `self` is as deployed, only `cx.disk()` remains of the past.
    fn on_restart(&mut self, cx: &mut Ctx<'_, S>);

    /// For how long it would go on as it does now: a world jumps only while all its actors that run are steady. One that
    /// says nothing never is.
    fn steady(&self, moment: &Moment<'_, S>) -> Steady {
        let _ = moment;
        Steady::No
    }

    /// Whether something is still under way here that no operation waits for, such as copies of what was acknowledged: once
    /// the load has stopped, everything is read back when no running actor says so, or at the window's cap. One that says
    /// nothing never holds up the reading.
    fn unfinished(&self, disk: &S::Disk) -> bool {
        let _ = disk;
        false
    }

    /// The world jumps by `by`, no longer than [`Actor::steady`] said: what grows with time at present rates moves on. The
    /// actor's clocks do not move; its timers that are not routine come earlier by as much.
    fn on_skip(&mut self, by: Span) {
        let _ = by;
    }
}

/// What goes over the wire.
pub trait Wire: Clone + Debug + Send + Sync {
    /// Size in bytes.
    fn bytes(&self) -> u64;
    /// Short stable name; part of the digest.
    fn label(&self) -> &'static str;
    /// What it is for.
    fn purpose(&self) -> Purpose;
}

/// The name of a timer.
pub trait TimerName: Copy + Ord + Debug + Send + Sync {
    /// Whether a pending timer of this name delays settling.
    fn class(self) -> TimerClass;
    /// Short stable name; part of the digest.
    fn label(self) -> &'static str;
}

/// Whether a timer delays settling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerClass {
    /// Heartbeat, probe, TTL refresh, idle election: never delays settling.
    Routine,
    /// Rebuild wait, failover decision, retry, catch-up: delays settling. A jump ends before it, and brings it earlier.
    Work,
    /// Backups, rotations, planned walks: what recurs at long intervals. Never delays settling; a jump ends before it, and
    /// brings it earlier.
    Calendar,
}

/// Durable state of one actor.
pub trait Storage: Clone + Default + Debug + Send + Sync {
    /// What is written.
    type Record: Clone + Debug + Send + Sync;
    /// Applies a record that has just become durable.
    fn write(&mut self, record: Self::Record);
}

/// Number of a record handed to an actor's disk, counting from 1; keeps counting over restarts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lsn(pub u64);

/// Who to create, filled in by [`System::deploy`].
pub struct Deployment<S: System> {
    /// All actors in order of id.
    pub actors: IdVec<ActorId, Deployed<S>>,
    /// The client actor of each client of the plan that belongs to this world.
    pub clients: Vec<(ClientId, ActorId)>,
    /// Who takes operators' commands.
    pub admin: Option<ActorId>,
    /// The partitions this world is about (all, unless [`System::groups`] returned several groups).
    pub partitions: Vec<PartitionId>,
    /// Commands of the plan's actions, in order.
    pub commands: Vec<S::Command>,
    /// Index into [`SystemInfo::levels`]: the level of operations whose workload names no other.
    pub level: u8,
}

impl<S: System> Deployment<S> {
    /// A deployment of these partitions with no actors yet, as [`System::deploy`] gets it.
    pub fn new(partitions: Vec<PartitionId>, commands: Vec<S::Command>) -> Self {
        Deployment { actors: IdVec::new(), clients: Vec::new(), admin: None, partitions, commands, level: 0 }
    }
}

/// One actor as deployed.
#[derive(Clone)]
pub struct Deployed<S: System> {
    /// Its state when blank.
    pub actor: S::Actor,
    /// Where it runs.
    pub node: NodeId,
    /// Stable path, unique in the plan: `cosmos-db/partition:0/region:West US/replica:2`.
    pub path: String,
    /// What its disk holds at the start.
    pub disk: S::Disk,
    /// The partition whose data its disk holds, if any.
    pub partition: Option<PartitionId>,
    /// The region whose data its disk counts for; `None` for global stores (a backup vault).
    pub region: Option<RegionId>,
}

/// A read-only look at a world, for binding roles.
pub struct View<'a, S: System> {
    /// Actors and their nodes.
    pub actors: &'a IdVec<ActorId, ActorView<'a, S>>,
}

/// One actor in a [`View`].
pub struct ActorView<'a, S: System> {
    /// Its state.
    pub actor: &'a S::Actor,
    /// Its disk.
    pub disk: &'a S::Disk,
    /// Its node.
    pub node: NodeId,
    /// Whether it is up.
    pub up: bool,
}

/// Watches one world. Watching changes nothing: digests are the same with any observers.
pub trait Observer: Send + std::any::Any {
    /// Takes a batch of records, in order.
    fn on_records(&mut self, records: &[Record]);
    /// Adds what `other`, which watched the next group of partitions of the same window, has seen.
    fn merge(&mut self, other: Box<dyn Observer>);
}

/// What one window is: everything but the plan.
#[derive(Clone, Copy, Debug, Default)]
pub struct WindowSpec {
    /// The seed (scenario seed, or scenario seed + i for `--seeds`).
    pub seed: u64,
    /// The window's key within a study; 0 for a scripted scenario.
    pub key: u64,
    /// Order events at equal times by a hash of this seed instead of by sequence.
    pub shuffle_ties: Option<u64>,
    /// Run all partitions in one world even if they could be split.
    pub single_world: bool,
    /// Record the fingerprint every so many events, and label the events of one stretch: see `engine/trail.rs`.
    pub trail: Option<crate::engine::trail::TrailSpec>,
}

/// A registry entry after its configuration has been resolved: runs windows.
pub trait Runnable: Send + Sync {
    /// Runs one window. `observe` makes an observer per world; those of later groups are merged into the first.
    fn run(
        &self,
        plan: &Plan,
        spec: WindowSpec,
        observe: &(dyn Fn() -> Box<dyn Observer> + Sync),
    ) -> WindowResult;

    /// What each fault would strike if it began at the start of a window of this plan, in the plan's mode. Nothing
    /// known, unless the system runs on the engine.
    fn sites(&self, plan: &Plan, faults: &[Fault]) -> Vec<FaultSite> {
        let _ = plan;
        let unbound = || FaultSite { class: "unbound".to_owned(), ..FaultSite::default() };
        faults.iter().map(|_| unbound()).collect()
    }
}

/// The result of one window.
pub struct WindowResult {
    /// The merged observer.
    pub observer: Box<dyn Observer>,
    /// How it ended; events are summed and digests folded over worlds in group order.
    pub end: WindowEnd,
    /// The trail asked for by [`WindowSpec::trail`], world by world.
    pub trails: Vec<crate::engine::trail::Trail>,
}

/// What an actor's callback asked for, in order. The world carries it out when the callback returns.
#[derive(Clone, Debug)]
pub enum Effect<S: System> {
    /// Send a message.
    Send(ActorId, S::Msg),
    /// Set or move a timer to fire after a span of the actor's own clock.
    SetTimer(S::Timer, Span),
    /// Cancel a timer.
    CancelTimer(S::Timer),
    /// Hand a record to the disk.
    Persist(<S::Disk as Storage>::Record),
    /// Complete an operation.
    Complete(OpId, Box<Completion>),
    /// One more try was made for an operation (`true`: the previous one was answered 429).
    Attempt(OpId, bool),
    /// Report a change.
    Change(Change),
    /// Answer a command.
    Answer(ActionId, Answer),
    /// The actor is, or is no longer, busy with work that must finish before the world counts as settled.
    Busy(bool),
}

/// Random substreams of one actor, by purpose.
#[derive(Clone, Debug, Default)]
pub struct Streams {
    pub(crate) by_purpose: Vec<(&'static str, Stream)>,
}
