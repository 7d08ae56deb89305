//! The resolved account: everything its actors need to know.

use crate::algorithm::conflict::Policy;
use crate::base::dist::Law;
use crate::base::ids::{ActorId, ClientId, PartitionId, RegionId};
use crate::base::time::Span;
use crate::system::cosmos_db::level::Level;
use crate::system::cosmos_db::mutation::Mutation;
use std::collections::{BTreeMap, BTreeSet};

/// A resolved Cosmos DB account.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Documentation edition, `2021`.
    pub edition: String,
    /// Number of physical partitions.
    pub partitions: u32,
    /// The account's default level.
    pub level: Level,
    /// Regions of the account at the start, write regions first, then by failover priority.
    pub regions: Vec<RegionId>,
    /// Regions that accept writes at the start; several: COS-6.
    pub writers: Vec<RegionId>,
    /// By partition: the region that writes it when a window begins; with several write regions, its hub.
    pub begins_in: Vec<RegionId>,
    /// Seconds from the time at which the first write region serves again until the customer switches back to it (COS-11,
    /// COS-12).
    pub failback: Option<Law>,
    /// Names of the topology's regions: what is reported names regions as people do.
    pub names: BTreeMap<RegionId, String>,
    /// Where failover may go, in order.
    pub priority: Vec<RegionId>,
    /// Service-managed failover is on at the start (COS-9, COS-10).
    pub service_managed: bool,
    /// Regions whose replica sets are spread over zones.
    pub zone_redundant: BTreeSet<RegionId>,
    /// Bounded staleness: K versions and T time (COS-5).
    pub bound: (u64, Span),
    /// Provisioned request units a second, of one partition in one region (COS-7).
    pub units_per_s: f64,
    /// Request units of reading one KB.
    pub read_charge: f64,
    /// Request units of writing one KB.
    pub write_charge: f64,
    /// `sql` accounts have a conflict feed (COS-12).
    pub has_conflict_feed: bool,
    /// The application that deals with the conflict feed: where it runs, and how often it looks (COS-12).
    pub conflict_reader: Option<(RegionId, Span)>,
    /// Consistent prefix means the order of the log (else only whole batches).
    pub strict_prefix: bool,
    /// How conflicts between write regions are settled.
    pub policy: Policy,
    /// With `Policy::Custom`: the merge procedure runs (else conflicts go to the feed).
    pub merge_procedure: bool,
    /// Registers per partition.
    pub registers: u32,
    /// Bytes of one partition's data, for copies.
    pub partition_bytes: u64,
    /// Entries that a log keeps for a region that is away; one that lacks more is given a copy when it returns.
    pub log_limit: u64,
    /// Replicas of a set (4) and spare slots for rebuilt ones.
    pub replicas: usize,
    /// Spare slots per set.
    pub spares: usize,
    /// Timing.
    pub laws: Timing,
    /// Failover as the edition describes it.
    pub failover: Failover,
    /// Backups (COS-19); `None` when off.
    pub backup: Option<Backup>,
    /// What clients do.
    pub sdk: Sdk,
    /// Preferred regions of each client; empty: none configured.
    pub preferred: BTreeMap<ClientId, Vec<RegionId>>,
    /// The safeguard that is off, in tests.
    pub mutation: Option<Mutation>,
    /// Nodes by role, filled in when the plan is resolved.
    pub nodes: Nodes,
}

/// Where the account's actors run.
#[derive(Clone, Debug, Default)]
pub struct Nodes {
    /// Candidate slots of every set: node of (partition, region, slot).
    pub replicas: BTreeMap<(PartitionId, RegionId), Vec<crate::base::ids::NodeId>>,
    /// The regional services.
    pub managers: BTreeMap<RegionId, crate::base::ids::NodeId>,
    /// The control plane.
    pub control: crate::base::ids::NodeId,
    /// The configuration store and the backup vault.
    pub global: crate::base::ids::NodeId,
    /// Name resolution.
    pub dns: crate::base::ids::NodeId,
    /// The application that deals with the conflict feed.
    pub application: Option<crate::base::ids::NodeId>,
}

/// Laws and intervals inside a region and between regions.
#[derive(Clone, Debug)]
pub struct Timing {
    /// Lease of a replica, and of a region's right to serve strong and bounded reads.
    pub lease: Span,
    /// Interval of heartbeats and lease renewals.
    pub heartbeat: Span,
    /// Seconds from suspicion until a lost replica is fenced.
    pub fencing: Law,
    /// Seconds that reconfiguration takes beyond its messages.
    pub reconfiguration: Law,
    /// Wait before a lost replica is replaced.
    pub rebuild_wait: Span,
    /// Bytes a second of a copy within a region.
    pub rebuild_rate: f64,
    /// Bytes a second of a copy between regions.
    pub copy_rate: f64,
    /// Committed entries are gathered for this long before they are shipped.
    pub ship_interval: Span,
    /// Version vectors are exchanged this often.
    pub anti_entropy: Span,
    /// Seconds from the last sign of life until a region is suspected of slowing the quorum.
    pub quorum_detect: Law,
    /// Seconds from that suspicion until it is taken out.
    pub quorum_decide: Law,
    /// Seconds of a planned switch's consistency check.
    pub switch_check: Law,
    /// Seconds from a person's decision until a restore is complete (COS-19).
    pub restore: Law,
}

/// Failover of the service (COS-9), by edition.
#[derive(Clone, Debug)]
pub struct Failover {
    /// Each partition fails over on its own.
    pub per_partition: bool,
    /// Seconds of silence until a write region is suspected.
    pub detect: Law,
    /// Seconds from suspicion to decision.
    pub decide: Law,
    /// Seconds of silence until a read region is suspected.
    pub offline_detect: Law,
    /// Seconds from suspicion until it is marked offline.
    pub offline_decide: Law,
    /// Among eligible regions take the one with the most data, not just the first.
    pub freshest: bool,
    /// The write region moves back by itself once it has caught up.
    pub automatic_failback: bool,
    /// A customer may take a region offline.
    pub customer_offline: bool,
    /// How many of how many regions may be out of the strong quorum: `removable[n]`.
    pub removable: BTreeMap<usize, usize>,
}

/// Backups (COS-19).
#[derive(Clone, Copy, Debug)]
pub struct Backup {
    /// Between two backups.
    pub interval: Span,
    /// How many are kept.
    pub copies: usize,
}

/// The client library (COS-8).
#[derive(Clone, Debug)]
pub struct Sdk {
    /// A try without an answer is given up after this long.
    pub attempt_timeout: Span,
    /// Time-outs of address resolution, try by try; then the region is marked unavailable.
    pub resolve_timeouts: Vec<Span>,
    /// Topology is refreshed this often.
    pub refresh: Span,
    /// And never more often than this.
    pub min_refresh: Span,
    /// An unavailable mark lasts this long.
    pub unavailable_for: Span,
    /// Pause between tries while no region accepts.
    pub failover_retry: Span,
    /// Back-off for 429: most tries, most total wait.
    pub throttle_tries: u32,
    /// Most total wait for 429.
    pub throttle_wait: Span,
    /// Back-off for 410: first pause, greatest pause, total.
    pub gone: (Span, Span, Span),
    /// Cross-region tries for a 503.
    pub cross_region: u32,
    /// Session mismatch: first pause, factor, greatest pause, total.
    pub session_mismatch: (Span, f64, Span, Span),
    /// Other regions tried for a session mismatch.
    pub session_regions: u32,
    /// Barrier polls: (how many, every).
    pub read_barrier: Vec<(u32, Span)>,
    /// Barrier polls of a strong write.
    pub write_barrier: Vec<(u32, Span)>,
    /// The whole barrier takes at most this long.
    pub barrier_total: Span,
    /// A lost token: start a new session (else fail).
    pub reset_lost_session: bool,
    /// A read unanswered for this long is sent to the next region too.
    pub hedge: Option<Span>,
    /// Per-partition circuit breaker: consecutive read and write failures, open for.
    pub breaker: Option<(u32, u32, Span)>,
}

/// Ids of the actors of a world; the same in every world that deploys them.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// The partitions of this world.
    pub partitions: Vec<PartitionId>,
    /// Replica slots of a set.
    pub replicas: BTreeMap<(PartitionId, RegionId), Vec<ActorId>>,
    /// Regional managers.
    pub managers: BTreeMap<RegionId, ActorId>,
    /// Configuration store.
    pub account: ActorId,
    /// Control plane.
    pub controller: ActorId,
    /// Discovery.
    pub discovery: ActorId,
    /// Backup vault.
    pub vault: ActorId,
}

impl Settings {
    /// The region as reports name it: `region West US 2`.
    pub fn region_name(&self, region: RegionId) -> String {
        format!("region {}", self.names.get(&region).map_or("?", String::as_str))
    }
    /// How long it takes to read a copy of a partition at `rate` bytes a second.
    pub fn copy_takes(&self, rate: f64) -> Span {
        Span::from_secs_f64(self.partition_bytes as f64 / rate)
    }
    /// Whether several regions accept writes.
    pub fn multi(&self) -> bool {
        self.writers.len() > 1
    }
    /// Whether reads need a lease: strong and bounded staleness promise something about other regions.
    pub fn leased(&self) -> bool {
        self.level.reads_by_quorum()
    }
    /// The same account with one safeguard off, placed anew: for tests of the checkers.
    pub fn mutated(mut self, mutation: Mutation, plan: &crate::model::plan::Plan) -> Settings {
        self.mutation = Some(mutation);
        if let Ok(replicas) = crate::system::cosmos_db::place::replicas(plan, &self) {
            self.nodes.replicas = replicas;
        }
        self
    }
    /// Whether this safeguard is off.
    pub fn without(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }
}
