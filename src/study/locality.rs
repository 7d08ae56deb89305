//! Whether a fault strikes where clients are: a replica that nobody asks and one that everybody asks may hold the same role,
//! and belong in different strata.

use crate::base::ids::RegionId;
use crate::model::fault::{Place, Scope};
use crate::model::plan::Plan;
use crate::model::topology::NodeRole;
use std::collections::BTreeSet;

/// Whether this is in, or leads to, a region in which there are clients, where other regions with data have none.
pub fn is_near_clients(plan: &Plan, scope: &Scope) -> bool {
    let nodes = &plan.topology.nodes;
    let asked: BTreeSet<RegionId> =
        plan.clients.iter().filter_map(|(_, client)| nodes.get(client.node)?.region).collect();
    let data = nodes.iter().filter(|(_, node)| node.role == NodeRole::Data);
    let unasked = data.filter_map(|(_, node)| node.region).any(|region| !asked.contains(&region));
    unasked && regions_of(plan, scope).into_iter().flatten().any(|region| asked.contains(&region))
}

fn regions_of(plan: &Plan, scope: &Scope) -> [Option<RegionId>; 2] {
    let topology = &plan.topology;
    let node = |id| topology.nodes.get(id).and_then(|node| node.region);
    let zone = |id| topology.zones.get(id).map(|zone| zone.region);
    let place = |place: &Place| match place {
        Place::Region(region) => Some(*region),
        Place::Zone(id) => zone(*id),
        Place::Node(id) => node(*id),
    };
    match scope {
        Scope::Service | Scope::Role { .. } => [None, None],
        Scope::Region(region) => [Some(*region), None],
        Scope::Zone(id) => [zone(*id), None],
        Scope::Domain(id) => [topology.domains.get(*id).and_then(|domain| zone(domain.zone)), None],
        Scope::Node(id) => [node(*id), None],
        Scope::Link { from, to, .. } => [place(from), place(to)],
    }
}
