//! The resolved deployment: everything its actors need to know.

use super::content::Recipe;
use super::mutation::Mutation;
use super::region_name::RegionName;
use crate::base::dist::Law;
use crate::base::ids::{ActorId, ClientId, Id, NodeId, RegionId};
use crate::base::time::Span;
use crate::model::plan::Costs;
use std::collections::BTreeMap;

/// A replica of a registry, or the place of one that may be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// Which registry.
    pub registry: usize,
    /// Where.
    pub region: RegionId,
    /// Its node.
    pub node: NodeId,
    /// Whether it is there from the start.
    pub initial: bool,
}

/// What a tier allows at each replica (ACR-9).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tier {
    /// Read operations a minute.
    pub reads: f64,
    /// Write operations a minute.
    pub writes: f64,
    /// Bytes a second to clients.
    pub download: f64,
    /// Bytes a second from clients.
    pub upload: f64,
    /// US dollars a day for each replica.
    pub usd_per_day: f64,
    /// Whether there may be replicas in several regions.
    pub replicated: bool,
}

/// Names of the tiers, in order.
pub const TIERS: [&str; 3] = ["basic", "standard", "premium"];

/// How names are looked up (ACR-3, ACR-4).
#[derive(Clone, Debug, PartialEq)]
pub struct Dns {
    /// How long an answer may be kept.
    pub ttl: Span,
    /// Whether clients have a cache of their own.
    pub client_cache: bool,
    /// How many resolvers the clients of a region ask.
    pub resolvers: u32,
    /// Where those resolvers are, if elsewhere than their clients.
    pub resolvers_at: BTreeMap<RegionId, RegionId>,
    /// What the true latency of a resolver to a region is multiplied by in the latency table.
    pub noise: Law,
    /// The table is measured again after this long.
    pub refresh: Span,
}

/// How endpoints are probed (ACR-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probing {
    /// Time between two probes of an endpoint from one place.
    pub interval: Span,
    /// How many failed ones in a row are tolerated.
    pub tolerated: u32,
    /// A probe has failed after this long.
    pub timeout: Span,
}

/// How clients push and pull.
#[derive(Clone, Debug, PartialEq)]
pub struct Transfers {
    /// Bytes of a chunk.
    pub chunk: u64,
    /// Chunks of one layer under way at once.
    pub window: usize,
    /// Layers uploaded at once.
    pub uploads: usize,
    /// Layers downloaded at once.
    pub downloads: usize,
    /// Tries of each layer or manifest.
    pub tries: u32,
    /// Tries of a whole push that was refused.
    pub push_attempts: u32,
    /// Nothing heard for so long: the connection is taken for dead.
    pub timeout: Span,
    /// The first pause before a try is repeated; doubles each time.
    pub pause: Span,
    /// Whether clients keep layers that they have pulled or pushed.
    pub layer_cache: bool,
}

/// How images come into further registries (ACR-12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distribute {
    /// Clients push to each.
    PushEach,
    /// Clients push to the first; the others import.
    Import,
}

/// Nodes that were added.
#[derive(Clone, Debug, Default)]
pub struct Nodes {
    /// Traffic Manager.
    pub traffic_manager: NodeId,
    /// The control plane, in the home region.
    pub control: NodeId,
    /// The receiver of webhooks.
    pub hooks: NodeId,
    /// Probes, each in a place of its own.
    pub probes: Vec<NodeId>,
    /// Resolvers by their clients' region.
    pub resolvers: BTreeMap<RegionId, Vec<NodeId>>,
}

/// A resolved deployment.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Names of the registries.
    pub registries: Vec<String>,
    /// Their replicas.
    pub sites: Vec<Site>,
    /// The site that cannot be deleted, and beside which the control plane is (ACR-7).
    pub home: usize,
    /// Whether it can, in this edition.
    pub home_deletable: bool,
    /// Sites to which no client is sent at the start (ACR-5).
    pub unrouted: Vec<usize>,
    /// What each tier allows.
    pub tiers: Vec<Tier>,
    /// The tier at the start: an index into [`TIERS`].
    pub tier: usize,
    /// A tier's bandwidth lets this much wait; beyond, requests are refused.
    pub most_held: Span,
    /// How images are made.
    pub recipe: Recipe,
    /// How names are looked up.
    pub dns: Dns,
    /// How endpoints are probed.
    pub probing: Probing,
    /// How clients push and pull.
    pub transfers: Transfers,
    /// Blobs come from the data endpoint of the region that gave the manifest (ACR-11).
    pub data_endpoints: bool,
    /// How images come into further registries.
    pub distribute: Distribute,
    /// A replica that has not heard of another one for this long offers again.
    pub offer_every: Span,
    /// Replicas compare what they have this often.
    pub compare_every: Span,
    /// The registry that clients of each region pull from.
    pub serves: BTreeMap<RegionId, usize>,
    /// Round trips in seconds, from each region to each site.
    pub latency: BTreeMap<RegionId, Vec<f64>>,
    /// What replicas and traffic cost (ACR-10).
    pub costs: Costs,
    /// Names of the regions in measures.
    pub names: BTreeMap<RegionId, RegionName>,
    /// The longest that an operation may take.
    pub patience: Span,
    /// Nodes that were added.
    pub nodes: Nodes,
    /// Regions of clients.
    pub homes: BTreeMap<ClientId, RegionId>,
    /// The part that is off, in tests.
    pub mutation: Option<Mutation>,
}

/// Ids of the actors of a world. Those of the sites come first, in order.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// How many sites there are.
    pub sites: usize,
    /// Traffic Manager.
    pub traffic_manager: ActorId,
    /// The receiver of webhooks.
    pub hooks: ActorId,
    /// Resolvers by their clients' region.
    pub resolvers: BTreeMap<RegionId, Vec<ActorId>>,
}

impl Directory {
    /// The replica at a site.
    pub fn site(site: usize) -> ActorId {
        ActorId::from_index(site)
    }

    /// The site of an actor, if it is a replica.
    pub fn site_of(&self, actor: ActorId) -> Option<usize> {
        Some(actor.index()).filter(|site| *site < self.sites)
    }
}

impl Settings {
    /// Whether a part is off.
    pub fn without(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    /// The sites of a registry.
    pub fn of(&self, registry: usize) -> impl Iterator<Item = usize> + '_ {
        self.sites.iter().enumerate().filter(move |(_, s)| s.registry == registry).map(|(site, _)| site)
    }

    /// What the region of a site is called in measures.
    pub fn name(&self, site: usize) -> Option<&RegionName> {
        self.names.get(&self.sites.get(site)?.region)
    }

    /// The name under which the replica at a site begins.
    pub fn first_name(site: usize) -> u32 {
        site as u32 + 1
    }

    /// Names that no replica begins with are above this.
    pub const DRAWN_NAMES: u32 = 1 << 16;

    /// Traffic Manager has noticed a lost region, and every cache has forgotten it, after this long.
    pub fn switch_over(&self) -> Span {
        let Probing { interval, tolerated, timeout } = self.probing;
        let probes = (0..=tolerated).fold(Span::ZERO, |sum, _| sum + interval);
        probes + timeout + self.dns.ttl
    }
}
