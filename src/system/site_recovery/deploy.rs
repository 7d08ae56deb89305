//! Creates the actors.

use super::cache::Cache;
use super::client::Client;
use super::disk::{Disk, Use};
use super::machine::Machine;
use super::point::Tag;
use super::service::Service;
use super::service::state::State;
use super::settings::{Directory, Settings};
use super::{AWAY, Actor, SiteRecovery};
use crate::base::ids::{ActorId, Id, NodeId, PartitionId, RegionId};
use crate::engine::contract::{Deployed, Deployment};
use crate::model::plan::Plan;
use crate::model::workload::client_path;
use std::sync::Arc;

/// Creates the machines and cache accounts of both regions, the service, names, and the clients, in the mode that the
/// window begins in.
pub(super) fn deploy(settings: &Settings, plan: &Plan, to: &mut Deployment<SiteRecovery>) {
    let active = usize::from(plan.mode == AWAY);
    let settings = Arc::new(settings.clone());
    let n = settings.vms.len();
    let id = |index: usize| ActorId::from_index(index);
    let directory = Arc::new(Directory {
        machines: (0..n).map(|vm| [id(4 * vm), id(4 * vm + 1)]).collect(),
        caches: (0..n).map(|vm| [id(4 * vm + 2), id(4 * vm + 3)]).collect(),
        service: id(4 * n),
        names: id(4 * n + 1),
    });
    for vm in 0..n {
        let partition = PartitionId::from_index(vm);
        let place = |what: &str, site: usize| {
            let region = plan.topology.region_path(settings.sites[site]);
            format!("site-recovery/{region}/{what}:{}", settings.vms[vm].name)
        };
        for site in 0..2 {
            let machine = Machine::new(settings.clone(), directory.clone(), vm, site);
            let actor = Actor::Machine(Box::new(machine));
            let disk = disk_of(&settings, site == active);
            let node = settings.nodes[vm][site];
            add(to, (actor, node, place("vm", site), disk), Some((partition, settings.sites[site])));
        }
        for site in 0..2 {
            let actor = Actor::Cache(Box::new(Cache::new(directory.clone(), vm, site)));
            let stream = u64::from(settings.protected && site == active);
            let disk = Disk { stream, ..Disk::default() };
            let node = settings.caches[site];
            add(to, (actor, node, place("cache", site), disk), Some((partition, settings.sites[site])));
        }
    }
    let service = Actor::Service(Box::new(Service::new(settings.clone(), directory.clone())));
    let state = Some(Box::new(State::new(&settings, active)));
    let disk = Disk { state, ..Disk::default() };
    to.admin = Some(add(to, (service, settings.service, "site-recovery/service".into(), disk), None));
    let names = Disk { names: vec![(active, 1); n], ..Disk::default() };
    let actor = Actor::Names(Box::default());
    add(to, (actor, settings.names, "site-recovery/names".into(), names), None);
    for (id, client) in plan.clients.iter() {
        let actor = Actor::Client(Box::new(Client::new(settings.clone(), directory.clone(), id, active)));
        let path = client_path(&plan.workloads[client.workload].name, client.number);
        let actor = add(to, (actor, client.node, path, Disk::default()), None);
        to.clients.push((id, actor));
    }
}

fn disk_of(settings: &Settings, runs: bool) -> Disk {
    let used = match (runs, settings.protected) {
        (true, _) => Use::Machine,
        (false, true) => Use::Replica,
        (false, false) => Use::Blank,
    };
    let points = if used == Use::Replica { Arc::from([Tag::FIRST]) } else { Arc::from([]) };
    Disk { used, epoch: 1, stream: u64::from(settings.protected), points, ..Disk::default() }
}

type What = (Actor, NodeId, String, Disk);

/// Stores of no partition and no region would count as vaults: the service and names hold no data, and say so.
fn add(
    to: &mut Deployment<SiteRecovery>,
    (actor, node, path, disk): What,
    of: Option<(PartitionId, RegionId)>,
) -> ActorId {
    let (partition, region) = (of.map(|of| of.0), of.map(|of| of.1));
    to.actors.push(Deployed { actor, node, path, disk, partition, region })
}
