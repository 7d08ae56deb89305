//! `raft`: partitions replicated by Raft, one group each (GEN-1).
//!
//! The protocol is [`algorithm::raft`](crate::algorithm::raft): elections with random time-outs, pre-votes and quorum
//! checks; replication with a window of messages and batches; snapshots; changes of members by joint consensus, learners
//! first; leadership transfer; reads by read index and by lease. Here it meets disks, links, clients and operators:
//! replicas over zones and regions, witnesses, learners and spares; leaders where they are preferred; clients with sessions,
//! whose commands count once however often they are sent.
//!
//! Reads and writes go to the leader. A replica whose disk was destroyed votes no more until its leader has made it a member
//! anew, by way of a learner. An idle group costs its heartbeats, and jumps over them.
//!
//! What it does not model: reads served by followers, splits and merges of groups, heartbeats of several groups on one
//! message, and automatic replacement of a node that is gone for good.

mod checks;
pub mod command;
pub mod config;
mod deploy;
pub mod disk;
pub mod message;
mod mode;
pub mod operator;
pub mod replica;
mod resolve;
pub mod settings;
pub mod timer;

pub use crate::algorithm::raft::Mutation;
use crate::base::ids::{ActionId, ActorId, NodeId, PartitionId};
use crate::base::time::Span;
use crate::engine::contract::{
    self, AckedWrite, Ctx, Deployment, Lsn, Moment, Steady, System, SystemInfo, View,
};
use crate::model::fault::Role;
use crate::model::operation::{Claims, OpId, Request};
use crate::model::plan::Plan;
use crate::model::workload::Affinity;
use crate::system::consensus::client::Client;
use crate::system::consensus::exchange::{Ask, Consensus};
use command::Command;
use message::Msg;
pub use settings::Settings;
use timer::Timer;

/// The system.
#[derive(Clone, Copy, Debug)]
pub struct Raft;

/// Every role of a deployment.
#[derive(Clone, Debug)]
pub enum Actor {
    /// A replica.
    Replica(Box<replica::Replica>),
    /// Where operators' orders come from.
    Operator(Box<operator::Operator>),
    /// A client process.
    Client(Box<Client>),
}

type Cx<'a, 'b> = &'a mut Ctx<'b, Raft>;

impl System for Raft {
    const INFO: SystemInfo = SystemInfo {
        name: "raft",
        summary: "partitions replicated by Raft: elections, snapshots, member changes, reads by read index or lease",
        sources: &[
            "D. Ongaro and J. Ousterhout, In search of an understandable consensus algorithm (2014)",
            "D. Ongaro, Consensus: bridging theory and practice (2014)",
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
    type Command = Command;
    type Actor = Actor;

    fn deploy(settings: &Settings, plan: &Plan, to: &mut Deployment<Self>) {
        deploy::deploy(settings, plan, to);
    }

    fn longest_memory(settings: &Settings) -> Span {
        let election = settings.raft.patience.scale(2.0);
        let way = if settings.leaders.is_empty() { Span::ZERO } else { settings.preference_delay };
        election.max(settings.client.0) + way
    }

    /// Groups run apart when nothing is shared: no link with finite bandwidth, no client with more than one partition, no
    /// operator's order, and nothing that goes wrong.
    fn groups(settings: &Settings, plan: &Plan) -> Vec<Vec<PartitionId>> {
        let all: Vec<PartitionId> = (0..settings.partitions).map(PartitionId).collect();
        let finite = plan.network.bandwidth.iter().any(|(_, row)| row.iter().any(|(_, b)| b.is_some()));
        let lossy = plan.network.loss.iter().any(|(_, row)| row.iter().any(|(_, loss)| *loss > 0.0));
        let shared = plan.workloads.iter().any(|(_, w)| w.affinity == Affinity::All);
        let faulty = lossy || !plan.faults.is_empty() || !plan.actions.is_empty();
        if finite || shared || faulty || !plan.mode.is_empty() {
            return vec![all];
        }
        all.into_iter().map(|p| vec![p]).collect()
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

    fn is_replica(disk: &disk::Disk) -> bool {
        !disk.spare
    }

    fn mode(settings: &Settings, view: &View<'_, Self>) -> String {
        let mut leaders = vec![None; settings.partitions as usize];
        for (_, a) in view.actors.iter() {
            if let Actor::Replica(r) = a.actor
                && r.core().leads()
                && let Some(leader) = leaders.get_mut(r.partition().0 as usize)
            {
                *leader = Some(r.slot());
            }
        }
        mode::name(settings, &leaders)
    }

    fn holds(disk: &disk::Disk, write: &AckedWrite) -> bool {
        disk.holds(write)
    }
}

impl Consensus for Raft {
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

impl contract::Actor<Raft> for Actor {
    fn on_start(&mut self, cx: Cx) {
        if let Actor::Replica(a) = self {
            a.on_start(cx);
        }
    }

    fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        match (self, msg) {
            (Actor::Replica(a), msg) => a.on_message(from, msg, cx),
            (Actor::Client(a), Msg::Reply(reply)) => a.on_reply(from, *reply, cx),
            (Actor::Operator(a), Msg::Ordered(id, partition, why)) => a.on_ordered(id, partition, why, cx),
            _ => {}
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: Cx) {
        match (self, timer) {
            (Actor::Replica(a), timer) => a.on_timer(timer, cx),
            (Actor::Client(a), Timer::Attempt(op)) => a.unanswered(op, cx),
            (Actor::Client(a), Timer::Backoff(op)) => a.ask(op, cx),
            (Actor::Operator(a), Timer::Order(id, partition)) => a.order(id, partition, cx),
            (Actor::Operator(_) | Actor::Client(_), _) => {}
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

    fn on_admin(&mut self, id: ActionId, command: Command, cx: Cx) {
        if let Actor::Operator(a) = self {
            a.on_admin(id, command, cx);
        }
    }

    fn on_restart(&mut self, cx: Cx) {
        if let Actor::Replica(a) = self {
            a.on_restart(cx);
        }
    }

    fn steady(&self, moment: &Moment<'_, Raft>) -> Steady {
        match self {
            Actor::Replica(a) => a.steady(moment.monotonic),
            Actor::Operator(a) => Steady::when(a.idle()),
            Actor::Client(_) => Steady::Forever,
        }
    }

    fn on_skip(&mut self, by: Span) {
        if let Actor::Replica(a) = self {
            a.on_skip(by);
        }
    }
}
