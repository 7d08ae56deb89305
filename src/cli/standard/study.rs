//! A scenario with hazards: studied, judged, and turned into the document.

use crate::cli::session::Meet;
use crate::cli::standard::{checks, profiles};
use crate::model::sla::SlaRule;
use crate::report::assemble::study::{StudyParts, month, study_document};
use crate::report::document::{Document, SlaResult};
use crate::scenario::Scenario;
use crate::sla::condition;
use crate::sla::judge::study::{Available, LongTerm, judge};
use crate::study::drawn::Drawn;
use crate::study::engine::Engine;
use crate::study::options::Options;
use crate::study::sampler::{Control, Stop, Study};
use crate::study::shard::Shard;
use crate::study::shard::part::{Identity, Part};
use crate::study::shard::recorded::{Recorded, Recording};
use crate::study::shard::whole::Whole;
use crate::study::summary::{self, Summary, available};
use crate::study::world::World;

/// Studies a scenario; `meet` may add windows before it is summed up, and says whether it did.
pub fn document_of(
    scenario: &Scenario,
    options: Options,
    ties: Option<u64>,
    control: &Control<'_>,
    meet: Meet<'_>,
) -> Document {
    let world = Engine::new(&scenario.plan, &*scenario.runnable, ties);
    studied(scenario, &world, options, control, meet)
}

/// Runs one shard of a study.
pub fn shard_of(scenario: &Scenario, options: Options, shard: Shard, control: &Control<'_>) -> Part {
    let plan = &scenario.plan;
    let world = Engine::new(plan, &*scenario.runnable, None);
    let recording = Recording::new(&world);
    let source = Drawn(plan);
    let options = Options { goals: goals(scenario), ..options };
    let mut study = Study::new(&recording, &source, plan, options);
    Part::run(&mut study, &recording, shard, scenario.texts.clone(), control)
}

/// The study that shards are of; none of its windows is run again.
///
/// # Errors
/// When they are shards of another scenario, or were made by another program of the same version.
pub fn merged(scenario: &Scenario, mut whole: Whole, control: &Control<'_>) -> Result<Document, String> {
    let plan = &scenario.plan;
    let Identity { windows, years, pilot, .. } = whole.identity;
    let options = Options { windows: Some(windows), years: Some(years), ..Options::default() };
    if (Identity { pilot, ..Identity::of(plan, &options) }) != whole.identity {
        return Err(
            "the scenario in the shards is not the one that they ran: another program made them".to_owned()
        );
    }
    let world = Engine::new(plan, &*scenario.runnable, None);
    whole.set_in(world.setting());
    let recorded = Recorded::new(&world, &whole.outcomes);
    let document = studied(scenario, &recorded, options, control, &mut |_| false);
    match recorded.missing() {
        0 => Ok(document),
        n => Err(format!("{n} windows of the study are in none of the shards: another program made them")),
    }
}

fn studied(
    scenario: &Scenario,
    world: &dyn World,
    options: Options,
    control: &Control<'_>,
    meet: Meet<'_>,
) -> Document {
    let plan = &scenario.plan;
    let source = Drawn(plan);
    let options = Options { goals: goals(scenario), ..options };
    let mut study = Study::new(world, &source, plan, options);
    let stop = study.run(control);
    let stop = if meet(&mut study) { Stop::Paired } else { stop };
    let summary = summary::of(&mut study, stop);
    let quiet = summary::quiet_findings(&study);
    let sla = judged(&study, &summary, &quiet);
    let spec = checks::spec(plan);
    study_document(StudyParts {
        summary: &summary,
        quiet: &quiet,
        system: scenario.system.name,
        sla,
        guarantees: checks::results(study.guarantees.clone(), &spec),
        definitions: checks::definitions(&spec),
        study: &study,
    })
}

/// The availabilities that rows which apply are about.
fn goals(scenario: &Scenario) -> Vec<String> {
    let plan = &scenario.plan;
    let mut goals: Vec<String> = Vec::new();
    for row in plan.sla.iter().filter(|row| condition::unmet(&row.when, &plan.facts).is_none()) {
        if let SlaRule::Bound { measure, .. } = &row.rule
            && measure.starts_with("availability.")
        {
            let path = measure.replace("-month", "");
            if !goals.contains(&path) {
                goals.push(path);
            }
        }
    }
    goals
}

fn judged(
    study: &Study<'_>,
    summary: &Summary,
    quiet: &crate::measure::findings::Findings,
) -> Vec<SlaResult> {
    let plan = study.plan;
    if plan.sla.is_empty() {
        return Vec::new();
    }
    let windows = study.windows();
    let availability = |path: &str| {
        let (_, run) = summary.targets.iter().find(|(known, _)| known == path)?;
        let (scarce, rough) = (run.is_scarce(), run.is_rough());
        Some(Available {
            estimate: available(run),
            losses: run.losses(),
            scarce,
            rough,
            windows,
            unseen: run.unseen,
        })
    };
    let faults = summary::fault_findings(study);
    let unsettled = summary.unsettled.as_deref().or(summary.untried.as_deref());
    let over_faults = |path: &_, filter: Option<&_>| summary.over_some_faults(study, path, filter);
    let found = LongTerm {
        availability: &availability,
        faults: &faults,
        over_faults: &over_faults,
        quiet,
        unsettled,
    };
    let rows = judge(plan, &found);
    let with_month = |judged: crate::sla::Judged| {
        let bound = match &judged.row.rule {
            SlaRule::Bound { measure, value, .. } => Some((measure.clone(), *value)),
            _ => None,
        };
        let kept = bound.and_then(|(measure, value)| {
            let same = |(path, bound, _): &&(String, f64, _)| *path == measure && *bound == value;
            summary.months.iter().find(same).map(|(_, _, kept)| month(kept))
        });
        let mut row = profiles::result(judged, plan.seed);
        row.counterexample_seed = None;
        row.p_month = kept.filter(|_| row.verdict != "not applicable");
        row
    };
    rows.into_iter().map(with_month).collect()
}
