//! Latency of successful operations as clients see it, from the intended time, beside those that had none.

use crate::base::ids::RegionId;
use crate::base::time::Span;
use crate::measure::histogram::{Counts, Summary};
use crate::measure::recent::{Recent, credited};
use crate::measure::series::{Kind, Scope};
use crate::model::operation::{Operation, Outcome};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Histograms by client region and kind.
#[derive(Clone, Debug, Default)]
pub struct Latency {
    regions: BTreeMap<(RegionId, Kind), Histograms>,
}

#[derive(Clone, Debug, Default)]
struct Histograms {
    all: Counts,
    in_region: Counts,
    failed: u64,
    failed_recently: Recent<u64>,
}

impl Latency {
    /// Takes in one operation of the load.
    pub fn add(&mut self, operation: &Operation) {
        let histograms = self.regions.entry((operation.region, Kind::of(operation))).or_default();
        if operation.outcome != Outcome::Ok {
            histograms.failed += 1;
            *histograms.failed_recently.now() += 1;
            return;
        }
        let took = operation.completed.0.since(operation.invoked.0).0;
        histograms.all.add(took);
        if operation.served == Some(operation.region) {
            histograms.in_region.add(took);
        }
    }

    /// A probe interval is over.
    pub fn probed(&mut self) {
        for histograms in self.regions.values_mut() {
            histograms.all.probed();
            histograms.in_region.probed();
            histograms.failed_recently.turn();
        }
    }

    /// A stretch of length `by` was jumped over: it counts as the mean of the last two probe intervals.
    pub fn jumped(&mut self, by: Span) {
        for histograms in self.regions.values_mut() {
            histograms.all.jumped(by);
            histograms.in_region.jumped(by);
            histograms.failed += credited(histograms.failed_recently.sum(|n| *n), by);
        }
    }

    /// Takes in the operations on other partitions.
    pub fn merge(&mut self, other: Latency) {
        for (key, theirs) in other.regions {
            self.regions.entry(key).or_default().join(&theirs);
        }
    }

    /// What it came to, for the account and each client region.
    pub fn findings(&self) -> BTreeMap<(Scope, Kind), LatencyFinding> {
        let mut found = BTreeMap::new();
        for kind in Kind::ALL {
            let mut account: Option<Cow<'_, Histograms>> = None;
            for ((region, _), histograms) in self.regions.iter().filter(|((_, of), _)| *of == kind) {
                found.insert((Scope::Region(*region), kind), histograms.finding());
                match &mut account {
                    None => account = Some(Cow::Borrowed(histograms)),
                    Some(sum) => sum.to_mut().join(histograms),
                }
            }
            if let Some(sum) = account {
                found.insert((Scope::Account, kind), sum.finding());
            }
        }
        found
    }
}

impl Histograms {
    fn join(&mut self, other: &Histograms) {
        self.all.merge(&other.all);
        self.in_region.merge(&other.in_region);
        self.failed += other.failed;
    }

    fn finding(&self) -> LatencyFinding {
        LatencyFinding {
            all: self.all.summary(1e-9),
            in_region: self.in_region.summary(1e-9),
            ok: self.all.count(),
            failed: self.failed,
        }
    }
}

/// Latency of one scope and kind over one window, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LatencyFinding {
    /// Of all successful operations.
    pub all: Option<Summary>,
    /// Of those that the client's own region served.
    pub in_region: Option<Summary>,
    /// Operations with a latency.
    pub ok: u64,
    /// Operations without one, because they failed.
    pub failed: u64,
}
