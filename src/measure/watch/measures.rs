//! The accumulators of one window.

use crate::base::ids::RegionId;
use crate::base::time::{SimTime, Span};
use crate::measure::availability::Availability;
use crate::measure::downtime::Downtime;
use crate::measure::latency::Latency;
use crate::measure::observed::Observed;
use crate::measure::onsets::Onsets;
use crate::measure::recent::{Recent, credited};
use crate::measure::rpo::Rpo;
use crate::measure::rto::Rto;
use crate::measure::rto::phases::Milestones;
use crate::measure::sample::Sample;
use crate::measure::setting::Setting;
use crate::measure::staleness::Staleness;
use crate::measure::throttles::Throttles;
use crate::measure::timeline::Timeline;
use crate::measure::traffic::Traffic;
use std::collections::BTreeMap;

/// The accumulators. Their times are real ones: with what was jumped over.
#[derive(Clone, Debug)]
pub(crate) struct Measures {
    pub availability: Availability,
    pub rto: Rto,
    pub rpo: Rpo,
    pub latency: Latency,
    pub observed: Observed,
    pub staleness: Staleness,
    pub throttles: Throttles,
    pub traffic: Traffic,
    pub timeline: Timeline,
    pub onsets: Onsets,
    pub downtime: Downtime,
    pub milestones: Milestones,
    pub answers: u64,
    pub answers_recently: Recent<u64>,
    pub session_resets: u64,
    pub skipped: BTreeMap<RegionId, u64>,
    pub reroutes: u64,
    /// What was jumped over before the operation whose turn it is.
    skip: Span,
}

/// What is taken in in order of invocation, with times of the world's clock.
#[derive(Clone, Debug)]
pub(super) enum Turn {
    /// An operation.
    Sample(Sample),
    /// A probe interval is over.
    Probed,
    /// A stretch of this length was jumped over.
    Jumped(SimTime, Span),
}

impl Measures {
    pub fn new(setting: &Setting) -> Measures {
        let (regions, partitions) = (setting.regions.len(), setting.partitions);
        Measures {
            availability: Availability::new(regions, partitions),
            rto: Rto::new(setting.rto, regions, partitions),
            rpo: Rpo::default(),
            latency: Latency::default(),
            observed: Observed::default(),
            staleness: Staleness::default(),
            throttles: Throttles::default(),
            traffic: Traffic::default(),
            timeline: Timeline::over(setting.shown.0, setting.shown.1),
            onsets: Onsets::default(),
            downtime: Downtime::default(),
            milestones: Milestones::default(),
            answers: 0,
            answers_recently: Recent::default(),
            session_resets: 0,
            skipped: BTreeMap::new(),
            reroutes: 0,
            skip: Span::ZERO,
        }
    }

    pub(super) fn turn(&mut self, turn: Turn) {
        match turn {
            Turn::Sample(sample) => self.sample(&Sample { at: sample.at + self.skip, ..sample }),
            Turn::Probed => self.availability.probed(),
            Turn::Jumped(at, by) => self.jumped(at + self.skip, by),
        }
    }

    fn sample(&mut self, sample: &Sample) {
        self.availability.add(sample, &self.downtime);
        self.rto.add(sample, &self.downtime);
        self.timeline.add(sample);
    }

    /// A probe interval is over, for what is taken in as operations end.
    pub(super) fn probed(&mut self) {
        self.latency.probed();
        self.staleness.probed();
        self.throttles.probed();
        self.answers_recently.turn();
    }

    /// A stretch of length `by` was jumped over, for what is taken in as operations end.
    pub(super) fn left_out(&mut self, by: Span) {
        self.latency.jumped(by);
        self.staleness.jumped(by);
        self.throttles.jumped(by);
        self.answers += credited(self.answers_recently.sum(|n| *n), by);
    }

    /// A stretch of length `by` was jumped over from `at` on, for what is taken in in order of invocation.
    fn jumped(&mut self, at: SimTime, by: Span) {
        for credit in self.availability.jumped(at, by, &self.downtime) {
            self.rto.jumped(&credit, (at, by), &self.downtime);
            self.timeline.jumped(&credit, at, by);
        }
        self.skip += by;
    }

    pub(super) fn merge(&mut self, other: Measures) {
        self.availability.merge(other.availability);
        self.rto.merge(other.rto);
        self.rpo.merge(other.rpo);
        self.latency.merge(other.latency);
        self.observed.merge(other.observed);
        self.staleness.merge(other.staleness);
        self.throttles.merge(other.throttles);
        self.traffic.merge(other.traffic);
        self.timeline.merge(other.timeline);
        self.onsets.merge(other.onsets);
        self.downtime.merge(other.downtime);
        self.milestones.merge(other.milestones);
        self.answers += other.answers;
        self.session_resets += other.session_resets;
        self.reroutes += other.reroutes;
        for (region, skipped) in other.skipped {
            *self.skipped.entry(region).or_default() += skipped;
        }
    }
}
