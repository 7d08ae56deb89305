//! What a scenario file says: the types its tables are read into.
//!
//! Field docs are the reference of the format: they become the descriptions of the JSON Schema. Optional fields have no
//! defaults here; whoever resolves them decides, and says so in the plan's provenance.

mod fault;
mod hazard;
mod one_or_many;
mod size;
mod topology;
mod workload;

pub use fault::{ActionText, FaultText, KindText};
pub use hazard::{CountLaw, HazardText, ScopesText, StrikeText, StudyText, WalkText, WithText};
pub use one_or_many::OneOrMany;
pub use size::{SizeLaw, SizeText};
pub use topology::{DiskText, LinkText, RegionText, TopologyText};
pub use workload::{AffinityText, ArrivalsText, ClientsText, MixText, WorkloadText};

use crate::base::document::Located;
use crate::base::time::Span;
use crate::base::units::Share;
use schemars::JsonSchema;
use serde::Deserialize;

/// The keys at the top of a scenario.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HeadText {
    /// The scenario's name: the directory of its results.
    pub name: Located<String>,
    /// The question it asks, in a sentence or two.
    pub about: Option<String>,
    /// Where all randomness starts: same seed, same run.
    pub seed: Located<u64>,
}

/// `[sla]`: what to judge against.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SlaText {
    /// SLA tables by name, or paths of such tables.
    pub profiles: Option<Vec<Located<String>>>,
    /// Which of their rows are judged: names, or patterns in which `*` stands for anything; all unless given.
    pub rows: Option<Vec<Located<String>>>,
    /// Whether a breach fails the command; true unless given.
    pub gate: Option<bool>,
}

/// `[run]`: when the window ends.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RunText {
    /// `settled` (unless given) ends the window once all faults are over and nothing is left to do; `cap` runs to the
    /// cap.
    pub until: Option<UntilText>,
    /// Run at least this long; 20min unless given.
    pub at_least: Option<Located<Span>>,
    /// Stop here, and count an unsettled window as censored; 72h unless given.
    pub cap: Option<Located<Span>>,
    /// Jump over stretches of an outage in which everything is steady, and count them like the two minutes before. Unless
    /// given, studies (scenarios with hazards) jump and others do not.
    pub jump: Option<bool>,
}

/// When a window ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UntilText {
    /// Once settled.
    Settled,
    /// At the cap.
    Cap,
}

/// `[rto]`: how restoration is recognised.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RtoText {
    /// Length of the stretch that must be good; 10s unless given.
    pub hold: Option<Located<Span>>,
    /// Share of its operations that must succeed; 99% unless given.
    pub share: Option<Located<Share>>,
    /// The stretch is lengthened until it holds this many operations; 100 unless given.
    #[schemars(range(min = 1))]
    pub min_operations: Option<Located<u32>>,
}
