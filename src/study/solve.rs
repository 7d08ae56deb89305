//! The inverse question: how good must a hazard be for a promise to be kept?
//!
//! The hazard's mean time to failure, or its mean repair, is moved on a logarithmic grid, and the scenario is studied at
//! each point with the same seed. Draws are keyed by the number of the renewal, and a law with another mean is the same law
//! with all its draws multiplied: every point meets the same strikes at other times (common random numbers), so that the
//! measured loss falls smoothly as the hazard gets better, and bisection finds where it crosses the bound. Windows are pure
//! functions of their key and their faults: those that two points have in common are simulated once.
//!
//! The interval of the answer ends where the ends of the measured interval cross the bound.

mod lever;
mod memory;
mod search;

use crate::model::plan::Plan;
use crate::study::drawn::Drawn;
use crate::study::options::{Options, strikes_a_year};
use crate::study::sampler::{Control, Study};
use crate::study::summary;
pub use lever::{Lever, Quality};
pub use memory::Memory;
use search::{Crossing, Search};

/// Strikes in the skeleton of a point, unless its length is given.
const STRIKES: f64 = 5e5;
/// Points of the grid in a factor of 10.
const PER_DECADE: f64 = 32.0;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// What of which hazard is moved.
    pub lever: Lever,
    /// The availability that is promised: its path.
    pub path: String,
    /// The share of time that may be lost.
    pub allowed: f64,
}

/// One study.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The hazard's mean there, in seconds.
    pub value: f64,
    /// The share of time lost.
    pub lost: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// Length of the skeleton.
    pub years: u64,
    /// Windows of the study.
    pub windows: u64,
    /// Those of them that no earlier point had simulated.
    pub new_windows: u64,
    /// Why nothing can be concluded here, if so: then the promise counts as broken.
    pub unsettled: Option<String>,
}

/// What the promise needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Needed {
    /// This mean, in seconds, and no worse.
    Value(f64),
    /// Even a hazard that never strikes, or is repaired at once, breaks it.
    Never,
    /// Even the worst hazard keeps it: one whose mean time to failure is that to repair.
    Always,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Where the measured value crosses the bound.
    pub needed: Needed,
    /// Where the interval's better end does: nothing worse can be enough.
    pub at_least: Needed,
    /// Where the interval's worse end does: this is enough for certain.
    pub enough: Needed,
    /// All studies, in the order in which they were made.
    pub points: Vec<Point>,
}

/// Answers a question about a plan, whose windows `memory` runs; `step` hears of each study.
pub fn solve(
    plan: &Plan,
    memory: &Memory<'_>,
    question: &Question,
    options: &Options,
    control: &Control<'_>,
    step: &mut dyn FnMut(&Point),
) -> Answer {
    let mut points = Vec::new();
    let quality = question.lever.quality(plan);
    let mut study = |place: i32| {
        let value = quality.at(place, PER_DECADE);
        let point = point(&question.lever.moved(plan, value), memory, question, options, control);
        let point = Point { value, ..point };
        step(&point);
        points.push(point.clone());
        point
    };
    let mut search = Search::new(&mut study, quality.places(PER_DECADE), question.allowed);
    let mean = search.crossing(|point| point.lost, 0, 8);
    // The ends are near: half an interval of 10 % is two places.
    let near = mean.place(quality.places(PER_DECADE));
    let better = search.crossing(|point| point.low, near, 1);
    let worse = search.crossing(|point| point.high, near, 1);
    let needed = |crossing: Crossing| match crossing {
        Crossing::At(place) => Needed::Value(quality.between(place, PER_DECADE)),
        Crossing::Never => Needed::Never,
        Crossing::Always => Needed::Always,
    };
    Answer { needed: needed(mean), at_least: needed(better), enough: needed(worse), points }
}

/// Studies a plan.
fn point(
    plan: &Plan,
    memory: &Memory<'_>,
    question: &Question,
    options: &Options,
    control: &Control<'_>,
) -> Point {
    // Longer than a year even for the worst of hazards, and no longer than clusters can be kept.
    let years = || (STRIKES / strikes_a_year(plan).max(1e-9)).clamp(100.0, 1e6) as u64;
    let options = Options {
        years: Some(options.years.unwrap_or_else(years)),
        goals: vec![question.path.clone()],
        floor: question.allowed,
        ..options.clone()
    };
    let (before, source) = (memory.simulated(), Drawn(plan));
    let mut study = Study::new(memory, &source, plan, options);
    let mut point = Point {
        value: 0.0,
        lost: 1.0,
        low: 1.0,
        high: 1.0,
        years: study.years,
        windows: 0,
        new_windows: 0,
        unsettled: None,
    };
    study.run(control);
    let weights = study.walked();
    let evidence = study.evidence(&weights);
    point.unsettled = summary::unsettled(&study, summary::censored(&evidence)).or(study.untried.clone());
    let target = study.targets.iter().position(|path| *path == question.path);
    if let (Some(target), None) = (target, &point.unsettled) {
        let run = evidence.long_run(target);
        (point.lost, point.low, point.high) = (run.mean, run.low, run.high);
    }
    point.windows = study.windows();
    point.new_windows = memory.simulated() - before;
    point
}
