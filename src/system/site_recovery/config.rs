//! The `[system.site-recovery]` table.

use super::churn::{ChurnMode, DiskClass};
use super::edition::Edition;
use crate::base::dist::text::SpanLaw;
use crate::base::document::Located;
use crate::base::time::Span;
use crate::base::units::{Bandwidth, Bytes};
use crate::system::failback::FailbackText;
use schemars::JsonSchema;
use serde::Deserialize;

/// Machines of one region that are replicated to another.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "SiteRecovery")]
pub struct Config {
    /// The documentation whose defaults are used.
    pub edition: Located<Edition>,
    /// The region where the machines run.
    pub source: Located<String>,
    /// The region they can be failed over to.
    pub target: Located<String>,
    /// The machines: each of them serves one partition of the application's data.
    pub vms: Located<Vec<Located<VmText>>>,
    /// Who decides that the machines are failed over, and to which of their recovery points.
    pub failover: Located<FailoverText>,
    /// The recovery plan: up to seven groups, one after another; the machines of a group are started together. Default one
    /// group with all machines.
    pub plan: Option<Located<Vec<Located<GroupText>>>>,
    /// Replication groups of up to sixteen machines, which make their recovery points together.
    pub replication_groups: Option<Vec<Located<Vec<Located<String>>>>>,
    /// Whether a firewall lets machines reach each other on port 20004, over which the machines of a replication group agree.
    /// Default open.
    #[serde(rename = "port-20004")]
    pub port: Option<PortText>,
    /// Whether the machines are protected at the start. Default protected.
    pub begin: Option<BeginText>,
    /// The kind of cache account. Default normal.
    pub churn_mode: Option<ChurnMode>,
    /// The time between two crash-consistent points. Default 5 min.
    pub crash_consistent: Option<Located<SpanLaw>>,
    /// App-consistent points. Default by edition.
    pub app_consistent: Option<Located<AppText>>,
    /// How long the application stands still for an app-consistent point. Default 2 s.
    pub freeze: Option<Located<SpanLaw>>,
    /// For how long recovery points are kept. Default 24 h.
    pub retention: Option<Located<Span>>,
    /// How long it takes to make a recovery point of data that have reached the target region. Default 20 s, one server.
    pub processing: Option<Located<ProcessingText>>,
    /// How often what was written is uploaded. Default 1 s.
    pub flush: Option<Located<Span>>,
    /// How fast disks are read for a first copy, or to protect a machine again. Default 100 MB/s.
    pub copy_rate: Option<Located<Bandwidth>>,
    /// A machine without a new recovery point for this long is resynchronised: it collects nothing of what it writes until its
    /// cache account and the other region can be reached, and then copies what differs. Default never.
    pub resync_after: Option<Located<Span>>,
    /// How long it takes to make the target's resource group, network and disks. Default 3 min.
    pub resources: Option<Located<SpanLaw>>,
    /// How often a machine tells the service that it is there. Default 30 s.
    pub heartbeat: Option<Located<Span>>,
    /// A machine that was not heard for this long is taken for silent. Default 5 min.
    pub silence: Option<Located<Span>>,
    /// How long a sign-in lasts, without which nothing is replicated. Default 1 h.
    pub token: Option<Located<Span>>,
    /// How long machines that can be reached are given to stop before a failover. Default 2 min.
    pub shutdown: Option<Located<Span>>,
    /// How long it takes to create a machine in the target region. Default median 2 min, p95 4 min.
    pub create: Option<Located<SpanLaw>>,
    /// How long a machine takes to boot. Default median 90 s, p95 4 min.
    pub boot: Option<Located<SpanLaw>>,
    /// How many machines the target region has room for. Default all.
    pub target_capacity: Option<Located<CapacityText>>,
    /// What happens after a failover, once the source region is back. Required with hazards; unless given, only what is
    /// ordered.
    pub failback: Option<Located<FailbackText>>,
    /// How long clients remember under which address a machine is reached. Default 1 min.
    pub name_ttl: Option<Located<Span>>,
    /// A client asks again after this long without an answer. Default 1 s.
    pub attempt_timeout: Option<Located<Span>>,
    /// How often the service notes the age of recovery points. Default 1 min.
    pub monitor: Option<Located<Span>>,
}

/// A machine, or several alike.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "SiteRecoveryVm")]
pub struct VmText {
    /// Its name.
    pub name: Located<String>,
    /// How many; they are called `name-0`, `name-1`, ... Default one, called by its name.
    pub count: Option<Located<u32>>,
    /// Its disks. The application's data are on the first.
    pub disks: Vec<Located<DiskText>>,
    /// The machine whose last write each write of this one names: an order names its entry in the ledger.
    pub refers_to: Option<Located<String>>,
}

/// A disk, and what is written to it beside the application's documents.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "SiteRecoveryDisk")]
pub struct DiskText {
    /// Its class.
    pub class: DiskClass,
    /// Bytes on it.
    pub size: Located<Bytes>,
    /// How much is written. Default nothing.
    pub churn: Option<Located<Bandwidth>>,
    /// The size of a write. Default 16 KB.
    pub io: Option<Located<Bytes>>,
    /// The part of the disk that is written to again and again. Default a tenth of it.
    pub working_set: Option<Located<Bytes>>,
    /// Stretches in which more is written.
    pub bursts: Option<Located<BurstText>>,
}

/// Stretches in which more is written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "SiteRecoveryBursts")]
pub struct BurstText {
    /// How much is written in them.
    pub churn: Located<Bandwidth>,
    /// From the end of one to the beginning of the next.
    pub every: Located<SpanLaw>,
    /// How long one lasts.
    pub lasts: Located<SpanLaw>,
}

/// Who decides about a failover.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "SiteRecoveryFailover")]
pub enum FailoverText {
    /// Only orders do: `[[action]]`.
    Ordered,
    /// A person who is called when a machine is silent.
    Manual(ManualText),
}

/// A person decides.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "SiteRecoveryManual")]
pub struct ManualText {
    /// How long the decision takes from the first silence on; who is heard again by then is not failed over.
    pub decide: Located<SpanLaw>,
    /// To which recovery point.
    pub to: PointText,
}

/// A recovery point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "SiteRecoveryPoint")]
pub enum PointText {
    /// All data that can be reached are processed first.
    Latest,
    /// The newest that was processed.
    LatestProcessed,
    /// The newest app-consistent one.
    LatestAppConsistent,
    /// The newest that is at least this old.
    AtLeastOld(Span),
}

/// App-consistent points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "SiteRecoveryAppConsistent")]
pub enum AppText {
    /// None.
    Off,
    /// One in so much time.
    Every(Span),
}

/// Makes recovery points.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "SiteRecoveryProcessing")]
pub struct ProcessingText {
    /// How long one takes.
    pub each: Located<SpanLaw>,
    /// How many are made at once, over all machines. Default 1.
    pub servers: Option<Located<u32>>,
}

/// A group of a recovery plan.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "SiteRecoveryGroup")]
pub struct GroupText {
    /// Its machines.
    pub vms: Vec<Located<String>>,
    /// How long a script or a person takes before it. Default nothing.
    pub before: Option<Located<SpanLaw>>,
    /// And after it. Default nothing.
    pub after: Option<Located<SpanLaw>>,
}

/// Room in the target region.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "SiteRecoveryCapacity")]
pub struct CapacityText {
    /// For so many machines at once.
    pub vms: u32,
    /// How long each further one waits.
    pub more_after: Located<SpanLaw>,
}

/// Port 20004.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "SiteRecoveryPort")]
pub enum PortText {
    /// Machines reach each other.
    #[default]
    Open,
    /// A firewall drops what they send.
    Blocked,
}

/// What the machines are at the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "SiteRecoveryBegin")]
pub enum BeginText {
    /// Replicated.
    #[default]
    Protected,
    /// Not replicated until `enable` is ordered.
    Unprotected,
}
