//! What clients ask: how many of them, where, how often, and the mix of operations.

use crate::base::dist::Law;
use crate::base::ids::{ClientId, NodeId, RegionId, WorkloadId};
use crate::base::time::Span;

/// One `[workload.<name>]` table.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its name.
    pub name: String,
    /// Operations a second, over all its clients.
    pub rate_per_s: f64,
    /// How arrivals are spaced.
    pub arrivals: Arrivals,
    /// Share of operations that read, in 0..=1.
    pub reads: f64,
    /// Among writes, the share that inserts a fresh key never written again, in 0..=1.
    pub write_once: f64,
    /// Among the other writes, shares of each kind; they add up to at most 1, the rest are plain writes of registers.
    pub mix: WriteMix,
    /// Plain register keys in each partition, present from the start, never deleted.
    pub registers: u32,
    /// Keys in each partition that are inserted, replaced conditionally and deleted; absent at the start.
    pub objects: u32,
    /// Zipf exponent of key popularity; 0 is uniform.
    pub skew: f64,
    /// Size of a document in bytes.
    pub document_bytes: Law,
    /// The harness gives up on an operation after this long.
    pub timeout: Span,
    /// A weaker level than the account's for this workload's reads, by the system's own name.
    pub read_level: Option<String>,
    /// Whether each client uses all partitions or just one (client i uses partition i mod n).
    pub affinity: Affinity,
    /// Keys in one transactional batch.
    pub batch_keys: u32,
}

/// Spacing of arrivals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrivals {
    /// Independent exponential gaps per client.
    Poisson,
    /// Equal gaps per client, each client at a random phase.
    Even,
}

/// Which partitions a client talks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Affinity {
    /// All of them, uniformly.
    All,
    /// One: client `i` of the workload uses partition `i mod n`.
    One,
}

/// Shares of special writes; what is left are plain writes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WriteMix {
    /// Insert an object key.
    pub insert: f64,
    /// Replace an object key whatever it holds.
    pub replace: f64,
    /// Delete an object key.
    pub delete: f64,
    /// Replace an object key only if it still holds the value last read (etag).
    pub conditional: f64,
    /// Write several registers of one partition atomically.
    pub batch: f64,
}

/// One client process.
#[derive(Clone, Debug)]
pub struct Client {
    /// The workload it belongs to.
    pub workload: WorkloadId,
    /// Its number within the workload, from 0.
    pub number: u32,
    /// Where it sits.
    pub region: RegionId,
    /// Its own node.
    pub node: NodeId,
}

/// Stable name of a client: `client:shop/3`.
pub fn client_path(workload: &str, number: u32) -> String {
    format!("client:{workload}/{number}")
}

/// Identifies the session of a client; a client that starts a new session keeps its id.
pub type Session = ClientId;
