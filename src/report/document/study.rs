//! What the document says of a study.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a study came to its numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct StudyResult {
    /// How the estimates were made.
    pub method: String,
    /// Why not by plain simulation.
    pub why: String,
    /// Length of the fault skeleton in years of 8760 h.
    pub years: u64,
    /// Clusters of faults in it.
    pub clusters: u64,
    /// Windows of the pilot, which are part of all windows.
    pub pilot_windows: u64,
    /// Windows without faults, which are part of all windows.
    pub quiet_windows: u64,
    /// Why it stopped: `windows`, `precision`, `budget`, `time`, `exhausted`, or `paired` when it was given the windows of the
    /// study it was compared with.
    pub stopped: String,
    /// The options that give the same result again, whatever the machine; empty when `paired`, and when time ended the
    /// pilot.
    pub reproduce: String,
    /// The availability it was steered by.
    pub goals: Vec<String>,
    /// Half the interval of the least precise goal over its unavailability; null when nothing was lost.
    pub relative_half_width: Option<f64>,
    /// Independent losses that would give as narrow an interval (Kish's effective sample size), for the first goal.
    pub effective_losses: f64,
    /// Years of plain simulation that would give as narrow an interval for the first goal as was reached; null when nothing was
    /// lost.
    pub equivalent_years: Option<f64>,
    /// Events of those years, at the rate of windows without faults.
    pub equivalent_events: Option<f64>,
    /// These over the events of this study.
    pub work_ratio: Option<f64>,
    /// Hours of virtual time that were simulated in detail.
    pub simulated_hours: f64,
    /// Share of the clusters after which the system did not settle before the window's cap.
    pub censored_share: f64,
    /// Why availability cannot be concluded, if it cannot: the system does not settle.
    pub unsettled: Option<String>,
    /// Why nothing can be concluded about availability, if so: the system does not settle, the study was stopped before it had
    /// tried what may matter, or too few losses were seen.
    pub inconclusive: Option<String>,
    /// Settled configurations that were reached.
    pub modes: Vec<ModeResult>,
}

/// One settled configuration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ModeResult {
    /// As the system names it; empty when it has only one.
    pub name: String,
    /// Share of time spent in it.
    pub share: f64,
    /// Whether no way leads out of it.
    pub absorbing: bool,
}

/// Clusters of faults that mean the same to the system.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct StratumResult {
    /// The mode that they begin in.
    pub mode: String,
    /// Which roles they hit: `region(write)`, `node(replica) x2 (same partition)`.
    pub signature: String,
    /// How often they happen.
    pub per_year: f64,
    /// Windows simulated.
    pub windows: u64,
    /// Windows in which the first goal lost something.
    pub losses: u64,
    /// Windows that did not settle before their cap.
    pub censored: u64,
    /// Seconds of the first goal that one of them costs on average.
    pub mean_loss_s: f64,
    /// Share of the first goal's unavailability.
    pub share_of_unavailability: f64,
    /// Where its clusters come from when the skeleton meets too few of them; null when they are those of the skeleton.
    pub biased: Option<BiasedResult>,
}

/// Clusters drawn from biased fault schedules, each with its likelihood ratio.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct BiasedResult {
    /// Why not from the skeleton.
    pub reason: String,
    /// Draws that belong to the stratum.
    pub draws: u64,
    /// Equally likely draws that would say as much (Kish's effective sample size).
    pub effective_draws: f64,
}
