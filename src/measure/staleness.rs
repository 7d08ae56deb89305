//! How stale reads were. The history knows; this only counts.

use crate::base::ids::RegionId;
use crate::base::time::Span;
use crate::measure::histogram::{Counts, Summary};
use crate::measure::recent::{Recent, credited};
use crate::measure::series::Scope;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How stale one read was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StalenessSample {
    /// Age of the oldest acknowledged write to the key that it missed; zero if none.
    pub time: Span,
    /// How many acknowledged writes to the key it missed.
    pub versions: u64,
}

/// Histograms by client region.
#[derive(Clone, Debug, Default)]
pub struct Staleness {
    regions: BTreeMap<RegionId, Histograms>,
}

#[derive(Clone, Debug, Default)]
struct Histograms {
    time: Counts,
    versions: Counts,
    current: u64,
    current_recently: Recent<u64>,
}

impl Staleness {
    /// Takes in one read of a client of `region`.
    pub fn add(&mut self, region: RegionId, sample: StalenessSample) {
        let histograms = self.regions.entry(region).or_default();
        histograms.time.add(sample.time.0);
        histograms.versions.add(sample.versions);
        histograms.current += u64::from(sample.versions == 0);
        *histograms.current_recently.now() += u64::from(sample.versions == 0);
    }

    /// A probe interval is over.
    pub fn probed(&mut self) {
        for histograms in self.regions.values_mut() {
            histograms.time.probed();
            histograms.versions.probed();
            histograms.current_recently.turn();
        }
    }

    /// A stretch of length `by` was jumped over: it counts as the mean of the last two probe intervals.
    pub fn jumped(&mut self, by: Span) {
        for histograms in self.regions.values_mut() {
            histograms.time.jumped(by);
            histograms.versions.jumped(by);
            histograms.current += credited(histograms.current_recently.sum(|n| *n), by);
        }
    }

    /// Takes in the reads of other partitions.
    pub fn merge(&mut self, other: Staleness) {
        for (region, theirs) in other.regions {
            self.regions.entry(region).or_default().join(&theirs);
        }
    }

    /// What it came to, for the account and each client region.
    pub fn findings(&self) -> BTreeMap<Scope, StalenessFinding> {
        let mut sums: BTreeMap<Scope, Histograms> = BTreeMap::new();
        for (region, histograms) in &self.regions {
            for scope in [Scope::Account, Scope::Region(*region)] {
                sums.entry(scope).or_default().join(histograms);
            }
        }
        sums.into_iter().filter_map(|(scope, histograms)| Some((scope, histograms.finding()?))).collect()
    }
}

impl Histograms {
    fn join(&mut self, other: &Histograms) {
        self.time.merge(&other.time);
        self.versions.merge(&other.versions);
        self.current += other.current;
    }

    fn finding(&self) -> Option<StalenessFinding> {
        Some(StalenessFinding {
            time: self.time.summary(1e-9)?,
            versions: self.versions.summary(1.0)?,
            current: self.current,
        })
    }
}

/// Staleness of the reads of one scope over one window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StalenessFinding {
    /// In seconds.
    pub time: Summary,
    /// In versions of the key.
    pub versions: Summary,
    /// Reads that missed nothing.
    pub current: u64,
}
