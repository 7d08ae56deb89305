//! `cosmos-db`: a Cosmos DB account (COS-1 to COS-17, COS-19).
//!
//! One account over several regions: replica sets of four, log shipping between regions, five consistency levels, service
//! and manual failover, several write regions, request units, backups, and the client library.
//!
//! What it does not model: queries and indexing (an operation reads or writes whole documents by key), stored procedures
//! other than the merge procedure, splits of partitions, serverless and autoscale accounts, gateway mode, and prices.
//! A region's manager, the configuration store and the backup vault are replicated services modelled as one actor each;
//! the first is down only with its whole region, the others never.

pub mod account;
pub mod application;
pub mod client;
pub mod command;
pub mod config;
pub mod controller;
mod copies;
mod deploy;
pub mod discovery;
pub mod disk;
pub mod edition;
pub mod entry;
pub mod level;
pub mod manager;
pub mod message;
mod mode;
pub mod mutation;
pub mod place;
pub mod replica;
mod resolve;
pub mod settings;
mod steady;
pub mod store;
pub mod tenure;
pub mod timer;
pub mod vault;

use crate::base::ids::{ActionId, ActorId, NodeId, PartitionId};
use crate::base::time::Span;
use crate::engine::contract::{
    self, AckedWrite, Ctx, Deployment, Lsn, Moment, Steady, System, SystemInfo, View,
};
use crate::model::fault::Role;
use crate::model::operation::{Claims, Request};
use crate::model::plan::Plan;
use crate::model::workload::Affinity;
use command::Command;
use level::Level;
use message::Msg;
pub use mutation::Mutation;
pub use settings::Settings;
use timer::Timer;

/// The system.
#[derive(Clone, Copy, Debug)]
pub struct CosmosDb;

/// Every role of an account.
#[derive(Clone, Debug)]
pub enum Actor {
    /// A replica or spare slot.
    Replica(Box<replica::Replica>),
    /// A region's manager.
    Manager(Box<manager::Manager>),
    /// The configuration store.
    Account(Box<account::Account>),
    /// The control plane.
    Controller(Box<controller::Controller>),
    /// Account discovery.
    Discovery(discovery::Discovery),
    /// The backup vault.
    Vault(vault::Vault),
    /// The application that deals with the conflict feed.
    Application(application::Application),
    /// A client process.
    Client(Box<client::Client>),
}

impl System for CosmosDb {
    const INFO: SystemInfo = SystemInfo {
        name: "cosmos-db",
        summary: "Cosmos DB account: replica sets of four, five consistency levels, failover, several write regions",
        sources: &[
            "How does Azure Cosmos DB provide high availability (2021-02)",
            "Consistency levels in Azure Cosmos DB (2020-04, 2025-08)",
            "Azure Cosmos DB .NET SDK v3 and its direct transport (2026)",
            "Service Fabric source (2026-03)",
        ],
        levels: &level::NAMES,
        guarantees: &[
            "linearizable",
            "read-your-writes",
            "monotonic-reads",
            "monotonic-writes",
            "writes-follow-reads",
            "consistent-prefix",
            "atomic-batches",
            "bounded-staleness",
            "convergence",
            "durability",
            "loss-report",
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
        let looks = settings.conflict_reader.map_or(Span::ZERO, |(_, every)| every.scale(2.0));
        settings.sdk.unavailable_for.max(settings.sdk.refresh).max(settings.laws.lease).max(looks)
    }

    /// Partitions run apart when nothing is shared: no link with finite bandwidth, no client with more than one
    /// partition, no lease or quorum decision, no operator's command or switch back, and nothing that goes wrong. A fault is always
    /// shared: a region's manager writes the new configurations of all its partitions to one disk, draws their delays
    /// from one substream, and a region is back in the account only when all its partitions have caught up.
    fn groups(settings: &Settings, plan: &Plan) -> Vec<Vec<PartitionId>> {
        let all: Vec<PartitionId> = (0..settings.partitions).map(PartitionId).collect();
        let finite = plan.network.bandwidth.iter().any(|(_, row)| row.iter().any(|(_, b)| b.is_some()));
        let shared = plan.workloads.iter().any(|(_, w)| w.affinity == Affinity::All);
        let lossy = plan.network.loss.iter().any(|(_, row)| row.iter().any(|(_, loss)| *loss > 0.0));
        let faulty = lossy || !plan.faults.is_empty();
        let decided = settings.leased() || settings.failover.per_partition || !plan.actions.is_empty();
        let moved = settings.failback.is_some();
        if finite || shared || faulty || decided || moved {
            return vec![all];
        }
        all.into_iter().map(|p| vec![p]).collect()
    }

    fn claims(settings: &Settings, level: u8, served_by_writer: bool, write: bool) -> Claims {
        if write {
            return Claims::default();
        }
        let level = Level::from_index(level).max(settings.level);
        level.claims_in(settings.level, served_by_writer, settings.multi())
    }

    fn holders(_: &Settings, role: Role, view: &View<'_, Self>) -> Vec<NodeId> {
        let managers = || {
            view.actors.iter().filter_map(|(_, a)| match a.actor {
                Actor::Manager(m) => Some((m.region(), a.node)),
                _ => None,
            })
        };
        match role {
            Role::Leader(p) => view
                .actors
                .iter()
                .filter(|(_, a)| matches!(a.actor, Actor::Replica(r) if r.partition == p && r.is_writer()))
                .map(|(_, a)| a.node)
                .collect(),
            Role::Write => {
                let writers = view.actors.iter().find_map(|(_, a)| match a.actor {
                    Actor::Account(account) => Some(account.writers()),
                    _ => None,
                });
                let writers = writers.unwrap_or_default();
                managers().filter(|(region, _)| writers.contains(region)).map(|(_, node)| node).collect()
            }
        }
    }

    fn is_replica(disk: &disk::Disk) -> bool {
        !disk.blank && disk.set.is_some()
    }

    fn mode(settings: &Settings, view: &View<'_, Self>) -> String {
        let config = view.actors.iter().find_map(|(_, a)| match a.actor {
            Actor::Account(account) => Some(mode::name(settings, &account.config)),
            _ => None,
        });
        config.unwrap_or_default()
    }

    fn holds(disk: &disk::Disk, write: &AckedWrite) -> bool {
        disk.holds(write)
    }
}

type Cx<'a, 'b> = &'a mut Ctx<'b, CosmosDb>;

impl contract::Actor<CosmosDb> for Actor {
    fn on_start(&mut self, cx: Cx) {
        match self {
            Actor::Replica(a) => a.on_start(cx),
            Actor::Manager(a) => a.on_start(cx),
            Actor::Account(a) => a.on_start(cx),
            Actor::Controller(a) => a.on_start(cx),
            Actor::Client(a) => a.on_start(cx),
            Actor::Application(a) => a.on_start(cx),
            Actor::Discovery(_) | Actor::Vault(_) => {}
        }
    }

    fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        match self {
            Actor::Replica(a) => a.on_message(from, msg, cx),
            Actor::Manager(a) => a.on_message(from, msg, cx),
            Actor::Account(a) => a.on_message(from, msg, cx),
            Actor::Controller(a) => a.on_message(msg, cx),
            Actor::Client(a) => a.on_message(from, msg, cx),
            Actor::Discovery(a) => a.on_message(from, msg, cx),
            Actor::Vault(a) => a.on_message(msg, cx),
            Actor::Application(a) => a.on_message(from, msg, cx),
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: Cx) {
        match self {
            Actor::Replica(a) => a.on_timer(timer, cx),
            Actor::Manager(a) => a.on_timer(timer, cx),
            Actor::Account(a) => a.on_timer(timer, cx),
            Actor::Controller(a) => a.on_timer(timer, cx),
            Actor::Client(a) => a.on_timer(timer, cx),
            Actor::Application(a) => a.on_timer(cx),
            Actor::Discovery(_) | Actor::Vault(_) => {}
        }
    }

    fn on_durable(&mut self, upto: Lsn, cx: Cx) {
        match self {
            Actor::Replica(a) => a.on_durable(upto, cx),
            Actor::Manager(a) => a.on_durable(upto, cx),
            _ => {}
        }
    }

    fn on_invoke(&mut self, request: Request, cx: Cx) {
        if let Actor::Client(a) = self {
            a.on_invoke(request, cx);
        }
    }

    fn on_admin(&mut self, id: ActionId, command: Command, cx: Cx) {
        if let Actor::Controller(a) = self {
            a.on_admin(id, command, cx);
        }
    }

    fn on_restart(&mut self, cx: Cx) {
        match self {
            Actor::Replica(a) => a.on_restart(cx),
            Actor::Manager(a) => a.on_restart(cx),
            Actor::Account(_) | Actor::Vault(_) => {}
            Actor::Controller(a) => a.on_start(cx),
            Actor::Client(a) => a.on_restart(cx),
            Actor::Application(a) => a.on_start(cx),
            Actor::Discovery(a) => a.on_restart(cx),
        }
    }

    fn steady(&self, moment: &Moment<'_, CosmosDb>) -> Steady {
        self.steadiness(moment.monotonic)
    }

    fn on_skip(&mut self, by: Span) {
        if let Actor::Replica(a) = self {
            a.on_skip(by);
        }
    }
}
