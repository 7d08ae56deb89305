//! The checkers of the history, as a further reader of the records that the measures see.

use crate::base::time::Span;
use crate::engine::record::Record;
use crate::history::checkers::{CheckSpec, Checkers, Definitions};
use crate::history::verdict::{GuaranteeVerdict, Verdict};
use crate::measure::staleness::StalenessSample;
use crate::measure::watch::RecordSink;
use crate::model::plan::Plan;
use crate::report::document::GuaranteeResult;
use std::collections::BTreeMap;

/// What the plan's facts say the histories are to be held to: `definitions`, `bound-k` and `bound-t-s`, `no-loss`,
/// `regions`, `several-writers`. A system that states none of them is held to the claims of its operations alone.
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
    }
}

/// The definition that was checked, for the document.
pub fn definitions(spec: &CheckSpec) -> BTreeMap<String, String> {
    let meaning = match spec.definitions {
        Definitions::Strict => "strict: writes of a partition are seen in order, by every read",
        Definitions::Documented2025 => {
            "documented-2025: writes of one transactional batch are seen together, other writes in any order"
        }
    };
    let mut all = BTreeMap::from([("consistent-prefix".to_owned(), meaning.to_owned())]);
    if let Some((k, t)) = spec.bounded {
        let text = format!("reads miss at most {k} writes of their partition, and none older than {t}");
        all.insert("bounded-staleness".to_owned(), text);
    }
    all
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

/// Verdicts as the document has them. A guarantee that nothing claimed was checked on no operation, and is left out.
pub fn results(verdicts: Vec<GuaranteeVerdict>, spec: &CheckSpec) -> Vec<GuaranteeResult> {
    let result = |v: GuaranteeVerdict| GuaranteeResult {
        name: v.name.to_owned(),
        verdict: v.verdict.to_string(),
        definition: (v.name == "consistent-prefix").then(|| spec.definitions.name().to_owned()),
        checked: v.checked,
        why: (!v.why.is_empty()).then_some(v.why),
        evidence: v.evidence,
    };
    let claimed = |v: &GuaranteeVerdict| v.checked > 0 || v.verdict == Verdict::Violated;
    verdicts.into_iter().filter(claimed).map(result).collect()
}
