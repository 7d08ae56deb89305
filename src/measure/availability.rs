//! Availability: by requests, by time, and by the provider's hourly rule.

use crate::base::time::{SimTime, Span};
use crate::measure::downtime::Downtime;
use crate::measure::hourly::{Class, Hours, MONTH_HOURS};
use crate::measure::recent::{Recent, credited};
use crate::measure::sample::Sample;
use crate::measure::series::{Kind, Scope, SeriesKey, SeriesTable};
use serde::{Deserialize, Serialize};
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
    recent: Recent<Probed>,
}

/// What one probe interval came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Probed {
    ok: u64,
    failed: u64,
    counted: u64,
    errors: u64,
}

/// Operations that a series is credited with for a stretch that was jumped over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credit {
    /// The series.
    pub key: SeriesKey,
    /// In two probe intervals, those that succeeded.
    pub ok: u64,
    /// In two probe intervals, those that did not.
    pub failed: u64,
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
        let probed = counts.recent.now();
        *(if sample.ok { &mut probed.ok } else { &mut probed.failed }) += 1;
        probed.counted += u64::from(sample.hourly != Class::Excluded);
        probed.errors += u64::from(sample.hourly == Class::Failed);
        if let Some((opened, up)) = counts.last {
            let away = downtime.within(sample.key.region, opened, sample.at);
            let length = u128::from(sample.at.since(opened).saturating_sub(away).0);
            *(if up { &mut counts.up_ns } else { &mut counts.down_ns }) += length;
        }
        counts.last = Some((sample.at, sample.ok));
    }

    /// A probe interval is over.
    pub fn probed(&mut self) {
        self.series.iter_mut().for_each(|(_, counts)| counts.recent.turn());
    }

    /// From `at` on, a stretch of length `by` was jumped over: every series is credited with the mean of the last two probe
    /// intervals. Returns what they were.
    pub fn jumped(&mut self, at: SimTime, by: Span, downtime: &Downtime) -> Vec<Credit> {
        self.load = self.load.max((at + by).since(SimTime::ZERO));
        let away = |key: SeriesKey| downtime.within(key.region, at, at + by);
        let mut credits: Vec<Credit> = self
            .series
            .iter_mut()
            .map(|(key, counts)| counts.jumped(key, (at, by), by.saturating_sub(away(key))))
            .collect();
        credits.sort_by_key(|credit| credit.key);
        credits
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
    /// Credits a stretch, of which the clients of the series were up for `present`.
    fn jumped(&mut self, key: SeriesKey, (at, by): (SimTime, Span), present: Span) -> Credit {
        let sum = |of: fn(&Probed) -> u64| self.recent.sum(of);
        let credit = Credit { key, ok: sum(|p| p.ok), failed: sum(|p| p.failed) };
        let (counted, errors) = (sum(|p| p.counted), sum(|p| p.errors));
        self.ok += credited(credit.ok, by);
        self.failed += credited(credit.failed, by);
        self.hours.jumped((at, by), counted, errors);
        // Time is up or down by the operation before it: by those of the two intervals, or by the last one if they had none.
        let present = u128::from(present.0);
        let before = self.last.map_or((0, 0), |(_, ok)| (u64::from(ok), u64::from(!ok)));
        let (ok, failed) = if credit.ok + credit.failed > 0 { (credit.ok, credit.failed) } else { before };
        let (down, all) = (u128::from(failed), u128::from(ok + failed));
        if let Some(share) = (present * down + all / 2).checked_div(all) {
            self.down_ns += share;
            self.up_ns += present - share;
        }
        // The interval that was open when the jump came goes on after it.
        if let Some((opened, _)) = &mut self.last {
            *opened += by;
        }
        credit
    }

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
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::{PartitionId, RegionId};

    #[test]
    fn a_jump_counts_no_time_of_an_outage_that_ended_before_the_two_intervals() {
        // One operation every 10 s; the last that fails is invoked 5 s before the first of the two intervals.
        let at = |secs| SimTime::ZERO + Span::secs(secs);
        let key = SeriesKey { region: RegionId(0), partition: PartitionId(0), kind: Kind::Read };
        let mut all = Availability::new(1, 1);
        for second in (5..300).step_by(10) {
            if second % 60 == 5 {
                all.probed();
            }
            let ok = second > 55;
            let sample = Sample { at: at(second), took: Span::ZERO, key, ok, hourly: Class::Good };
            all.add(&sample, &Downtime::default());
            if second == 175 {
                all.probed();
                let credits = all.jumped(at(180), Span::hours(1), &Downtime::default());
                assert_eq!(credits, [Credit { key, ok: 12, failed: 0 }]);
                break;
            }
        }
        let found = all.findings()[&(Scope::Account, Kind::Read)];
        assert_eq!((found.ok, found.failed), (12 + 360, 6));
        // From the first operation to the first that succeeds, and no longer.
        assert_eq!((found.down, found.up), (60.0, 110.0 + 3_600.0));
    }
}
