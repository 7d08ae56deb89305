//! `container-registry`: one registry with writable replicas in several regions, as clients see it through DNS (ACR).
//!
//! An image is a manifest and layers, each named by what is in it. Images share the layers of their base, and a layer that is
//! there is not moved again. A *push* looks the registry's name up for each connection, uploads the layers that are not
//! there, several at a time, and then the manifest, which is refused if the replica that it came to lacks a layer; a tag then
//! points to it, and the push is acknowledged once that is on the replica's disk. A *pull* asks for the manifest by tag or by
//! digest, and then for the layers that the client does not have. Operations mean: a write (and an insert, and a replacement)
//! is a push to a tag, a deletion untags, a read is a pull. A write-once key is a tag of its own for each push.
//!
//! Replicas take pushes by themselves and copy to the others in the background: each offers its events, in order, to each of
//! the others, which fetches the layers that it lacks and says when it has them. Of two pushes to one tag the later stays, by
//! a clock that is never behind what its replica has seen. A replica that lost its disk, and a new one, copies everything
//! before it serves; and replicas compare what they have, for those that went away in the middle of telling the others.
//!
//! *Traffic Manager* probes the replicas from several places, on timers of their own, and answers each resolver with the
//! healthy replica that its latency table says is nearest to that resolver; resolvers, and some clients, keep answers for
//! their time to live. A layer and its manifest can so come to two replicas: a *split push*.
//!
//! *Promised*: convergence; that an acknowledged push is there in the end, unless its replica's disk was lost before it was
//! copied. `docs/container-registry.md` says more, and what is not modelled.

pub mod client;
pub mod command;
pub mod config;
pub mod content;
pub mod control;
mod deploy;
pub mod disk;
pub mod edition;
pub mod message;
pub mod mutation;
pub mod prices;
pub mod probe;
pub mod region_name;
pub mod replica;
mod resolve;
pub mod resolver;
pub mod settings;
pub mod timer;
pub mod traffic_manager;

use crate::base::ids::{ActionId, ActorId, NodeId, PartitionId};
use crate::base::time::Span;
use crate::engine::contract::{
    self, AckedWrite, Ctx, Deployment, Lsn, Moment, Steady, System, SystemInfo, View,
};
use crate::engine::record::Answer;
use crate::model::fault::Role;
use crate::model::operation::{Claims, Request};
use crate::model::plan::Plan;
use command::Command;
use content::Digest;
use disk::State;
use message::Msg;
pub use mutation::Mutation;
pub use settings::Settings;
use timer::Timer;

/// The level at which pulls name a tag.
pub const BY_TAG: u8 = 0;
/// The level at which pulls name the digest that the client saw last.
pub const BY_DIGEST: u8 = 1;

/// The system.
#[derive(Clone, Copy, Debug)]
pub struct ContainerRegistry;

/// Every role.
#[derive(Clone, Debug)]
pub enum Actor {
    /// A replica of a registry.
    Replica(Box<replica::Replica>),
    /// Traffic Manager.
    TrafficManager(Box<traffic_manager::TrafficManager>),
    /// A place from which endpoints are probed.
    Probe(Box<probe::Probe>),
    /// A recursive resolver.
    Resolver(Box<resolver::Resolver>),
    /// The control plane.
    Control(Box<control::Control>),
    /// The receiver of webhooks.
    Hooks(Box<control::Hooks>),
    /// A client process.
    Client(Box<client::Client>),
}

type Cx<'a, 'b> = &'a mut Ctx<'b, ContainerRegistry>;

impl System for ContainerRegistry {
    const INFO: SystemInfo = SystemInfo {
        name: "container-registry",
        summary: "geo-replicated registry of container images behind DNS routing",
        sources: &[
            "Azure Container Registry geo-replication, 08/16/2019 (zh-TW) and 07/21/2020 (ko-KR)",
            "MicrosoftDocs/azure-docs traffic-manager-monitoring.md 2018-12-04",
            "MicrosoftDocs/azure-docs includes/container-registry-limits.md 2020-05-18",
        ],
        levels: &["tag", "digest"],
        guarantees: &["convergence", "durability"],
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

    /// Every cache has forgotten a region that was lost, and replicas have compared what they have twice.
    fn longest_memory(settings: &Settings) -> Span {
        settings.switch_over().max(settings.compare_every.scale(3.0)) + settings.offer_every
    }

    /// Images take their time; an operation fails at its time-out at the latest.
    fn patience(settings: &Settings) -> Span {
        settings.patience
    }

    /// Everything runs in one world: a registry is one partition.
    fn groups(_: &Settings, _: &Plan) -> Vec<Vec<PartitionId>> {
        vec![vec![PartitionId(0)]]
    }

    /// Nothing is promised of single pulls: replicas agree in the end.
    fn claims(_: &Settings, _: u8, _: bool, _: bool) -> Claims {
        Claims::default()
    }

    /// `@write`: all replicas take pushes. `@leader(p)`: the home region's replica.
    fn holders(settings: &Settings, role: Role, view: &View<'_, Self>) -> Vec<NodeId> {
        let wanted = |site: usize| match role {
            Role::Write => true,
            Role::Leader(_) => site == settings.home,
        };
        let replicas = view.actors.iter().filter_map(|(_, a)| match a.actor {
            Actor::Replica(replica) if a.disk.state != State::Absent => Some((replica.site(), a.node)),
            _ => None,
        });
        replicas.filter(|(site, _)| wanted(*site)).map(|(_, node)| node).collect()
    }

    fn is_replica(disk: &disk::Disk) -> bool {
        disk.state == State::Ready
    }

    fn holds(disk: &disk::Disk, write: &AckedWrite) -> bool {
        let digest = Digest { key: write.key, write: write.write };
        disk.has_seen(write.position) || disk.image.manifests.contains_key(&digest)
    }
}

impl contract::Actor<ContainerRegistry> for Actor {
    fn on_start(&mut self, cx: Cx) {
        match self {
            Actor::Replica(replica) => replica.on_start(cx),
            Actor::Probe(probe) => probe.on_start(cx),
            Actor::Control(control) => control.on_start(cx),
            _ => {}
        }
    }

    fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        match self {
            Actor::Replica(replica) => replica.on_message(from, msg, cx),
            Actor::TrafficManager(manager) => manager.on_message(from, msg, cx),
            Actor::Probe(probe) => probe.on_message(from, msg, cx),
            Actor::Resolver(resolver) => resolver.on_message(from, msg, cx),
            Actor::Client(client) => client.on_message(from, msg, cx),
            Actor::Hooks(hooks) => {
                if let Msg::Webhook(site, made, here, bytes) = msg {
                    hooks.on_hook(site, (made, here), bytes, cx);
                }
            }
            Actor::Control(_) => {}
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: Cx) {
        match self {
            Actor::Replica(replica) => replica.on_timer(timer, cx),
            Actor::Probe(probe) => probe.on_timer(timer, cx),
            Actor::Client(client) => client.on_timer(timer, cx),
            Actor::Control(control) => control.announce(cx),
            Actor::TrafficManager(_) | Actor::Resolver(_) | Actor::Hooks(_) => {}
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

    fn on_admin(&mut self, id: ActionId, command: Command, cx: Cx) {
        match self {
            Actor::Control(control) => control.on_admin(id, command, cx),
            _ => cx.answer(id, Answer::Refused("there is no control plane here".to_owned())),
        }
    }

    fn on_restart(&mut self, cx: Cx) {
        match self {
            Actor::Replica(replica) => replica.on_restart(cx),
            Actor::Probe(probe) => probe.on_start(cx),
            Actor::Control(control) => control.on_start(cx),
            _ => {}
        }
    }

    /// Traffic Manager, resolvers, the control plane and the receiver of webhooks only answer and repeat themselves.
    fn steady(&self, moment: &Moment<'_, ContainerRegistry>) -> Steady {
        match self {
            Actor::Replica(replica) => replica.steady(moment),
            Actor::Probe(probe) => probe.steady(),
            Actor::Client(client) => client.steady(moment.monotonic),
            Actor::TrafficManager(_) | Actor::Resolver(_) | Actor::Control(_) | Actor::Hooks(_) => {
                Steady::Forever
            }
        }
    }

    fn on_skip(&mut self, by: Span) {
        if let Actor::Replica(replica) = self {
            replica.on_skip(by);
        }
    }

    fn unfinished(&self, disk: &disk::Disk) -> bool {
        match self {
            Actor::Replica(replica) => replica.unfinished(disk),
            _ => false,
        }
    }
}
