//! What becomes of a result: printed, written to files, kept by name.

use crate::cli::args::{Format, Shown};
use crate::cli::baseline;
use crate::cli::exit::Status;
use crate::cli::output::{Failure, Output};
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

/// Prints a result, writes its files, and says what it comes to.
///
/// # Errors
/// [`Failure`], by kind.
pub fn deliver(
    document: &Document,
    shown: &Shown,
    alone: bool,
    output: &mut Output<'_>,
) -> Result<Status, Failure> {
    print(&rendered(document, shown.format, output)?, output)?;
    if !shown.no_files {
        let dir = shown.directory(&document.scenario, alone);
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
fn rendered(document: &Document, format: Format, output: &Output<'_>) -> Result<String, Failure> {
    let failed = |why: String| Failure::Internal(format!("cannot render the result: {why}"));
    match format {
        Format::Table => Ok(table::render(document, output.style)),
        Format::Json => json::render(document).map_err(|e| failed(e.to_string())),
        Format::Csv => csv::measures(document).map_err(|e| failed(e.to_string())),
        // All scenarios are suites of one document: see `suites`.
        Format::Junit => Ok(String::new()),
        Format::Markdown => Ok(markdown::render(document)),
    }
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
