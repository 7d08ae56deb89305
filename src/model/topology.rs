//! Regions, zones, fault domains and nodes: nested failure scopes.

use crate::base::ids::{DomainId, IdVec, NodeId, RegionId, ZoneId};
use crate::model::fault::Scope;

/// Where things are. Built once by the scenario; systems may add nodes while they resolve.
#[derive(Clone, Debug, Default)]
pub struct Topology {
    /// All regions, in the scenario's order.
    pub regions: IdVec<RegionId, Region>,
    /// All zones, region by region.
    pub zones: IdVec<ZoneId, Zone>,
    /// All fault domains, zone by zone.
    pub domains: IdVec<DomainId, Domain>,
    /// All nodes: data nodes first, then those that clients and systems added.
    pub nodes: IdVec<NodeId, Node>,
}

/// A region of a provider.
#[derive(Clone, Debug)]
pub struct Region {
    /// Its published name, `West US`.
    pub name: String,
    /// The catalogue's geography (`north_america`, ...), which prices depend on.
    pub geography: String,
    /// Whether the provider offers availability zones here.
    pub has_zones: bool,
    /// Latitude and longitude in degrees, when the catalogue knows them.
    pub position: Option<(f64, f64)>,
}

/// A zone: `region:West US/zone:2`.
#[derive(Clone, Debug)]
pub struct Zone {
    /// The region it belongs to.
    pub region: RegionId,
    /// Its number in the region, from 1.
    pub number: u32,
}

/// A fault domain (rack): `region:West US/zone:2/domain:5`.
#[derive(Clone, Debug)]
pub struct Domain {
    /// The zone it belongs to.
    pub zone: ZoneId,
    /// Its number in the zone, from 1.
    pub number: u32,
}

/// What a node is for. Some fault kinds act on a role (`dns-down`, `control-plane-down`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeRole {
    /// Hosts replicas; one per slot of a fault domain.
    Data,
    /// Hosts one client process.
    Client,
    /// A replicated regional service (manager, gateway): down only when its whole region is.
    Regional,
    /// The global control plane.
    Control,
    /// Name resolution and account discovery.
    Dns,
    /// A global service that no fault of the plan takes down (configuration store, backup vault).
    Global,
}

/// A machine, or a replicated service that fails as one.
#[derive(Clone, Debug)]
pub struct Node {
    /// Stable name, `region:West US/zone:1/node:3`; substreams are keyed by it.
    pub path: String,
    /// What it is for.
    pub role: NodeRole,
    /// Its region; `None` for global services.
    pub region: Option<RegionId>,
    /// Its zone, if it is in one.
    pub zone: Option<ZoneId>,
    /// Its fault domain, if it is in one.
    pub domain: Option<DomainId>,
    /// Whether faults of its region, zone or domain take it down (false for clients that only sit near a region).
    pub fails_with_place: bool,
}

impl Topology {
    /// The region called `name`.
    pub fn region(&self, name: &str) -> Option<RegionId> {
        self.regions.iter().find(|(_, r)| r.name == name).map(|(id, _)| id)
    }

    /// Great-circle distance of two regions in km (haversine on a sphere of the Earth's mean radius, 6371.0088 km), where
    /// the catalogue knows their positions.
    pub fn distance_km(&self, a: RegionId, b: RegionId) -> Option<f64> {
        let (from, to) = (self.regions[a].position?, self.regions[b].position?);
        let half = |x: f64, y: f64| libm::sin((y - x).to_radians() / 2.0);
        let (lat, lon) = (half(from.0, to.0), half(from.1, to.1));
        let h = lat * lat + libm::cos(from.0.to_radians()) * libm::cos(to.0.to_radians()) * lon * lon;
        Some(2.0 * 6371.0088 * libm::asin(h.sqrt().min(1.0)))
    }

    /// `region:West US`
    pub fn region_path(&self, id: RegionId) -> String {
        format!("region:{}", self.regions[id].name)
    }

    /// `region:West US/zone:2`
    pub fn zone_path(&self, id: ZoneId) -> String {
        let zone = &self.zones[id];
        format!("{}/zone:{}", self.region_path(zone.region), zone.number)
    }

    /// `region:West US/zone:2/domain:5`
    pub fn domain_path(&self, id: DomainId) -> String {
        let domain = &self.domains[id];
        format!("{}/domain:{}", self.zone_path(domain.zone), domain.number)
    }

    /// The zones of a region, in order.
    pub fn zones_of(&self, region: RegionId) -> impl Iterator<Item = ZoneId> + '_ {
        self.zones.iter().filter(move |(_, z)| z.region == region).map(|(id, _)| id)
    }

    /// The data nodes of a zone, in order.
    pub fn data_nodes_of(&self, zone: ZoneId) -> impl Iterator<Item = NodeId> + '_ {
        self.nodes
            .iter()
            .filter(move |(_, n)| n.role == NodeRole::Data && n.zone == Some(zone))
            .map(|(id, _)| id)
    }

    /// The data nodes in a scope, in order; none for links and roles.
    pub fn data_nodes_in<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = NodeId> + 'a {
        let inside = move |id: NodeId, node: &Node| match scope {
            Scope::Service => true,
            Scope::Region(region) => node.region == Some(*region),
            Scope::Zone(zone) => node.zone == Some(*zone),
            Scope::Domain(domain) => node.domain == Some(*domain),
            Scope::Node(one) => id == *one,
            Scope::Link { .. } | Scope::Role { .. } => false,
        };
        let data = move |(id, node): &(NodeId, &Node)| node.role == NodeRole::Data && inside(*id, node);
        self.nodes.iter().filter(data).map(|(id, _)| id)
    }

    /// Adds a node that belongs to a region as a whole, or to none, and returns it.
    pub fn add_service_node(&mut self, path: String, role: NodeRole, region: Option<RegionId>) -> NodeId {
        self.nodes.push(Node { path, role, region, zone: None, domain: None, fails_with_place: true })
    }
}
