//! What one window of a study came to, as numbers that can be added up and weighed.

use crate::base::ids::RegionId;
use crate::measure::availability::AvailabilityFinding;
use crate::measure::findings::WindowFindings;
use crate::measure::hourly::MONTH_HOURS;
use crate::measure::series::{Kind, Scope};
use crate::measure::setting::Setting;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How lost time is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// The share of failed operations, times the time they were asked in.
    Request,
    /// Time between an operation that failed and the next one.
    Time,
    /// The provider's hours, each with its error rate.
    Hourly,
}

impl Rule {
    /// All rules.
    pub const ALL: [Rule; 3] = [Rule::Request, Rule::Time, Rule::Hourly];

    /// As in measure paths.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Request => "request",
            Rule::Time => "time",
            Rule::Hourly => "hourly",
        }
    }

    /// Seconds that a window of this length lost. `share` is that of operations that were asked at all, rather than left
    /// out because their client was itself down.
    fn lost(self, finding: &AvailabilityFinding, load: f64, asked: f64) -> f64 {
        let ratio = |part: f64, all: f64| if all > 0.0 { part / all } else { 0.0 };
        match self {
            Rule::Request => ratio(finding.failed as f64, finding.operations() as f64) * load * asked,
            Rule::Time => ratio(finding.down, finding.up + finding.down) * load * asked,
            Rule::Hourly => {
                let hours = MONTH_HOURS.max(libm::ceil(load / 3600.0));
                (1.0 - finding.hourly_month) * hours * 3600.0
            }
        }
    }
}

/// One availability that a study estimates.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// `availability.request.write@East US`.
    pub path: String,
    /// How lost time is counted.
    pub rule: Rule,
    /// Reads or writes.
    pub kind: Kind,
    /// The account, or the clients of a region.
    pub scope: Scope,
}

/// Every rule for reads and writes, for the account and for each client region.
pub fn targets(setting: &Setting) -> Vec<Target> {
    let regions = setting.clients.keys().filter_map(|r| Some((*r, setting.regions.get(r.0 as usize)?)));
    let mut scopes = vec![(Scope::Account, String::new())];
    scopes.extend(regions.map(|(id, name): (RegionId, &String)| (Scope::Region(id), format!("@{name}"))));
    let mut targets = Vec::new();
    for rule in Rule::ALL {
        for kind in Kind::ALL {
            for (scope, at) in &scopes {
                let path = format!("availability.{}.{}{at}", rule.name(), kind.name());
                targets.push(Target { path, rule, kind, scope: *scope });
            }
        }
    }
    targets
}

/// What one window came to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// Seconds lost, for each target in order.
    pub lost: Vec<f64>,
    /// Operations behind each target.
    pub operations: Vec<u64>,
    /// Seconds of load, from its start to the last operation.
    pub load: f64,
    /// Whether an acknowledged write was lost, and whether one was lost for good.
    pub loses_data: [bool; 2],
    /// The mode it left the system in.
    pub mode: String,
    /// Whether it was stopped before the system had settled.
    pub censored: bool,
    /// Events dispatched.
    pub events: u64,
    /// Fingerprint of the window.
    pub digest: u64,
    /// Virtual seconds simulated.
    pub simulated: f64,
    /// All its measures, without those that need room (the timeline, single partitions).
    pub findings: Option<Arc<WindowFindings>>,
    /// The verdicts on its history.
    pub guarantees: Vec<crate::history::verdict::GuaranteeVerdict>,
}

/// Seconds lost and operations behind them, for each target.
pub fn losses(targets: &[Target], findings: &WindowFindings) -> (Vec<f64>, Vec<u64>) {
    let load = findings.load.seconds();
    let one = |target: &Target| match findings.availability.get(&(target.scope, target.kind)) {
        None => (0.0, 0),
        Some(found) => (target.rule.lost(found, load, asked(findings, target.scope)), found.operations()),
    };
    targets.iter().map(one).unzip()
}

/// The share of due operations that were asked.
fn asked(findings: &WindowFindings, scope: Scope) -> f64 {
    let skipped: u64 = match scope {
        Scope::Region(region) => findings.skipped.get(&region).copied().unwrap_or(0),
        _ => findings.skipped.values().sum(),
    };
    let made: u64 = Kind::ALL
        .iter()
        .filter_map(|kind| findings.availability.get(&(scope, *kind)))
        .map(AvailabilityFinding::operations)
        .sum();
    if skipped == 0 { 1.0 } else { made as f64 / (made + skipped) as f64 }
}
