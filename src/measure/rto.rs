//! RTO: how long after an onset service was good again, for every series, online.
//!
//! Restored is the first invocation time r such that of the operations invoked in `[r, r + hold)` at least `share`
//! succeed; the stretch is lengthened until it holds `min_operations`. `rto = r - onset`, less the time in which the
//! series' own clients were down; 0 if no more than the error rate from before the first onset failed between this onset
//! and the next; not restored (infinite) if the load ends first. Memory holds one stretch of each series.

pub mod finding;
pub mod phases;
pub mod tracker;

use crate::base::time::{SimTime, Span};
use crate::measure::availability::Credit;
use crate::measure::downtime::Downtime;
use crate::measure::recent::credited;
use crate::measure::sample::Sample;
use crate::measure::series::SeriesTable;
use crate::model::plan::RtoRule;
use finding::RtoFinding;
use phases::Milestones;
use tracker::Tracker;

/// Trackers of every series; fed onsets in order of time and samples in order of invocation.
#[derive(Clone, Debug)]
pub struct Rto {
    rule: RtoRule,
    instants: Vec<SimTime>,
    series: SeriesTable<Tracker>,
    /// The last operation of any series was invoked here.
    last: SimTime,
}

impl Rto {
    /// Nothing yet.
    pub fn new(rule: RtoRule, regions: usize, partitions: usize) -> Self {
        Rto { rule, instants: Vec::new(), series: SeriesTable::new(regions, partitions), last: SimTime::ZERO }
    }

    /// A fault or an action began: before any operation that was invoked after it is taken in.
    pub fn onset(&mut self, at: SimTime) {
        if self.instants.last() != Some(&at) {
            self.instants.push(at);
        }
    }

    /// Takes in one operation; those of a series come in order of invocation.
    pub fn add(&mut self, sample: &Sample, downtime: &Downtime) {
        self.last = self.last.max(sample.at);
        let away = |from, to| downtime.within(sample.key.region, from, to);
        self.series.at(sample.key).add(sample.at, sample.ok, &self.instants, &self.rule, &away);
    }

    /// A stretch of length `by` was jumped over from `at` on: the series is credited with its operations.
    pub fn jumped(&mut self, credit: &Credit, (at, by): (SimTime, Span), downtime: &Downtime) {
        let counts = (credited(credit.ok, by), credited(credit.failed, by));
        let away = |from, to| downtime.within(credit.key.region, from, to);
        self.series.at(credit.key).jumped(counts, (at, by), &self.rule, &away);
    }

    /// The load of all series is over.
    pub fn close(&mut self, downtime: &Downtime) {
        for (key, tracker) in self.series.iter_mut() {
            tracker.close(self.last, &self.rule, &|from, to| downtime.within(key.region, from, to));
        }
    }

    /// Takes in the series of other partitions.
    pub fn merge(&mut self, other: Rto) {
        self.last = self.last.max(other.last);
        self.instants.extend(other.instants);
        self.instants.sort_unstable();
        self.instants.dedup();
        self.series.merge(other.series, |mine, theirs| {
            if theirs.operations() > mine.operations() {
                *mine = theirs;
            }
        });
    }

    /// What an onset came to, by kind and scope; after [`Rto::close`].
    pub fn findings(&self, onset: SimTime, downtime: &Downtime, milestones: &Milestones) -> finding::ByScope {
        let mut all = finding::ByScope::new();
        for (key, tracker) in self.series.sorted() {
            let away = |from, to| downtime.within(key.region, from, to);
            if let Some(outcome) = tracker.outcome(onset, &away) {
                let phases =
                    outcome.restored.map(|r| milestones.phases(onset, r, key.partition, outcome.rto));
                finding::add(&mut all, key, RtoFinding::of(key, &outcome, phases.unwrap_or_default()));
            }
        }
        all
    }
}
