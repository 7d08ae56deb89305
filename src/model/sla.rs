//! SLA rows: one promise each, with its condition, bound, rule and source.

/// One row of an SLA table.
#[derive(Clone, Debug, PartialEq)]
pub struct SlaRow {
    /// The profile it belongs to, `cosmos-db-2021`.
    pub profile: String,
    /// Its name within the profile, `write-availability`.
    pub row: String,
    /// What the provider states, in a few words.
    pub statement: String,
    /// The row applies when every one of these facts of the plan has one of the listed values.
    pub when: Vec<(String, Vec<String>)>,
    /// What is compared.
    pub rule: SlaRule,
    /// Where the promise is published.
    pub source: String,
    /// `documented`, `published third-party`, `derived` or `assumed`.
    pub confidence: String,
}

/// How a row is judged.
#[derive(Clone, Debug, PartialEq)]
pub enum SlaRule {
    /// A measure against a bound, over all windows.
    Bound {
        /// Measure path (`availability.hourly.write`, `rto.write.max`, `rpo.time.max`, ...).
        measure: String,
        /// Comparison.
        op: Compare,
        /// The bound in the measure's unit.
        value: f64,
        /// Restrict a per-fault measure to faults of this class: `region(write)`, `region(read)`, `zone`, ...; `None` means all.
        fault: Option<String>,
    },
    /// Lost writes of each partition must stay within K writes *and* T seconds, whichever the account configures.
    StalenessBound {
        /// Restrict to faults of this class.
        fault: Option<String>,
    },
    /// The provider says to expect a loss: shown when a run produces it, never met by absence.
    ExpectLoss {
        /// A measure that must be above zero for the loss to have been seen.
        measure: String,
        /// Restrict to faults of this class.
        fault: Option<String>,
    },
    /// Availability is lost only for a time: RTO below the fault's own duration.
    Temporary {
        /// `read` or `write`.
        kind: String,
        /// Restrict to faults of this class.
        fault: Option<String>,
    },
    /// A price statement: judged once costs are modelled; until then always inconclusive.
    Price,
}

impl SlaRule {
    /// The class of faults it is restricted to.
    pub fn fault(&self) -> Option<&str> {
        match self {
            SlaRule::Bound { fault, .. }
            | SlaRule::StalenessBound { fault }
            | SlaRule::ExpectLoss { fault, .. }
            | SlaRule::Temporary { fault, .. } => fault.as_deref(),
            SlaRule::Price => None,
        }
    }
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `<`
    Below,
}

/// What a row came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The whole interval is on the good side of the bound.
    Met,
    /// All of it is on the bad side.
    Breached,
    /// Neither, or nothing was sampled.
    Inconclusive,
    /// Its condition does not hold for this configuration.
    NotApplicable,
}

impl Verdict {
    /// `met`, `breached`, `inconclusive`, `not applicable`.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Met => "met",
            Verdict::Breached => "breached",
            Verdict::Inconclusive => "inconclusive",
            Verdict::NotApplicable => "not applicable",
        }
    }
}
