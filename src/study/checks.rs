//! The checkers of the history, as a further reader of the records that the measures see.

use crate::base::time::Span;
use crate::engine::record::Record;
use crate::history::checkers::{CheckSpec, Checkers, Definitions};
use crate::history::verdict::GuaranteeVerdict;
use crate::measure::staleness::StalenessSample;
use crate::measure::watch::RecordSink;
use crate::model::plan::Plan;

/// What the plan's facts say the histories are to be held to: `definitions`, `bound-k` and `bound-t-s`, `no-loss`,
/// `regions`, `several-writers`, `merged-states`, `convergence` and `durability` (`no`: not promised). A system that states none of them is held to the claims of its operations alone.
pub fn spec(plan: &Plan) -> CheckSpec {
    let fact = |name: &str| plan.facts.get(name).map(String::as_str);
    let number = |name: &str| fact(name)?.parse::<f64>().ok();
    let definitions = match fact("definitions") {
        Some(name) if name == Definitions::Documented2025.name() => Definitions::Documented2025,
        _ => Definitions::Strict,
    };
    let bounded = number("bound-k").zip(number("bound-t-s"));
    CheckSpec {
        definitions,
        bounded: bounded.map(|(k, t)| (k as u64, Span::from_secs_f64(t))),
        regions: number("regions").map_or(0, |regions| regions as u32),
        no_loss: fact("no-loss") == Some("yes"),
        several_writers: fact("several-writers") == Some("yes"),
        merged_states: fact("merged-states") == Some("yes"),
        may_diverge: fact("convergence") == Some("no"),
        may_overrule: fact("durability") == Some("no"),
    }
}

/// Checkers of one world.
pub struct Checks(Checkers);

impl Checks {
    /// Nothing seen yet.
    pub fn new(spec: CheckSpec) -> Checks {
        Checks(Checkers::new(spec))
    }

    /// The verdict on every guarantee.
    pub fn finish(self) -> Vec<GuaranteeVerdict> {
        self.0.finish()
    }
}

impl RecordSink for Checks {
    fn on_record(&mut self, record: &Record) -> Option<StalenessSample> {
        let sample = self.0.on_record(record)?;
        Some(StalenessSample { time: Span::nanos(sample.time_ns), versions: sample.versions })
    }

    fn merge(&mut self, other: Checks) {
        self.0.merge(other.0);
    }
}

/// Adds the verdicts of the next window.
pub fn join(all: &mut Vec<GuaranteeVerdict>, window: Vec<GuaranteeVerdict>) {
    for verdict in window {
        match all.iter_mut().find(|known| known.name == verdict.name) {
            Some(known) => known.join(verdict),
            None => all.push(verdict),
        }
    }
}
