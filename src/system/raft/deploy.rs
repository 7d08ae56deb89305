//! Creates the actors.

use super::config::Kind;
use super::disk::{Disk, Stable};
use super::operator::Operator;
use super::replica::Replica;
use super::settings::{Directory, Settings};
use super::{Actor, Raft, mode};
use crate::algorithm::log::{ReplicatedLog, Term};
use crate::algorithm::raft::Membership;
use crate::base::ids::{ActorId, Id, PartitionId};
use crate::engine::contract::{Deployed, Deployment};
use crate::model::plan::Plan;
use crate::model::workload::client_path;
use crate::system::consensus::client::Client;
use crate::system::consensus::exchange::Guide;
use crate::system::consensus::store::Store;
use std::sync::Arc;

/// Creates the replicas, the operator and the clients of one world, in the mode that the window begins in.
pub fn deploy(settings: &Settings, plan: &Plan, to: &mut Deployment<Raft>) {
    let settings = Arc::new(settings.clone());
    let partitions = to.partitions.clone();
    let mut directory = Directory::default();
    let mut next = 0;
    for partition in &partitions {
        let ids = settings.slots.iter().enumerate().map(|(i, _)| ActorId::from_index(next + i)).collect();
        directory.replicas.insert(*partition, ids);
        next += settings.slots.len();
    }
    let directory = Arc::new(directory);
    for partition in &partitions {
        group(&settings, &directory, plan, *partition, to);
    }
    let operator = Actor::Operator(Box::new(Operator::new(settings.clone(), directory.clone())));
    to.admin = Some(to.actors.push(Deployed {
        actor: operator,
        node: settings.operator,
        path: "raft/operator".into(),
        disk: Disk::default(),
        partition: None,
        region: None,
    }));
    let guide = Arc::new(Guide {
        replicas: directory.replicas.clone(),
        regions: settings.slots.iter().map(|slot| slot.region).collect(),
        first_leader: settings.first_leader(),
        nearest: settings.nearest.clone(),
        attempt_timeout: settings.client.0,
        retry_pause: settings.client.1,
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

/// The members of a group at the start.
fn members(settings: &Settings, ids: &[ActorId]) -> Membership<ActorId> {
    let of = |kinds: &[Kind]| {
        let slots = settings.slots.iter().zip(ids);
        slots.filter(|(slot, _)| kinds.contains(&slot.kind)).map(|(_, id)| *id).collect::<Vec<_>>()
    };
    Membership {
        voters: of(&[Kind::Voter, Kind::Witness]),
        outgoing: Vec::new(),
        learners: of(&[Kind::Learner]),
        witnesses: of(&[Kind::Witness]),
    }
}

fn group(
    settings: &Arc<Settings>,
    directory: &Arc<Directory>,
    plan: &Plan,
    partition: PartitionId,
    to: &mut Deployment<Raft>,
) {
    let ids = &directory.replicas[&partition];
    let members = Arc::new(members(settings, ids));
    let leader = settings.with_leader.then(|| mode::leader(settings, &plan.mode, partition));
    for (index, slot) in settings.slots.iter().enumerate() {
        let me = ids[index];
        let spare = slot.kind == Kind::Spare;
        let stable = Stable {
            term: Term(u64::from(leader.is_some() && !spare)),
            vote: leader.map(|leader| ids[leader]).filter(|_| !spare),
            log: ReplicatedLog::default(),
            members: if spare { Arc::default() } else { members.clone() },
            mute: spare,
        };
        let witness = slot.kind == Kind::Witness;
        let store = Store::new(partition, settings.registers);
        let disk = Disk { stable, store, witness, spare };
        let leads = leader == Some(index);
        let place = (partition, index, leads);
        let replica = Replica::new(settings.clone(), directory.clone(), me, place);
        let region = plan.topology.region_path(slot.region);
        to.actors.push(Deployed {
            actor: Actor::Replica(Box::new(replica)),
            node: settings.nodes[&partition][index],
            path: format!("raft/partition:{}/{region}/replica:{index}", partition.0),
            disk,
            partition: Some(partition),
            region: Some(slot.region),
        });
    }
}
