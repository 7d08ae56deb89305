//! `multi-paxos`: partitions replicated by Multi-Paxos, one group each (GEN-5).
//!
//! The protocol is [`algorithm::paxos`](crate::algorithm::paxos): a ballot over a whole log; phase 1 by whoever hears from no
//! leader, over all slots that it does not know to be chosen; phase 2 pipelined; learners told by how far the log is chosen;
//! gaps filled again, and images where the log was cut; reads confirmed by a round of heartbeats, or by lease. Here it meets
//! disks, links and clients; those, and the documents that a log makes, are [those of Raft](crate::system::consensus).
//!
//! Reads and writes go to the leader. Where it differs from `raft`: a candidate needs no up-to-date log, because it is told
//! what others accepted; replicas accept slots in any order; and no entry of an earlier leader waits for one of the new
//! leader's, since all are proposed again. A replica whose disk was destroyed has forgotten what it promised: it learns,
//! and votes no more.
//!
//! What it does not model: changes of members (what a group has lost stays lost), reads by followers, preferred leaders and
//! orders of an operator, and several groups on one message.

pub mod config;
mod deploy;
pub mod disk;
pub mod message;
pub mod replica;
mod resolve;
pub mod settings;
pub mod timer;

pub use crate::algorithm::paxos::Mutation;
use crate::base::ids::{ActionId, ActorId, NodeId, PartitionId};
use crate::base::time::Span;
use crate::engine::contract::{
    self, AckedWrite, Ctx, Deployment, Lsn, Moment, Steady, System, SystemInfo, View,
};
use crate::engine::record::Answer;
use crate::model::fault::Role;
use crate::model::operation::{Claims, OpId, Request};
use crate::model::plan::Plan;
use crate::system::consensus::client::Client;
use crate::system::consensus::exchange::{Ask, Consensus};
use crate::system::lab::NoCommand;
use message::Msg;
pub use settings::Settings;
use timer::Timer;

/// The system.
#[derive(Clone, Copy, Debug)]
pub struct MultiPaxos;

/// Every role of a deployment.
#[derive(Clone, Debug)]
pub enum Actor {
    /// A replica.
    Replica(Box<replica::Replica>),
    /// A client process.
    Client(Box<Client>),
}

type Cx<'a, 'b> = &'a mut Ctx<'b, MultiPaxos>;

impl System for MultiPaxos {
    const INFO: SystemInfo = SystemInfo {
        name: "multi-paxos",
        summary: "partitions replicated by Multi-Paxos: phase 1 over the log, pipelined phase 2, reads by quorum or lease",
        sources: &[
            "L. Lamport, Paxos made simple (2001)",
            "T. Chandra, R. Griesemer and J. Redstone, Paxos made live: an engineering perspective (2007)",
            "R. van Renesse and D. Altinbuken, Paxos made moderately complex (2015)",
        ],
        levels: &["linearizable"],
        guarantees: &[
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

    fn longest_memory(settings: &Settings) -> Span {
        settings.paxos.patience.scale(2.0).max(settings.attempt_timeout)
    }

    /// Everything runs in one world.
    fn groups(settings: &Settings, _: &Plan) -> Vec<Vec<PartitionId>> {
        vec![(0..settings.partitions).map(PartitionId).collect()]
    }

    fn claims(_: &Settings, _: u8, _: bool, write: bool) -> Claims {
        if write {
            return Claims::default();
        }
        let order = Claims::CONSISTENT_PREFIX.and(Claims::ATOMIC_BATCHES);
        Claims::LINEARIZABLE.and(Claims::SESSION).and(order)
    }

    fn holders(_: &Settings, role: Role, view: &View<'_, Self>) -> Vec<NodeId> {
        let leaders = view.actors.iter().filter_map(|(_, a)| match a.actor {
            Actor::Replica(r) if a.up && r.core().leads() => Some((r.partition(), a.node)),
            _ => None,
        });
        let wanted = |partition: PartitionId| match role {
            Role::Leader(p) => p == partition,
            Role::Write => true,
        };
        leaders.filter(|(partition, _)| wanted(*partition)).map(|(_, node)| node).collect()
    }

    fn holds(disk: &disk::Disk, write: &AckedWrite) -> bool {
        disk.holds(write)
    }
}

impl Consensus for MultiPaxos {
    fn ask(ask: Box<Ask>) -> Msg {
        Msg::Ask(ask)
    }
    fn attempt(op: OpId) -> Timer {
        Timer::Attempt(op)
    }
    fn backoff(op: OpId) -> Timer {
        Timer::Backoff(op)
    }
}

impl contract::Actor<MultiPaxos> for Actor {
    fn on_start(&mut self, cx: Cx) {
        if let Actor::Replica(a) = self {
            a.on_start(cx);
        }
    }

    fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        match (self, msg) {
            (Actor::Replica(a), msg) => a.on_message(from, msg, cx),
            (Actor::Client(a), Msg::Reply(reply)) => a.on_reply(from, *reply, cx),
            (Actor::Client(_), _) => {}
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: Cx) {
        match (self, timer) {
            (Actor::Replica(a), timer) => a.on_timer(timer, cx),
            (Actor::Client(a), Timer::Attempt(op)) => a.unanswered(op, cx),
            (Actor::Client(a), Timer::Backoff(op)) => a.ask(op, cx),
            (Actor::Client(_), _) => {}
        }
    }

    fn on_durable(&mut self, upto: Lsn, cx: Cx) {
        if let Actor::Replica(a) = self {
            a.on_durable(upto, cx);
        }
    }

    fn on_invoke(&mut self, request: Request, cx: Cx) {
        if let Actor::Client(a) = self {
            a.on_invoke(request, cx);
        }
    }

    fn on_admin(&mut self, id: ActionId, _: NoCommand, cx: Cx) {
        cx.answer(id, Answer::Refused("there is nothing to ask for".to_owned()));
    }

    fn on_restart(&mut self, cx: Cx) {
        if let Actor::Replica(a) = self {
            a.on_restart(cx);
        }
    }

    fn steady(&self, moment: &Moment<'_, MultiPaxos>) -> Steady {
        match self {
            Actor::Replica(a) => a.steady(moment.monotonic),
            Actor::Client(_) => Steady::Forever,
        }
    }
}
