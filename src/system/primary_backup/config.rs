//! The `[system.primary-backup]` table, and what `[system.log-shipping]` shares with it.

use crate::base::dist::text::SpanLaw;
use crate::base::document::Located;
use crate::base::time::Span;
use crate::base::units::{Bandwidth, Bytes, Ppm};
use schemars::JsonSchema;
use serde::Deserialize;

/// Partitions with a primary and backups.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "PrimaryBackup")]
pub struct Config {
    /// How many partitions there are. Default 1.
    pub partitions: Option<Located<u32>>,
    /// Where the replicas of each partition stand. The first is the primary at the start; the order is that in which they
    /// are promoted.
    pub replicas: Vec<Located<Replicas>>,
    /// When a write is acknowledged.
    pub mode: Located<ModeText>,
    /// Who keeps the configuration: one arbiter, or several nodes of which a majority is needed.
    pub coordinator: Vec<Located<Seat>>,
    /// What stops a primary that others take for dead.
    pub fencing: Located<Fencing>,
    /// Who decides that a backup takes over.
    pub promotion: Located<PromotionText>,
    /// How the primary makes reads safe.
    pub reads: Located<ReadsText>,
    /// Who answers reads of workloads that name no level. Default primary.
    pub read_from: Option<ReadFrom>,
    /// How often the primary says that it is there. Default 200 ms.
    pub heartbeat: Option<Located<Span>>,
    /// A primary that was not heard for this long is taken for silent; also the length of its lease. Default 3 s.
    pub silence: Option<Located<Span>>,
    /// A new primary waits this long for the others to say how far they are. Default 500 ms.
    pub survey: Option<Located<Span>>,
    /// A planned switch is given up after this long. Default 60 s.
    pub switch_timeout: Option<Located<Span>>,
    /// How far clocks' rates may be from true time, for leases. Default 200 ppm.
    pub clock_drift_bound: Option<Located<Ppm>>,
    /// Bytes on their way to one backup. Default 1 MB.
    pub window: Option<Located<Bytes>>,
    /// Bytes of entries in one message. Default 64 KB.
    pub batch: Option<Located<Bytes>>,
    /// Entries that a log keeps: a backup that lacks more is sent an image. Default 10,000.
    pub log: Option<Located<u32>>,
    /// Data in each partition, for images. Default 512 MB.
    pub data: Option<Located<Bytes>>,
    /// How fast an image is read. Default 32 MB/s.
    pub copy_rate: Option<Located<Bandwidth>>,
    /// A client sends a request elsewhere after this long without an answer. Default 1 s.
    pub attempt_timeout: Option<Located<Span>>,
    /// A client waits this long before it asks again where no primary is known. Default 50 ms.
    pub retry_pause: Option<Located<Span>>,
}

/// Replicas of each partition.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "PrimaryBackupReplicas")]
pub struct Replicas {
    /// Their region.
    pub region: Located<String>,
    /// Their zone; they are spread over all of the region's unless given.
    pub zone: Option<u32>,
    /// How many. Default 1.
    pub count: Option<u32>,
}

/// When a write is acknowledged.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "PrimaryBackupMode")]
pub enum ModeText {
    /// Once every backup in the in-sync set has it on disk.
    Synchronous(Synchronous),
    /// Once so many backups have it on disk.
    SemiSynchronous(SemiSynchronous),
    /// Once the primary has it on disk.
    Asynchronous,
}

/// Every backup acknowledges.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "PrimaryBackupSynchronous")]
pub struct Synchronous {
    /// What happens when one is silent.
    pub silent: Located<Silent>,
}

/// What happens when a backup in the in-sync set is silent.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "PrimaryBackupSilent")]
pub enum Silent {
    /// Writes wait for it.
    Wait,
    /// After this long it is dropped from the in-sync set, which the coordinator records; it returns once it has caught up.
    DropAfter(Span),
}

/// Some backups acknowledge.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "PrimaryBackupSemiSynchronous")]
pub struct SemiSynchronous {
    /// How many.
    pub acknowledgements: Located<u32>,
    /// A write that has waited this long makes the primary fall back to asynchronous, until that many have caught up. Never
    /// unless given.
    pub fall_back_after: Option<Span>,
}

/// A node of the coordinator.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "PrimaryBackupSeat")]
pub enum Seat {
    /// In a region, as a service of the region that is down only when all of it is.
    Region(Located<String>),
    /// In a zone of a region.
    Zone(ZoneSeat),
    /// Nowhere that a fault reaches, behind the delay of global services.
    Global,
}

/// A seat in a zone.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "PrimaryBackupZoneSeat")]
pub struct ZoneSeat {
    /// The region.
    pub region: Located<String>,
    /// The zone.
    pub zone: Located<u32>,
}

/// What stops a primary that others take for dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "PrimaryBackupFencing")]
pub enum Fencing {
    /// A lease of the coordinator's: nobody takes over before it has run out, and the primary answers nothing without it.
    Lease,
    /// Epochs alone: whoever knows of a newer primary refuses the old one, which goes on for those that it still reaches.
    Epochs,
}

/// Who decides that a backup takes over.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "PrimaryBackupPromotion")]
pub enum PromotionText {
    /// Nobody: it takes over when the primary has been silent and a grace period has passed.
    Automatic(Automatic),
    /// A person, who is called when the primary is found silent.
    Manual(Manual),
    /// Only an operator's `promote`.
    Ordered,
}

/// Promotion without a person.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "PrimaryBackupAutomatic")]
pub struct Automatic {
    /// How long the primary may stay silent after it was found so. Default: no longer.
    pub grace: Option<Located<SpanLaw>>,
}

/// Promotion by a person.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "PrimaryBackupManual")]
pub struct Manual {
    /// How long the person takes to decide, from the first alarm on.
    pub decide: Located<SpanLaw>,
}

/// How the primary makes reads safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "PrimaryBackupReads")]
pub enum ReadsText {
    /// It answers while it holds its lease.
    Lease,
    /// It asks a majority of the coordinator's nodes first.
    Confirmed,
    /// It answers at once.
    Unchecked,
}

/// Who answers reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "PrimaryBackupReadFrom")]
pub enum ReadFrom {
    /// The primary.
    Primary,
    /// The nearest replica.
    Nearest,
}
