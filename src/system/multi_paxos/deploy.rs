//! Creates the actors.

use super::disk::{Disk, Stable};
use super::replica::Replica;
use super::settings::{Directory, Settings};
use super::{Actor, MultiPaxos};
use crate::algorithm::paxos::Ballot;
use crate::base::ids::{ActorId, Id};
use crate::engine::contract::{Deployed, Deployment};
use crate::model::plan::Plan;
use crate::model::workload::client_path;
use crate::system::consensus::client::Client;
use crate::system::consensus::exchange::Guide;
use crate::system::consensus::store::Store;
use std::sync::Arc;

/// Creates the replicas and the clients. All have promised themselves to the first replica of their group.
pub fn deploy(settings: &Settings, plan: &Plan, to: &mut Deployment<MultiPaxos>) {
    let settings = Arc::new(settings.clone());
    let partitions = to.partitions.clone();
    let n = settings.sites.len();
    let ids = |turn: usize| (turn * n..(turn + 1) * n).map(ActorId::from_index).collect();
    let replicas = partitions.iter().enumerate().map(|(turn, p)| (*p, ids(turn))).collect();
    let directory = Arc::new(Directory { replicas });
    for partition in partitions {
        for (index, site) in settings.sites.iter().enumerate() {
            let promised = Ballot { round: 1, who: 0 };
            let stable = Stable { promised, mute: false, ..Stable::default() };
            let store = Store::new(partition, settings.registers);
            let replica = Replica::new(settings.clone(), directory.clone(), (partition, index));
            let region = plan.topology.region_path(site.region);
            to.actors.push(Deployed {
                actor: Actor::Replica(Box::new(replica)),
                node: settings.nodes[&partition][index],
                path: format!("multi-paxos/partition:{}/{region}/replica:{index}", partition.0),
                disk: Disk { stable, store },
                partition: Some(partition),
                region: Some(site.region),
            });
        }
    }
    let guide = Arc::new(Guide {
        replicas: directory.replicas.clone(),
        regions: settings.sites.iter().map(|site| site.region).collect(),
        first_leader: 0,
        nearest: settings.nearest.clone(),
        attempt_timeout: settings.attempt_timeout,
        retry_pause: settings.retry_pause,
    });
    for (id, client) in plan.clients.iter() {
        let actor = Actor::Client(Box::new(Client::new(guide.clone(), id)));
        let path = client_path(&plan.workloads[client.workload].name, client.number);
        let disk = Disk::default();
        let actor =
            to.actors.push(Deployed { actor, node: client.node, path, disk, partition: None, region: None });
        to.clients.push((id, actor));
    }
}
