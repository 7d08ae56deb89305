//! Availability: by requests, by time, and by the provider's hourly rule.

use crate::base::time::{SimTime, Span};
use crate::measure::downtime::Downtime;
use crate::measure::hourly::{Hours, MONTH_HOURS};
use crate::measure::sample::Sample;
use crate::measure::series::{Kind, Scope, SeriesTable};
use std::collections::BTreeMap;

/// Counts of every series; fed samples in order of invocation.
#[derive(Clone, Debug)]
pub struct Availability {
    series: SeriesTable<Counts>,
    load: Span,
}

/// What one series, or several together, came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Counts {
    ok: u64,
    failed: u64,
    up_ns: u128,
    down_ns: u128,
    last: Option<(SimTime, bool)>,
    hours: Hours,
}

impl Availability {
    /// Nothing yet.
    pub fn new(regions: usize, partitions: usize) -> Self {
        Availability { series: SeriesTable::new(regions, partitions), load: Span::ZERO }
    }

    /// Takes in one operation; those of a series come in order of invocation.
    pub fn add(&mut self, sample: &Sample, downtime: &Downtime) {
        self.load = self.load.max(sample.at.since(SimTime::ZERO));
        let counts = self.series.at(sample.key);
        *(if sample.ok { &mut counts.ok } else { &mut counts.failed }) += 1;
        counts.hours.add(sample.at, sample.hourly);
        if let Some((opened, up)) = counts.last {
            let away = downtime.within(sample.key.region, opened, sample.at);
            let length = u128::from(sample.at.since(opened).saturating_sub(away).0);
            *(if up { &mut counts.up_ns } else { &mut counts.down_ns }) += length;
        }
        counts.last = Some((sample.at, sample.ok));
    }

    /// Takes in the series of other partitions.
    pub fn merge(&mut self, other: Availability) {
        self.load = self.load.max(other.load);
        self.series.merge(other.series, |mine, theirs| mine.join(&theirs));
    }

    /// From the window's start to the last operation of the load.
    pub fn load(&self) -> Span {
        self.load
    }

    /// What it came to, for the account, each client region and each partition.
    pub fn findings(&self) -> BTreeMap<(Scope, Kind), AvailabilityFinding> {
        let mut sums: BTreeMap<(Scope, Kind), Counts> = BTreeMap::new();
        for (key, counts) in self.series.sorted() {
            for scope in Scope::of(key) {
                sums.entry((scope, key.kind)).or_default().join(counts);
            }
        }
        sums.into_iter().map(|(at, counts)| (at, counts.finding(self.load))).collect()
    }
}

impl Counts {
    fn join(&mut self, other: &Counts) {
        self.ok += other.ok;
        self.failed += other.failed;
        self.up_ns += other.up_ns;
        self.down_ns += other.down_ns;
        self.hours.merge(&other.hours);
    }

    fn finding(&self, load: Span) -> AvailabilityFinding {
        AvailabilityFinding {
            ok: self.ok,
            failed: self.failed,
            up: self.up_ns as f64 / 1e9,
            down: self.down_ns as f64 / 1e9,
            share_of_month: (load.seconds() / 3600.0 / MONTH_HOURS).min(1.0),
            hourly_window: self.hours.window(load),
            hourly_month: self.hours.month(load),
        }
    }
}

/// Availability of one scope and kind over one window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AvailabilityFinding {
    /// Operations that succeeded.
    pub ok: u64,
    /// Operations that did not.
    pub failed: u64,
    /// Seconds of up intervals, summed over series.
    pub up: f64,
    /// Seconds of down intervals, summed over series.
    pub down: f64,
    /// How much of a 730 h month the load covers, at most 1.
    pub share_of_month: f64,
    /// The hourly rule over the window.
    pub hourly_window: f64,
    /// The hourly rule over a month that holds the window and is quiet elsewhere.
    pub hourly_month: f64,
}

impl AvailabilityFinding {
    /// Operations that succeeded or failed.
    pub fn operations(&self) -> u64 {
        self.ok + self.failed
    }

    /// Share of operations that succeeded in a month of the same request rate that is quiet outside the window.
    pub fn request_month(&self) -> f64 {
        1.0 - self.failed as f64 / self.operations().max(1) as f64 * self.share_of_month
    }

    /// Share of time up in a month that is quiet outside the window; `None` without an interval.
    pub fn time_month(&self) -> Option<f64> {
        let sum = self.up + self.down;
        (sum > 0.0).then(|| 1.0 - self.down / sum * self.share_of_month)
    }
}
