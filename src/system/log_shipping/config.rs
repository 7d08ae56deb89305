//! The `[system.log-shipping]` table.

use crate::base::dist::text::SpanLaw;
use crate::base::document::Located;
use crate::base::time::Span;
use crate::base::units::{Bandwidth, Bytes, Ppm};
use crate::system::primary_backup::config::{Fencing, PromotionText, ReadFrom, ReadsText, Replicas, Seat};
use schemars::JsonSchema;
use serde::Deserialize;

/// Partitions at a primary site, shipped to secondary ones.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "LogShipping")]
pub struct Config {
    /// How many partitions there are. Default 1.
    pub partitions: Option<Located<u32>>,
    /// The sites. The first is the primary at the start.
    pub sites: Vec<Located<Replicas>>,
    /// How what was written reaches the others.
    pub ship: Located<ShipText>,
    /// Who decides that a secondary takes over.
    pub promotion: Located<PromotionText>,
    /// What stops a primary that others take for dead.
    pub fencing: Located<Fencing>,
    /// How the primary makes reads safe.
    pub reads: Located<ReadsText>,
    /// Who keeps which site is the primary. Default: one node, where no fault reaches it.
    pub coordinator: Option<Vec<Located<Seat>>>,
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
    /// Bytes on their way to one secondary. Default 1 MB.
    pub window: Option<Located<Bytes>>,
    /// Bytes of entries in one message. Default 64 KB.
    pub batch: Option<Located<Bytes>>,
    /// Entries that a log keeps: a secondary that lacks more is sent an image. Default 10,000.
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

/// How what was written reaches the others.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "LogShippingShip")]
pub enum ShipText {
    /// Entry by entry, in order.
    Stream(Stream),
    /// The state as of moments that are an interval apart.
    Points(Points),
}

/// A stream.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "LogShippingStream")]
pub struct Stream {
    /// How long after it was written an entry leaves; none before an earlier one. Default: at once.
    pub lag: Option<Located<SpanLaw>>,
}

/// Recovery points.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "LogShippingPoints")]
pub struct Points {
    /// The time between two points; the first is somewhere in the first such interval.
    pub every: Located<Span>,
    /// How long after its moment a point leaves. Default: at once.
    pub lag: Option<Located<SpanLaw>>,
}
