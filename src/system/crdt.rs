//! `crdt`: every replica takes reads and writes by itself, and replicas join their states (GEN-5).
//!
//! A partition is a map that several may change beside each other: [`algorithm::dot_map`](crate::algorithm::dot_map), an
//! observed-remove set whose elements carry values. Operations mean:
//! - *write-once keys* are the elements of a set that only grows: each insert adds one;
//! - *objects* are elements that come and go: an insert adds where there is none, a delete removes what its replica has
//!   seen, and of a delete and an insert that did not see each other the insert wins. Nothing is kept of what was removed;
//! - *registers* hold all values of which none replaced another; a reader who wants one is given that of the highest stamp,
//!   a hybrid clock's: it is no earlier than its replica's clock, and after everything that its replica had seen.
//!
//! A replica answers once its own disk has what it says. It sends the others what changed since the point up to which they
//! said that they have everything (*delta intervals*), its whole state where it no longer knows what changed since then,
//! and only what is on its disk. An interval is taken in by whoever has all that came before it (*causal merging*): so a
//! replica that has seen an update has seen everything that its maker had.
//!
//! A disk that was lost comes back empty, under a *new name*: the others have seen updates of the old one that it does not
//! know any more, and would take new ones by the same numbers for those. It serves at once, and is sent everything.
//!
//! With `consistency = "session"` clients carry what they have seen, and are served by replicas that have seen it, too: the
//! four session guarantees. What no replica can have any more, because a disk was lost before it was sent on, is struck
//! from it once all replicas said so. A write that may have been made is not made again by another replica, unless it
//! is an insert of a write-once key, which may be made twice.
//!
//! *Promised*: convergence; that an acknowledged update is there in the end, unless its replica's disk was lost before it
//! was sent on, or replaced, or outranked by one made beside it; with `session`, the session guarantees of registers and
//! write-once keys. Nothing orders updates of different replicas: `docs/crdt.md` says more.
//!
//! What it does not model: conditional writes and batches (scenarios that ask for them are refused), counters, replicas
//! that are added or retired, and load: replicas answer at once.

pub mod client;
pub mod config;
mod deploy;
pub mod disk;
pub mod message;
pub mod mutation;
pub mod replica;
mod resolve;
pub mod settings;
pub mod timer;

use crate::base::ids::{ActionId, ActorId, NodeId, PartitionId};
use crate::base::time::Span;
use crate::engine::contract::{
    self, AckedWrite, Ctx, Deployment, Lsn, Moment, Steady, System, SystemInfo, View,
};
use crate::engine::record::Answer;
use crate::model::fault::Role;
use crate::model::operation::{Claims, Request};
use crate::model::plan::Plan;
use crate::system::lab::NoCommand;
use message::Msg;
pub use mutation::Mutation;
pub use settings::Settings;
use timer::Timer;

/// The level at which any replica answers.
pub const EVENTUAL: u8 = 0;
/// The level at which a replica answers that has seen what the client has.
pub const SESSION: u8 = 1;

/// The system.
#[derive(Clone, Copy, Debug)]
pub struct Crdt;

/// Every role.
#[derive(Clone, Debug)]
pub enum Actor {
    /// A replica of a partition.
    Replica(Box<replica::Replica>),
    /// A client process.
    Client(Box<client::Client>),
}

type Cx<'a, 'b> = &'a mut Ctx<'b, Crdt>;

impl System for Crdt {
    const INFO: SystemInfo = SystemInfo {
        name: "crdt",
        summary: "multi-master store of conflict-free replicated data: add-wins sets and multi-value registers",
        sources: &[
            "M. Shapiro and others, Conflict-free replicated data types (2011)",
            "A. Bieniusa and others, An optimized conflict-free replicated set (2012)",
            "P. S. Almeida, A. Shoker and C. Baquero, Delta state replicated data types (2018)",
        ],
        levels: &["eventual", "session"],
        guarantees: &[
            "read-your-writes",
            "monotonic-reads",
            "monotonic-writes",
            "writes-follow-reads",
            "convergence",
            "durability",
        ],
    };
    type Deployed = Settings;
    type Msg = Msg;
    type Timer = Timer;
    type Disk = disk::Disk;
    type Command = NoCommand;
    type Actor = Actor;

    fn deploy(settings: &Settings, plan: &Plan, to: &mut Deployment<Self>) {
        deploy::deploy(settings, plan, to);
    }

    /// A world is quiet for as long as replicas may take to agree.
    fn longest_memory(settings: &Settings) -> Span {
        settings.healing_time() + settings.attempt_timeout + Span::secs(2)
    }

    /// Everything runs in one world: clients use all partitions, and faults strike nodes that several share.
    fn groups(settings: &Settings, _: &Plan) -> Vec<Vec<PartitionId>> {
        vec![(0..settings.partitions).map(PartitionId).collect()]
    }

    /// Reads at the level of sessions are entitled to the session guarantees; but nobody can tell from outside which of the
    /// values of an object a deletion had seen, so that reads of objects are not judged.
    fn claims(_: &Settings, level: u8, judged: bool, write: bool) -> Claims {
        if level == SESSION && judged && !write { Claims::SESSION } else { Claims::default() }
    }

    /// `@write`: all replicas take writes. `@leader(p)`: there is none; the first replica of the partition.
    fn holders(_: &Settings, role: Role, view: &View<'_, Self>) -> Vec<NodeId> {
        let wanted = |(partition, slot): (PartitionId, usize)| match role {
            Role::Write => true,
            Role::Leader(p) => p == partition && slot == 0,
        };
        let replicas = view.actors.iter().filter_map(|(_, a)| match a.actor {
            Actor::Replica(replica) => Some((replica.place(), a.node)),
            Actor::Client(_) => None,
        });
        replicas.filter(|(place, _)| wanted(*place)).map(|(_, node)| node).collect()
    }

    fn holds(disk: &disk::Disk, write: &AckedWrite) -> bool {
        disk.has_seen(write.position)
    }
}

impl contract::Actor<Crdt> for Actor {
    fn on_start(&mut self, cx: Cx) {
        if let Actor::Replica(replica) = self {
            replica.on_start(cx);
        }
    }

    fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        match self {
            Actor::Replica(replica) => replica.on_message(from, msg, cx),
            Actor::Client(client) => client.on_message(from, msg, cx),
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: Cx) {
        match self {
            Actor::Replica(replica) => replica.on_timer(timer, cx),
            Actor::Client(client) => client.on_timer(timer, cx),
        }
    }

    fn on_durable(&mut self, upto: Lsn, cx: Cx) {
        if let Actor::Replica(replica) = self {
            replica.on_durable(upto, cx);
        }
    }

    fn on_invoke(&mut self, request: Request, cx: Cx) {
        if let Actor::Client(client) = self {
            client.on_invoke(request, cx);
        }
    }

    fn on_admin(&mut self, id: ActionId, _: NoCommand, cx: Cx) {
        cx.answer(id, Answer::Refused("there is nothing to ask for".to_owned()));
    }

    fn on_restart(&mut self, cx: Cx) {
        if let Actor::Replica(replica) = self {
            replica.on_restart(cx);
        }
    }

    fn steady(&self, moment: &Moment<'_, Crdt>) -> Steady {
        match self {
            Actor::Replica(replica) => replica.steady(moment),
            Actor::Client(client) => client.steady(),
        }
    }
}
