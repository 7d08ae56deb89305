//! Creating the actors.

use super::client::Client;
use super::content::Layer;
use super::control::{Control, Hooks};
use super::disk::{Disk, Image, Members, Tagged, Version};
use super::probe::Probe;
use super::replica::Replica;
use super::resolver::Resolver;
use super::settings::{Directory, Settings};
use super::traffic_manager::TrafficManager;
use super::{Actor, ContainerRegistry};
use crate::base::ids::{ActorId, Id, NodeId, PartitionId, RegionId};
use crate::engine::contract::{Deployed, Deployment};
use crate::model::plan::Plan;
use crate::model::workload::client_path;
use std::sync::Arc;

/// Creates the replicas, Traffic Manager with its probes, the resolvers, the control plane, and the clients.
pub fn deploy(settings: &Settings, plan: &Plan, to: &mut Deployment<ContainerRegistry>) {
    let settings = Arc::new(settings.clone());
    let directory = Arc::new(directory(&settings));
    let members = Control::first(&settings);
    for (index, site) in settings.sites.iter().enumerate() {
        let replica = Replica::new(settings.clone(), directory.clone(), index);
        let region = plan.topology.region_path(site.region);
        to.actors.push(Deployed {
            actor: Actor::Replica(Box::new(replica)),
            node: site.node,
            path: format!("container-registry/registry:{}/{region}/replica", site.registry),
            disk: if site.initial { first_disk(&settings, index, &members) } else { Disk::default() },
            partition: Some(PartitionId(0)),
            region: Some(site.region),
        });
    }
    let mut add = |actor: Actor, node: NodeId, path: String| {
        to.actors.push(Deployed {
            actor,
            node,
            path,
            disk: Disk::default(),
            partition: None,
            region: home(plan),
        })
    };
    let manager = TrafficManager::new(settings.clone(), &directory);
    let nodes = &settings.nodes;
    let at = "container-registry";
    add(Actor::TrafficManager(Box::new(manager)), nodes.traffic_manager, format!("{at}/traffic-manager"));
    let control = Control::new(settings.clone(), directory.clone());
    let admin = add(Actor::Control(Box::new(control)), nodes.control, format!("{at}/control"));
    add(Actor::Hooks(Box::new(Hooks::new(settings.clone()))), nodes.hooks, format!("{at}/hooks"));
    for (i, node) in nodes.probes.iter().enumerate() {
        let probe = Probe::new(settings.clone(), directory.clone());
        add(Actor::Probe(Box::new(probe)), *node, format!("{at}/probe:{i}"));
    }
    for (region, pool) in &nodes.resolvers {
        let region = plan.topology.region_path(*region);
        for (i, node) in pool.iter().enumerate() {
            let resolver = Resolver::new(settings.clone(), directory.clone());
            add(Actor::Resolver(Box::new(resolver)), *node, format!("{at}/{region}/resolver:{i}"));
        }
    }
    to.admin = Some(admin);
    for (id, client) in plan.clients.iter() {
        let actor = Client::new(settings.clone(), directory.clone(), id);
        let actor = to.actors.push(Deployed {
            actor: Actor::Client(Box::new(actor)),
            node: client.node,
            path: client_path(&plan.workloads[client.workload].name, client.number),
            disk: Disk::default(),
            partition: None,
            region: None,
        });
        to.clients.push((id, actor));
    }
}

/// Actors that store no data count for some region, so that nothing is looked for on their disks.
fn home(plan: &Plan) -> Option<RegionId> {
    plan.topology.regions.ids().next()
}

/// Ids in the order in which actors are created.
fn directory(settings: &Settings) -> Directory {
    let sites = settings.sites.len();
    let id = ActorId::from_index;
    let mut next = sites + 3 + settings.nodes.probes.len();
    let mut resolvers = std::collections::BTreeMap::new();
    for (region, pool) in &settings.nodes.resolvers {
        resolvers.insert(*region, (next..next + pool.len()).map(id).collect());
        next += pool.len();
    }
    // The control plane is between these: it is asked by operators alone.
    Directory { sites, traffic_manager: id(sites), hooks: id(sites + 2), resolvers }
}

/// What every replica has at the start: the first image of each tag.
fn first_disk(settings: &Settings, site: usize, members: &Members) -> Disk {
    let recipe = &settings.recipe;
    let mut image = Image::default();
    for (digest, bytes) in recipe.first_images() {
        image.manifests.insert(digest, bytes);
        let version = Version::default();
        image.tags.insert(digest.key, Tagged { version, base: version, image: Some(digest) });
        for Layer { blob, bytes } in recipe.layers(digest, bytes) {
            image.blobs.insert(blob, bytes);
        }
    }
    Disk::ready(Settings::first_name(site), image, members.clone())
}
