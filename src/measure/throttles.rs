//! Throttles: 429 answers, and the time in which a lagging region held writes back.

use crate::base::ids::{PartitionId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::measure::recent::{Recent, credited};
use crate::measure::series::{Kind, Scope};
use crate::model::operation::{Operation, Outcome, Status};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Throttles by client region and kind, and lag throttles by partition.
#[derive(Clone, Debug, Default)]
pub struct Throttles {
    regions: BTreeMap<(RegionId, Kind), (ThrottleFinding, Recent<ThrottleFinding>)>,
    lag: BTreeMap<PartitionId, Lag>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Lag {
    since: Option<SimTime>,
    total: Span,
}

/// Throttles of one scope and kind over one window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThrottleFinding {
    /// Operations of the load.
    pub operations: u64,
    /// Tries answered 429.
    pub attempts: u64,
    /// Operations with at least one such try.
    pub touched: u64,
    /// Operations that ended in 429.
    pub failed: u64,
}

impl Throttles {
    /// Takes in one operation of the load.
    pub fn add(&mut self, operation: &Operation) {
        let throttled = operation.outcome != Outcome::Ok && operation.status.code == Status::THROTTLED.code;
        let (all, recent) = self.regions.entry((operation.region, Kind::of(operation))).or_default();
        let one = ThrottleFinding {
            operations: 1,
            attempts: u64::from(operation.throttled),
            touched: u64::from(operation.throttled > 0 || throttled),
            failed: u64::from(throttled),
        };
        all.join(one);
        recent.now().join(one);
    }

    /// A probe interval is over.
    pub fn probed(&mut self) {
        self.regions.values_mut().for_each(|(_, recent)| recent.turn());
    }

    /// A stretch of length `by` was jumped over: it counts as the mean of the last two probe intervals.
    pub fn jumped(&mut self, by: Span) {
        for (all, recent) in self.regions.values_mut() {
            let sum = |of: fn(&ThrottleFinding) -> u64| credited(recent.sum(of), by);
            all.join(ThrottleFinding {
                operations: sum(|f| f.operations),
                attempts: sum(|f| f.attempts),
                touched: sum(|f| f.touched),
                failed: sum(|f| f.failed),
            });
        }
    }

    /// Throttling of a partition for the sake of a lagging region began or ended.
    pub fn lag(&mut self, partition: PartitionId, at: SimTime, on: bool) {
        let lag = self.lag.entry(partition).or_default();
        match (lag.since, on) {
            (None, true) => lag.since = Some(at),
            (Some(since), false) => {
                lag.total += at.since(since);
                lag.since = None;
            }
            _ => {}
        }
    }

    /// The window is over: throttles still on end here.
    pub fn end(&mut self, at: SimTime) {
        for partition in self.lag.keys().copied().collect::<Vec<_>>() {
            self.lag(partition, at, false);
        }
    }

    /// Takes in the operations on other partitions.
    pub fn merge(&mut self, other: Throttles) {
        for (key, theirs) in other.regions {
            self.regions.entry(key).or_default().0.join(theirs.0);
        }
        for (partition, theirs) in other.lag {
            let mine = self.lag.entry(partition).or_default();
            mine.total += theirs.total;
            mine.since = mine.since.or(theirs.since);
        }
    }

    /// Counts for the account and each client region.
    pub fn findings(&self) -> BTreeMap<(Scope, Kind), ThrottleFinding> {
        let mut sums: BTreeMap<(Scope, Kind), ThrottleFinding> = BTreeMap::new();
        for ((region, kind), (finding, _)) in &self.regions {
            for scope in [Scope::Account, Scope::Region(*region)] {
                sums.entry((scope, *kind)).or_default().join(*finding);
            }
        }
        sums
    }

    /// The longest that the writes of one partition were held back in all.
    pub fn longest_lag(&self) -> Span {
        self.lag.values().map(|lag| lag.total).max().unwrap_or(Span::ZERO)
    }
}

impl ThrottleFinding {
    fn join(&mut self, other: ThrottleFinding) {
        self.operations += other.operations;
        self.attempts += other.attempts;
        self.touched += other.touched;
        self.failed += other.failed;
    }
}
