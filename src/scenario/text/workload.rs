//! `[workload.<name>]`.

use crate::base::document::Located;
use crate::base::time::Span;
use crate::base::units::{Rate, Share};
use crate::scenario::text::{OneOrMany, SizeText};
use schemars::JsonSchema;
use serde::Deserialize;

/// `[workload.<name>]`: what clients ask, how often, and from where.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WorkloadText {
    /// Where its clients sit, and how many there are: a table, or a list of tables.
    pub clients: Located<OneOrMany<ClientsText>>,
    /// Operations a second over all its clients, `"40/s"`.
    pub rate: Located<Rate>,
    /// Share of operations that read, `"80%"`.
    pub reads: Located<Share>,
    /// Among writes, the share that inserts a fresh key never written again; 10% unless given.
    pub write_once: Option<Located<Share>>,
    /// How arrivals are spaced; `poisson` unless given.
    pub arrivals: Option<ArrivalsText>,
    /// Register keys in each partition, present from the start; 100 unless given.
    pub keys: Option<Located<u32>>,
    /// Keys in each partition that are inserted, replaced and deleted; none unless given.
    pub objects: Option<Located<u32>>,
    /// Zipf exponent of key popularity; 0 (unless given) makes all keys equally popular.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub skew: Option<f64>,
    /// Shares of special writes among those that are not write-once; none unless given.
    pub mix: Option<Located<MixText>>,
    /// Register keys in one transactional batch; 2 unless given.
    pub batch_keys: Option<Located<u32>>,
    /// Size of a document, or the law of sizes; 1KiB unless given.
    pub document_size: Option<Located<SizeText>>,
    /// The harness gives up on an operation after this long; 10s unless given.
    pub timeout: Option<Located<Span>>,
    /// A weaker consistency level than the account's for this workload's reads, by the system's own name.
    pub level: Option<Located<String>>,
    /// Whether each client uses all partitions or one of them; `all` unless given.
    pub affinity: Option<AffinityText>,
}

/// Some clients of a workload.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ClientsText {
    /// The region they sit in.
    pub region: Located<String>,
    /// How many there are.
    pub count: Located<u32>,
    /// Whether they go down with their region; true unless given. False for clients that are only near it.
    pub fail_with_region: Option<bool>,
}

/// Spacing of arrivals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ArrivalsText {
    /// Independent exponential gaps per client.
    Poisson,
    /// Equal gaps per client, each client at a random phase.
    Even,
}

/// Which partitions a client talks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AffinityText {
    /// All of them, uniformly.
    All,
    /// One: client i uses partition i modulo their number.
    One,
}

/// Shares of special writes; together at most 100 %, what is left are plain writes of registers.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MixText {
    /// Inserts an object key.
    pub insert: Option<Share>,
    /// Replaces an object key whatever it holds.
    pub replace: Option<Share>,
    /// Deletes an object key.
    pub delete: Option<Share>,
    /// Replaces an object key only if it still holds the value last read.
    pub conditional: Option<Share>,
    /// Writes several registers of one partition, all or none.
    pub batch: Option<Share>,
}
