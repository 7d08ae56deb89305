//! The `[system.raft]` table.

use crate::base::dist::text::SpanLaw;
use crate::base::document::Located;
use crate::base::time::Span;
use crate::base::units::{Bandwidth, Bytes, Ppm};
use schemars::JsonSchema;
use serde::Deserialize;

/// Partitions replicated by Raft, one group each.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "Raft")]
pub struct Config {
    /// How many partitions there are. Default 1.
    pub partitions: Option<Located<u32>>,
    /// Where the replicas of each partition stand. The first voter leads at the start.
    pub replicas: Vec<Located<Replicas>>,
    /// How long a replica waits for its leader before it stands for election, drawn anew each time it hears of one. Default
    /// uniform between 1 s and 2 s.
    pub election_timeout: Option<Located<SpanLaw>>,
    /// How often a leader says that it leads. Default 100 ms.
    pub heartbeat: Option<Located<Span>>,
    /// How reads are made safe.
    pub reads: Located<Reads>,
    /// Ask whether one could win before standing. Default true.
    pub pre_vote: Option<bool>,
    /// A leader that hears from no quorum steps down, and nobody votes while its leader is heard. Default true; leases need
    /// it.
    pub check_quorum: Option<Located<bool>>,
    /// How far clocks' rates may be from true time, for leases. Default 200 ppm.
    pub clock_drift_bound: Option<Located<Ppm>>,
    /// Regions in which leaders should be, the best first: leadership moves there once a replica there is up to date.
    /// None by default.
    pub leaders: Option<Vec<Located<String>>>,
    /// How long a leader waits before it gives way to a preferred one. Default 10 s.
    pub preference_delay: Option<Located<Span>>,
    /// Messages with entries on their way to a replica at a time. Default 256.
    pub window: Option<Located<u32>>,
    /// Bytes of entries in one message. Default 1 MB.
    pub batch: Option<Located<Bytes>>,
    /// Entries that a log keeps beyond those applied everywhere it knows of: a replica that lacks more is sent a snapshot.
    /// Default 10,000.
    pub log: Option<Located<u32>>,
    /// Data in each partition, for snapshots. Default 512 MB.
    pub data: Option<Located<Bytes>>,
    /// How fast a snapshot is read. Default 32 MB/s.
    pub snapshot_rate: Option<Located<Bandwidth>>,
    /// Whether the groups have leaders at the start. Default with-leader.
    pub begins: Option<Begins>,
    /// A client sends a request elsewhere after this long without an answer. Default 1 s.
    pub attempt_timeout: Option<Located<Span>>,
    /// A client waits this long before it asks again where no leader is known. Default 50 ms.
    pub retry_pause: Option<Located<Span>>,
}

/// Replicas of each partition.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "RaftReplicas")]
pub struct Replicas {
    /// Their region.
    pub region: Located<String>,
    /// Their zone; they are spread over all of the region's unless given.
    pub zone: Option<u32>,
    /// How many. Default 1.
    pub count: Option<u32>,
    /// What they do. Default voter.
    pub kind: Option<Kind>,
}

/// What a replica does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "RaftKind")]
pub enum Kind {
    /// Votes, and may lead.
    #[default]
    Voter,
    /// Votes, keeps no data, never leads.
    Witness,
    /// Keeps the data and does not vote.
    Learner,
    /// Nothing, until an operator makes it a voter.
    Spare,
}

/// How reads are made safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "RaftReads")]
pub enum Reads {
    /// The leader asks a quorum whether it still leads.
    ReadIndex,
    /// The leader answers while it holds a lease, and asks a quorum else.
    Lease,
}

/// How the groups are at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "RaftBegins")]
pub enum Begins {
    /// Each has a leader.
    WithLeader,
    /// All wait for one, with new time-outs.
    WithoutLeader,
}
