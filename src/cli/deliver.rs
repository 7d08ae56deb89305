//! What becomes of a result: printed, written to files, kept by name.

use crate::cli::args::{Format, Shown};
use crate::cli::baseline;
use crate::cli::exit::Status;
use crate::cli::output::{Failure, Output};
use crate::report::across::{self, Across};
use crate::report::document::Document;
use crate::report::{csv, json, junit, markdown, table, write};
use std::path::Path;

/// Finds out before anything is simulated that the results of a scenario could not be written.
///
/// # Errors
/// [`Failure::Usage`].
pub fn prepare(shown: &Shown, name: &str, alone: bool) -> Result<(), Failure> {
    if !shown.no_files {
        writable(&shown.directory(name, alone))?;
    }
    match &shown.shelf.save_baseline {
        Some(baseline) => writable(&baseline::place(&shown.shelf, baseline, name)?),
        None => Ok(()),
    }
}

fn writable(dir: &Path) -> Result<(), Failure> {
    write::prepare(dir).map_err(|error| Failure::Usage(error.to_string()))
}

/// Where a result stands among those of one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// It is the only one.
    pub alone: bool,
    /// It is the first one.
    pub first: bool,
}

impl Turn {
    /// The only one.
    pub const ALONE: Turn = Turn { alone: true, first: true };
}

/// Prints a result, writes its files, and says what it comes to.
///
/// # Errors
/// [`Failure`], by kind.
pub fn deliver(
    document: &Document,
    shown: &Shown,
    turn: Turn,
    output: &mut Output<'_>,
) -> Result<Status, Failure> {
    print(&rendered(document, shown.format, turn, output)?, output)?;
    if !shown.no_files {
        let dir = shown.directory(&document.scenario, turn.alone);
        write::directory(&dir, document).map_err(|error| Failure::Internal(error.to_string()))?;
        let picture = match document.timeline {
            Some(_) => format!(", picture: {}", write::PICTURE),
            None => String::new(),
        };
        output.say(&format!("results in {}{picture}", dir.display()));
    }
    if let Some(name) = &shown.shelf.save_baseline {
        let dir = baseline::save(&shown.shelf, name, document)?;
        output.say(&format!("baseline {name} in {}", dir.display()));
    }
    if let Some(storm) = &document.storm {
        output.error(&format!("{}: {storm}", document.scenario));
    }
    Ok(Status::of(document, shown.allow_inconclusive))
}

/// Prints; who has read enough of it may still want the files and the exit status.
///
/// # Errors
/// [`Failure::Internal`] when standard output cannot be written to.
pub fn print(text: &str, output: &mut Output<'_>) -> Result<(), Failure> {
    match output.data(text) {
        Err(Failure::Closed) => Ok(()),
        other => other,
    }
}

/// The document in the format that was asked for.
fn rendered(document: &Document, format: Format, turn: Turn, output: &Output<'_>) -> Result<String, Failure> {
    let gap = if turn.first { "" } else { "\n" };
    match format {
        Format::Table => Ok(format!("{gap}{}", table::render(document, output.style))),
        Format::Json => json::render(document).map_err(|e| failed(&e)),
        Format::Csv => {
            let text = csv::measures(document).map_err(|e| failed(&e))?;
            Ok(if turn.alone { text } else { named(&document.scenario, &text, turn.first) })
        }
        // All scenarios are suites of one document: see `suites`.
        Format::Junit => Ok(String::new()),
        Format::Markdown => Ok(format!("{gap}{}", markdown::render(document))),
    }
}

fn failed(why: &dyn std::fmt::Display) -> Failure {
    Failure::Internal(format!("cannot render the result: {why}"))
}

/// A CSV table with the scenario's name in front; only the first one has a heading.
fn named(scenario: &str, table: &str, first: bool) -> String {
    let lines = table.lines().enumerate().filter(|(i, _)| first || *i > 0);
    lines.map(|(i, line)| format!("{},{line}\n", if i == 0 { "scenario" } else { scenario })).collect()
}

/// Prints and writes the figures and the SLA rows of all scenarios side by side.
///
/// # Errors
/// [`Failure::Internal`] when it cannot be written.
pub fn together(across: &Across, shown: &Shown, output: &mut Output<'_>) -> Result<(), Failure> {
    let text = match shown.format {
        Format::Table => format!("\n{}", across::table(across, output.style)),
        Format::Markdown => format!("\n{}", across::markdown(across)),
        Format::Json => across.json().map_err(|e| failed(&e))?,
        // The rows are in there already, as measures and as cases.
        Format::Csv | Format::Junit => String::new(),
    };
    print(&text, output)?;
    if shown.no_files {
        return Ok(());
    }
    let rows = across::csv(across).map_err(|e| failed(&e))?;
    let figures = across.figures().map_err(|e| failed(&e))?;
    for (name, text) in [("figures.csv", figures), ("sla.csv", rows), ("sla.md", across::markdown(across))] {
        let written = write::file(&shown.root(), name, text.as_bytes());
        let path = written.map_err(|error| Failure::Internal(error.to_string()))?;
        output.say(&format!("all scenarios side by side in {}", path.display()));
    }
    Ok(())
}

/// Prints all results as one document, in the format that has one for all.
///
/// # Errors
/// [`Failure::Internal`] when standard output cannot be written to.
pub fn suites(documents: &[junit::Suite], shown: &Shown, output: &mut Output<'_>) -> Result<(), Failure> {
    match shown.format {
        Format::Junit => print(&junit::render(documents), output),
        _ => Ok(()),
    }
}
