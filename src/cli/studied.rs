//! Studies, as the command line asks for them.

use crate::cli::args::Enough;
use crate::cli::clock::Deadline;
use crate::cli::output::{Failure, Output};
use crate::cli::progress::Progress;
use crate::cli::session::{Session, countable};
use crate::report::document::Document;
use crate::study::options::Options;
use crate::study::sampler::Control;
use std::num::NonZeroU64;

/// Whether the options suit the scenarios: seeds are for scripted faults, the options `given` for hazards. Where there are
/// scenarios of both kinds each takes its own.
///
/// # Errors
/// [`Failure::Usage`] when an option suits none of them, or a seed would be too large.
pub fn fits(sessions: &[&dyn Session], seeds: NonZeroU64, given: &[&str]) -> Result<(), Failure> {
    let scripted: Vec<&dyn Session> = sessions.iter().copied().filter(|s| !s.has_hazards()).collect();
    let studies = scripted.len() < sessions.len();
    scripted.iter().try_for_each(|session| countable(*session, seeds))?;
    match (sessions.first(), given.first()) {
        (Some(study), _) if scripted.is_empty() && seeds.get() > 1 => Err(Failure::Usage(format!(
            "`{}` has hazards: a study draws its own windows, and --seeds is for scripted faults; use --windows, \
             --precision or --budget",
            study.name()
        ))),
        (Some(script), Some(option)) if !studies => Err(Failure::Usage(format!(
            "`{}` has no hazards: {option} is for studies, and --seeds N for scripted faults",
            script.name()
        ))),
        _ => Ok(()),
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

/// Studies two scenarios until each has seen enough, and then gives either the windows that the other one has.
pub fn studied_together(
    [base, new]: [&dyn Session; 2],
    enough: &Enough,
    pool: &rayon::ThreadPool,
    output: &Output<'_>,
) -> (Document, Document) {
    let progress = Progress::open(output.progress, base.name(), None);
    let control = Control { is_over: &|| false, step: &|| progress.step() };
    let mut second = Document::default();
    let first = pool.install(|| {
        base.study_beside(enough.options(), &control, &mut |base| {
            let mut more = false;
            second = new.study_beside(enough.options(), &control, &mut |new| {
                let own = new.counts();
                let grew = new.top_up(&base.counts(), &control);
                more = base.top_up(&own, &control);
                grew
            });
            more
        })
    });
    (first, second)
}

/// Studies a scenario with the windows of a stored study, and no others unless they are asked for.
pub fn studied_like(
    session: &dyn Session,
    stored: &Document,
    enough: &Enough,
    pool: &rayon::ThreadPool,
    output: &Output<'_>,
) -> Document {
    let wanted = stored.sample.as_ref().and_then(|sample| sample.counts());
    let asked = Options { years: enough.years, ..Options::default() } != enough.options();
    let years = stored.study.as_ref().map(|study| study.years);
    let mut options = Options { years: enough.years.or(years), ..enough.options() };
    if !asked {
        // Where it is not known which windows there are, as many; else the pilot, and then those.
        options.windows = Some(if wanted.is_some() { 0 } else { stored.windows });
    }
    let progress = Progress::open(output.progress, session.name(), options.windows);
    let control = Control { is_over: &|| false, step: &|| progress.step() };
    let wanted = wanted.unwrap_or_default();
    pool.install(|| session.study_beside(options, &control, &mut |study| study.top_up(&wanted, &control)))
}
