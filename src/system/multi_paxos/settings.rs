//! What a deployment of Multi-Paxos groups is made of, all checks done.

use crate::algorithm::paxos::{self, Mutation};
use crate::base::dist::Law;
use crate::base::ids::{ActorId, ClientId, NodeId, PartitionId, RegionId};
use crate::base::time::Span;
use crate::system::placement::Site;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A resolved deployment.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many partitions there are.
    pub partitions: u32,
    /// Where the replicas of each partition are. The first one leads at the start.
    pub sites: Vec<Site>,
    /// The node of each replica of each partition.
    pub nodes: BTreeMap<PartitionId, Vec<NodeId>>,
    /// Seconds until a replica that hears from no leader stands.
    pub election_timeout: Law,
    /// How the protocol is set.
    pub paxos: Arc<paxos::Settings>,
    /// Slots that a log keeps.
    pub log_slots: u64,
    /// Bytes of one partition's data.
    pub data: u64,
    /// Bytes a second at which an image is read.
    pub image_rate: f64,
    /// Registers in each partition.
    pub registers: u32,
    /// A client sends a request elsewhere after this long without an answer.
    pub attempt_timeout: Span,
    /// It asks again after this long where no leader is known.
    pub retry_pause: Span,
    /// For each client the replicas by distance: indices into `sites`.
    pub nearest: BTreeMap<ClientId, Vec<usize>>,
    /// Names of the topology's regions.
    pub names: BTreeMap<RegionId, String>,
}

/// Ids of the actors of a world.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// The replicas of each partition, as in [`Settings::sites`].
    pub replicas: BTreeMap<PartitionId, Vec<ActorId>>,
}

impl Settings {
    /// The same deployment with one safeguard off: for tests of the checkers.
    pub fn mutated(mut self, mutation: Mutation) -> Settings {
        self.paxos = Arc::new(paxos::Settings { mutation: Some(mutation), ..(*self.paxos).clone() });
        self
    }

    /// The region as reports name it.
    pub fn region_name(&self, region: RegionId) -> &str {
        self.names.get(&region).map_or("?", String::as_str)
    }

    /// How long the image of a partition takes to be read.
    pub fn image_takes(&self) -> Span {
        Span::from_secs_f64(self.data as f64 / self.image_rate)
    }
}
