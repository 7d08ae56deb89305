//! Availability over time in one window: what `timeline.csv` and `timeline.svg` show.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Successes and outcomes in equal buckets of virtual time, with the faults and marks that explain them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Timeline {
    /// The seed of the window that is shown.
    pub seed: u64,
    /// Start of the first bucket, in virtual seconds.
    pub start_s: f64,
    /// Length of a bucket in seconds.
    pub step_s: f64,
    /// One series per client region and kind.
    pub series: Vec<Series>,
    /// Faults as intervals.
    pub faults: Vec<FaultSpan>,
    /// Spans worth a bracket.
    pub marks: Vec<Mark>,
}

/// Operations of one client region and kind, bucket by bucket, by the time they were due.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Series {
    /// Client region.
    pub region: String,
    /// `read` or `write`.
    pub kind: String,
    /// Successes in each bucket.
    pub ok: Vec<u64>,
    /// Outcomes in each bucket.
    pub total: Vec<u64>,
}

impl Series {
    /// Share of the outcomes in bucket `i` that were successes; `None` when there were none.
    pub fn share(&self, i: usize) -> Option<f64> {
        let (ok, total) = (*self.ok.get(i)?, *self.total.get(i)?);
        (total > 0).then(|| ok as f64 / total as f64)
    }
}

/// One fault as an interval.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FaultSpan {
    /// Onset, in virtual seconds.
    pub begin_s: f64,
    /// End; null when it lasts for ever.
    pub end_s: Option<f64>,
    /// What it was: `region:West US power-loss`.
    pub label: String,
}

/// What a [`Mark`] shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MarkKind {
    /// From the onset to the restoration of service.
    #[default]
    Rto,
    /// From the last recovered point to the onset (or the last lost write).
    Rpo,
}

/// A span worth a bracket.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Mark {
    /// What it shows.
    pub kind: MarkKind,
    /// Its beginning, in virtual seconds.
    pub from_s: f64,
    /// Its end; null when service was not restored in the window.
    pub to_s: Option<f64>,
    /// What to write beside it: `RTO write 12min 4s`.
    pub caption: String,
}

impl Timeline {
    /// How many buckets the longest series has.
    pub fn buckets(&self) -> usize {
        self.series.iter().map(|s| s.total.len()).max().unwrap_or(0)
    }

    /// Start of bucket `i`, in virtual seconds.
    pub fn bucket_start(&self, i: usize) -> f64 {
        self.start_s + i as f64 * self.step_s
    }

    /// End of the last bucket, in virtual seconds.
    pub fn end_s(&self) -> f64 {
        self.bucket_start(self.buckets())
    }
}
