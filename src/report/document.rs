//! The result document: the JSON of `--format json` and of `summary.json`. It only ever grows.
//!
//! It holds no wall-clock time and no path, so running a published scenario again gives the same bytes.

mod study;

use crate::report::timeline::Timeline;
use crate::study::compare::sample::Sample;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
pub use study::{BiasedResult, ModeResult, StratumResult, StudyResult};

/// Everything one run came to. Fields that a reader does not know are to be ignored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Document {
    /// Version of Geodes that made it.
    pub geodes: String,
    /// The scenario's name.
    pub scenario: String,
    /// The question it asks.
    pub about: String,
    /// The modelled system: `cosmos-db`.
    pub system: String,
    /// The documentation edition its behaviour follows, for systems that have several.
    pub edition: Option<String>,
    /// The scenario's seed; with several seeds, the first of them.
    pub seed: u64,
    /// How many seeds were run: `seed`, `seed + 1`, ...
    pub seeds: u64,
    /// Fingerprint of every event and outcome, folded over the windows in order: 16 hex digits.
    pub digest: String,
    /// Windows simulated.
    pub windows: u64,
    /// Events dispatched, over all windows.
    pub events: u64,
    /// Windows that were stopped, by their cap or by a storm of messages, before the system had settled.
    pub censored: u64,
    /// What is said of the first window that ended in a storm of messages: the system answers itself without end, and the
    /// command ends with status 1. Absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storm: Option<String>,
    /// Virtual seconds simulated, over all windows.
    pub simulated_s: f64,
    /// How a scenario with hazards was studied. Absent when all faults are scripted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub study: Option<StudyResult>,
    /// Strata of a study. Absent when all faults are scripted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub strata: Vec<StratumResult>,
    /// Regions of the topology, in the scenario's order.
    pub regions: Vec<Region>,
    /// Facts about the resolved system that SLA rows depend on.
    pub facts: BTreeMap<String, String>,
    /// Measures by path: `availability.request.write@East US`.
    pub measures: IndexMap<String, Measure>,
    /// One entry per scripted fault, and per operator action (signature `action(...)`): switches have onsets too.
    pub faults: Vec<FaultResult>,
    /// One entry per operator action, as answered in the first window.
    pub admin: Vec<AdminResult>,
    /// One entry per SLA row.
    pub sla: Vec<SlaResult>,
    /// Whether a breached or inconclusive row fails the command.
    pub gate: bool,
    /// One entry per guarantee the system claims.
    pub guarantees: Vec<GuaranteeResult>,
    /// Latency of successful operations, by client region and kind.
    pub latency: Vec<Latency>,
    /// Answers 'too many requests' (429), by client region and kind.
    pub throttled: Vec<Throttled>,
    /// Bytes by directed pair of regions and purpose, summed over the windows.
    pub traffic: Vec<Traffic>,
    /// Which published definition of each term was used: term to definition.
    pub definitions: BTreeMap<String, String>,
    /// What a reader must know to read the numbers rightly.
    pub notes: Vec<String>,
    /// Important changes of state in the first window, in order of time.
    pub story: Vec<StoryEvent>,
    /// Availability over time in the first window.
    pub timeline: Option<Timeline>,
    /// Fingerprint of the resolved scenario's contents, 16 hex digits: names of files are not in it, nor the SLA tables.
    pub plan: String,
    /// The values of each window: `windows.csv`, by which stored results can be compared pair by pair.
    #[serde(skip)]
    pub sample: Option<Sample>,
}

/// A region of the topology.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Region {
    /// Its published name.
    pub name: String,
    /// Availability zones in use.
    pub zones: u64,
    /// Clients that sit there.
    pub clients: u64,
}

/// An estimate with its interval.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Measure {
    /// The estimate; null when it is infinite (not restored) or nothing was sampled (`n` is 0).
    pub estimate: Option<f64>,
    /// Lower end of the interval; null when there is none.
    pub low: Option<f64>,
    /// Upper end of the interval; null when there is none or it is infinite.
    pub high: Option<f64>,
    /// Coverage of the interval, 0.95; null when there is none.
    pub confidence: Option<f64>,
    /// Windows (or operations, by the measure) behind it.
    pub n: u64,
    /// `fraction`, `s`, `writes`, `bytes`, `versions`, `count`.
    pub unit: String,
    /// Standard error of the estimate; absent where none is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standard_error: Option<f64>,
    /// So little was seen that the interval is only rough.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub rough: bool,
}

/// A quantity over the windows of one fault.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Spread {
    /// Median; null when infinite or without samples.
    pub p50: Option<f64>,
    /// 99th percentile, by order statistics; null when infinite or without samples.
    pub p99: Option<f64>,
    /// Largest; null when infinite or without samples.
    pub max: Option<f64>,
    /// Windows in which the end was not seen: infinite in the quantiles.
    pub censored: u64,
    /// Windows behind it.
    pub n: u64,
    /// `s`, `writes`, `bytes`.
    pub unit: String,
}

/// What one fault cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FaultResult {
    /// Its class by the role it hit: `region(write)`.
    pub signature: String,
    /// The scope as the scenario wrote it.
    pub label: String,
    /// What it did: `power-loss`.
    pub kind: String,
    /// Onset, in virtual seconds.
    pub begin_s: f64,
    /// End, in virtual seconds; null when it lasts for ever.
    pub end_s: Option<f64>,
    /// How often it happens; null for a scripted fault.
    pub per_year: Option<f64>,
    /// Windows in which it occurred.
    pub windows: u64,
    /// The share of all failed operations that is put down to it; null when none failed.
    pub share_of_unavailability: Option<f64>,
    /// Time until writes succeed again, for the account: the worst client region and partition.
    #[serde(rename = "rto.write")]
    pub rto_write: Option<Spread>,
    /// Time until reads succeed again.
    #[serde(rename = "rto.read")]
    pub rto_read: Option<Spread>,
    /// What the time to restore writes was spent on, in order, in the window that has the median.
    #[serde(rename = "rto.write.breakdown")]
    pub rto_write_breakdown: Vec<Phase>,
    /// What the time to restore reads was spent on, likewise.
    #[serde(rename = "rto.read.breakdown")]
    pub rto_read_breakdown: Vec<Phase>,
    /// Mean gap between operations around the restoration: the resolution of the RTO, in seconds.
    pub resolution_s: Option<f64>,
    /// Dips below the restored level after restoration, in the first window.
    pub relapses: u64,
    /// Acknowledged writes missing from the surviving lineage.
    #[serde(rename = "rpo.writes")]
    pub rpo_writes: Option<Spread>,
    /// From the oldest to the newest of them, or to the onset if later.
    #[serde(rename = "rpo.time")]
    pub rpo_time: Option<Spread>,
    /// Their bytes.
    #[serde(rename = "rpo.bytes")]
    pub rpo_bytes: Option<Spread>,
    /// Those of the lost writes that a region which returns still holds.
    #[serde(rename = "rpo.recoverable")]
    pub rpo_recoverable: Option<Spread>,
    /// Those that no disk holds any more.
    #[serde(rename = "rpo.permanent")]
    pub rpo_permanent: Option<Spread>,
    /// At onset: acknowledged writes that no reachable region holds.
    #[serde(rename = "exposed.writes")]
    pub exposed_writes: Option<Spread>,
    /// At onset: age of the oldest of them.
    #[serde(rename = "exposed.time")]
    pub exposed_time: Option<Spread>,
    /// At onset: their bytes.
    #[serde(rename = "exposed.bytes")]
    pub exposed_bytes: Option<Spread>,
}

/// One phase of a restoration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Phase {
    /// `detect`, `decide`, `elect`, `catch-up`, `reroute`.
    pub name: String,
    /// Its length in seconds.
    pub seconds: f64,
}

/// How an operator's action was answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AdminResult {
    /// The action as the scenario wrote it.
    pub action: String,
    /// When it was sent, in virtual seconds.
    pub at_s: f64,
    /// `done`, `refused` or `unanswered`.
    pub outcome: String,
    /// Why it was refused.
    pub why: Option<String>,
    /// How long the answer took, in seconds.
    pub took_s: Option<f64>,
}

/// One SLA row, judged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SlaResult {
    /// The profile: `cosmos-db-2021`.
    pub profile: String,
    /// The row's name in it: `write-availability`.
    pub row: String,
    /// What the provider states, in a few words.
    pub statement: String,
    /// The bound: `>= 99.99%`.
    pub bound: String,
    /// The measure it is judged by.
    pub measure: String,
    /// The estimate in the measure's unit; null when infinite or without samples.
    pub estimate: Option<f64>,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end of its interval.
    pub high: Option<f64>,
    /// Samples behind it.
    pub n: u64,
    /// Unit of estimate and interval.
    pub unit: String,
    /// `met`, `breached`, `inconclusive` or `not applicable`.
    pub verdict: String,
    /// Why, in one sentence.
    pub why: String,
    /// Further windows that should settle an inconclusive row; null when no number of them would, or none is needed.
    pub further_windows: Option<u64>,
    /// The first seed that breaks the promise: run it alone to see how.
    pub counterexample_seed: Option<u64>,
    /// Probability that a calendar month of 730 h keeps the bound; absent unless availability was studied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_month: Option<Measure>,
    /// Where the promise is published.
    pub source: String,
    /// How sure the source is: `documented`, `published third-party`, `derived`, `assumed`.
    pub confidence: String,
}

/// One guarantee, checked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GuaranteeResult {
    /// `linearizable`, `read your writes`, ...
    pub name: String,
    /// `holds`, `violated` or `unknown`.
    pub verdict: String,
    /// Which published definition was checked, when there are several.
    pub definition: Option<String>,
    /// Operations (or keys, by the checker) that were checked.
    pub checked: u64,
    /// Why it is unknown, or what is wrong, in one sentence.
    pub why: Option<String>,
    /// The smallest set of operations that shows a violation, in order.
    pub evidence: Vec<String>,
}

/// Latency of successful operations of one client region and kind, in seconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Latency {
    /// Client region.
    pub region: String,
    /// `read` or `write`.
    pub kind: String,
    /// Median.
    pub p50_s: Option<f64>,
    /// 95th percentile.
    pub p95_s: Option<f64>,
    /// 99th percentile.
    pub p99_s: Option<f64>,
    /// Largest.
    pub max_s: Option<f64>,
    /// Successful operations behind it.
    pub n: u64,
    /// Operations that have no latency because they failed.
    pub failed: u64,
    /// Values above the histogram's range, counted at its end.
    pub saturated: u64,
}

/// Throttling seen by the clients of one region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Throttled {
    /// Client region.
    pub region: String,
    /// `read` or `write`.
    pub kind: String,
    /// Tries answered 429.
    pub attempts: u64,
    /// Operations that ended with 429.
    pub operations: u64,
}

/// Bytes between two regions for one purpose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Traffic {
    /// Sending region; null for a global service.
    pub from: Option<String>,
    /// Receiving region; null for a global service.
    pub to: Option<String>,
    /// `client`, `replication`, `copy` or `control`.
    pub purpose: String,
    /// Bytes.
    pub bytes: u64,
    /// Messages.
    pub messages: u64,
}

/// One important change of state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct StoryEvent {
    /// When, in virtual seconds.
    pub at_s: f64,
    /// `fault`, `repair`, `detect`, `decide`, `elect`, `cut`, `writable`, `offline`, `online`, `quorum`, `reroute`,
    /// `throttle`, `action`, `loss`, `feed`, `milestone`.
    pub kind: String,
    /// What happened, as a clause: `East US was promoted`.
    pub what: String,
    /// The partition concerned, when it is one.
    pub partition: Option<u32>,
    /// How many like changes this line stands for (partitions, clients), at least 1.
    pub count: u64,
}
