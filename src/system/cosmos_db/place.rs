//! Where replicas go (COS-1, COS-14).

use crate::base::ids::{NodeId, PartitionId, RegionId, ZoneId};
use crate::model::plan::Plan;
use crate::system::cosmos_db::mutation::Mutation;
use crate::system::cosmos_db::settings::Settings;
use std::collections::{BTreeMap, BTreeSet};

/// Slots of each partition in each region: members first, then spares.
pub type Slots = BTreeMap<(PartitionId, RegionId), Vec<NodeId>>;

/// COS-1: the replicas of a set sit in different fault domains. COS-14: in a zone-redundant region over three zones as
/// 1 + 1 + 2, the leader alone in the first; else all in the first zone. Spares follow the same pattern.
pub fn replicas(plan: &Plan, settings: &Settings) -> Result<Slots, (RegionId, String)> {
    let mut slots = Slots::new();
    for p in 0..settings.partitions {
        for region in plan.topology.regions.ids() {
            let nodes = in_region(plan, settings, p, region).map_err(|why| (region, why))?;
            slots.insert((PartitionId(p), region), nodes);
        }
    }
    Ok(slots)
}

fn in_region(plan: &Plan, settings: &Settings, p: u32, region: RegionId) -> Result<Vec<NodeId>, String> {
    let zones: Vec<ZoneId> = plan.topology.zones_of(region).collect();
    let spread = settings.zone_redundant.contains(&region) && !settings.without(Mutation::IgnoreZones);
    if spread && zones.len() < 3 {
        return Err(format!("zone redundancy needs three zones, there are {}", zones.len()));
    }
    let order: Vec<usize> = if spread {
        let turn = p as usize;
        [0, 1, 2, 2, 0, 1, 2, 0].iter().map(|z| (z + turn) % 3).collect()
    } else {
        vec![0; 8]
    };
    let wanted = settings.replicas + settings.spares;
    let mut taken = BTreeSet::new();
    let mut nodes = Vec::new();
    for zone in order.into_iter().take(wanted) {
        let Some(zone) = zones.get(zone) else { return Err("it has no zone".into()) };
        match next_node(plan, *zone, p, &taken) {
            Some((node, domain)) => {
                if !settings.without(Mutation::PlaceInOneDomain) {
                    taken.insert(domain);
                }
                nodes.push(node);
            }
            None if nodes.len() >= settings.replicas => break,
            None => {
                let domains = taken.len();
                return Err(format!(
                    "{} replicas need as many fault domains, there are {domains}",
                    settings.replicas
                ));
            }
        }
    }
    Ok(nodes)
}

/// The next node of the zone in a fault domain that is not taken, beginning at a different one for each partition.
fn next_node(
    plan: &Plan,
    zone: ZoneId,
    p: u32,
    taken: &BTreeSet<crate::base::ids::DomainId>,
) -> Option<(NodeId, crate::base::ids::DomainId)> {
    let nodes: Vec<NodeId> = plan.topology.data_nodes_of(zone).collect();
    let start = (p as usize).checked_mul(4)?.checked_rem(nodes.len().max(1))?;
    let turned = nodes.iter().cycle().skip(start).take(nodes.len());
    turned
        .filter_map(|n| plan.topology.nodes[*n].domain.map(|d| (*n, d)))
        .find(|(_, domain)| !taken.contains(domain))
}
