//! `geodes run`: run scenarios, print the result, write the files.

use crate::cli::args::{Format, RunArgs};
use crate::cli::baseline;
use crate::cli::clock::Deadline;
use crate::cli::exit::Status;
use crate::cli::files::scenarios;
use crate::cli::output::{Failure, Outcome, Output};
use crate::cli::progress::Progress;
use crate::cli::session::{Library, Session, load_all, references, simulate, threads};
use crate::cli::studied::{fits, studied};
use crate::engine::contract::WindowSpec;
use crate::report::across::Across;
use crate::report::document::Document;
use crate::report::{across, csv, json, junit, markdown, table, write};
use std::path::{Path, PathBuf};

/// Runs every file; nothing is run unless all of them are valid.
///
/// # Errors
/// [`Failure`], by kind.
pub fn run(args: &RunArgs, library: &dyn Library, output: &mut Output<'_>) -> Outcome {
    let pool = threads(args.threads)?;
    let files = scenarios(&args.files)?;
    let sessions = load_all(&files, &args.overrides, library, output.talk)?;
    let job = Job { args, several: args.files.len() > 1 || files != args.files };
    distinct(&sessions, &files, args)?;
    suits(&references(&sessions), args)?;
    job.prepare(&sessions)?;
    let mut worst = Status::Met;
    let mut suites = Vec::new();
    let mut across = Across::new();
    for (i, session) in sessions.iter().enumerate() {
        let document = one(session.as_ref(), args, &pool, output);
        if args.format == Format::Junit {
            suites.push(junit::suite(&document));
        }
        print(&job.shown(&document, i == 0, output)?, output)?;
        job.keep(&document, output)?;
        if let Some(storm) = &document.storm {
            output.error(&format!("{}: {storm}", session.name()));
        }
        worst = worst.max(Status::of(&document, args.allow_inconclusive));
        across.add(&document);
    }
    if args.format == Format::Junit {
        print(&junit::render(&suites), output)?;
    }
    if job.several {
        job.together(&across, output)?;
    }
    Ok(worst)
}

/// What is to be done with results.
struct Job<'a> {
    args: &'a RunArgs,
    /// Whether results are kept apart by name, and end in a table of all of them.
    several: bool,
}

impl Job<'_> {
    /// Finds out before anything is simulated that results could not be written.
    fn prepare(&self, sessions: &[Box<dyn Session>]) -> Result<(), Failure> {
        let writable = |dir: &Path| write::prepare(dir).map_err(|error| Failure::Usage(error.to_string()));
        for session in sessions {
            if !self.args.no_files {
                writable(&self.directory(session.name()))?;
            }
            if let Some(name) = &self.args.shelf.save_baseline {
                writable(&baseline::place(&self.args.shelf, name, session.name())?)?;
            }
        }
        Ok(())
    }

    /// Where everything goes.
    fn root(&self) -> PathBuf {
        self.args.out.clone().unwrap_or_else(|| PathBuf::from("results"))
    }

    /// Where a scenario's results go.
    fn directory(&self, name: &str) -> PathBuf {
        match &self.args.out {
            Some(dir) if !self.several => dir.clone(),
            _ => self.root().join(name),
        }
    }

    /// The document in the format that was asked for.
    fn shown(&self, document: &Document, first: bool, output: &Output<'_>) -> Result<String, Failure> {
        let gap = if first { "" } else { "\n" };
        match self.args.format {
            Format::Table => Ok(format!("{gap}{}", table::render(document, output.style))),
            Format::Json => json::render(document).map_err(|e| cannot_render(&e)),
            Format::Csv => {
                let text = csv::measures(document).map_err(|e| cannot_render(&e))?;
                Ok(if self.several { named(&document.scenario, &text, first) } else { text })
            }
            // All scenarios are suites of one document, which is printed at the end.
            Format::Junit => Ok(String::new()),
            Format::Markdown => Ok(format!("{gap}{}", markdown::render(document))),
        }
    }

    /// Writes the result directory, and the baseline.
    fn keep(&self, document: &Document, output: &mut Output<'_>) -> Result<(), Failure> {
        if !self.args.no_files {
            let dir = self.directory(&document.scenario);
            write::directory(&dir, document).map_err(|error| Failure::Internal(error.to_string()))?;
            let picture = match document.timeline {
                Some(_) => format!(", picture: {}", write::PICTURE),
                None => String::new(),
            };
            output.say(&format!("results in {}{picture}", dir.display()));
        }
        if let Some(name) = &self.args.shelf.save_baseline {
            let dir = baseline::save(&self.args.shelf, name, document)?;
            output.say(&format!("baseline {name} in {}", dir.display()));
        }
        Ok(())
    }

    /// Prints and writes the SLA rows of all scenarios in one table.
    fn together(&self, across: &Across, output: &mut Output<'_>) -> Result<(), Failure> {
        let text = match self.args.format {
            Format::Table => format!("\n{}", across::table(across, output.style)),
            Format::Markdown => format!("\n{}", across::markdown(across)),
            Format::Json => across.json().map_err(|e| cannot_render(&e))?,
            // Their rows are in there already: as lines of measures, as cases of the suites.
            Format::Csv | Format::Junit => String::new(),
        };
        print(&text, output)?;
        if self.args.no_files {
            return Ok(());
        }
        let rows = across::csv(across).map_err(|e| cannot_render(&e))?;
        let root = self.root();
        let written = write::together(&root, &[("sla.csv", rows), ("sla.md", across::markdown(across))]);
        written.map_err(|error| Failure::Internal(error.to_string()))?;
        output.say(&format!("SLA rows of all scenarios in {}", root.join("sla.csv").display()));
        Ok(())
    }
}

fn cannot_render(why: &dyn std::fmt::Display) -> Failure {
    Failure::Internal(format!("cannot render the result: {why}"))
}

/// A CSV table with the scenario's name in front; only the first one has a heading.
fn named(scenario: &str, table: &str, first: bool) -> String {
    let lines = table.lines().enumerate().filter(|(i, _)| first || *i > 0);
    lines.map(|(i, line)| format!("{},{line}\n", if i == 0 { "scenario" } else { scenario })).collect()
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
fn suits(sessions: &[&dyn Session], args: &RunArgs) -> Result<(), Failure> {
    let mut given = args.enough.given();
    given.extend(args.time_limit.map(|_| "--time-limit"));
    fits(sessions, args.seeds, &given)
}

/// Two scenarios of one name would overwrite each other's results.
fn distinct(sessions: &[Box<dyn Session>], files: &[PathBuf], args: &RunArgs) -> Result<(), Failure> {
    if args.no_files && args.shelf.save_baseline.is_none() {
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
