//! `geodes run`: run scenarios, print the result, write the files.

use crate::cli::args::RunArgs;
use crate::cli::clock::Deadline;
use crate::cli::deliver::{Turn, deliver, prepare, suites, together};
use crate::cli::exit::Status;
use crate::cli::files::scenarios;
use crate::cli::history;
use crate::cli::output::{Failure, Outcome, Output};
use crate::cli::progress::Progress;
use crate::cli::session::{Library, Session, load_all, references, simulate, threads};
use crate::cli::shards::{self, splits};
use crate::cli::solve::solve;
use crate::cli::studied::{fits, studied};
use crate::engine::contract::WindowSpec;
use crate::report::across::Across;
use crate::report::document::Document;
use crate::report::junit;
use std::path::PathBuf;

/// Runs every file; nothing is run unless all of them are valid.
///
/// # Errors
/// [`Failure`], by kind.
pub fn run(args: &RunArgs, library: &dyn Library, output: &mut Output<'_>) -> Outcome {
    let pool = threads(args.threads)?;
    let files = scenarios(&args.files)?;
    let sessions = load_all(&files, &args.overrides, library, output.talk)?;
    distinct(&sessions, &files, args)?;
    suits(&references(&sessions), args)?;
    if let Some(key) = &args.solve {
        return match &sessions[..] {
            [session] => solve(session.as_ref(), key, args, &pool, output),
            _ => Err(Failure::Usage("--solve takes one scenario".to_owned())),
        };
    }
    let alone = args.files.len() == 1 && files == args.files;
    sessions.iter().try_for_each(|session| prepare(&args.shown, session.name(), alone))?;
    if let Some(shard) = args.shard {
        sessions.iter().try_for_each(|s| shards::run(s.as_ref(), (args, alone), shard, &pool, output))?;
        return Ok(Status::Met);
    }
    let mut worst = Status::Met;
    let mut all = Vec::new();
    let mut across = Across::new();
    for (i, session) in sessions.iter().enumerate() {
        let document = one(session.as_ref(), args, &pool, output);
        all.push(junit::suite(&document));
        across.add(&document);
        let turn = Turn { alone, first: i == 0 };
        worst = worst.max(deliver(&document, &args.shown, turn, output)?);
        if let Some(format) = args.history {
            history::write(session.as_ref(), format, &args.shown.directory(session.name(), alone), output)?;
        }
    }
    suites(&all, &args.shown, output)?;
    if !alone {
        together(&across, &args.shown, output)?;
    }
    Ok(worst)
}

/// Runs a scenario, or studies it when it has hazards.
fn one(session: &dyn Session, args: &RunArgs, pool: &rayon::ThreadPool, output: &Output<'_>) -> Document {
    if session.has_hazards() {
        let deadline = Deadline::after(args.time_limit);
        return studied(session, &args.enough, None, deadline, pool, output);
    }
    let progress = Progress::new(output.progress, session.name(), args.seeds.get());
    simulate(session, args.seeds, WindowSpec::default(), pool, &progress)
}

/// Options that only a study, or only a scripted scenario, takes.
fn suits(sessions: &[&dyn Session], args: &RunArgs) -> Result<(), Failure> {
    let mut given = args.enough.given();
    given.extend(args.time_limit.map(|_| "--time-limit"));
    fits(sessions, args.seeds, &given)?;
    if args.history.is_some() {
        history::fits(sessions, args.seeds)?;
    }
    let shards = sessions.iter().filter(|_| args.shard.is_some());
    shards.into_iter().try_for_each(|session| splits(*session, args))
}

/// Two scenarios of one name would overwrite each other's results.
fn distinct(sessions: &[Box<dyn Session>], files: &[PathBuf], args: &RunArgs) -> Result<(), Failure> {
    if args.shown.no_files && args.shown.shelf.save_baseline.is_none() {
        return Ok(());
    }
    for (i, session) in sessions.iter().enumerate() {
        if let Some(j) = sessions[..i].iter().position(|earlier| earlier.name() == session.name()) {
            if files[i] == files[j] {
                return Err(Failure::Usage(format!("{} is given twice", files[i].display())));
            }
            return Err(Failure::Usage(format!(
                "{} and {} are both called `{}`: their results would overwrite each other; \
                 `--set name=...` renames, `--no-files` writes none",
                files[j].display(),
                files[i].display(),
                session.name()
            )));
        }
    }
    Ok(())
}
