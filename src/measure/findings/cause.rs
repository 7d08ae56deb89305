//! What one fault or action came to, and all of one class.

use crate::base::ids::{PartitionId, RegionId};
use crate::base::name::{self, Name};
use crate::base::time::{SimTime, Span};
use crate::engine::record::Answer;
use crate::measure::findings::Findings;
use crate::measure::number::{finite12, round12};
use crate::measure::onsets::Cause;
use crate::measure::order_statistics::quantile;
use crate::measure::rpo::{ExposedFinding, LossFinding, RpoFinding};
use crate::measure::rto::finding::{ByScope, RtoFinding};
use crate::measure::series::{Kind, Scope};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What one fault or action came to in one window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CauseFinding {
    /// Which.
    pub cause: Cause,
    /// As the scenario wrote it.
    pub label: String,
    /// Class by role: `region(write)`, `zone(leader)`, `action(failover)`, ...
    pub class: String,
    /// `power-loss`, `destroyed`, ...; `action` for actions.
    #[serde(deserialize_with = "name::read")]
    pub kind: Name,
    /// When it began.
    pub at: SimTime,
    /// When it ended, if it did.
    pub ended: Option<SimTime>,
    /// A fault's length; `None` for ever.
    pub lasts: Option<Span>,
    /// Regions wholly inside a fault's scope.
    pub regions: Vec<RegionId>,
    /// Whether some client was outside them.
    pub clients_outside: bool,
    /// How an action was answered, and when.
    pub answer: Option<(SimTime, Answer)>,
    /// RTO by scope and kind; empty where no operation followed.
    pub rto: ByScope,
    /// Writes lost.
    pub rpo: RpoFinding,
    /// Writes out of reach at the onset.
    pub exposed: ExposedFinding,
}

impl CauseFinding {
    /// The RTO of a kind in a scope; without a kind, the worse of both.
    pub fn rto(&self, scope: Scope, kind: Option<Kind>) -> Option<RtoFinding> {
        let of = |kind| self.rto.get(&(scope, kind)).copied();
        match kind {
            Some(kind) => of(kind),
            None => match (of(Kind::Read), of(Kind::Write)) {
                (Some(read), Some(write)) => Some(read.worse(write)),
                (read, write) => read.or(write),
            },
        }
    }

    /// Whether this is a fault, rather than an action or losses without a cause.
    pub fn is_fault(&self) -> bool {
        matches!(self.cause, Cause::Fault(_))
    }

    /// Lost writes by partition, or those out of reach.
    pub fn by_partition(&self, exposed: bool) -> &BTreeMap<PartitionId, LossFinding> {
        if exposed { &self.exposed.partitions } else { &self.rpo.partitions }
    }
}

/// Which faults or actions a value is about: a class (`region`, `region(write)`, `action(failover)`), and kinds that
/// they must (`destroyed`) or must not (`!destroyed`) be of, separated by spaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CauseFilter {
    class: String,
    kinds: Vec<String>,
    not_kinds: Vec<String>,
    exact: bool,
}

impl CauseFilter {
    /// The filter for just one class, as causes name it.
    pub fn exactly(class: &str) -> CauseFilter {
        CauseFilter { class: class.to_owned(), exact: true, ..CauseFilter::default() }
    }

    /// Reads a filter; an empty text lets everything through.
    pub fn parse(text: &str) -> CauseFilter {
        let mut words = text.split_whitespace();
        let class = words.next().unwrap_or_default().to_owned();
        let (not_kinds, kinds): (Vec<&str>, Vec<&str>) = words.partition(|word| word.starts_with('!'));
        CauseFilter {
            class,
            kinds: kinds.into_iter().map(str::to_owned).collect(),
            not_kinds: not_kinds.into_iter().map(|word| word[1..].to_owned()).collect(),
            exact: false,
        }
    }

    /// Whether it lets one through. `region` has `region(write)` and `region(read)`.
    pub fn has(&self, cause: &CauseFinding) -> bool {
        if self.exact {
            return cause.class == self.class;
        }
        let inner = cause.class.strip_prefix(self.class.as_str());
        let class =
            inner.is_some_and(|rest| rest.is_empty() || rest.starts_with('(') || self.class.is_empty());
        let kind = |kinds: &[String]| kinds.iter().any(|kind| kind == cause.kind);
        class && (self.kinds.is_empty() || kind(&self.kinds)) && !kind(&self.not_kinds)
    }
}

/// All faults (or actions) of one class over the windows of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct CauseSummary {
    /// The class.
    pub signature: String,
    /// Windows it occurred in.
    pub windows: u64,
    /// How often it occurred.
    pub occurrences: u64,
    /// The share of all failed operations that is put down to it. What began at the same instant shares them: each is
    /// then charged with all of them.
    pub share_of_unavailability: f64,
    /// RTO in seconds, by kind.
    pub rto: BTreeMap<Kind, Spread>,
    /// `rpo.time` in seconds.
    pub rpo_time: Spread,
    /// The most writes lost at once.
    pub rpo_writes_max: u64,
}

/// A few quantiles over faults; `None` is infinite.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// The median.
    pub p50: Option<f64>,
    /// 99 % by nearest rank.
    pub p99: Option<f64>,
    /// The largest.
    pub max: Option<f64>,
    /// How many were infinite.
    pub censored: u64,
    /// How many there were.
    pub n: u64,
}

impl Spread {
    /// Of these values.
    pub fn of(mut values: Vec<f64>) -> Spread {
        values.sort_by(f64::total_cmp);
        let at = |q| quantile(&values, q).and_then(finite12);
        Spread {
            p50: at(0.5),
            p99: at(0.99),
            max: at(1.0),
            censored: values.iter().filter(|value| value.is_infinite()).count() as u64,
            n: values.len() as u64,
        }
    }
}

impl CauseSummary {
    pub(crate) fn all(findings: &Findings) -> Vec<CauseSummary> {
        let every = CauseFilter::default();
        let classes: BTreeSet<&str> =
            findings.causes(&every).map(|(_, cause)| cause.class.as_str()).collect();
        let failed: u64 = findings.windows().iter().map(|window| window.failed()).sum();
        classes.into_iter().map(|class| CauseSummary::of(findings, class, failed)).collect()
    }

    fn of(findings: &Findings, class: &str, failed: u64) -> CauseSummary {
        let every = CauseFilter::default();
        let all: Vec<(usize, &CauseFinding)> =
            findings.causes(&every).filter(|(_, cause)| cause.class == class).collect();
        let rto = |kind| {
            let values = all.iter().filter_map(|(_, c)| c.rto(Scope::Account, Some(kind)));
            Spread::of(values.map(|finding| finding.seconds()).collect())
        };
        let charged: u64 = all
            .iter()
            .flat_map(|(_, c)| c.rto.iter())
            .filter(|(at, _)| at.0 == Scope::Account)
            .map(|(_, f)| f.charged)
            .sum();
        CauseSummary {
            signature: class.to_owned(),
            windows: all.iter().map(|(window, _)| window).collect::<BTreeSet<_>>().len() as u64,
            occurrences: all.len() as u64,
            share_of_unavailability: if failed == 0 { 0.0 } else { round12(charged as f64 / failed as f64) },
            rto: Kind::ALL.into_iter().map(|kind| (kind, rto(kind))).filter(|(_, s)| s.n > 0).collect(),
            rpo_time: Spread::of(all.iter().map(|(_, c)| c.rpo.all.time.seconds()).collect()),
            rpo_writes_max: all.iter().map(|(_, c)| c.rpo.all.writes).max().unwrap_or(0),
        }
    }
}
