//! Where replicas go: each on a node and, as far as there are enough, in a fault domain of its own.

use super::settings::Slot;
use crate::base::ids::{DomainId, Id, NodeId, PartitionId, ZoneId};
use crate::model::plan::Plan;
use std::collections::{BTreeMap, BTreeSet};

/// The node of each replica of each partition.
///
/// # Errors
/// The slot for which there is no node left, by its index.
pub fn place(
    plan: &Plan,
    slots: &[Slot],
    partitions: u32,
) -> Result<BTreeMap<PartitionId, Vec<NodeId>>, usize> {
    (0..partitions).map(PartitionId).map(|p| Ok((p, one(plan, slots, p)?))).collect()
}

fn one(plan: &Plan, slots: &[Slot], partition: PartitionId) -> Result<Vec<NodeId>, usize> {
    let (mut nodes, mut domains) = (Vec::<NodeId>::new(), BTreeSet::<DomainId>::new());
    let mut spread: BTreeMap<crate::base::ids::RegionId, usize> = BTreeMap::new();
    for (index, slot) in slots.iter().enumerate() {
        let zones: Vec<ZoneId> = plan.topology.zones_of(slot.region).collect();
        let turn = spread.entry(slot.region).or_default();
        let zone = match slot.zone {
            Some(number) => zones.into_iter().find(|z| plan.topology.zones[*z].number == number),
            None => zones.get((*turn + partition.index()) % zones.len().max(1)).copied(),
        };
        *turn += 1;
        let there: Vec<NodeId> = zone.iter().flat_map(|z| plan.topology.data_nodes_of(*z)).collect();
        let first = partition.index() * slots.len() % there.len().max(1);
        let free = || there.iter().cycle().skip(first).take(there.len()).filter(|n| !nodes.contains(n));
        let domain = |node: &NodeId| plan.topology.nodes[*node].domain;
        let apart = free().find(|node| domain(node).is_none_or(|d| !domains.contains(&d)));
        let node = *apart.or_else(|| free().next()).ok_or(index)?;
        domains.extend(domain(&node));
        nodes.push(node);
    }
    Ok(nodes)
}
