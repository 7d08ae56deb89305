//! `geodes run --shard I/N`: one share of a study, for `geodes merge`.

use crate::cli::args::RunArgs;
use crate::cli::output::{Failure, Output};
use crate::cli::progress::Progress;
use crate::cli::session::Session;
use crate::report::write;
use crate::study::sampler::Control;
use crate::study::shard::{Shard, file};

/// Whether a scenario can be split as it was asked for.
///
/// # Errors
/// [`Failure::Usage`] when it cannot: nothing but a number of windows says the same to shards that know nothing of each
/// other.
pub fn splits(session: &dyn Session, args: &RunArgs) -> Result<(), Failure> {
    let refused = |why: String| Err(Failure::Usage(why));
    if !session.has_hazards() {
        let name = session.name();
        return refused(format!(
            "`{name}` has no hazards: --shard is for studies; --seed N begins at another seed"
        ));
    }
    let by_what_was_seen = [
        ("--precision", args.enough.precision.is_some()),
        ("--budget", args.enough.budget.is_some()),
        ("--time-limit", args.time_limit.is_some()),
    ];
    if let Some((option, _)) = by_what_was_seen.iter().find(|(_, given)| *given) {
        return refused(format!(
            "{option} stops a study by what all its shards have seen together, which none of them knows: with --shard, \
             --windows N says how many there are"
        ));
    }
    match args.enough.windows {
        Some(_) => Ok(()),
        None => refused(
            "--shard splits a known number of windows: give all shards the same --windows N".to_owned(),
        ),
    }
}

/// Runs one shard and leaves its file.
///
/// # Errors
/// [`Failure::Internal`] when it cannot be written.
pub fn run(
    session: &dyn Session,
    (args, alone): (&RunArgs, bool),
    shard: Shard,
    pool: &rayon::ThreadPool,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let progress = Progress::open(output.progress, session.name(), None);
    let control = Control { is_over: &|| false, step: &|| progress.step() };
    let part = pool.install(|| session.shard(args.enough.options(), shard, &control));
    drop(progress);
    let bytes = file::bytes(shard, &part).map_err(Failure::Internal)?;
    let dir = args.shown.directory(session.name(), alone);
    let path = write::file(&dir, &shard.file_name(), &bytes);
    let path = path.map_err(|error| Failure::Internal(error.to_string()))?;
    output.say(&format!("{shard} of {} in {}", session.name(), path.display()));
    Ok(())
}
