//! Availability per client region and kind over time, for the picture of an outage.

use crate::base::ids::RegionId;
use crate::base::time::{SimTime, Span};
use crate::measure::sample::Sample;
use crate::measure::series::Kind;
use std::collections::BTreeMap;

/// Buckets of equal width, at most [`Timeline::BUCKETS`]: when time goes beyond, their width doubles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    width: Span,
    series: BTreeMap<(RegionId, Kind), Vec<Bucket>>,
}

/// Operations invoked in one stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Those that succeeded.
    pub ok: u64,
    /// Those that failed.
    pub failed: u64,
}

impl Bucket {
    /// Share that succeeded; `None` without an operation.
    pub fn share(self) -> Option<f64> {
        let sum = self.ok + self.failed;
        (sum > 0).then(|| self.ok as f64 / sum as f64)
    }

    fn join(&mut self, other: Bucket) {
        self.ok += other.ok;
        self.failed += other.failed;
    }
}

impl Default for Timeline {
    fn default() -> Self {
        Timeline { width: Span::secs(1), series: BTreeMap::new() }
    }
}

impl Timeline {
    /// The most buckets a series has.
    pub const BUCKETS: usize = 600;

    /// Takes in one operation.
    pub fn add(&mut self, sample: &Sample) {
        while (sample.at.0 / self.width.0) as usize >= Self::BUCKETS {
            self.double();
        }
        let at = (sample.at.0 / self.width.0) as usize;
        let series = self.series.entry((sample.key.region, sample.key.kind)).or_default();
        if at >= series.len() {
            series.resize(at + 1, Bucket::default());
        }
        series[at].join(Bucket { ok: u64::from(sample.ok), failed: u64::from(!sample.ok) });
    }

    /// Takes in the operations on other partitions; the wider buckets stand.
    pub fn merge(&mut self, mut other: Timeline) {
        while self.width < other.width {
            self.double();
        }
        while other.width < self.width {
            other.double();
        }
        for (key, theirs) in other.series {
            let mine = self.series.entry(key).or_default();
            if theirs.len() > mine.len() {
                mine.resize(theirs.len(), Bucket::default());
            }
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| mine.join(theirs));
        }
    }

    /// Width of a bucket.
    pub fn width(&self) -> Span {
        self.width
    }

    /// Series by client region and kind, each from time 0 on.
    pub fn series(&self) -> impl Iterator<Item = (RegionId, Kind, &[Bucket])> {
        self.series.iter().map(|((region, kind), buckets)| (*region, *kind, buckets.as_slice()))
    }

    /// When a bucket begins.
    pub fn start(&self, bucket: usize) -> SimTime {
        SimTime::ZERO + self.width * bucket as u64
    }

    fn double(&mut self) {
        self.width = self.width * 2;
        for buckets in self.series.values_mut() {
            let halves = buckets.chunks(2).map(|pair| {
                let mut sum = pair[0];
                pair.get(1).into_iter().for_each(|second| sum.join(*second));
                sum
            });
            *buckets = halves.collect();
        }
    }
}
