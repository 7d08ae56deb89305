//! The plan: a scenario parsed, checked and resolved to typed ids; all that a run needs.

use crate::base::dist::Law;
use crate::base::ids::{ActionId, ClientId, FaultId, HazardId, IdVec, RegionId, WorkloadId};
use crate::base::time::{SimTime, Span};
use crate::model::fault::Fault;
use crate::model::hazard::Hazard;
use crate::model::sla::SlaRow;
use crate::model::topology::Topology;
use crate::model::workload::{Client, Workload};

/// A resolved scenario, without the system's own configuration.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The scenario's name: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// The question it asks.
    pub about: String,
    /// The scenario's seed.
    pub seed: u64,
    /// Regions, zones, domains, nodes.
    pub topology: Topology,
    /// Delays and bandwidths between places.
    pub network: NetworkPlan,
    /// Disk laws.
    pub disk: DiskPlan,
    /// How many partitions the system has; set when the system resolves.
    pub partitions: u32,
    /// What clients ask.
    pub workloads: IdVec<WorkloadId, Workload>,
    /// All clients of all workloads.
    pub clients: IdVec<ClientId, Client>,
    /// Scripted faults, by onset.
    pub faults: IdVec<FaultId, Fault>,
    /// What produces random faults: with any, the scenario is a study.
    pub hazards: IdVec<HazardId, Hazard>,
    /// How a study is made of windows.
    pub study: StudyRule,
    /// The settled configuration that the window starts in, as the end of another window
    /// names it; empty: as the scenario deploys it.
    pub mode: String,
    /// Operator actions, by time.
    pub actions: IdVec<ActionId, Action>,
    /// SLA rows to judge, profile by profile.
    pub sla: Vec<SlaRow>,
    /// Whether a breach fails the command.
    pub sla_gate: bool,
    /// When the window ends.
    pub limits: Limits,
    /// Whether windows jump over stretches in which everything is steady: see `engine/jump.rs`.
    pub jump: bool,
    /// Measurement rules (RTO hold and share).
    pub rto: RtoRule,
    /// Facts about the resolved system, for SLA conditions and reports: see each system's docs for its keys.
    pub facts: std::collections::BTreeMap<String, String>,
    /// What the deployment costs, where the system has a price list.
    pub costs: Option<Costs>,
    /// Where each resolved value came from, for `geodes check`: (key, value, origin).
    pub provenance: Vec<Provenance>,
}

/// What a deployment costs at list prices, in US dollars.
#[derive(Clone, Debug, Default)]
pub struct Costs {
    /// A month (730 h), whatever moves.
    pub usd_month: f64,
    /// For each GB (10^9 bytes) from region to region: `usd_per_gb[from][to]`.
    pub usd_per_gb: IdVec<RegionId, IdVec<RegionId, f64>>,
}

impl Costs {
    /// What so many bytes from one region to another cost; 0 where there is no price.
    pub fn egress_usd(&self, from: RegionId, to: RegionId, bytes: u64) -> f64 {
        let per_gb = self.usd_per_gb.get(from).and_then(|row| row.get(to));
        per_gb.copied().unwrap_or(0.0) * bytes as f64 / 1e9
    }
}

/// One resolved value and its origin.
#[derive(Clone, Debug)]
pub struct Provenance {
    /// Dotted key, `system.cosmos-db.heartbeat`.
    pub key: String,
    /// The value, as printed.
    pub value: String,
    /// `scenario`, `catalog azure`, `default`, `assumed`, ... with a source where there is one.
    pub origin: String,
}

/// An operator's request at a scripted time. The command itself is kept by the system (its own type).
#[derive(Clone, Debug)]
pub struct Action {
    /// When it is sent.
    pub at: SimTime,
    /// As written in the scenario, for reports.
    pub label: String,
}

/// One-way delays, bandwidth and loss between places.
#[derive(Clone, Debug, Default)]
pub struct NetworkPlan {
    /// One-way delay in seconds between two nodes of one zone (also between a region's own services).
    pub intra_zone: Law,
    /// One-way delay in seconds between zones of one region.
    pub inter_zone: Law,
    /// One-way delay in seconds between regions: `pairs[from][to]`; the diagonal is unused.
    pub pairs: IdVec<RegionId, IdVec<RegionId, Law>>,
    /// One-way delay in seconds to and from global services.
    pub global: Law,
    /// Bytes a second from region to region, when finite: `bandwidth[from][to]`.
    pub bandwidth: IdVec<RegionId, IdVec<RegionId, Option<f64>>>,
    /// Probability that a message from region to region is lost: `loss[from][to]`.
    pub loss: IdVec<RegionId, IdVec<RegionId, f64>>,
}

/// Disk behaviour, the same for all nodes.
#[derive(Clone, Debug, Default)]
pub struct DiskPlan {
    /// Seconds from handing a record to the disk until it is durable.
    pub persist: Law,
}

/// When a window ends.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Run at least this long.
    pub at_least: Span,
    /// Stop here and count the window as censored if it has not settled.
    pub cap: Span,
    /// Whether the window ends once settled (else at `cap`, uncensored).
    pub until_settled: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { at_least: Span::mins(20), cap: Span::hours(72), until_settled: true }
    }
}

/// How a study is made of windows.
#[derive(Clone, Copy, Debug)]
pub struct StudyRule {
    /// Faults closer together than this share a window: at least what the system remembers after its last fault.
    pub margin: Span,
    /// Every window runs this long before its first fault, and then on for a random part of `phase`.
    pub warm_up: Span,
    /// The longest period in the system: heartbeats, TTLs, recovery points.
    pub phase: Span,
}

impl Default for StudyRule {
    fn default() -> Self {
        StudyRule { margin: Span::mins(10), warm_up: Span::secs(30), phase: Span::mins(5) }
    }
}

/// How restoration is recognised: see `measure/rto.rs`.
#[derive(Clone, Copy, Debug)]
pub struct RtoRule {
    /// Length of the stretch that must be good.
    pub hold: Span,
    /// Share of its operations that must succeed.
    pub share: f64,
    /// The stretch is lengthened until it holds this many operations.
    pub min_operations: u64,
}

impl Default for RtoRule {
    fn default() -> Self {
        RtoRule { hold: Span::secs(10), share: 0.99, min_operations: 100 }
    }
}
