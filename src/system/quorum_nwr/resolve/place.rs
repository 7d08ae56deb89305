//! Preference lists: which nodes keep a partition, and which stand in for them.

use super::Share;
use crate::base::diagnostics::{Code, Diagnostics, Place, shown};
use crate::base::ids::{DomainId, NodeId, PartitionId, RegionId, ZoneId};
use crate::model::plan::Plan;
use crate::system::quorum_nwr::settings::List;
use std::collections::{BTreeMap, BTreeSet};

/// By partition.
pub type Lists = BTreeMap<PartitionId, List<(NodeId, RegionId)>>;

/// The list of every partition: its replicas region by region, then as many further nodes of the same regions, by turns.
pub(super) fn lists(
    partitions: u32,
    shares: &[Share],
    fallbacks: Option<(u32, Place)>,
    plan: &Plan,
    errors: &mut Diagnostics,
) -> Option<Lists> {
    let before = errors.len();
    let rows: Vec<Vec<Slot>> = shares.iter().map(|share| nodes(share.region, plan)).collect();
    for (share, row) in shares.iter().zip(&rows) {
        if row.len() < share.replicas as usize {
            let name = shown(&plan.topology.regions[share.region].name);
            let message = format!("{} replicas on {} nodes of region `{name}`", share.replicas, row.len());
            errors
                .error(Code::ImpossiblePlacement, share.place, message)
                .hint("replicas of a partition are on different nodes: give the region more");
        }
    }
    if errors.len() > before {
        return None;
    }
    let n: u32 = shares.iter().map(|share| share.replicas).sum();
    let mut lists = Lists::new();
    for p in 0..partitions {
        let mut homes = Vec::new();
        let mut spare: Vec<Vec<(NodeId, RegionId)>> = Vec::new();
        for (share, row) in shares.iter().zip(&rows) {
            let mut turned = spread(row, p as usize);
            let rest = turned.split_off(share.replicas as usize);
            homes.extend(turned.into_iter().map(|node| (node, share.region)));
            spare.push(rest.into_iter().map(|node| (node, share.region)).collect());
        }
        let wanted = fallbacks.map_or(n, |(count, _)| count) as usize;
        let longest = spare.iter().map(Vec::len).max().unwrap_or(0);
        let by_turns = (0..longest).flat_map(|i| spare.iter().filter_map(move |row| row.get(i)));
        let stand_in: Vec<(NodeId, RegionId)> = by_turns.copied().take(wanted).collect();
        if let Some((count, place)) = fallbacks.filter(|(count, _)| stand_in.len() < *count as usize) {
            let message = format!("{count} fallbacks, and there are {} other nodes", stand_in.len());
            errors.error(Code::ImpossiblePlacement, place, message);
            return None;
        }
        lists.insert(PartitionId(p), List { homes, fallbacks: stand_in });
    }
    Some(lists)
}

/// A node with its zone and domain.
type Slot = (NodeId, ZoneId, Option<DomainId>);

/// The data nodes of a region, zone by zone in turn.
fn nodes(region: RegionId, plan: &Plan) -> Vec<Slot> {
    let row = |zone: ZoneId| -> Vec<Slot> {
        let nodes = plan.topology.data_nodes_of(zone);
        nodes.map(|node| (node, zone, plan.topology.nodes[node].domain)).collect()
    };
    let zones: Vec<Vec<Slot>> = plan.topology.zones_of(region).map(row).collect();
    let longest = zones.iter().map(Vec::len).max().unwrap_or(0);
    (0..longest).flat_map(|i| zones.iter().filter_map(move |zone| zone.get(i).copied())).collect()
}

/// All nodes of a region in the order in which a partition takes them: it begins one further on the ring than the
/// partition before it, and takes nodes of domains that it has none of first.
fn spread(row: &[Slot], turn: usize) -> Vec<NodeId> {
    let turned = || row.iter().cycle().skip(turn % row.len().max(1)).take(row.len());
    let mut seen: BTreeMap<DomainId, usize> = BTreeMap::new();
    let mut rounds: BTreeMap<usize, Vec<NodeId>> = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for (node, _, domain) in turned().filter(|(node, ..)| taken.insert(*node)) {
        let round = domain.map_or(0, |domain| {
            let count = seen.entry(domain).or_default();
            *count += 1;
            *count - 1
        });
        rounds.entry(round).or_default().push(*node);
    }
    rounds.into_values().flatten().collect()
}
