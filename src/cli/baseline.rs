//! Results that are kept by name, and stored results read back.

use crate::base::digest::Digest;
use crate::cli::args::Shelf;
use crate::cli::output::Failure;
use crate::report::document::Document;
use crate::report::{json, skeleton, windows, write};
use crate::study::compare::sample::Sample;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the results of a scenario are kept under a name.
///
/// # Errors
/// [`Failure::Usage`] for a name that is none.
pub fn place(shelf: &Shelf, name: &str, scenario: &str) -> Result<PathBuf, Failure> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
        return Err(Failure::Usage(format!(
            "`{name}` is no name for a baseline: letters, digits, `-`, `_` and `.` make one, and it does not begin with `.`"
        )));
    }
    Ok(shelf.baselines.join(name).join(scenario))
}

/// Keeps a result under a name.
///
/// # Errors
/// [`Failure::Usage`] for a name that is none, and when files cannot be written.
pub fn save(shelf: &Shelf, name: &str, document: &Document) -> Result<PathBuf, Failure> {
    let dir = place(shelf, name, &document.scenario)?;
    write::directory(&dir, document).map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(dir)
}

/// Reads the results that are kept under a name for a scenario.
///
/// # Errors
/// [`Failure::Usage`] when there are none, or when they are those of another scenario, system or version.
pub fn read(shelf: &Shelf, name: &str, scenario: &str) -> Result<Document, Failure> {
    let dir = place(shelf, name, scenario)?;
    if !dir.join(write::SUMMARY).is_file() {
        let kept = kept(shelf, name);
        let hint = match kept.is_empty() {
            true => format!("`geodes run FILE --save-baseline {name}` makes one"),
            false => format!("it has {}", kept.join(", ")),
        };
        return Err(Failure::Usage(format!(
            "baseline `{name}` has no results of {scenario} ({}); {hint}",
            dir.display()
        )));
    }
    let document = stored(&dir)?;
    let refused = |what: &str, there: &str, here: &str| {
        Err(Failure::Usage(format!(
            "baseline `{name}` is of {what} `{there}`, not `{here}`: its numbers cannot be compared; save it anew"
        )))
    };
    let version = env!("CARGO_PKG_VERSION");
    match () {
        () if document.scenario != scenario => refused("scenario", &document.scenario, scenario),
        () if document.geodes != version => refused("version", &document.geodes, version),
        () => Ok(document),
    }
}

/// The scenarios that have results under a name.
fn kept(shelf: &Shelf, name: &str) -> Vec<String> {
    let entries = fs::read_dir(shelf.baselines.join(name)).into_iter().flatten().flatten();
    let complete = entries.filter(|entry| entry.path().join(write::SUMMARY).is_file());
    let mut names: Vec<String> =
        complete.filter_map(|entry| entry.file_name().into_string().ok()).map(|n| format!("`{n}`")).collect();
    names.sort();
    names
}

/// The summary that a path stands for, if it stands for a stored result: a directory, or the summary itself.
pub fn summary(path: &Path) -> Option<PathBuf> {
    let is_summary = path.extension().is_some_and(|e| e == "json");
    match () {
        () if path.is_dir() => Some(path.join(write::SUMMARY)),
        () if is_summary => Some(path.to_owned()),
        () => None,
    }
}

/// Reads stored results: the summary, and the windows if they are there.
///
/// # Errors
/// [`Failure::Usage`] when they cannot be read, are no results, or when the windows are not those of the summary.
pub fn stored(path: &Path) -> Result<Document, Failure> {
    let path = summary(path).unwrap_or_else(|| path.to_owned());
    let wrong = |path: &Path, why: String| Failure::Usage(format!("{}: {why}", path.display()));
    let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => wrong(&path, "no such results; `geodes run` leaves them".to_owned()),
        _ => wrong(&path, format!("cannot be read: {error}")),
    })?;
    let mut document = json::parse(&text).map_err(|error| wrong(&path, format!("no result: {error}")))?;
    if document.scenario.is_empty() {
        return Err(wrong(&path, "no result: it names no scenario".to_owned()));
    }
    document.sample = sample(&path, &document)?;
    Ok(document)
}

/// The windows beside a summary, if they are there; those of a study only with its strata.
fn sample(summary: &Path, document: &Document) -> Result<Option<Sample>, Failure> {
    let wrong = |path: &Path, why: String| Failure::Usage(format!("{}: {why}", path.display()));
    let beside = |name: &str| {
        let path = summary.with_file_name(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some((path, text))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(wrong(&path, format!("cannot be read: {error}"))),
        }
    };
    let Some((table, text)) = beside(windows::FILE)? else { return Ok(None) };
    let mut sample = windows::parse(&text).map_err(|error| wrong(&table, error.to_string()))?;
    if document.study.is_some() {
        let Some((strata, text)) = beside(skeleton::FILE)? else { return Ok(None) };
        let origin = skeleton::parse(&text).map_err(|error| wrong(&strata, error.to_string()))?;
        if let Some(row) = sample.rows.iter().find(|row| row.stratum as usize >= origin.strata.len()) {
            return Err(wrong(&table, format!("it has no stratum {} in {}", row.stratum, skeleton::FILE)));
        }
        sample.origin = Some(origin);
        sample.left_out = document.windows.saturating_sub(sample.rows.len() as u64);
        return Ok(Some(sample));
    }
    let mut digest = Digest::EMPTY;
    sample.rows.iter().for_each(|row| digest.fold(row.digest));
    if sample.rows.len() as u64 == document.windows && format!("{:016x}", digest.value()) != document.digest {
        return Err(wrong(&table, format!("its windows are not those of {}", write::SUMMARY)));
    }
    Ok(Some(sample))
}
