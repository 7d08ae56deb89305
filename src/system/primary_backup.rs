//! `primary-backup`: each partition has one primary, and backups over zones and regions that take its log (GEN-3).
//!
//! Clients write to the primary, which acknowledges by its *mode*: *synchronous*, once every backup in the in-sync set has a
//! write on disk; *semi-synchronous*, once some have, falling back to asynchronous after a while if it is told to;
//! *asynchronous*, once it has it itself. A *coordinator*, one arbiter or a majority of several nodes, keeps for each
//! partition the epoch, the primary and the in-sync set, as a register that is changed by compare-and-swap
//! ([`algorithm::register`](crate::algorithm::register)); it hears the primary's beats, and lets another take over only
//! when they stop. Every primary has an epoch of its own, and whoever knows of a newer one refuses the older. With
//! `fencing = "lease"` the primary moreover does nothing without a lease of a majority of the coordinator's nodes, so that
//! there never are two; with epochs alone, one that is cut off goes on for the clients that still reach it.
//!
//! Takeover is automatic, or decided by a person, or ordered. A new primary asks the others how far they are, takes what it
//! lacks from the one that is furthest (in synchronous mode it is in sync, and lacks nothing), and begins its epoch with
//! an entry of its own; nothing is served before that is acknowledged. Replicas that return cut off what the new log does not
//! have, keep it aside and report it, and are sent what they lack, or an image where the log no longer reaches back.
//!
//! What is promised, by mode and fencing, and how long it takes to go on, is derived in `docs/primary-backup.md`.
//!
//! [`log_shipping`](crate::system::log_shipping) is the same with a lag between writing and shipping.

pub mod client;
pub mod command;
pub mod config;
pub mod configuration;
mod deploy;
pub mod disk;
pub mod message;
mod mode;
pub mod mutation;
pub mod operator;
pub mod replica;
mod resolve;
pub mod settings;
pub mod timer;
pub mod witness;

use crate::algorithm::log::Term;
use crate::base::ids::{ActionId, ActorId, NodeId, PartitionId};
use crate::base::time::Span;
use crate::engine::contract::{
    self, AckedWrite, Ctx, Deployment, Lsn, Moment, Steady, System, SystemInfo, View,
};
use crate::model::fault::Role;
use crate::model::operation::{Claims, Position, Request};
use crate::model::plan::Plan;
use command::Command;
pub(in crate::system) use deploy::deploy;
use disk::Disk;
use message::Msg;
pub(in crate::system) use mode::of as mode_of;
pub use mutation::Mutation;
pub(in crate::system) use resolve::{Core, Tuning};
pub use settings::Settings;
use timer::Timer;

/// The level of reads that the primary answers.
pub const PRIMARY: u8 = 0;
/// The level of reads that any replica answers.
pub const BACKUP: u8 = 1;
/// Names of the levels.
pub const LEVELS: &[&str] = &["primary", "any"];
/// What deployments can claim.
pub const GUARANTEES: &[&str] = &[
    "linearizable",
    "read-your-writes",
    "monotonic-reads",
    "monotonic-writes",
    "writes-follow-reads",
    "consistent-prefix",
    "atomic-batches",
    "convergence",
    "durability",
    "no-loss",
];

/// A system that is made of these parts: its own table, the same actors.
pub trait Kin:
    System<Deployed = Settings, Msg = Msg, Timer = Timer, Disk = Disk, Command = Command, Actor = Actor>
{
}

type Cx<'a, 'b, S> = &'a mut Ctx<'b, S>;

/// The system.
#[derive(Clone, Copy, Debug)]
pub struct PrimaryBackup;

impl Kin for PrimaryBackup {}

/// Every role of a deployment.
#[derive(Clone, Debug)]
pub enum Actor {
    /// A replica.
    Replica(Box<replica::Replica>),
    /// A node of the coordinator.
    Witness(Box<witness::Witness>),
    /// Where operators' orders come from.
    Operator(Box<operator::Operator>),
    /// A client process.
    Client(Box<client::Client>),
}

fn position(term: Term, index: u64) -> Position {
    Position { stream: 0, term: term.0, index }
}

impl System for PrimaryBackup {
    const INFO: SystemInfo = SystemInfo {
        name: "primary-backup",
        summary: "a primary and backups: synchronous, semi-synchronous or asynchronous, failover by a coordinator or a person",
        sources: &[
            "N. Budhiraja and others, The primary-backup approach (1993)",
            "W. Lin and others, PacificA: replication in log-based distributed storage systems (MSR-TR-2008-25)",
            "MySQL 8.4 Reference Manual, section 19.4.10: semisynchronous replication",
        ],
        levels: LEVELS,
        guarantees: GUARANTEES,
    };
    const ACKNOWLEDGES_WHAT_SURVIVOR_HOLDS: bool = true;
    type Deployed = Settings;
    type Msg = Msg;
    type Timer = Timer;
    type Disk = Disk;
    type Command = Command;
    type Actor = Actor;

    fn deploy(settings: &Settings, plan: &Plan, to: &mut Deployment<Self>) {
        deploy(settings, plan, to);
    }

    fn longest_memory(settings: &Settings) -> Span {
        settings.longest_memory()
    }

    /// Everything runs in one world: partitions share the coordinator and the operator.
    fn groups(settings: &Settings, _: &Plan) -> Vec<Vec<PartitionId>> {
        settings.one_group()
    }

    fn claims(settings: &Settings, _: u8, from_primary: bool, write: bool) -> Claims {
        if write { Claims::default() } else { settings.claims(from_primary) }
    }

    fn holders(_: &Settings, role: Role, view: &View<'_, Self>) -> Vec<NodeId> {
        primaries(role, view)
    }

    fn mode(settings: &Settings, view: &View<'_, Self>) -> String {
        mode_of(settings, view)
    }

    fn is_replica(disk: &Disk) -> bool {
        disk.member
    }

    fn holds(disk: &Disk, write: &AckedWrite) -> bool {
        disk.holds(write)
    }
}

/// The nodes of the primaries.
pub(in crate::system) fn primaries<S: Kin>(role: Role, view: &View<'_, S>) -> Vec<NodeId> {
    let primaries = view.actors.iter().filter_map(|(_, a)| match a.actor {
        Actor::Replica(r) if a.up && r.is_primary() => Some((r.partition(), a.node)),
        _ => None,
    });
    let wanted = |partition: PartitionId| match role {
        Role::Leader(p) => p == partition,
        Role::Write => true,
    };
    primaries.filter(|(partition, _)| wanted(*partition)).map(|(_, node)| node).collect()
}

impl<S: Kin> contract::Actor<S> for Actor {
    fn on_start(&mut self, cx: Cx<S>) {
        match self {
            Actor::Replica(a) => a.on_start(cx),
            Actor::Witness(a) => a.on_start(cx),
            Actor::Operator(_) | Actor::Client(_) => {}
        }
    }

    fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx<S>) {
        match (self, msg) {
            (Actor::Replica(a), msg) => a.on_message(from, msg, cx),
            (Actor::Witness(a), Msg::Register(partition, ask)) => a.on_register(from, partition, ask, cx),
            (Actor::Witness(a), Msg::Renew(partition, known, at)) => {
                a.on_renew(from, partition, known, at, cx);
            }
            (Actor::Client(a), Msg::Reply(reply)) => a.on_reply(from, *reply, cx),
            (Actor::Operator(a), Msg::Ordered(id, partition, why)) => a.on_ordered(id, partition, why, cx),
            (Actor::Operator(a), Msg::Alarm(partition)) => a.on_alarm(partition, cx),
            _ => {}
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: Cx<S>) {
        match (self, timer) {
            (Actor::Replica(a), timer) => a.on_timer(timer, cx),
            (Actor::Client(a), timer) => a.on_timer(timer, cx),
            (Actor::Operator(a), Timer::Order(id, partition)) => a.order(id, partition, cx),
            (Actor::Operator(a), Timer::Decide) => a.decide(cx),
            _ => {}
        }
    }

    fn on_durable(&mut self, upto: Lsn, cx: Cx<S>) {
        match self {
            Actor::Replica(a) => a.on_durable(upto, cx),
            Actor::Witness(a) => a.on_durable(upto, cx),
            Actor::Operator(_) | Actor::Client(_) => {}
        }
    }

    fn on_invoke(&mut self, request: Request, cx: Cx<S>) {
        if let Actor::Client(a) = self {
            a.on_invoke(request, cx);
        }
    }

    fn on_admin(&mut self, id: ActionId, command: Command, cx: Cx<S>) {
        if let Actor::Operator(a) = self {
            a.on_admin(id, command, cx);
        }
    }

    fn on_restart(&mut self, cx: Cx<S>) {
        match self {
            Actor::Replica(a) => a.on_restart(cx),
            Actor::Witness(a) => a.on_start(cx),
            Actor::Operator(_) | Actor::Client(_) => {}
        }
    }

    fn steady(&self, moment: &Moment<'_, S>) -> Steady {
        match self {
            Actor::Replica(a) => a.steady(moment.monotonic),
            Actor::Operator(a) => Steady::when(a.idle()),
            Actor::Witness(_) | Actor::Client(_) => Steady::Forever,
        }
    }

    fn on_skip(&mut self, by: Span) {
        if let Actor::Replica(a) = self {
            a.on_skip(by);
        }
    }
}
