//! Availability per client region and kind over time, for the picture of an outage.

use crate::base::ids::RegionId;
use crate::base::time::{SimTime, Span};
use crate::measure::availability::Credit;
use crate::measure::recent::spread;
use crate::measure::sample::Sample;
use crate::measure::series::Kind;
use std::collections::BTreeMap;

/// Buckets of equal width, at most [`Timeline::BUCKETS`], over a stretch of time: what lies outside is not recorded. When
/// the stretch has no end and time goes beyond the last bucket, their width doubles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    from: SimTime,
    until: SimTime,
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
        Timeline::over(SimTime::ZERO, SimTime::MAX)
    }
}

impl Timeline {
    /// The most buckets a series has.
    pub const BUCKETS: usize = 2_400;

    /// An empty timeline of a stretch of time; [`SimTime::MAX`] for one without an end. Buckets are whole seconds, as
    /// short as the stretch allows.
    pub fn over(from: SimTime, until: SimTime) -> Timeline {
        let seconds = match until {
            SimTime::MAX => 1,
            until => (until.since(from).0 / 1_000_000_000 / Self::BUCKETS as u64) + 1,
        };
        Timeline { from, until, width: Span::secs(seconds), series: BTreeMap::new() }
    }

    /// Takes in one operation.
    pub fn add(&mut self, sample: &Sample) {
        if sample.at < self.from || sample.at >= self.until {
            return;
        }
        let offset = sample.at.since(self.from).0;
        while (offset / self.width.0) as usize >= Self::BUCKETS {
            self.double();
        }
        let at = (offset / self.width.0) as usize;
        let series = self.series.entry((sample.key.region, sample.key.kind)).or_default();
        if at >= series.len() {
            series.resize(at + 1, Bucket::default());
        }
        series[at].join(Bucket { ok: u64::from(sample.ok), failed: u64::from(!sample.ok) });
    }

    /// From `at` on, a stretch of length `by` was jumped over: a series is credited with its operations, evenly.
    pub fn jumped(&mut self, credit: &Credit, at: SimTime, by: Span) {
        let (from, until) = (at.max(self.from), (at + by).min(self.until));
        if from >= until {
            return;
        }
        let last = Span(until.since(self.from).0 - 1);
        while (last.0 / self.width.0) as usize >= Self::BUCKETS {
            self.double();
        }
        let (width, start) = (self.width, self.from);
        let places = (from.since(start).0 / width.0) as usize..=(last.0 / width.0) as usize;
        let series = self.series.entry((credit.key.region, credit.key.kind)).or_default();
        if *places.end() >= series.len() {
            series.resize(places.end() + 1, Bucket::default());
        }
        let ends = || places.clone().map(|place| (start + width * (place as u64 + 1)).min(until).since(from));
        let parts = spread(credit.ok, ends()).zip(spread(credit.failed, ends()));
        for (bucket, (ok, failed)) in series[places.clone()].iter_mut().zip(parts) {
            bucket.join(Bucket { ok, failed });
        }
    }

    /// Takes in the operations on other partitions over the same stretch; the wider buckets stand.
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

    /// Series by client region and kind, each from the start of the stretch on.
    pub fn series(&self) -> impl Iterator<Item = (RegionId, Kind, &[Bucket])> {
        self.series.iter().map(|((region, kind), buckets)| (*region, *kind, buckets.as_slice()))
    }

    /// When a bucket begins.
    pub fn start(&self, bucket: usize) -> SimTime {
        self.from + self.width * bucket as u64
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::PartitionId;
    use crate::measure::hourly;
    use crate::measure::series::SeriesKey;

    fn sample(second: u64, ok: bool) -> Sample {
        let key = SeriesKey { region: RegionId(0), partition: PartitionId(0), kind: Kind::Write };
        let at = SimTime::ZERO + Span::secs(second);
        Sample { at, took: Span::ZERO, key, ok, hourly: hourly::Class::Excluded }
    }

    fn sums(timeline: &Timeline) -> (usize, u64, u64) {
        let buckets: Vec<Bucket> = timeline.series().flat_map(|(_, _, buckets)| buckets.to_vec()).collect();
        let ok = buckets.iter().map(|b| b.ok).sum();
        (buckets.len(), ok, buckets.iter().map(|b| b.failed).sum())
    }

    #[test]
    fn without_an_end_buckets_double_and_nothing_is_lost() {
        let mut timeline = Timeline::default();
        (0..10_000).for_each(|second| timeline.add(&sample(second, second % 10 != 0)));
        let (buckets, ok, failed) = sums(&timeline);
        assert!(buckets <= Timeline::BUCKETS);
        assert_eq!((ok, failed, timeline.width()), (9_000, 1_000, Span::secs(8)));
    }

    #[test]
    fn a_jump_fills_its_buckets_at_the_rate_before_it() {
        let at = |second| SimTime::ZERO + Span::secs(second);
        let key = sample(0, true).key;
        let credit = Credit { key, ok: 240, failed: 120 };
        let mut timeline = Timeline::over(at(0), at(4_800));
        timeline.jumped(&credit, at(60), Span::hours(1));
        assert_eq!((sums(&timeline), timeline.width()), ((1_220, 7_200, 3_600), Span::secs(3)));
        let mut endless = Timeline::default();
        endless.jumped(&credit, at(60), Span::hours(1));
        assert_eq!((sums(&endless), endless.width()), ((1_830, 7_200, 3_600), Span::secs(2)));
    }

    #[test]
    fn a_stretch_is_recorded_as_finely_as_its_length_allows_and_nothing_outside() {
        let at = |second| SimTime::ZERO + Span::secs(second);
        let mut timeline = Timeline::over(at(480), at(9_600));
        (0..100_000).for_each(|second| timeline.add(&sample(second, true)));
        let (buckets, ok, _) = sums(&timeline);
        assert_eq!((buckets, ok, timeline.width()), (2_280, 9_120, Span::secs(4)));
        assert_eq!(timeline.start(1), at(484));
    }
}
