//! The files of a result directory, written so that a reader never sees half of them.

use crate::report::document::Document;
use crate::report::{csv, json, skeleton, svg, windows};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The document itself, and the mark of a complete result directory.
pub const SUMMARY: &str = "summary.json";
/// The picture of the outage; absent when nothing was recorded over time.
pub const PICTURE: &str = "timeline.svg";
/// The operations, for other checkers: there only when they were asked for.
pub const HISTORIES: [&str; 2] = ["history.edn", "history.json"];
/// Files that not every result has.
const OCCASIONAL: [&str; 3] = [PICTURE, windows::FILE, skeleton::FILE];

/// Why results were not written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The document could not be rendered.
    #[error("cannot render {what}: {why}")]
    Render {
        /// Which file.
        what: &'static str,
        /// What went wrong.
        why: String,
    },
    /// The file system refused.
    #[error("cannot write {}: {source}; `--out DIR` writes elsewhere, `--no-files` nothing", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Every file of a result directory, by name, in order. A pure function of the document.
///
/// # Errors
/// [`WriteError::Render`] when an exporter refuses the document.
pub fn files(document: &Document) -> Result<Vec<(&'static str, String)>, WriteError> {
    let failed = |what, why: String| WriteError::Render { what, why };
    let summary = json::render(document).map_err(|e| failed(SUMMARY, e.to_string()))?;
    let mut files = vec![(SUMMARY, summary)];
    files.extend(csv::tables(document).map_err(|e| failed("the CSV tables", e.to_string()))?);
    if let Some(sample) = &document.sample {
        let text = windows::render(sample).map_err(|e| failed(windows::FILE, e.to_string()))?;
        files.push((windows::FILE, text));
        if let Some(origin) = &sample.origin {
            let text = skeleton::render(origin).map_err(|e| failed(skeleton::FILE, e.to_string()))?;
            files.push((skeleton::FILE, text));
        }
    }
    if let Some(timeline) = &document.timeline {
        let picture = svg::render(document, timeline).map_err(|e| failed(PICTURE, e))?;
        files.push((PICTURE, picture));
    }
    Ok(files)
}

/// Creates the result directory `dir` and makes sure that files can be put into it; what is in it stays as it is.
///
/// # Errors
/// [`WriteError::Io`] when it cannot be created or written to, or when a directory stands where a file is to be.
pub fn prepare(dir: &Path) -> Result<(), WriteError> {
    let staging = staging(dir);
    stage(&staging, &[(SUMMARY, String::new())])?;
    fs::remove_dir_all(&staging).map_err(|source| io(&staging, source))?;
    let names = [SUMMARY].into_iter().chain(OCCASIONAL).chain(HISTORIES).chain(csv::NAMES);
    match names.map(|name| dir.join(name)).find(|path| path.is_dir()) {
        Some(path) => Err(io(&path, std::io::ErrorKind::IsADirectory.into())),
        None => Ok(()),
    }
}

/// Where files wait until all of them are complete.
fn staging(dir: &Path) -> PathBuf {
    dir.join(format!(".geodes-{}", std::process::id()))
}

/// Writes the result directory `dir`, creating it if need be, and returns the paths of the files.
///
/// Every file is written and flushed in a staging directory inside `dir` first, and only then renamed into place.
/// `summary.json` goes first from the old set and comes last into the new one: a directory that holds it is complete.
/// Whatever else is in `dir` stays as it was.
///
/// # Errors
/// [`WriteError`]. As long as staging fails, an earlier set of results is untouched.
pub fn directory(dir: &Path, document: &Document) -> Result<Vec<PathBuf>, WriteError> {
    let files = files(document)?;
    let staging = staging(dir);
    let result = stage(&staging, &files).and_then(|()| publish(&staging, dir, &files));
    // On success it is empty; after a failure it is only litter, and the first error is the one to report.
    let _ = fs::remove_dir_all(&staging);
    result?;
    Ok(files.iter().map(|(name, _)| dir.join(name)).collect())
}

/// Writes one file into the directory `dir`, creating it if need be, and returns its path: whoever looks finds all of it or
/// none of it. An earlier file of that name is replaced.
///
/// # Errors
/// [`WriteError::Io`]; an earlier file is then untouched.
pub fn file(dir: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, WriteError> {
    let (staging, path) = (staging(dir), dir.join(name));
    let moved = |()| fs::rename(staging.join(name), &path).map_err(|source| io(&path, source));
    let result = stage(&staging, &[(name, bytes)]).and_then(moved);
    // As above: what is left there is only litter.
    let _ = fs::remove_dir_all(&staging);
    result.map(|()| path)
}

fn stage(staging: &Path, files: &[(&str, impl AsRef<[u8]>)]) -> Result<(), WriteError> {
    let dir = staging.parent().unwrap_or(staging);
    fs::create_dir_all(dir).and_then(|()| fs::create_dir_all(staging)).map_err(|source| io(dir, source))?;
    for (name, text) in files {
        let path = staging.join(name);
        let mut file = fs::File::create(&path).map_err(|source| io(&path, source))?;
        file.write_all(text.as_ref()).and_then(|()| file.sync_all()).map_err(|source| io(&path, source))?;
    }
    Ok(())
}

/// Moves the staged files into place, the summary last.
fn publish(staging: &Path, dir: &Path, files: &[(&'static str, String)]) -> Result<(), WriteError> {
    for stale in [SUMMARY].into_iter().chain(OCCASIONAL).chain(HISTORIES) {
        let path = dir.join(stale);
        if path.exists() {
            fs::remove_file(&path).map_err(|source| io(&path, source))?;
        }
    }
    for (name, _) in files.iter().filter(|(name, _)| *name != SUMMARY).chain([&(SUMMARY, String::new())]) {
        let to = dir.join(name);
        fs::rename(staging.join(name), &to).map_err(|source| io(&to, source))?;
    }
    Ok(())
}

fn io(path: &Path, source: std::io::Error) -> WriteError {
    WriteError::Io { path: path.to_owned(), source }
}
