//! The `[system.multi-paxos]` table.

use crate::base::dist::text::SpanLaw;
use crate::base::document::Located;
use crate::base::time::Span;
use crate::base::units::{Bandwidth, Bytes, Ppm};
use crate::system::placement::Replicas;
use schemars::JsonSchema;
use serde::Deserialize;

/// Partitions replicated by Multi-Paxos, one group each.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "MultiPaxos")]
pub struct Config {
    /// How many partitions there are. Default 1.
    pub partitions: Option<Located<u32>>,
    /// Where the replicas of each partition stand. The first one leads at the start.
    pub replicas: Located<Vec<Located<Replicas>>>,
    /// How long a replica waits for its leader before it stands, drawn anew each time it hears of one, and before it stands
    /// again. Default uniform between 1 s and 2 s.
    pub election_timeout: Option<Located<SpanLaw>>,
    /// How often a leader says that it leads. Default 100 ms.
    pub heartbeat: Option<Located<Span>>,
    /// How reads are made safe.
    pub reads: Located<Reads>,
    /// How far clocks' rates may be from true time, for leases. Default 200 ppm.
    pub clock_drift_bound: Option<Located<Ppm>>,
    /// Slots on their way to a replica at a time. Default 256.
    pub window: Option<Located<u32>>,
    /// Bytes of proposals in one message. Default 1 MB.
    pub batch: Option<Located<Bytes>>,
    /// Slots that a log keeps beyond those carried out: a replica that lacks more is sent an image. Default 10,000.
    pub log: Option<Located<u32>>,
    /// Data in each partition, for images. Default 512 MB.
    pub data: Option<Located<Bytes>>,
    /// How fast an image is read. Default 32 MB/s.
    pub image_rate: Option<Located<Bandwidth>>,
    /// A client sends a request elsewhere after this long without an answer. Default 1 s.
    pub attempt_timeout: Option<Located<Span>>,
    /// A client waits this long before it asks again where no leader is known. Default 50 ms.
    pub retry_pause: Option<Located<Span>>,
}

/// How reads are made safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "MultiPaxosReads")]
pub enum Reads {
    /// The leader asks a quorum whether it still leads.
    Quorum,
    /// The leader answers while it holds a lease, and asks a quorum else.
    Lease,
}
