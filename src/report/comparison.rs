//! What a comparison came to, as a document: what `geodes compare --format json` prints. It only ever grows.

pub mod assemble;
pub mod csv;
pub mod junit;
pub mod markdown;
pub mod table;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Two runs against each other. Fields that a reader does not know are to be ignored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Comparison {
    /// Version of Geodes that made it.
    pub geodes: String,
    /// What is compared with.
    pub base: RunSummary,
    /// What is compared.
    pub new: RunSummary,
    /// Whether both runs are the same, event by event.
    pub identical: bool,
    /// `paired` (the same windows on both sides), `apart` (windows with nothing in common) or `estimates` (the windows of one
    /// side are not known, or two studies draw other faults).
    pub pairing: String,
    /// Pairs of windows.
    pub pairs: u64,
    /// Pairs that are the same, event by event.
    pub same: u64,
    /// Coverage of the intervals.
    pub confidence: f64,
    /// One entry per measure and class of faults; none where both runs are the same.
    pub rows: Vec<ChangeRow>,
    /// One entry per `--fail-on`.
    pub gates: Vec<GateResult>,
    /// The SLA rows of the new side, with the verdict they had in the base.
    pub sla: Vec<SlaChange>,
    /// The guarantees of the new side.
    pub guarantees: Vec<GuaranteeChange>,
    /// What a reader must know to read the numbers rightly.
    pub notes: Vec<String>,
}

/// One of both runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RunSummary {
    /// What it is called here: `main`, `with system.cosmos-db.partitions=8`.
    pub label: String,
    /// The scenario's name.
    pub scenario: String,
    /// Fingerprint of the resolved scenario's contents.
    pub plan: String,
    /// Its first seed.
    pub seed: u64,
    /// How many seeds: 1 for a study.
    pub seeds: u64,
    /// Windows simulated.
    pub windows: u64,
    /// Fingerprint of every event and outcome.
    pub digest: String,
}

/// One measure, on both sides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ChangeRow {
    /// A measure path, `unavailability...` for what availability lacks of 1, and a class of faults in square brackets.
    pub measure: String,
    /// The unit of both values.
    pub unit: String,
    /// The base's value (see `scale`); null when it is infinite.
    pub base: Option<f64>,
    /// The new side's.
    pub new: Option<f64>,
    /// The change: a share of the base on the scale `ratio`, else in the unit; null where only the order is known.
    pub change: Option<f64>,
    /// Lower end of its interval; null when there is none.
    pub low: Option<f64>,
    /// Upper end of its interval.
    pub high: Option<f64>,
    /// What was tested: `ratio` (values are geometric means), `difference` (means) or `order` (medians). Values of studies are
    /// long-run shares, rates and weighted means.
    pub scale: String,
    /// Pairs of windows behind it; without pairs the windows of the smaller side, 0 where only estimates are known.
    pub n: u64,
    /// The probability of such a change if there is none; null where nothing can be said.
    pub p: Option<f64>,
    /// The same, corrected for looking at several rows.
    pub p_adjusted: Option<f64>,
    /// `worse`, `better`, `changed`, `equal`, `no difference shown` or `not tested`.
    pub verdict: String,
}

/// One gate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GateResult {
    /// As it was written.
    pub gate: String,
    /// The base's value; null when it is infinite or unknown.
    pub base: Option<f64>,
    /// The new side's.
    pub new: Option<f64>,
    /// Unit of both.
    pub unit: String,
    /// The change, as in a row.
    pub change: Option<f64>,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end of its interval.
    pub high: Option<f64>,
    /// What was tested, as in a row.
    pub scale: String,
    /// Pairs of windows behind it.
    pub n: u64,
    /// `kept`, `regression` or `inconclusive`.
    pub verdict: String,
    /// Why, in one sentence.
    pub why: String,
}

/// One SLA row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SlaChange {
    /// The profile.
    pub profile: String,
    /// The row's name in it.
    pub row: String,
    /// The bound.
    pub bound: String,
    /// The base's verdict; empty if it has no such row.
    pub base: String,
    /// The new side's verdict.
    pub new: String,
    /// Why, in one sentence.
    pub why: String,
}

/// One guarantee.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GuaranteeChange {
    /// Its name.
    pub name: String,
    /// The base's verdict; empty if it was not checked there.
    pub base: String,
    /// The new side's verdict.
    pub new: String,
    /// What is wrong, if something is.
    pub why: Option<String>,
}
