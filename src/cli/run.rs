//! `geodes run`: run scenarios, print the result, write the files.

use crate::cli::args::{Format, RunArgs};
use crate::cli::clock::Deadline;
use crate::cli::deliver::{deliver, prepare, print, suites};
use crate::cli::exit::Status;
use crate::cli::output::{Failure, Outcome, Output};
use crate::cli::progress::Progress;
use crate::cli::session::{Library, Session, countable, load_all, simulate, threads};
use crate::cli::shards::{self, splits};
use crate::cli::solve::solve;
use crate::cli::studied::{fits, studied};
use crate::engine::contract::WindowSpec;
use crate::report::document::Document;
use crate::report::junit;

/// Runs every file; nothing is run unless all of them are valid.
///
/// # Errors
/// [`Failure`], by kind.
pub fn run(args: &RunArgs, library: &dyn Library, output: &mut Output<'_>) -> Outcome {
    let pool = threads(args.threads)?;
    let sessions = load_all(&args.files, &args.overrides, library, output.talk)?;
    sessions.iter().try_for_each(|session| countable(session.as_ref(), args.seeds))?;
    distinct(&sessions, args)?;
    suits(&sessions, args)?;
    if let Some(key) = &args.solve {
        return match &sessions[..] {
            [session] => solve(session.as_ref(), key, args, &pool, output),
            _ => Err(Failure::Usage("--solve takes one scenario".to_owned())),
        };
    }
    let alone = args.files.len() == 1;
    sessions.iter().try_for_each(|session| prepare(&args.shown, session.name(), alone))?;
    if let Some(shard) = args.shard {
        sessions.iter().try_for_each(|s| shards::run(s.as_ref(), args, shard, &pool, output))?;
        return Ok(Status::Met);
    }
    let mut worst = Status::Met;
    let mut all = Vec::new();
    for (i, session) in sessions.iter().enumerate() {
        let document = one(session.as_ref(), args, &pool, output);
        if i > 0 && matches!(args.shown.format, Format::Table | Format::Markdown) {
            print("\n", output)?;
        }
        all.push(junit::suite(&document));
        worst = worst.max(deliver(&document, &args.shown, alone, output)?);
    }
    suites(&all, &args.shown, output)?;
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
fn suits(sessions: &[Box<dyn Session>], args: &RunArgs) -> Result<(), Failure> {
    for session in sessions {
        fits(session.as_ref(), args.seeds, &args.enough)?;
        if args.shard.is_some() {
            splits(session.as_ref(), args)?;
        }
        if !session.has_hazards() && args.time_limit.is_some() {
            let name = session.name();
            return Err(Failure::Usage(format!("`{name}` has no hazards: --time-limit is for studies")));
        }
    }
    Ok(())
}

/// Two scenarios of one name would overwrite each other's results.
fn distinct(sessions: &[Box<dyn Session>], args: &RunArgs) -> Result<(), Failure> {
    if args.shown.no_files && args.shown.shelf.save_baseline.is_none() {
        return Ok(());
    }
    for (i, session) in sessions.iter().enumerate() {
        if let Some(j) = sessions[..i].iter().position(|earlier| earlier.name() == session.name()) {
            if args.files[i] == args.files[j] {
                return Err(Failure::Usage(format!("{} is given twice", args.files[i].display())));
            }
            return Err(Failure::Usage(format!(
                "{} and {} are both called `{}`: their results would overwrite each other; \
                 `--set name=...` renames, `--no-files` writes none",
                args.files[j].display(),
                args.files[i].display(),
                session.name()
            )));
        }
    }
    Ok(())
}
