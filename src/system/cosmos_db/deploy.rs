//! Creating the account's actors.

use crate::algorithm::election::Ballot;
use crate::base::ids::{ActorId, Id, NodeId, PartitionId, RegionId};
use crate::engine::contract::{Deployed, Deployment};
use crate::model::plan::Plan;
use crate::model::workload::client_path;
use crate::system::cosmos_db::account::Account;
use crate::system::cosmos_db::application::Application;
use crate::system::cosmos_db::client::Client;
use crate::system::cosmos_db::controller::Controller;
use crate::system::cosmos_db::discovery::Discovery;
use crate::system::cosmos_db::disk::{Disk, SetConfig};
use crate::system::cosmos_db::manager::Manager;
use crate::system::cosmos_db::replica::Replica;
use crate::system::cosmos_db::settings::{Directory, Settings};
use crate::system::cosmos_db::store::Store;
use crate::system::cosmos_db::vault::Vault;
use crate::system::cosmos_db::{Actor, CosmosDb, mode};
use std::sync::Arc;

/// Creates replicas, managers, the control plane and the clients of one world, in the mode that the window begins in.
pub fn deploy(settings: &Settings, plan: &Plan, to: &mut Deployment<CosmosDb>) {
    let directory = Arc::new(directory(settings, &to.partitions));
    let settings = Arc::new(mode::begin(settings, &plan.mode));
    let partitions = to.partitions.clone();
    for p in &partitions {
        for region in settings.nodes.managers.keys() {
            deploy_set(&settings, &directory, plan, (*p, *region), to);
        }
    }
    for (region, node) in &settings.nodes.managers {
        let mut disk = Disk::default();
        for p in &partitions {
            disk.sets.insert(*p, initial_set(&settings, &directory, (*p, *region)));
        }
        let actor = Actor::Manager(Box::new(Manager::new(settings.clone(), directory.clone(), *region)));
        let path = format!("cosmos-db/{}/manager", plan.topology.region_path(*region));
        push(to, actor, (*node, path), disk, (None, None));
    }
    let (control, global, dns) = (settings.nodes.control, settings.nodes.global, settings.nodes.dns);
    let blank = || Disk::default();
    let account = Actor::Account(Box::new(Account::new(settings.clone(), directory.clone())));
    push(to, account, (global, "cosmos-db/account".into()), blank(), (None, None));
    let controller = Actor::Controller(Box::new(Controller::new(settings.clone(), directory.clone())));
    to.admin = Some(push(to, controller, (control, "cosmos-db/controller".into()), blank(), (None, None)));
    let discovery = Actor::Discovery(Discovery::new(&settings, directory.clone()));
    push(to, discovery, (dns, "cosmos-db/discovery".into()), blank(), (None, None));
    let vault = Actor::Vault(Vault::new(settings.clone(), directory.clone()));
    push(to, vault, (global, "cosmos-db/vault".into()), blank(), (None, None));
    for (id, client) in plan.clients.iter() {
        let actor = Actor::Client(Box::new(Client::new(settings.clone(), directory.clone(), id)));
        let path = client_path(&plan.workloads[client.workload].name, client.number);
        let actor = push(to, actor, (client.node, path), blank(), (None, None));
        to.clients.push((id, actor));
    }
    if let (Some((region, _)), Some(node)) = (settings.conflict_reader, settings.nodes.application) {
        let actor = Actor::Application(Application::new(settings.clone(), directory.clone()));
        let path = format!("cosmos-db/{}/application", plan.topology.region_path(region));
        push(to, actor, (node, path), blank(), (None, None));
    }
    to.level = settings.level.index();
}

fn push(
    to: &mut Deployment<CosmosDb>,
    actor: Actor,
    (node, path): (NodeId, String),
    disk: Disk,
    (partition, region): (Option<PartitionId>, Option<RegionId>),
) -> ActorId {
    to.actors.push(Deployed { actor, node, path, disk, partition, region })
}

/// Ids in the order in which [`deploy`] creates the actors.
fn directory(settings: &Settings, partitions: &[PartitionId]) -> Directory {
    let mut directory = Directory { partitions: partitions.to_vec(), ..Directory::default() };
    let mut next = 0;
    let mut take = || {
        next += 1;
        ActorId::from_index(next - 1)
    };
    for p in partitions {
        for region in settings.nodes.managers.keys() {
            let slots = settings.nodes.replicas.get(&(*p, *region)).map_or(0, Vec::len);
            directory.replicas.insert((*p, *region), (0..slots).map(|_| take()).collect());
        }
    }
    for region in settings.nodes.managers.keys() {
        directory.managers.insert(*region, take());
    }
    directory.account = take();
    directory.controller = take();
    directory.discovery = take();
    directory.vault = take();
    directory
}

fn initial_set(settings: &Settings, directory: &Directory, at: (PartitionId, RegionId)) -> SetConfig {
    let slots = directory.replicas.get(&at).cloned().unwrap_or_default();
    let members: Arc<[ActorId]> = slots.iter().copied().take(settings.replicas).collect();
    SetConfig { ballot: Ballot(1), leader: slots.first().copied().unwrap_or_default(), members }
}

fn deploy_set(
    settings: &Arc<Settings>,
    directory: &Arc<Directory>,
    plan: &Plan,
    (p, region): (PartitionId, RegionId),
    to: &mut Deployment<CosmosDb>,
) {
    let set = initial_set(settings, directory, (p, region));
    let nodes = settings.nodes.replicas.get(&(p, region)).cloned().unwrap_or_default();
    for (slot, node) in nodes.into_iter().enumerate() {
        let id = directory.replicas[&(p, region)][slot];
        let blank = !settings.regions.contains(&region);
        let mut disk = Disk { store: Store::new(p, settings.registers), blank, ..Disk::default() };
        if set.members.contains(&id) {
            disk.set = Some(set.clone());
            disk.promised = set.ballot;
            disk.epoch = 1;
        }
        let replica = Replica::new(settings.clone(), directory.clone(), (p, region, id));
        let path =
            format!("cosmos-db/partition:{}/{}/replica:{slot}", p.0, plan.topology.region_path(region));
        push(to, Actor::Replica(Box::new(replica)), (node, path), disk, (Some(p), Some(region)));
    }
}
