//! The inverse question, put to a scenario: which row, and the answer as a document.

use crate::base::suggest;
use crate::cli::session::Ask;
use crate::measure::number::round12;
use crate::measure::paths;
use crate::model::sla::{Compare, SlaRow, SlaRule};
use crate::report::solution::{Solution, SolutionStep, long};
use crate::scenario::Scenario;
use crate::sla::{bound, condition};
use crate::study::drawn::Drawn;
use crate::study::engine::Engine;
use crate::study::estimate::CONFIDENCE;
use crate::study::options::Options;
use crate::study::sampler::{Control, Study};
use crate::study::solve::{Answer, Lever, Memory, Needed, Point, Quality, Question, solve};
use crate::study::world::World;

/// An availability that is promised.
#[derive(Clone, Debug, PartialEq)]
struct Promise {
    name: String,
    path: String,
    bound: f64,
}

/// Answers a question; `step` hears of each study.
///
/// # Errors
/// What is wrong with the question.
pub fn solution(
    scenario: &Scenario,
    ask: &Ask<'_>,
    options: &Options,
    control: &Control<'_>,
    step: &mut dyn FnMut(&SolutionStep),
) -> Result<Solution, String> {
    let plan = &scenario.plan;
    let lever = Lever::named(plan, ask.key)?;
    let world = Engine::new(plan, &*scenario.runnable, None);
    let memory = Memory::new(&world);
    let promise = match ask.row {
        Some(row) => named(scenario, row)?,
        None => unkept(scenario, &memory, options, control)?,
    };
    if promise.bound >= 1.0 {
        return Err(format!("`{}` allows no loss at all: no hazard is good enough for that", promise.name));
    }
    if !memory.targets().contains(&promise.path) {
        return Err(format!("nobody asks for `{}` in this scenario", promise.path));
    }
    // The bound has 12 digits: so has what it allows.
    let allowed = round12(1.0 - promise.bound);
    let question = Question { lever, path: promise.path.clone(), allowed };
    let mut heard = |point: &Point| step(&shown(point));
    let answer = solve(plan, &memory, &question, options, control, &mut heard);
    Ok(document(scenario, ask, &promise, &lever.quality(plan), &answer))
}

/// The rows that promise an availability to this configuration.
fn promises(scenario: &Scenario) -> Vec<Promise> {
    let plan = &scenario.plan;
    let applies = |row: &&SlaRow| condition::unmet(&row.when, &plan.facts).is_none();
    let one = |row: &SlaRow| match &row.rule {
        SlaRule::Bound { measure, op: Compare::AtLeast, value, .. }
            if measure.starts_with("availability.") =>
        {
            let path = measure.replace("-month", "");
            Some(Promise { name: format!("{}/{}", row.profile, row.row), path, bound: *value })
        }
        _ => None,
    };
    plan.sla.iter().filter(applies).filter_map(one).collect()
}

/// The row of this name, or the promise it states: `availability.time.read >= 99.9%`.
fn named(scenario: &Scenario, row: &str) -> Result<Promise, String> {
    if let Some((path, _)) = row.split_once(">=") {
        let parsed = paths::parse(path.trim()).map_err(|error| error.to_string())?;
        let text = &row[path.len()..];
        let (_, bound) = bound::parse(text, parsed.measure.unit).map_err(|error| error.to_string())?;
        return Ok(Promise { name: row.trim().to_owned(), path: path.trim().to_owned(), bound });
    }
    let known = promises(scenario);
    let is = |promise: &&Promise| promise.name == row || promise.name.rsplit('/').next() == Some(row);
    let found: Vec<&Promise> = known.iter().filter(is).collect();
    match found[..] {
        [only] => Ok(only.clone()),
        [] => {
            let names: Vec<&str> =
                known.iter().flat_map(|p| [p.name.rsplit('/').next().unwrap_or(""), &p.name]).collect();
            let hint = match suggest::closest(row, names.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => rows_hint(&known),
            };
            Err(format!("no availability row that applies here is called `{row}`; {hint}"))
        }
        _ => {
            let names: Vec<&str> = found.iter().map(|promise| promise.name.as_str()).collect();
            Err(format!("several rows are called `{row}`: {}", suggest::list(&names).unwrap_or_default()))
        }
    }
}

/// What can be written after `--row`.
fn rows_hint(known: &[Promise]) -> String {
    let names: Vec<&str> = known.iter().map(|promise| promise.name.as_str()).collect();
    match suggest::list(&names) {
        Some(names) => format!("there are {names}"),
        None => "a promise can be stated: --row 'availability.request.read >= 99.9%'".to_owned(),
    }
}

/// The only row, or the first one that is not met as things are.
fn unkept(
    scenario: &Scenario,
    memory: &Memory<'_>,
    options: &Options,
    control: &Control<'_>,
) -> Result<Promise, String> {
    let known = promises(scenario);
    if let [] | [_] = known[..] {
        let none = || format!("no availability row applies to this scenario; {}", rows_hint(&known));
        return known.first().cloned().ok_or_else(none);
    }
    let plan = &scenario.plan;
    let goals = known.iter().map(|promise| promise.path.clone()).collect();
    let source = Drawn(plan);
    let mut study = Study::new(memory, &source, plan, Options { goals, ..options.clone() });
    study.run(control);
    let weights = study.walked();
    let evidence = study.evidence(&weights);
    let is_met = |promise: &Promise| {
        let target = study.targets.iter().position(|path| *path == promise.path);
        let run = target.map(|target| evidence.long_run(target));
        run.is_some_and(|run| !run.is_scarce() && 1.0 - run.high >= promise.bound)
    };
    let unkept = known.iter().find(|promise| !is_met(promise)).cloned();
    unkept.ok_or_else(|| format!("every availability row is met: name one with --row; {}", rows_hint(&known)))
}

fn shown(point: &Point) -> SolutionStep {
    SolutionStep {
        value_s: round12(point.value),
        estimate: round12(1.0 - point.lost),
        low: round12((1.0 - point.high).max(0.0)),
        high: round12(1.0 - point.low),
        years: point.years,
        windows: point.windows,
        new_windows: point.new_windows,
        unsettled: point.unsettled.clone(),
    }
}

fn document(
    scenario: &Scenario,
    ask: &Ask<'_>,
    promise: &Promise,
    quality: &Quality,
    answer: &Answer,
) -> Solution {
    let value = |needed: Needed| match needed {
        Needed::Value(x) => Some(round12(x)),
        _ => None,
    };
    let kind = match answer.needed {
        Needed::Value(_) => "value",
        Needed::Never => "never",
        Needed::Always => "always",
    };
    Solution {
        geodes: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: scenario.plan.name.clone(),
        seed: scenario.plan.seed,
        solve: ask.key.to_owned(),
        present_s: round12(quality.now),
        row: promise.name.clone(),
        measure: promise.path.clone(),
        bound: promise.bound,
        answer: kind.to_owned(),
        value_s: value(answer.needed),
        possible_s: value(answer.at_least),
        certain_s: value(answer.enough),
        confidence: CONFIDENCE,
        statement: statement(ask.key, promise, quality, answer),
        steps: answer.points.iter().map(shown).collect(),
    }
}

/// The answer in words.
fn statement(key: &str, promise: &Promise, quality: &Quality, answer: &Answer) -> String {
    let longer = quality.longer_is_better();
    let (least, perfect, worst) = match longer {
        true => ("at least", "never strikes", "fails again as soon as it is repaired"),
        false => ("at most", "is repaired at once", "takes as long to be repaired as to fail"),
    };
    let row = format!("{} ({} >= {}%)", promise.name, promise.path, round12(promise.bound * 100.0));
    let row = if promise.name.contains(">=") { promise.name.clone() } else { row };
    let present = format!("it is {} now", long(quality.now));
    match answer.needed {
        Needed::Value(x) => {
            let possible = match answer.at_least {
                Needed::Value(x) => format!("from {}", long(x)),
                _ => "at any value".to_owned(),
            };
            let certain = match answer.enough {
                Needed::Value(x) => format!("certain from {}", long(x)),
                _ => "certain at none".to_owned(),
            };
            format!(
                "{key} must be {least} {} for {row} to be met; at 95 % it is possible {possible} and {certain} on; \
                 {present}.",
                long(x)
            )
        }
        Needed::Never => {
            let open = match answer.at_least {
                Needed::Never => "",
                _ => ", as far as was measured: the interval does not rule it out",
            };
            format!("Never: {row} is not met even if the hazard {perfect}{open}; {present}.")
        }
        Needed::Always => {
            let open = match answer.enough {
                Needed::Always => "",
                _ => ", as far as was measured: the interval does not rule out that it is not",
            };
            format!("Always: {row} is met even if the hazard {worst}{open}; {present}.")
        }
    }
}
