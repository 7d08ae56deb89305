//! The `[system.quorum-nwr]` table.

use crate::base::document::Located;
use crate::base::time::Span;
use schemars::JsonSchema;
use serde::Deserialize;

/// A Dynamo-style store: N replicas of each partition, W of which acknowledge a write and R of which answer a read.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "QuorumNwr")]
pub struct Config {
    /// How many partitions there are, each with its own preference list. Default 1.
    pub partitions: Option<Located<u32>>,
    /// Where the N replicas of each partition are, in the order of the preference list. Default: one in each region.
    pub placement: Option<Located<Vec<Located<Share>>>>,
    /// Further nodes of the preference list, which stand in for replicas that do not answer. Default: as many as there
    /// are replicas, or as there are nodes.
    pub fallbacks: Option<Located<u32>>,
    /// W: how many replicas must have a write before it is acknowledged.
    pub write_quorum: Located<u32>,
    /// R: how many replicas must answer a read.
    pub read_quorum: Located<u32>,
    /// Whether nodes that stand in for replicas count. Default strict.
    pub quorum: Option<Located<QuorumText>>,
    /// Which of several versions of a key are kept.
    pub versions: Located<VersionsText>,
    /// The clients' clocks agree: only then is anything promised of what last-writer-wins keeps. Default false.
    pub trust_clocks: Option<Located<bool>>,
    /// Who coordinates operations. Default: a replica.
    pub coordinator: Option<Located<CoordinatorText>>,
    /// Keep hints for replicas that do not answer, and hand them over when they do. Default true.
    pub hints: Option<bool>,
    /// What a read does about replicas that are behind. Default background.
    pub read_repair: Option<ReadRepairText>,
    /// Replicas compare Merkle trees. Default every 10 s (assumed).
    pub anti_entropy: Option<AntiEntropyText>,
    /// A coordinator takes a node for silent after this long. Default 500 ms (assumed).
    pub replica_timeout: Option<Located<Span>>,
    /// A client takes its coordinator for silent after this long. Default 2 s (assumed).
    pub attempt_timeout: Option<Located<Span>>,
    /// A silent node is passed over for this long. Default 5 s (assumed).
    pub suspect_for: Option<Located<Span>>,
    /// Hints are offered to their nodes this often. Default 1 s (assumed).
    pub hand_over_every: Option<Located<Span>>,
}

/// Replicas in one region.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "QuorumNwrPlacement")]
pub struct Share {
    /// The region.
    pub region: Located<String>,
    /// How many, spread over its zones and fault domains. Default 1.
    pub replicas: Option<Located<u32>>,
}

/// What counts towards a quorum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "QuorumNwrQuorum")]
pub enum QuorumText {
    /// Only the N replicas.
    Strict,
    /// The first N nodes of the preference list that answer.
    Sloppy,
}

/// Which versions are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "QuorumNwrVersions")]
pub enum VersionsText {
    /// The one with the greatest timestamp of the writing client's clock.
    LastWriterWins,
    /// All that no other has seen, side by side. A write reads its context from R replicas first.
    VersionVectors,
}

/// Who coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "QuorumNwrCoordinator")]
pub enum CoordinatorText {
    /// The replica nearest to the client that answers.
    Replica,
    /// The client's own library, apart from the replicas.
    Client,
}

/// What a read does about replicas that are behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "QuorumNwrReadRepair")]
pub enum ReadRepairText {
    /// Nothing.
    Off,
    /// Gives them what they miss, after the answer.
    Background,
    /// Answers only when W replicas have what it returns.
    Blocking,
}

/// Anti-entropy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "QuorumNwrAntiEntropy")]
pub enum AntiEntropyText {
    /// None.
    Off,
    /// Each replica compares with the next of the others this often.
    Every(Span),
}
