//! What a deployment of Raft groups is made of, all checks done.

use super::config::{Kind, Reads};
use crate::algorithm::raft::{self, Mutation};
use crate::base::dist::Law;
use crate::base::ids::{ActorId, ClientId, NodeId, PartitionId, RegionId};
use crate::base::time::Span;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A resolved deployment.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many partitions there are.
    pub partitions: u32,
    /// The replicas of each partition, in the order of the table.
    pub slots: Vec<Slot>,
    /// The node of each replica of each partition.
    pub nodes: BTreeMap<PartitionId, Vec<NodeId>>,
    /// Seconds until a replica that hears from no leader stands.
    pub election_timeout: Law,
    /// How reads are made safe.
    pub reads: Reads,
    /// How the protocol is set.
    pub raft: Arc<raft::Settings>,
    /// Where leaders should be, the best first.
    pub leaders: Vec<RegionId>,
    /// How long a leader waits before it gives way.
    pub preference_delay: Span,
    /// Entries that a log keeps.
    pub log_entries: u64,
    /// Bytes of one partition's data.
    pub data: u64,
    /// Bytes a second at which a snapshot is read.
    pub snapshot_rate: f64,
    /// The groups have leaders at the start.
    pub with_leader: bool,
    /// Registers in each partition.
    pub registers: u32,
    /// A client's patience with one try, and its pause where no leader is known.
    pub client: (Span, Span),
    /// For each client the replicas by distance: indices into `slots`.
    pub nearest: BTreeMap<ClientId, Vec<usize>>,
    /// Bytes a second from region to region, where they are limited.
    pub bandwidth: BTreeMap<(RegionId, RegionId), f64>,
    /// Names of the topology's regions.
    pub names: BTreeMap<RegionId, String>,
    /// Where the operator's orders come from.
    pub operator: NodeId,
}

/// One replica of each partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its region.
    pub region: RegionId,
    /// Its zone in the region, if the table says.
    pub zone: Option<u32>,
    /// What it does.
    pub kind: Kind,
}

/// Ids of the actors of a world.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// The replicas of each partition, as in [`Settings::slots`].
    pub replicas: BTreeMap<PartitionId, Vec<ActorId>>,
}

impl Directory {
    /// Which of the partition's replicas this is.
    pub fn slot(&self, partition: PartitionId, who: ActorId) -> Option<usize> {
        self.replicas.get(&partition)?.iter().position(|replica| *replica == who)
    }
}

impl Settings {
    /// The same deployment with one safeguard off: for tests of the checkers.
    pub fn mutated(mut self, mutation: Mutation) -> Settings {
        self.raft = Arc::new(raft::Settings { mutation: Some(mutation), ..(*self.raft).clone() });
        self
    }

    /// Whether this safeguard is off.
    pub fn without(&self, mutation: Mutation) -> bool {
        self.raft.without(mutation)
    }

    /// The region as reports name it.
    pub fn region_name(&self, region: RegionId) -> &str {
        self.names.get(&region).map_or("?", String::as_str)
    }

    /// The replica that leads a partition when a window begins: the first voter in the best of the preferred regions that
    /// has one, else the first voter.
    pub fn first_leader(&self) -> usize {
        let voter = |slot: &&Slot| slot.kind == Kind::Voter;
        let in_region = |region: &RegionId| {
            self.slots.iter().position(|slot| slot.kind == Kind::Voter && slot.region == *region)
        };
        let preferred = self.leaders.iter().find_map(in_region);
        preferred.or_else(|| self.slots.iter().position(|slot| voter(&slot))).unwrap_or(0)
    }

    /// How much a region is preferred: less is better.
    pub fn rank(&self, region: RegionId) -> usize {
        self.leaders.iter().position(|r| *r == region).unwrap_or(self.leaders.len())
    }

    /// How long the image of a partition takes from one region to another when nothing else is on its way.
    pub fn image_travels(&self, from: RegionId, to: RegionId) -> Span {
        let rate = self.bandwidth.get(&(from, to));
        rate.map_or(Span::ZERO, |rate| Span::from_secs_f64(self.data as f64 / rate))
    }

    /// How long the image of a partition takes to be read.
    pub fn image_takes(&self) -> Span {
        Span::from_secs_f64(self.data as f64 / self.snapshot_rate)
    }
}
