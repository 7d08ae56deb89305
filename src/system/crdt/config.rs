//! The `[system.crdt]` table.

use crate::base::document::Located;
use crate::base::time::Span;
use crate::system::placement::Replicas;
use schemars::JsonSchema;
use serde::Deserialize;

/// A store of conflict-free replicated data: every replica takes reads and writes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "Crdt")]
pub struct Config {
    /// How many partitions there are. Default 1.
    pub partitions: Option<Located<u32>>,
    /// Where the replicas of each partition are. Default: one in each region.
    pub replicas: Option<Located<Vec<Located<Replicas>>>>,
    /// What clients are promised.
    pub consistency: Located<Consistency>,
    /// Changes are sent to the others this long after they were made, together. At most 500 ms. Default 100 ms (assumed).
    pub ship_every: Option<Located<Span>>,
    /// Replicas ask each other what they lack this often. Default 10 s (assumed).
    pub check_every: Option<Located<Span>>,
    /// A replica that does not answer for so long is sent nothing until it is heard of. Default 2 s (assumed).
    pub silent_after: Option<Located<Span>>,
    /// How many changed keys a replica remembers: one that lacks more is sent everything. Default 10,000.
    pub log: Option<Located<u32>>,
    /// A client takes a replica for silent after this long. Default 1 s (assumed).
    pub attempt_timeout: Option<Located<Span>>,
    /// A client leaves a silent replica alone for this long. Default 5 s (assumed).
    pub suspect_for: Option<Located<Span>>,
    /// A client asks again after this long where no replica has seen what it has. Default 100 ms (assumed).
    pub retry_pause: Option<Located<Span>>,
}

/// What clients are promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "CrdtConsistency")]
pub enum Consistency {
    /// That replicas agree in the end.
    Eventual,
    /// And that each sees what it has seen before, wherever it is served.
    Session,
}
