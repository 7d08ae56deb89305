//! Creating the actors.

use crate::base::ids::{ActorId, Id};
use crate::engine::contract::{Deployed, Deployment};
use crate::model::plan::Plan;
use crate::model::workload::client_path;
use crate::system::quorum_nwr::client::Client;
use crate::system::quorum_nwr::disk::Disk;
use crate::system::quorum_nwr::replica::Replica;
use crate::system::quorum_nwr::settings::{Directory, List, Settings};
use crate::system::quorum_nwr::{Actor, QUORUM, QuorumNwr};
use std::sync::Arc;

/// Creates the nodes of every preference list, and the clients.
pub fn deploy(settings: &Settings, plan: &Plan, to: &mut Deployment<QuorumNwr>) {
    let settings = Arc::new(settings.clone());
    let directory = Arc::new(directory(&settings, to));
    for partition in to.partitions.clone() {
        let Some(list) = settings.lists.get(&partition) else { continue };
        for (place, (node, region)) in list.homes.iter().chain(&list.fallbacks).enumerate() {
            let home = (place < list.homes.len()).then_some(place);
            let replica = Replica::new(settings.clone(), directory.clone(), partition, home);
            let (what, number) = match home {
                Some(place) => ("replica", place),
                None => ("fallback", place - list.homes.len()),
            };
            to.actors.push(Deployed {
                actor: Actor::Replica(Box::new(replica)),
                node: *node,
                path: format!(
                    "quorum-nwr/partition:{}/{}/{what}:{number}",
                    partition.0,
                    plan.topology.region_path(*region)
                ),
                disk: Disk::new(home.is_some(), settings.rule),
                partition: Some(partition),
                region: Some(*region),
            });
        }
    }
    for (id, client) in plan.clients.iter() {
        let actor = Client::new(settings.clone(), directory.clone(), id, client.region);
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
    to.level = QUORUM;
}

/// Ids in the order in which [`deploy`] creates the actors.
fn directory(settings: &Settings, to: &Deployment<QuorumNwr>) -> Directory {
    let mut directory = Directory::default();
    let mut next = 0;
    for partition in &to.partitions {
        let Some(list) = settings.lists.get(partition) else { continue };
        let mut take = |(_, region): &(_, _)| {
            let id = ActorId::from_index(next);
            next += 1;
            directory.regions.insert(id, *region);
            id
        };
        let homes = list.homes.iter().map(&mut take).collect();
        let fallbacks = list.fallbacks.iter().map(&mut take).collect();
        directory.lists.insert(*partition, Arc::new(List { homes, fallbacks }));
    }
    directory
}
