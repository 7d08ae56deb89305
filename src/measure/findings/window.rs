//! All measures of one window.

use crate::base::ids::{PartitionId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::engine::record::{Answer, WindowEnd};
use crate::measure::availability::AvailabilityFinding;
use crate::measure::findings::Reading;
use crate::measure::findings::cause::{CauseFilter, CauseFinding};
use crate::measure::latency::LatencyFinding;
use crate::measure::observed::Observed;
use crate::measure::onsets::{Cause, Onset};
use crate::measure::paths::{Ask, Path, ScopeName};
use crate::measure::rpo::{ExposedFinding, RpoFinding};
use crate::measure::series::{Kind, Scope};
use crate::measure::setting::Setting;
use crate::measure::staleness::StalenessFinding;
use crate::measure::throttles::ThrottleFinding;
use crate::measure::timeline::Timeline;
use crate::measure::traffic::Traffic;
use crate::measure::watch::{RecordSink, Watch};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What one window came to. Stored findings are those of a study: without the setting, which all its windows share, and
/// without the timeline.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WindowFindings {
    /// What gives ids their names.
    #[serde(skip)]
    pub setting: Arc<Setting>,
    /// How it ended; `None` if it has not.
    pub end: Option<WindowEnd>,
    /// From its start to the last operation of the load.
    pub load: Span,
    /// Operations still open at its end: neither failed nor succeeded.
    pub censored: u64,
    /// Availability by scope and kind.
    pub availability: BTreeMap<(Scope, Kind), AvailabilityFinding>,
    /// Latency by scope and kind.
    pub latency: BTreeMap<(Scope, Kind), LatencyFinding>,
    /// What the system measured inside itself.
    pub observed: Observed,
    /// Staleness of reads by scope.
    pub staleness: BTreeMap<Scope, StalenessFinding>,
    /// Throttles by scope and kind.
    pub throttles: BTreeMap<(Scope, Kind), ThrottleFinding>,
    /// The longest that one partition's writes were held back because a region lagged.
    pub longest_lag_throttle: Span,
    /// Bytes by link and purpose.
    pub traffic: Traffic,
    /// Availability over time.
    #[serde(skip)]
    pub timeline: Timeline,
    /// Faults, then actions, then losses without a cause (if there are any).
    pub causes: Vec<CauseFinding>,
    /// Writes overruled by a recorded conflict decision.
    pub conflict_losers: u64,
    /// Merges of conflicting writes.
    pub merges: u64,
    /// Writes the system wrongly reported lost, and lost writes it kept silent about.
    pub misreported: (u64, u64),
    /// Operations that failed with the right answer of a service that works: left out of availability.
    pub answers: u64,
    /// Sessions dropped because their token named a lost suffix.
    pub session_resets: u64,
    /// Operations not invoked because their client was down, by client region.
    pub skipped: BTreeMap<RegionId, u64>,
    /// Changes of where a client sends its requests.
    pub reroutes: u64,
}

impl WindowFindings {
    pub(crate) fn of<S: RecordSink>(watch: &Watch<S>) -> WindowFindings {
        let measures = &watch.measures;
        WindowFindings {
            setting: watch.setting.clone(),
            end: watch.end().cloned(),
            load: measures.availability.load(),
            censored: watch.open_at_end(),
            availability: measures.availability.findings(),
            latency: measures.latency.findings(),
            observed: measures.observed.clone(),
            staleness: measures.staleness.findings(),
            throttles: measures.throttles.findings(),
            longest_lag_throttle: measures.throttles.longest_lag(),
            traffic: measures.traffic.clone(),
            timeline: measures.timeline.clone(),
            causes: causes(watch),
            conflict_losers: measures.rpo.conflict_losers(),
            merges: measures.rpo.merges(),
            misreported: measures.rpo.misreported(),
            answers: measures.answers,
            session_resets: measures.session_resets,
            skipped: measures.skipped.clone(),
            reroutes: measures.reroutes,
        }
    }

    /// Names of the regions with clients, in order.
    pub fn client_regions(&self) -> impl Iterator<Item = &str> {
        let names = self.setting.clients.keys().filter_map(|r| self.setting.regions.get(r.0 as usize));
        names.map(String::as_str)
    }

    /// Operations of the load that failed.
    pub fn failed(&self) -> u64 {
        Kind::ALL.iter().filter_map(|k| self.availability.get(&(Scope::Account, *k))).map(|a| a.failed).sum()
    }

    /// Planned switches asked for while a region was out: (all, those carried out); `None` if there were none.
    pub fn failovers_in_outage(&self) -> Option<(u64, u64)> {
        let out = |at: SimTime| {
            let open = |c: &&CauseFinding| c.at <= at && c.ended.is_none_or(|end| at < end);
            self.causes.iter().filter(|c| c.is_fault() && !c.regions.is_empty()).any(|c| open(&c))
        };
        let filter = CauseFilter::parse("action(failover)");
        let asked: Vec<_> = self.causes.iter().filter(|c| filter.has(c) && out(c.at)).collect();
        let done = |c: &&&CauseFinding| matches!(&c.answer, Some((at, Answer::Done)) if out(*at));
        (!asked.is_empty()).then(|| (asked.len() as u64, asked.iter().filter(done).count() as u64))
    }

    /// The value of a path, of the faults that `filter` lets through where the measure is per fault: of several faults, the
    /// worst; infinite where service was not restored. `None` when there is none.
    pub fn value(&self, path: &Path, filter: Option<&CauseFilter>) -> Option<f64> {
        self.reading(path, filter)?.of_one_window()
    }

    /// One number per fault that a filter lets through, for a measure over faults; empty for others.
    pub fn values_of(&self, path: &Path, filter: Option<&CauseFilter>) -> Vec<f64> {
        match self.reading(path, filter) {
            Some(Reading::PerFault(values)) => values,
            _ => Vec::new(),
        }
    }

    pub(crate) fn reading(&self, path: &Path, filter: Option<&CauseFilter>) -> Option<Reading> {
        let scope = match &path.scope {
            ScopeName::Account => Scope::Account,
            ScopeName::Region(name) => Scope::Region(self.setting.region(name)?),
            ScopeName::Partition(number) => Scope::Partition(PartitionId(*number)),
        };
        let Path { kind, quantile, statistic, ref fact, .. } = *path;
        (path.measure.read)(self, &Ask { kind, scope, quantile, statistic, fact: fact.as_deref(), filter })
    }
}

fn causes<S: RecordSink>(watch: &Watch<S>) -> Vec<CauseFinding> {
    let onsets = &watch.measures.onsets;
    let actions = onsets.iter().filter(|(cause, _)| matches!(cause, Cause::Action(_)));
    let mut sent: Vec<SimTime> = actions.map(|(_, onset)| onset.at).collect();
    sent.sort_unstable();
    sent.push(SimTime::MAX);
    let mut all: Vec<CauseFinding> =
        onsets.iter().map(|(cause, onset)| finding(watch, cause, onset, &sent)).collect();
    let unknown = watch.measures.rpo.without_fault(SimTime::ZERO, sent[0]);
    if unknown.all.writes > 0 {
        all.push(CauseFinding { rpo: unknown, ..without_cause() });
    }
    all
}

fn without_cause() -> CauseFinding {
    CauseFinding {
        cause: Cause::Unknown,
        label: "no fault".to_owned(),
        class: "none".to_owned(),
        kind: "none",
        at: SimTime::ZERO,
        ended: None,
        lasts: None,
        regions: Vec::new(),
        clients_outside: true,
        answer: None,
        rto: BTreeMap::new(),
        rpo: RpoFinding::default(),
        exposed: ExposedFinding::default(),
    }
}

fn finding<S: RecordSink>(watch: &Watch<S>, cause: Cause, onset: &Onset, sent: &[SimTime]) -> CauseFinding {
    let (measures, setting) = (&watch.measures, &watch.setting);
    let mut finding = CauseFinding {
        cause,
        class: onset.class.clone(),
        at: onset.at,
        ended: onset.ended,
        regions: onset.regions.clone(),
        clients_outside: setting.has_clients_outside(&onset.regions),
        answer: onset.answer.clone(),
        rto: measures.rto.findings(onset.at, &measures.downtime, &measures.milestones),
        ..without_cause()
    };
    match cause {
        Cause::Fault(fault) => {
            let facts = setting.fault(fault);
            finding.label = facts.map_or(String::new(), |facts| facts.label.clone());
            finding.kind = facts.map_or("fault", |facts| facts.kind);
            finding.lasts = facts.and_then(|facts| facts.lasts);
            finding.rpo = measures.rpo.finding(fault, onset.at);
            finding.exposed = measures.rpo.exposure(fault);
        }
        Cause::Action(action) => {
            let next = sent.iter().find(|other| **other > onset.at).copied().unwrap_or(SimTime::MAX);
            finding.label = setting.action(action).to_owned();
            finding.kind = "action";
            finding.rpo = measures.rpo.without_fault(onset.at, next);
        }
        Cause::Unknown => {}
    }
    finding
}
