//! Creating the actors.

use super::client::Client;
use super::disk::Disk;
use super::replica::Replica;
use super::settings::{Directory, Settings};
use super::{Actor, Crdt, EVENTUAL, SESSION};
use crate::base::ids::{ActorId, Id};
use crate::engine::contract::{Deployed, Deployment};
use crate::model::plan::Plan;
use crate::model::workload::client_path;
use std::sync::Arc;

/// Creates the replicas of every partition, and the clients.
pub fn deploy(settings: &Settings, plan: &Plan, to: &mut Deployment<Crdt>) {
    let settings = Arc::new(settings.clone());
    let partitions = to.partitions.clone();
    let n = settings.sites.len();
    let ids = |turn: usize| (turn * n..(turn + 1) * n).map(ActorId::from_index).collect();
    let replicas = partitions.iter().enumerate().map(|(turn, p)| (*p, ids(turn))).collect();
    let directory = Arc::new(Directory { replicas });
    for partition in partitions {
        for (index, site) in settings.sites.iter().enumerate() {
            let place = (partition, index);
            let replica = Replica::new(settings.clone(), directory.clone(), place);
            let region = plan.topology.region_path(site.region);
            to.actors.push(Deployed {
                actor: Actor::Replica(Box::new(replica)),
                node: settings.nodes[&partition][index],
                path: format!("crdt/partition:{}/{region}/replica:{index}", partition.0),
                disk: Disk::new(Settings::first_name(index), settings.log),
                partition: Some(partition),
                region: Some(site.region),
            });
        }
    }
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
    to.level = if settings.session { SESSION } else { EVENTUAL };
}
