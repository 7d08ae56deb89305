//! Faults of hazards, and the clusters they form.

use crate::base::calendar::Calendar;
use crate::base::ids::HazardId;
use crate::base::time::Span;
use crate::model::fault::Scope;
use std::sync::Arc;

/// One strike of a hazard.
#[derive(Clone, Debug, PartialEq)]
pub struct Occurrence {
    /// Which hazard.
    pub hazard: HazardId,
    /// Which of its scopes.
    pub scope: usize,
    /// The number of the strike at that scope, from 0: with the seed, the hazard and the scope's path it keys all draws.
    pub renewal: u64,
    /// Onset.
    pub at: Calendar,
    /// Until everything it did is over.
    pub lasts: Span,
    /// The faults it consists of, all of the hazard's kind: each has the path of its scope for labels.
    pub faults: Vec<Part>,
}

/// One fault of an occurrence.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What it hits.
    pub scope: Scope,
    /// The scope's path.
    pub path: Arc<str>,
    /// Onset, after that of the occurrence.
    pub after: Span,
    /// Length.
    pub lasts: Span,
}

/// Occurrences closer together than the margin: they share a window.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// By onset; at least one.
    pub occurrences: Vec<Occurrence>,
    /// The likelihood ratio of its fault schedule: 1 unless the schedule was drawn from biased laws.
    pub weight: f64,
}

impl Cluster {
    /// The onset of its first occurrence.
    pub fn begins(&self) -> Calendar {
        self.occurrences.first().map_or(Calendar::ZERO, |first| first.at)
    }

    /// The largest number of its strikes that are under way at the same time.
    pub fn at_once(&self) -> usize {
        at_once(self.occurrences.iter())
    }

    /// From its first onset to its last end, in seconds.
    pub fn seconds(&self) -> f64 {
        self.ends().since(self.begins()).seconds()
    }

    /// When the last of it is over.
    pub fn ends(&self) -> Calendar {
        self.occurrences.iter().map(|o| o.at + o.lasts).max().unwrap_or(Calendar::ZERO)
    }
}

/// The largest number of strikes, given by onset, that are under way at the same time. What ends just when another begins
/// does not count.
pub fn at_once<'a>(strikes: impl Iterator<Item = &'a Occurrence>) -> usize {
    let mut ends: Vec<Calendar> = Vec::new();
    let mut most = 0;
    for strike in strikes {
        ends.retain(|end| *end > strike.at);
        ends.push(strike.at + strike.lasts);
        most = most.max(ends.len());
    }
    most
}
