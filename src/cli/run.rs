//! `geodes run`: run scenarios, print the result, write the files.

use crate::cli::args::{Format, RunArgs};
use crate::cli::baseline;
use crate::cli::clock::Deadline;
use crate::cli::exit::Status;
use crate::cli::output::{Failure, Outcome, Output};
use crate::cli::progress::Progress;
use crate::cli::session::{Library, Session, countable, load_all, simulate, threads};
use crate::cli::solve::solve;
use crate::cli::studied::{fits, studied};
use crate::engine::contract::WindowSpec;
use crate::report::document::Document;
use crate::report::{csv, json, junit, markdown, table, write};
use std::path::{Path, PathBuf};

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
    if !args.no_files {
        sessions.iter().try_for_each(|session| writable(&directory(args, session.name())))?;
    }
    for (name, session) in args.shelf.save_baseline.iter().flat_map(|n| sessions.iter().map(move |s| (n, s)))
    {
        writable(&baseline::place(&args.shelf, name, session.name())?)?;
    }
    let mut worst = Status::Met;
    let mut suites = Vec::new();
    for (i, session) in sessions.iter().enumerate() {
        let document = one(session.as_ref(), args, &pool, output);
        let gap = if i > 0 && matches!(args.format, Format::Table | Format::Markdown) { "\n" } else { "" };
        if args.format == Format::Junit {
            suites.push(junit::suite(&document));
        }
        print(&format!("{gap}{}", shown(&document, args.format, output)?), output)?;
        if !args.no_files {
            save(&document, session.as_ref(), args, output)?;
        }
        if let Some(name) = &args.shelf.save_baseline {
            let dir = baseline::save(&args.shelf, name, &document)?;
            output.say(&format!("baseline {name} in {}", dir.display()));
        }
        if let Some(storm) = &document.storm {
            output.error(&format!("{}: {storm}", session.name()));
        }
        worst = worst.max(Status::of(&document, args.allow_inconclusive));
    }
    if args.format == Format::Junit {
        print(&junit::render(&suites), output)?;
    }
    Ok(worst)
}

/// Prints; who has read enough of it may still want the files and the exit status.
pub(super) fn print(text: &str, output: &mut Output<'_>) -> Result<(), Failure> {
    match output.data(text) {
        Err(Failure::Closed) => Ok(()),
        other => other,
    }
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
        if !session.has_hazards() && args.time_limit.is_some() {
            let name = session.name();
            return Err(Failure::Usage(format!("`{name}` has no hazards: --time-limit is for studies")));
        }
    }
    Ok(())
}

/// The document in the format that was asked for.
fn shown(document: &Document, format: Format, output: &Output<'_>) -> Result<String, Failure> {
    let failed = |why: String| Failure::Internal(format!("cannot render the result: {why}"));
    match format {
        Format::Table => Ok(table::render(document, output.style)),
        Format::Json => json::render(document).map_err(|e| failed(e.to_string())),
        Format::Csv => csv::measures(document).map_err(|e| failed(e.to_string())),
        // All scenarios are suites of one document, which is printed at the end.
        Format::Junit => Ok(String::new()),
        Format::Markdown => Ok(markdown::render(document)),
    }
}

/// Finds out before anything is simulated that results could not be written.
fn writable(dir: &Path) -> Result<(), Failure> {
    write::prepare(dir).map_err(|error| Failure::Usage(error.to_string()))
}

/// Writes the result directory.
fn save(
    document: &Document,
    session: &dyn Session,
    args: &RunArgs,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let dir = directory(args, session.name());
    write::directory(&dir, document).map_err(|error| Failure::Internal(error.to_string()))?;
    let picture =
        if document.timeline.is_some() { format!(", picture: {}", write::PICTURE) } else { String::new() };
    output.say(&format!("results in {}{picture}", dir.display()));
    Ok(())
}

fn directory(args: &RunArgs, name: &str) -> PathBuf {
    match &args.out {
        Some(dir) if args.files.len() == 1 => dir.clone(),
        Some(dir) => dir.join(name),
        None => PathBuf::from("results").join(name),
    }
}

/// Two scenarios of one name would overwrite each other's results.
fn distinct(sessions: &[Box<dyn Session>], args: &RunArgs) -> Result<(), Failure> {
    if args.no_files && args.shelf.save_baseline.is_none() {
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
