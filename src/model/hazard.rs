//! Hazards: random processes that produce faults.

use crate::base::calendar::Calendar;
use crate::base::dist::Law;
use crate::base::ids::HazardId;
use crate::base::time::Span;
use crate::model::fault::{FaultKind, Scope};

/// One hazard: a process of its own at each of its scopes.
#[derive(Clone, Debug)]
pub struct Hazard {
    /// Its name, unique in the plan: `region`, `node`, `stuck-failover`.
    pub name: String,
    /// Where it strikes: every scope has a process of its own.
    pub scopes: Vec<Exposed>,
    /// What its faults do.
    pub kind: FaultKind,
    /// When they do it.
    pub process: Process,
    /// How much of the scope a strike takes.
    pub strike: Strike,
    /// Where its laws are published, and how sure they are.
    pub source: Option<String>,
}

/// One scope that a hazard strikes.
#[derive(Clone, Debug, PartialEq)]
pub struct Exposed {
    /// The scope as a scenario would write it, without roles: `region:West US/zone:2`. Random substreams are keyed by it.
    pub path: String,
    /// The scope.
    pub scope: Scope,
}

/// When a hazard strikes. Laws are in seconds.
#[derive(Clone, Debug, PartialEq)]
pub enum Process {
    /// Alternating renewal: up for a draw of `to_failure`, then down for a draw of `repair`, and so on.
    Renewal {
        /// Time from the end of a repair to the next failure.
        to_failure: Law,
        /// Time from a failure to the end of its repair.
        repair: Law,
    },
    /// Outages as they were recorded, again and again after each `period`.
    Trace {
        /// By onset; those of one scope do not overlap.
        outages: Vec<Recorded>,
        /// Length of the record.
        period: Span,
    },
    /// With each occurrence of another hazard, with some probability: an automatic failover that gets stuck, a person
    /// who has to decide. The fault is on this hazard's scopes.
    With {
        /// The other hazard, which is no `With` itself.
        hazard: HazardId,
        /// In (0, 1].
        probability: f64,
        /// How long it lasts, from the same onset on.
        lasts: Law,
    },
    /// Planned work: one scope after the other, each for a draw of `each`, with `pause` in between.
    Walk {
        /// Time from the end of one round to the start of the next.
        every: Law,
        /// How long the work on one scope takes.
        each: Law,
        /// Between two scopes.
        pause: Span,
    },
}

/// One recorded outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Index into the hazard's scopes.
    pub scope: usize,
    /// Onset, from the start of the record.
    pub at: Calendar,
    /// Length.
    pub lasts: Span,
}

/// How much of its scope a strike takes, and how quickly.
#[derive(Clone, Debug, PartialEq)]
pub struct Strike {
    /// How much.
    pub extent: Extent,
    /// The faults of one strike begin at random times within this span of its onset; zero: all at once.
    pub within: Span,
}

impl Default for Strike {
    fn default() -> Self {
        Strike { extent: Extent::Whole, within: Span::ZERO }
    }
}

/// How much of its scope a strike takes.
#[derive(Clone, Debug, PartialEq)]
pub enum Extent {
    /// All of it: one fault on the scope itself.
    Whole,
    /// This share of its data nodes, at least one, chosen at random: one fault each.
    Share(f64),
    /// As many data nodes as the law gives (rounded, at least one, at most all), chosen at random: one fault each.
    Nodes(Law),
}
