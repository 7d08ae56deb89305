//! Scopes and roles become nodes when a fault begins.

use crate::base::ids::{DomainId, NodeId, PartitionId, RegionId, ZoneId};
use crate::engine::record::FaultSite;
use crate::model::fault::{FaultKind, Place, Role, Scope, Widen};
use crate::model::topology::{Node, NodeRole, Topology};
use std::collections::{BTreeMap, BTreeSet};

/// A scope without roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bound {
    /// Everything.
    Service,
    /// A region.
    Region(RegionId),
    /// A zone.
    Zone(ZoneId),
    /// A fault domain.
    Domain(DomainId),
    /// A node.
    Node(NodeId),
}

/// Who holds the roles now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holders {
    /// Nodes of the write regions.
    pub write: Vec<NodeId>,
    /// Nodes of the leaders of this world's partitions in the write region.
    pub leaders: BTreeSet<NodeId>,
    /// The partitions that each node holds a replica of.
    pub replicas: BTreeMap<NodeId, BTreeSet<PartitionId>>,
}

/// The places a scope means now. `holders` answers for roles; links have no places of their own.
pub(crate) fn bind(topology: &Topology, scope: &Scope, holders: &dyn Fn(Role) -> Vec<NodeId>) -> Vec<Bound> {
    let mut bound: Vec<Bound> = match scope {
        Scope::Service => vec![Bound::Service],
        Scope::Region(r) => vec![Bound::Region(*r)],
        Scope::Zone(z) => vec![Bound::Zone(*z)],
        Scope::Domain(d) => vec![Bound::Domain(*d)],
        Scope::Node(n) => vec![Bound::Node(*n)],
        Scope::Link { .. } => Vec::new(),
        Scope::Role { role, widen } => {
            let nodes = holders(*role);
            nodes.into_iter().filter_map(|node| around(topology, *role, *widen, node)).collect()
        }
    };
    bound.sort_unstable();
    bound.dedup();
    bound
}

/// The scope around a holder. `@write` itself is a region; without a domain or zone the next narrower place is meant.
fn around(topology: &Topology, role: Role, widen: Widen, node: NodeId) -> Option<Bound> {
    let at = topology.nodes.get(node)?;
    let region = at.region.map(Bound::Region);
    let zone = at.zone.map(Bound::Zone);
    let domain = at.domain.map(Bound::Domain);
    let alone = Some(Bound::Node(node));
    match (role, widen) {
        (Role::Write, Widen::Holder) | (_, Widen::Region) => region,
        (Role::Leader(_), Widen::Holder) => alone,
        (_, Widen::Domain) => domain.or(alone),
        (_, Widen::Zone) => zone.or(domain).or(alone),
    }
}

/// The nodes that a fault of this kind hits at these places, in order.
pub(crate) fn nodes_of(topology: &Topology, places: &[Bound], kind: &FaultKind) -> Vec<NodeId> {
    let hit = |id: NodeId, node: &Node| match kind {
        FaultKind::ControlPlaneDown => node.role == NodeRole::Control && service_at(places, node),
        FaultKind::DnsDown => node.role == NodeRole::Dns && service_at(places, node),
        _ => places.iter().any(|place| covers(*place, id, node)),
    };
    if let [Bound::Node(alone)] = places {
        return topology
            .nodes
            .get(*alone)
            .filter(|node| hit(*alone, node))
            .map(|_| *alone)
            .into_iter()
            .collect();
    }
    topology.nodes.iter().filter(|(id, node)| hit(*id, node)).map(|(id, _)| id).collect()
}

fn service_at(places: &[Bound], node: &Node) -> bool {
    places.iter().any(|place| match place {
        Bound::Region(r) => node.region == Some(*r),
        _ => true,
    })
}

fn covers(place: Bound, id: NodeId, node: &Node) -> bool {
    let member =
        node.fails_with_place && matches!(node.role, NodeRole::Data | NodeRole::Client | NodeRole::Regional);
    match place {
        Bound::Service => matches!(node.role, NodeRole::Data | NodeRole::Regional),
        Bound::Region(r) => member && node.region == Some(r),
        Bound::Zone(z) => member && node.zone == Some(z),
        Bound::Domain(d) => member && node.domain == Some(d),
        Bound::Node(n) => n == id && node.role != NodeRole::Global,
    }
}

/// The nodes at one end of a link. Clients that only sit near a region are outside it.
pub(crate) fn end_of_link(topology: &Topology, place: Place) -> Vec<NodeId> {
    let bound = match place {
        Place::Region(r) => Bound::Region(r),
        Place::Zone(z) => Bound::Zone(z),
        Place::Node(n) => Bound::Node(n),
    };
    nodes_of(topology, &[bound], &FaultKind::Cut)
}

/// The region that a link's end is in.
pub(crate) fn region_of(topology: &Topology, place: Place) -> Option<RegionId> {
    match place {
        Place::Region(r) => Some(r),
        Place::Zone(z) => topology.zones.get(z).map(|zone| zone.region),
        Place::Node(n) => topology.nodes.get(n).and_then(|node| node.region),
    }
}

/// Names where a fault struck, by the roles held there at onset.
pub(crate) fn site(
    topology: &Topology,
    scope: &Scope,
    places: &[Bound],
    nodes: &[NodeId],
    holders: &Holders,
) -> FaultSite {
    let held: BTreeSet<PartitionId> =
        nodes.iter().filter_map(|n| holders.replicas.get(n)).flatten().copied().collect();
    let role = match nodes.iter().any(|n| holders.leaders.contains(n)) {
        true => "(leader)",
        false if held.is_empty() => "",
        false => "(replica)",
    };
    let region_at = |n: &NodeId| topology.nodes.get(*n).and_then(|node| node.region);
    let writes = |r: RegionId| holders.write.iter().any(|n| region_at(n) == Some(r));
    let class = match (scope, places.first()) {
        (Scope::Link { .. }, _) => "link".to_string(),
        (_, None) => "unbound".to_string(),
        (_, Some(Bound::Service)) => "service".to_string(),
        (_, Some(Bound::Region(_))) => {
            match places.iter().any(|p| matches!(p, Bound::Region(r) if writes(*r))) {
                true => "region(write)".to_string(),
                false if held.is_empty() => "region".to_string(),
                false => "region(read)".to_string(),
            }
        }
        (_, Some(Bound::Zone(_))) => format!("zone{role}"),
        (_, Some(Bound::Domain(_))) => format!("domain{role}"),
        (_, Some(Bound::Node(_))) => format!("node{role}"),
    };
    let whole = |place: &Bound| match place {
        Bound::Region(r) => Some(*r),
        Bound::Zone(z) => {
            let region = topology.zones.get(*z)?.region;
            (topology.zones_of(region).count() == 1).then_some(region)
        }
        _ => None,
    };
    let partitions = held.into_iter().collect();
    FaultSite { class, regions: places.iter().filter_map(whole).collect(), partitions }
}
