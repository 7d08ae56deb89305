//! Studies, as the command line asks for them.

use crate::cli::args::Enough;
use crate::cli::clock::Deadline;
use crate::cli::output::{Failure, Output};
use crate::cli::progress::Progress;
use crate::cli::session::Session;
use crate::report::document::Document;
use crate::study::sampler::Control;
use std::num::NonZeroU64;

/// Whether the options suit a scenario: seeds are for scripted faults, the others for hazards.
///
/// # Errors
/// [`Failure::Usage`] when they do not.
pub fn fits(session: &dyn Session, seeds: NonZeroU64, enough: &Enough) -> Result<(), Failure> {
    let name = session.name();
    if session.has_hazards() && seeds.get() > 1 {
        return Err(Failure::Usage(format!(
            "`{name}` has hazards: a study draws its own windows, and --seeds is for scripted faults; use --windows, \
             --precision or --budget"
        )));
    }
    let asked = [
        ("--years", enough.years.is_some()),
        ("--windows", enough.windows.is_some()),
        ("--precision", enough.precision.is_some()),
        ("--budget", enough.budget.is_some()),
    ];
    match asked.iter().find(|(_, given)| *given && !session.has_hazards()) {
        Some((option, _)) => Err(Failure::Usage(format!(
            "`{name}` has no hazards: {option} is for studies, and --seeds N for scripted faults"
        ))),
        None => Ok(()),
    }
}

/// Studies a scenario until it has seen enough.
pub fn studied(
    session: &dyn Session,
    enough: &Enough,
    ties: Option<u64>,
    deadline: Deadline,
    pool: &rayon::ThreadPool,
    output: &Output<'_>,
) -> Document {
    let progress = Progress::open(output.progress, session.name(), enough.windows);
    let control = Control { is_over: &|| deadline.is_over(), step: &|| progress.step() };
    pool.install(|| session.study(enough.options(), ties, &control))
}
