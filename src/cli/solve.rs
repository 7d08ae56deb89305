//! `geodes run --solve`: how good a hazard must be for a row to be met.

use crate::cli::args::{Format, RunArgs};
use crate::cli::deliver::print;
use crate::cli::exit::Status;
use crate::cli::output::{Failure, Outcome, Output};
use crate::cli::session::{Ask, Session};
use crate::report::solution::{self, SolutionStep};
use crate::study::sampler::Control;
use std::sync::mpsc;

/// Answers the question of `--solve`, and tells of each study on stderr. Writes no files.
///
/// # Errors
/// [`Failure::Usage`] when the question does not suit the scenario.
pub fn solve(
    session: &dyn Session,
    key: &str,
    args: &RunArgs,
    pool: &rayon::ThreadPool,
    output: &mut Output<'_>,
) -> Outcome {
    let name = session.name();
    if !session.has_hazards() {
        return Err(Failure::Usage(format!("`{name}` has no hazards: there is nothing to solve for")));
    }
    if !matches!(args.shown.format, Format::Table | Format::Json) {
        let why = "--solve prints `--format table` or `json`".to_owned();
        return Err(Failure::Usage(why));
    }
    let ask = Ask { key, row: args.row.as_deref() };
    let options = args.enough.options();
    // The studies run in the pool, and the streams stay here.
    let (sender, steps) = mpsc::channel::<SolutionStep>();
    let answer = std::thread::scope(|scope| {
        let asked = scope.spawn(move || {
            let mut step = |step: &SolutionStep| drop(sender.send(step.clone()));
            pool.install(|| session.solve(&ask, &options, &Control::default(), &mut step))
        });
        for (i, step) in steps.iter().enumerate() {
            output.say(&format!("step {}: {}", i + 1, solution::step(&step, key)));
        }
        asked.join()
    });
    let answer = answer.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let answer = answer.map_err(|why| Failure::Usage(format!("`{name}`: {why}")))?;
    let text = match args.shown.format {
        Format::Json => solution::json(&answer)
            .map_err(|error| Failure::Internal(format!("cannot render the answer: {error}")))?,
        _ => solution::table(&answer, output.style),
    };
    print(&text, output)?;
    Ok(Status::Met)
}
