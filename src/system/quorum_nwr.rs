//! `quorum-nwr`: a Dynamo-style replicated store (GEN-2).
//!
//! Every partition has a *preference list*: N replicas, over zones and regions, and further nodes that stand in for them.
//! Whoever coordinates an operation, a replica or the client's library, asks all replicas; a write is acknowledged when W
//! have it on disk, a read is answered when R have answered. With *strict* quorums only replicas count; with *sloppy* ones
//! the first N nodes of the list that answer do. For a replica that stays silent another node keeps a *hint*, and hands
//! it over once the replica answers. Reads repair the replicas they find behind, and replicas compare Merkle trees.
//!
//! Versions are kept in one of two ways. *Last writer wins*: the client stamps a version with its clock, and the greatest
//! stamp replaces all others, so that a clock that is behind loses acknowledged writes. *Version vectors*: the coordinator
//! reads from R replicas what there is, and makes a version that has seen it (a dotted version vector); versions that
//! have not seen each other are kept side by side, and a reader who wants one value is given that of the highest stamp,
//! which is above all that it has seen.
//!
//! What is promised depends on the configuration, and is claimed only where it holds:
//! - *regular reads* (a read that begins after a write was acknowledged returns it or a newer one) with strict quorums,
//!   R + W > N, and version vectors or clocks that are trusted; *linearizable* if read repair blocks, too: a read then is
//!   answered once W replicas have what it returns (Attiya, Bar-Noy and Dolev, 1995; Lynch and Shvartsman, 1997);
//! - *convergence* with anti-entropy;
//! - *durability* (what was acknowledged is there at the end, or something newer) with anti-entropy and the same order of
//!   versions.
//!
//! *Liveness*: once every node is up and can reach the others, replicas hold the same within
//! `suspect-for + 2 hand-over-every + (N - 1) every` and the time of the messages. A silent node is passed over for
//! `suspect-for` at most. Hints are offered each `hand-over-every`, whatever became of the last offer, so that a version
//! that only a stand-in holds is at its replica after the second. From then on each replica compares its tree with the
//! next of the N - 1 others each `every`, and both have all that either had: after N - 1 turns, with every one.
//! A client asks a silent coordinator that is nearer for a sign of life each `suspect-for`, with an operation that
//! it makes another coordinate; an operation takes one round of messages with whoever coordinates, two with version
//! vectors or a blocking repair.
//!
//! A replica whose disk was lost answers no read until it has copied from N - W + 1 of the others (or all of them).
//!
//! What it does not model: membership changes (a node that is lost for good is never replaced), deletions, conditional
//! writes and batches (scenarios that ask for them are refused), hints that expire, several keys in one request, and
//! load: nodes answer at once.

pub mod client;
pub mod config;
pub mod coordinator;
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

/// The level of reads that one replica answers.
pub const ONE: u8 = 0;
/// The level of reads that R replicas answer.
pub const QUORUM: u8 = 1;

/// The system.
#[derive(Clone, Copy, Debug)]
pub struct QuorumNwr;

/// Every role.
#[derive(Clone, Debug)]
pub enum Actor {
    /// A node of a preference list.
    Replica(Box<replica::Replica>),
    /// A client process.
    Client(Box<client::Client>),
}

impl System for QuorumNwr {
    const INFO: SystemInfo = SystemInfo {
        name: "quorum-nwr",
        summary: "Dynamo-style store: N, R, W, sloppy quorums, hinted handoff, read repair, Merkle anti-entropy",
        sources: &[
            "G. DeCandia and others, Dynamo: Amazon's highly available key-value store (SOSP 2007)",
            "P. Bailis and others, Probabilistically bounded staleness for practical partial quorums (VLDB 2012)",
            "N. Preguica and others, Dotted version vectors (2010)",
        ],
        levels: &["one", "quorum"],
        guarantees: &["linearizable", "regular-reads", "convergence", "durability"],
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

    /// Reads that R replicas answered are entitled to something, those that one answered to nothing.
    fn claims(settings: &Settings, level: u8, from_quorum: bool, write: bool) -> Claims {
        match (write, level == QUORUM && from_quorum) {
            (false, true) => settings.claims(),
            _ => Claims::default(),
        }
    }

    /// `@write`: all replicas accept writes. `@leader(p)`: there is none; the first of the partition's preference list.
    fn holders(_: &Settings, role: Role, view: &View<'_, Self>) -> Vec<NodeId> {
        let homes = view.actors.iter().filter_map(|(_, a)| match a.actor {
            Actor::Replica(replica) => replica.home().map(|place| (replica.partition(), place, a.node)),
            Actor::Client(_) => None,
        });
        let wanted = |(partition, place): (PartitionId, usize)| match role {
            Role::Write => true,
            Role::Leader(p) => p == partition && place == 0,
        };
        homes.filter(|(partition, place, _)| wanted((*partition, *place))).map(|(_, _, node)| node).collect()
    }

    fn is_replica(disk: &disk::Disk) -> bool {
        disk.ready || !disk.hints.is_empty()
    }

    fn holds(disk: &disk::Disk, write: &AckedWrite) -> bool {
        disk.holds(write)
    }
}

type Cx<'a, 'b> = &'a mut Ctx<'b, QuorumNwr>;

impl contract::Actor<QuorumNwr> for Actor {
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
        self.on_start(cx);
    }

    fn steady(&self, moment: &Moment<'_, QuorumNwr>) -> Steady {
        match self {
            Actor::Replica(replica) => replica.steady(moment),
            Actor::Client(client) => client.steady(moment),
        }
    }
}
