//! Creates the actors.

use super::client::Client;
use super::configuration::{Configuration, Known, Set, Why};
use super::disk::Disk;
use super::operator::Operator;
use super::replica::Replica;
use super::settings::{Directory, Settings};
use super::witness::Witness;
use super::{Actor, BACKUP, Kin, PRIMARY, mode};
use crate::algorithm::register::Acceptor;
use crate::base::ids::{ActorId, Id, PartitionId};
use crate::engine::contract::{Deployed, Deployment};
use crate::model::plan::Plan;
use crate::model::workload::client_path;
use crate::system::consensus::store::Store;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Creates the replicas, the coordinator, the operator and the clients, in the mode that the window begins in.
pub(in crate::system) fn deploy<S: Kin>(settings: &Settings, plan: &Plan, to: &mut Deployment<S>) {
    to.level = if settings.read_anywhere { BACKUP } else { PRIMARY };
    let settings = Arc::new(settings.clone());
    let partitions = to.partitions.clone();
    let mut directory = Directory::default();
    let mut next = 0;
    let mut ids = |n: usize| {
        next += n;
        (next - n..next).map(ActorId::from_index).collect::<Vec<_>>()
    };
    for partition in &partitions {
        directory.replicas.insert(*partition, ids(settings.slots.len()));
    }
    directory.coordinator = ids(settings.coordinator.len());
    directory.operator = ids(1)[0];
    let directory = Arc::new(directory);
    let first: BTreeMap<PartitionId, Configuration> =
        partitions.iter().map(|p| (*p, begin(&settings, plan, *p))).collect();
    for (partition, first) in &first {
        replicas(&settings, &directory, plan, (*partition, *first), to);
    }
    for (index, (node, region)) in settings.coordinator.iter().enumerate() {
        let actor = Actor::Witness(Box::new(Witness::new(settings.clone(), directory.clone())));
        let register = first.iter().map(|(p, now)| (*p, Acceptor::new(*now))).collect();
        let disk = Disk { register, ..Disk::default() };
        let (node, region, path) = (*node, *region, format!("{}/coordinator:{index}", settings.name));
        to.actors.push(Deployed { actor, node, path, disk, partition: None, region });
    }
    let operator = Actor::Operator(Box::new(Operator::new(settings.clone(), directory.clone())));
    to.admin = Some(to.actors.push(Deployed {
        actor: operator,
        node: settings.operator,
        path: format!("{}/operator", settings.name),
        disk: Disk::default(),
        partition: None,
        region: None,
    }));
    for (id, client) in plan.clients.iter() {
        let actor = Actor::Client(Box::new(Client::new(settings.clone(), directory.clone(), id)));
        let path = client_path(&plan.workloads[client.workload].name, client.number);
        let disk = Disk::default();
        let actor =
            to.actors.push(Deployed { actor, node: client.node, path, disk, partition: None, region: None });
        to.clients.push((id, actor));
    }
}

fn begin(settings: &Settings, plan: &Plan, partition: PartitionId) -> Configuration {
    let primary = mode::primary(settings, &plan.mode, partition) as u8;
    let in_sync = if settings.keeps_in_sync() { Set::first(settings.slots.len()) } else { Set::default() };
    Configuration { epoch: 1, version: 1, primary, in_sync, why: Why::Failover }
}

fn replicas<S: Kin>(
    settings: &Arc<Settings>,
    directory: &Arc<Directory>,
    plan: &Plan,
    (partition, now): (PartitionId, Configuration),
    to: &mut Deployment<S>,
) {
    for (index, slot) in settings.slots.iter().enumerate() {
        let me = directory.replicas[&partition][index];
        let known = Known { now, ..Known::default() };
        let store = Store::new(partition, settings.registers);
        let disk = Disk { member: true, known, store, ..Disk::default() };
        let replica = Replica::new(settings.clone(), directory.clone(), me, (partition, index));
        let region = plan.topology.region_path(slot.region);
        to.actors.push(Deployed {
            actor: Actor::Replica(Box::new(replica)),
            node: settings.nodes[&partition][index],
            path: format!("{}/partition:{}/{region}/replica:{index}", settings.name, partition.0),
            disk,
            partition: Some(partition),
            region: Some(slot.region),
        });
    }
}
