//! Small systems whose behaviour has an exact answer: they show that the engine, the measures and the studies tell the
//! truth.
//!
//! A lab runs on the same contract as every other system. [`Lab`] leaves out what small systems do not have: it deploys
//! one partition and takes no commands, and its actors write only the callbacks they need ([`Player`]). [`Small`] makes a
//! [`System`] of it.
//!
//! What a lab measures inside itself it reports with [`Ctx::change`] as
//! [`Change::Observed`](crate::engine::record::Change::Observed), which becomes the measures `observed.<what>.<statistic>`.

pub mod call;
pub mod copysets;
pub mod detector;
pub mod election;
pub mod fleet;
pub mod lease;
pub mod lossy_link;
pub mod queue;
pub mod quorum;
pub mod recovery_points;
pub mod redundancy;
pub mod resolver;
pub mod retry;
pub mod stage;

use crate::base::diagnostics::Diagnostics;
use crate::base::document::Located;
use crate::base::ids::{ActionId, ActorId, ClientId, NodeId, PartitionId, RegionId};
use crate::base::time::Span;
use crate::engine::contract::{
    AckedWrite, Actor, Ctx, Deployed, Deployment, Lsn, Moment, Steady, Storage, System, SystemInfo,
    TimerName, View, Wire,
};
use crate::engine::record::Answer;
use crate::model::fault::Role;
use crate::model::operation::{Claims, Request};
use crate::model::plan::Plan;
use crate::model::workload::Client;
use crate::system::registry::Configure;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::fmt::Debug;
use std::marker::PhantomData;

/// A small system. See [`queue`] for one.
pub trait Lab: Sized + Clone + Debug + Send + Sync + 'static {
    /// Facts about it.
    const INFO: SystemInfo;
    /// Its `[system.<name>]` table; its schema has a name of its own (`#[schemars(rename = "LabQueue")]`).
    type Config: DeserializeOwned + JsonSchema;
    /// Its resolved configuration.
    type Settings: Clone + Send + Sync;
    /// Messages between its actors.
    type Msg: Wire;
    /// Names of its actors' timers.
    type Timer: TimerName;
    /// What its actors keep on disk: [`NoDisk`] if nothing.
    type Disk: Storage;
    /// One enum: every role it deploys.
    type Actor: Player<Self>;

    /// Makes every check, adds the nodes it needs to the plan, and facts that SLA rows can ask for. Gives `None` exactly
    /// if it added to `errors`.
    fn resolve(
        config: Located<Self::Config>,
        plan: &mut Plan,
        errors: &mut Diagnostics,
    ) -> Option<Self::Settings>;

    /// Creates the actors.
    fn deploy(settings: &Self::Settings, plan: &Plan, cast: &mut Cast<'_, Self>);

    /// The longest expiry in it: a world must be quiet for this long to be settled.
    fn longest_memory(settings: &Self::Settings) -> Span {
        let _ = settings;
        Span::ZERO
    }

    /// What a read is entitled to: see [`System::claims`]. Nothing, unless it says so.
    fn claims(settings: &Self::Settings) -> Claims {
        let _ = settings;
        Claims::default()
    }

    /// The nodes that hold a role now.
    fn holders(settings: &Self::Settings, role: Role, view: &View<'_, Small<Self>>) -> Vec<NodeId> {
        let _ = (settings, role, view);
        Vec::new()
    }

    /// Whether a disk holds an acknowledged write: see [`System::holds`]. Of no interest unless writes are acknowledged
    /// with a position.
    fn holds(disk: &Self::Disk, write: &AckedWrite) -> bool {
        let _ = (disk, write);
        true
    }

    /// The settled configuration it is in now: see [`System::mode`].
    fn mode(settings: &Self::Settings, view: &View<'_, Small<Self>>) -> String {
        let _ = (settings, view);
        String::new()
    }
}

/// What an actor of a lab sees of the world.
pub type Cx<'a, L> = Ctx<'a, Small<L>>;

/// One actor of a lab. Callbacks that it does not write do nothing; a restart is a start.
pub trait Player<L: Lab>: Clone + Send {
    /// Time 0.
    fn on_start(&mut self, cx: &mut Cx<'_, L>) {
        let _ = cx;
    }
    /// A message arrived.
    fn on_message(&mut self, from: ActorId, msg: L::Msg, cx: &mut Cx<'_, L>) {
        let _ = (from, msg, cx);
    }
    /// A timer fired.
    fn on_timer(&mut self, timer: L::Timer, cx: &mut Cx<'_, L>) {
        let _ = (timer, cx);
    }
    /// Records up to this one are durable.
    fn on_durable(&mut self, upto: Lsn, cx: &mut Cx<'_, L>) {
        let _ = (upto, cx);
    }
    /// The harness invokes an operation on this client actor. Reads that close the window come too.
    fn on_invoke(&mut self, request: Request, cx: &mut Cx<'_, L>) {
        let _ = (request, cx);
    }
    /// The process started again: `self` is as deployed.
    fn on_restart(&mut self, cx: &mut Cx<'_, L>) {
        self.on_start(cx);
    }
    /// For how long it would go on as it does now: see [`Actor::steady`].
    fn steady(&self) -> Steady {
        Steady::No
    }
    /// The world jumps: see [`Actor::on_skip`].
    fn on_skip(&mut self, by: Span) {
        let _ = by;
    }
}

/// The actors of a lab, as [`Lab::deploy`] creates them.
pub struct Cast<'a, L: Lab> {
    to: &'a mut Deployment<Small<L>>,
}

impl<L: Lab> Cast<'_, L> {
    /// The id of the next actor.
    pub fn next(&self) -> ActorId {
        ActorId(self.to.actors.len() as u32)
    }

    /// Adds an actor with a blank disk that holds no partition's data.
    pub fn add(&mut self, node: NodeId, path: impl Into<String>, actor: L::Actor) -> ActorId {
        self.to.actors.push(Deployed {
            actor: Played(actor),
            node,
            path: path.into(),
            disk: L::Disk::default(),
            partition: None,
            region: None,
        })
    }

    /// Adds an actor whose disk holds the data of a region.
    pub fn add_store(
        &mut self,
        node: NodeId,
        path: impl Into<String>,
        actor: L::Actor,
        disk: L::Disk,
        region: RegionId,
    ) -> ActorId {
        self.to.actors.push(Deployed {
            actor: Played(actor),
            node,
            path: path.into(),
            disk,
            partition: Some(PartitionId(0)),
            region: Some(region),
        })
    }

    /// Adds the actor of every client of the plan.
    pub fn clients(&mut self, plan: &Plan, mut make: impl FnMut(ClientId, &Client) -> L::Actor) {
        for (id, client) in plan.clients.iter() {
            let actor = make(id, client);
            let actor = self.add(client.node, format!("{}/client:{}", L::INFO.name, id.0), actor);
            self.to.clients.push((id, actor));
        }
    }
}

/// The [`System`] of a lab.
#[derive(Clone, Copy, Debug)]
pub struct Small<L>(PhantomData<L>);

/// An actor of a lab, as the engine has it.
#[derive(Clone, Debug)]
pub struct Played<A>(pub A);

/// Nothing is kept on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoDisk;

impl Storage for NoDisk {
    type Record = ();
    fn write(&mut self, (): ()) {}
}

/// Labs take no commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum NoCommand {}

impl JsonSchema for NoCommand {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "NoCommand".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::from(false)
    }
}

impl<L: Lab> System for Small<L> {
    const INFO: SystemInfo = L::INFO;
    type Deployed = L::Settings;
    type Msg = L::Msg;
    type Timer = L::Timer;
    type Disk = L::Disk;
    type Command = NoCommand;
    type Actor = Played<L::Actor>;

    fn deploy(settings: &L::Settings, plan: &Plan, to: &mut Deployment<Self>) {
        L::deploy(settings, plan, &mut Cast { to });
    }

    fn longest_memory(settings: &L::Settings) -> Span {
        L::longest_memory(settings)
    }

    fn groups(_: &L::Settings, _: &Plan) -> Vec<Vec<PartitionId>> {
        vec![vec![PartitionId(0)]]
    }

    fn claims(settings: &L::Settings, _: u8, _: bool, write: bool) -> Claims {
        if write { Claims::default() } else { L::claims(settings) }
    }

    fn holders(settings: &L::Settings, role: Role, view: &View<'_, Self>) -> Vec<NodeId> {
        L::holders(settings, role, view)
    }

    fn mode(settings: &L::Settings, view: &View<'_, Self>) -> String {
        L::mode(settings, view)
    }

    fn holds(disk: &L::Disk, write: &AckedWrite) -> bool {
        L::holds(disk, write)
    }
}

impl<L: Lab> Actor<Small<L>> for Played<L::Actor> {
    fn on_start(&mut self, cx: &mut Cx<'_, L>) {
        self.0.on_start(cx);
    }
    fn on_message(&mut self, from: ActorId, msg: L::Msg, cx: &mut Cx<'_, L>) {
        self.0.on_message(from, msg, cx);
    }
    fn on_timer(&mut self, timer: L::Timer, cx: &mut Cx<'_, L>) {
        self.0.on_timer(timer, cx);
    }
    fn on_durable(&mut self, upto: Lsn, cx: &mut Cx<'_, L>) {
        self.0.on_durable(upto, cx);
    }
    fn on_invoke(&mut self, request: Request, cx: &mut Cx<'_, L>) {
        self.0.on_invoke(request, cx);
    }
    fn on_admin(&mut self, id: ActionId, _: NoCommand, cx: &mut Cx<'_, L>) {
        cx.answer(id, Answer::Refused("a lab takes no commands".to_owned()));
    }
    fn on_restart(&mut self, cx: &mut Cx<'_, L>) {
        self.0.on_restart(cx);
    }

    fn steady(&self, _: &Moment<'_, Small<L>>) -> Steady {
        self.0.steady()
    }

    fn on_skip(&mut self, by: Span) {
        self.0.on_skip(by);
    }
}

impl<L: Lab> Configure for Small<L> {
    type Config = Located<L::Config>;
    type CommandText = NoCommand;

    fn resolve(
        config: Self::Config,
        _: Vec<NoCommand>,
        plan: &mut Plan,
        errors: &mut Diagnostics,
    ) -> Option<(L::Settings, Vec<NoCommand>)> {
        plan.partitions = 1;
        let settings = L::resolve(config, plan, errors)?;
        Some((settings, Vec::new()))
    }
}
