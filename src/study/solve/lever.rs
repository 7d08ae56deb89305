//! What can be moved: the mean time to failure of a hazard, or its mean repair.

use crate::base::dist::Law;
use crate::base::ids::HazardId;
use crate::base::suggest;
use crate::model::hazard::Process;
use crate::model::plan::Plan;

/// A repair that takes no time worth mentioning.
const AT_ONCE: f64 = 1e-3;
/// A hazard this many factors of 10 rarer never strikes.
const NEVER: f64 = 10.0;

/// One mean of one hazard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lever {
    hazard: HazardId,
    part: Part,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    ToFailure,
    Repair,
}

/// What a mean is now, and how far it can be moved: better by so many factors of 10, and worse.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// Seconds.
    pub now: f64,
    /// 1 when a longer time is better, -1 when a shorter one is.
    sign: f64,
    better: f64,
    worse: f64,
}

impl Lever {
    /// The lever of a key, `hazard.region.mtbf`.
    ///
    /// # Errors
    /// What is wrong with the key, and what was probably meant.
    pub fn named(plan: &Plan, key: &str) -> Result<Lever, String> {
        let known: Vec<String> = levers(plan).map(|(name, _)| name).collect();
        let unknown = |why: String| {
            let hint = suggest::hint(key, known.iter().map(String::as_str));
            format!("{why}{}", hint.map_or(String::new(), |hint| format!("; {hint}")))
        };
        let found = levers(plan).find(|(name, _)| name == key).map(|(_, lever)| lever);
        found.ok_or_else(|| {
            let name = key.strip_prefix("hazard.").and_then(|rest| rest.rsplit_once('.'));
            let other = name.and_then(|(name, _)| plan.hazards.iter().find(|(_, h)| h.name == name));
            unknown(match other {
                Some((_, hazard)) if laws(&hazard.process).is_none() => format!(
                    "hazard `{}` is not up and in repair in turn, so that it has neither `mtbf` nor `mttr`",
                    hazard.name
                ),
                _ => format!("`{key}` is no `hazard.NAME.mtbf` or `hazard.NAME.mttr` of this scenario"),
            })
        })
    }

    /// How far it can be moved.
    pub fn quality(self, plan: &Plan) -> Quality {
        let means = plan.hazards.get(self.hazard).and_then(|hazard| laws(&hazard.process));
        let (up, down) = means.map_or((1.0, 1.0), |(up, down)| (up.span_mean(), down.span_mean()));
        let room = libm::log10(up / down).max(0.0);
        match self.part {
            Part::ToFailure => Quality { now: up, sign: 1.0, better: NEVER, worse: room },
            Part::Repair => {
                Quality { now: down, sign: -1.0, better: libm::log10(down / AT_ONCE).max(0.0), worse: room }
            }
        }
    }

    /// The plan with this mean instead, in seconds: the law is the same but for its scale.
    pub fn moved(self, plan: &Plan, value: f64) -> Plan {
        let mut plan = plan.clone();
        if let Process::Renewal { to_failure, repair } = &mut plan.hazards[self.hazard].process {
            let law = if self.part == Part::ToFailure { to_failure } else { repair };
            *law = with_mean(law, value);
        }
        plan
    }
}

/// All levers of a plan, with their keys.
fn levers(plan: &Plan) -> impl Iterator<Item = (String, Lever)> + '_ {
    plan.hazards.iter().filter(|(_, hazard)| laws(&hazard.process).is_some()).flat_map(|(id, hazard)| {
        let lever = |part| Lever { hazard: id, part };
        let key = |end: &str| format!("hazard.{}.{end}", hazard.name);
        [(key("mtbf"), lever(Part::ToFailure)), (key("mttr"), lever(Part::Repair))]
    })
}

fn laws(process: &Process) -> Option<(&Law, &Law)> {
    match process {
        Process::Renewal { to_failure, repair } => Some((to_failure, repair)),
        _ => None,
    }
}

/// The law with all draws multiplied, so that they have this mean.
fn with_mean(law: &Law, mean: f64) -> Law {
    let by = mean / law.span_mean();
    match law {
        _ if by == 1.0 => law.clone(),
        Law::Constant(_) => Law::Constant(mean),
        Law::Exponential { .. } => Law::Exponential { mean },
        _ => law.clone().scaled(by),
    }
}

impl Quality {
    /// The mean at a place of the grid: 0 is what it is now, and larger places are better.
    pub fn at(&self, place: i32, per_decade: f64) -> f64 {
        self.between(f64::from(place), per_decade)
    }

    /// The mean between places of the grid.
    pub fn between(&self, place: f64, per_decade: f64) -> f64 {
        self.now * libm::exp10(self.sign * place / per_decade)
    }

    /// The worst and the best place.
    pub fn places(&self, per_decade: f64) -> (i32, i32) {
        (-((self.worse * per_decade) as i32), (self.better * per_decade) as i32)
    }

    /// Whether a longer time is better.
    pub fn longer_is_better(&self) -> bool {
        self.sign > 0.0
    }
}
