//! `geodes explain`: an outage as a story, or what an error code or a measure means.

use crate::base::{diagnostics, suggest};
use crate::cli::args::{ExplainArgs, Topic};
use crate::cli::exit::Status;
use crate::cli::output::{Failure, Outcome, Output};
use crate::cli::reference;
use crate::cli::session::Library;
use crate::report::document::Document;
use crate::report::text::wrap;
use crate::report::{json, story, write};
use std::path::{Path, PathBuf};

/// Explains a result directory (or its summary), an error code or a measure.
///
/// # Errors
/// [`Failure::Usage`] when the subject is none of these.
pub fn explain(args: &ExplainArgs, library: &dyn Library, output: &mut Output<'_>) -> Outcome {
    let subject = args.subject.as_str();
    if let Some(path) = result(subject) {
        output.data(&story::render(&document(&path)?, output.style))?;
        return Ok(Status::Met);
    }
    match library.explain(subject) {
        Some(text) => output.data(&wrapped(&text, output.style.width))?,
        None => return Err(Failure::Usage(unknown(subject, library))),
    }
    Ok(Status::Met)
}

/// Reads a summary.
fn document(path: &Path) -> Result<Document, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Failure::Usage(format!("there is no {shown}; `geodes run FILE` leaves results in results/NAME"))
        }
        _ => Failure::Usage(format!("cannot read {shown}: {error}")),
    })?;
    let refused = |why: String| {
        let hint = format!("name the directory that `geodes run` wrote, or its {}", write::SUMMARY);
        Failure::Usage(format!("{shown} is no result of geodes: {why}; {hint}"))
    };
    let document = json::parse(&text).map_err(|error| refused(error.to_string()))?;
    match document.scenario.is_empty() {
        true => Err(refused("it names no scenario".to_owned())),
        false => Ok(document),
    }
}

/// Paragraphs broken to a width; indentation and blank lines are kept.
fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::new();
    for line in text.trim_end().lines() {
        let indent = " ".repeat(line.len() - line.trim_start().len());
        let lines = wrap(line, width.saturating_sub(indent.len()));
        let lines = lines.iter().map(|line| format!("{indent}{line}")).collect::<Vec<_>>();
        out.push_str(&lines.join("\n"));
        out.push('\n');
    }
    out
}

/// The summary a subject names, if it names one.
fn result(subject: &str) -> Option<PathBuf> {
    let path = Path::new(subject);
    if path.is_dir() {
        return Some(path.join(write::SUMMARY));
    }
    let looks_like_file = path.extension().is_some_and(|e| e == "json") || subject.contains(['/', '\\']);
    (path.is_file() || looks_like_file).then(|| path.to_owned())
}

fn unknown(subject: &str, library: &dyn Library) -> String {
    let topics = [Topic::Measures, Topic::Faults, Topic::Systems, Topic::Sla, Topic::Hazards];
    let listed = topics.into_iter().flat_map(|topic| library.list(topic)).map(|listing| listing.name);
    // Lists write a measure with its alternatives: `rto[.read|write]`.
    let name = |listed: String| match listed.find(['[', '|']) {
        Some(end) => listed[..end].to_owned(),
        None => listed,
    };
    let names: Vec<String> = listed.map(name).chain(reference::words()).collect();
    let hint = match suggest::closest(subject, names.iter().map(String::as_str)) {
        Some(meant) => format!("; did you mean `{meant}`?"),
        None => "; `geodes list measures` and its kin print the names".to_owned(),
    };
    let subject = diagnostics::shown(subject);
    format!("`{subject}` is no result directory, error code, measure or other word that results use{hint}")
}
