//! `site-recovery`: machines of one region whose disks are replicated to another, with recovery points, and failovers that
//! a person decides (ASR-1 to ASR-8).
//!
//! An *agent* on each machine uploads what its disks write, in order and within limits, to a *cache account* in the same
//! region, and marks moments in it. The *service* has what was uploaded fetched to the other region and makes a recovery
//! point of each marked moment. A failover stops what can be reached, chooses a point for each machine, and creates the
//! machines in the other region by the recovery plan; names are changed, and clients find out when what they remember has
//! run out. Afterwards the machines can be protected in the other direction, and moved back without loss.
//!
//! The application on each machine is what clients see: it serves one partition, acknowledges a write when its own disk has
//! it, and each write may name the last one of another machine.
//!
//! *Promised*: that an acknowledged write is there in the end, unless it came after the recovery point that its machine was
//! failed over to; what a returning machine has beyond that is kept on its old disks and told. What that costs in time
//! and writes is measured. `docs/site-recovery.md` says more, and what is not modelled.

mod cache;
pub mod churn;
mod client;
pub mod command;
pub mod config;
mod deploy;
pub mod disk;
pub mod edition;
pub mod machine;
pub mod message;
pub mod mutation;
mod names;
pub mod point;
mod resolve;
pub mod service;
pub mod settings;
pub mod timer;

use crate::base::ids::{ActionId, ActorId, Id, NodeId, PartitionId};
use crate::base::time::Span;
use crate::engine::contract::{self, AckedWrite, Ctx, Deployment, Lsn, System, SystemInfo, View};
use crate::model::fault::Role;
use crate::model::operation::{Claims, Request};
use crate::model::plan::Plan;
use command::Command;
use message::Msg;
pub use mutation::Mutation;
pub use settings::Settings;
use std::collections::VecDeque;
use timer::Timer;

/// The mode of a window that begins or ends with the machines in the target region.
pub const AWAY: &str = "target";

/// The system.
#[derive(Clone, Copy, Debug)]
pub struct SiteRecovery;

/// Every role.
#[derive(Clone, Debug)]
pub enum Actor {
    /// A machine in one of its regions.
    Machine(Box<machine::Machine>),
    /// A machine's part of a cache account.
    Cache(Box<cache::Cache>),
    /// The service.
    Service(Box<service::Service>),
    /// Names and sign-in.
    Names(Box<names::Names>),
    /// A client process.
    Client(Box<client::Client>),
}

type Cx<'a, 'b> = &'a mut Ctx<'b, SiteRecovery>;

/// The first of a queue, taken from it if it is wanted.
fn pop_if<T>(queue: &mut VecDeque<T>, wanted: impl FnOnce(&T) -> bool) -> Option<T> {
    if queue.front().is_some_and(wanted) { queue.pop_front() } else { None }
}

impl System for SiteRecovery {
    const INFO: SystemInfo = SystemInfo {
        name: "site-recovery",
        summary: "machines replicated to another region: cache account, recovery points, recovery plans, failback",
        sources: &[
            "Azure Site Recovery: Azure to Azure replication architecture (2018-05, 2019-03)",
            "Azure Site Recovery: support matrix, common questions (2025-07), high churn support (2026-01)",
        ],
        levels: &["machine"],
        guarantees: &["convergence", "durability"],
    };
    const ACKNOWLEDGES_WHAT_SURVIVOR_HOLDS: bool = true;
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
        settings.longest_memory()
    }

    /// Everything runs in one world: machines share the service and the link between the regions.
    fn groups(settings: &Settings, _: &Plan) -> Vec<Vec<PartitionId>> {
        vec![settings.partitions()]
    }

    /// Nothing: clients may still reach a machine that was left behind.
    fn claims(_: &Settings, _: u8, _: bool, _: bool) -> Claims {
        Claims::default()
    }

    fn holders(_: &Settings, role: Role, view: &View<'_, Self>) -> Vec<NodeId> {
        let newest = |vm: usize| machines(view).filter(|(m, _)| m.vm() == vm).map(|(m, _)| m.epoch()).max();
        let wanted = |vm: usize| match role {
            Role::Write => true,
            Role::Leader(partition) => partition.index() == vm,
        };
        let now = machines(view).filter(|(m, _)| wanted(m.vm()) && Some(m.epoch()) == newest(m.vm()));
        now.map(|(_, node)| node).collect()
    }

    /// `target` once most machines run in the target region.
    fn mode(settings: &Settings, view: &View<'_, Self>) -> String {
        let away = machines(view).filter(|(m, _)| m.site() == 1).count();
        if 2 * away > settings.vms.len() { AWAY.to_owned() } else { String::new() }
    }

    fn is_replica(disk: &disk::Disk) -> bool {
        disk.used != disk::Use::Blank
    }

    fn holds(disk: &disk::Disk, write: &AckedWrite) -> bool {
        disk.holds(write)
    }

    fn keeps(disk: &disk::Disk, write: &AckedWrite) -> bool {
        disk.keeps(write)
    }
}

/// Machines that serve the application and run, with their nodes.
fn machines<'a>(
    view: &'a View<'_, SiteRecovery>,
) -> impl Iterator<Item = (&'a machine::Machine, NodeId)> + 'a {
    view.actors.iter().filter_map(|(_, a)| match a.actor {
        Actor::Machine(machine) if a.up && machine.is_serving() => Some((&**machine, a.node)),
        _ => None,
    })
}

impl contract::Actor<SiteRecovery> for Actor {
    fn on_start(&mut self, cx: Cx) {
        match self {
            Actor::Machine(a) => a.on_start(cx),
            Actor::Cache(a) => a.on_start(cx),
            Actor::Service(a) => a.on_start(cx),
            Actor::Names(_) | Actor::Client(_) => {}
        }
    }

    fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        match self {
            Actor::Machine(a) => a.on_message(from, msg, cx),
            Actor::Cache(a) => a.on_message(from, msg, cx),
            Actor::Service(a) => a.on_message(from, msg, cx),
            Actor::Names(a) => a.on_message(from, msg, cx),
            Actor::Client(a) => a.on_message(from, msg, cx),
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: Cx) {
        match self {
            Actor::Machine(a) => a.on_timer(timer, cx),
            Actor::Cache(a) => a.on_announce(cx),
            Actor::Service(a) => a.on_timer(timer, cx),
            Actor::Names(_) => {}
            Actor::Client(a) => a.on_timer(timer, cx),
        }
    }

    fn on_durable(&mut self, upto: Lsn, cx: Cx) {
        match self {
            Actor::Machine(a) => a.on_durable(upto, cx),
            Actor::Cache(a) => a.on_durable(upto, cx),
            Actor::Names(a) => a.on_durable(upto, cx),
            Actor::Service(_) | Actor::Client(_) => {}
        }
    }

    fn on_invoke(&mut self, request: Request, cx: Cx) {
        if let Actor::Client(a) = self {
            a.on_invoke(request, cx);
        }
    }

    fn on_admin(&mut self, id: ActionId, command: Command, cx: Cx) {
        if let Actor::Service(a) = self {
            a.on_admin(id, command, cx);
        }
    }

    fn steady(&self, moment: &contract::Moment<'_, SiteRecovery>) -> contract::Steady {
        match self {
            Actor::Machine(a) => a.steady(moment),
            Actor::Service(a) => a.steady(moment),
            // What waits in a cache account is the service's concern: it says whether points go on being made.
            Actor::Cache(_) | Actor::Names(_) | Actor::Client(_) => contract::Steady::Forever,
        }
    }

    fn on_skip(&mut self, by: Span) {
        match self {
            Actor::Machine(a) => a.on_skip(by),
            Actor::Service(a) => a.on_skip(by),
            Actor::Cache(_) | Actor::Names(_) | Actor::Client(_) => {}
        }
    }

    fn on_restart(&mut self, cx: Cx) {
        match self {
            Actor::Machine(a) => a.on_restart(cx),
            Actor::Cache(a) => a.on_start(cx),
            Actor::Service(a) => a.on_restart(cx),
            Actor::Names(_) | Actor::Client(_) => {}
        }
    }
}
