//! `geodes merge`: the result of a study from its shards.

use crate::cli::args::MergeArgs;
use crate::cli::deliver::{Turn, deliver, prepare, suites};
use crate::cli::output::{Failure, Outcome, Output};
use crate::cli::progress::Progress;
use crate::cli::session::{Library, threads};
use crate::report::junit;
use crate::study::sampler::Control;
use crate::study::shard::Shard;
use crate::study::shard::file;
use crate::study::shard::whole::{Given, Whole};
use std::fs;
use std::path::{Path, PathBuf};

/// Reads all shards, puts them together, and delivers the result as `run` does.
///
/// # Errors
/// [`Failure::Usage`] for shards that are missing, doubled, foreign or damaged, and others by kind.
pub fn merge(args: &MergeArgs, library: &dyn Library, output: &mut Output<'_>) -> Outcome {
    let pool = threads(args.threads)?;
    let mut given = Vec::new();
    for place in &args.dirs {
        for file in files(place)? {
            given.push(read(&file)?);
        }
    }
    let whole = Whole::of(given).map_err(|wrong| Failure::Usage(wrong.join("\n  ")))?;
    let session = library.load_again(&whole.texts, output.talk).map_err(Failure::Invalid)?;
    prepare(&args.shown, session.name(), true)?;
    let progress = Progress::open(output.progress, session.name(), Some(whole.outcomes.len() as u64));
    let control = Control { is_over: &|| false, step: &|| progress.step() };
    let merged = pool.install(|| session.merged(whole, &control));
    drop(progress);
    let document = merged.map_err(Failure::Usage)?;
    let status = deliver(&document, &args.shown, Turn::ALONE, output)?;
    suites(&[junit::suite(&document)], &args.shown, output)?;
    Ok(status)
}

/// The shards in a directory, by number; a file is itself.
fn files(place: &Path) -> Result<Vec<PathBuf>, Failure> {
    if place.is_file() {
        return Ok(vec![place.to_owned()]);
    }
    let entries = fs::read_dir(place).map_err(|error| unreadable(place, &error))?;
    let mut found: Vec<(Shard, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| Some((Shard::of_file_name(entry.file_name().to_str()?)?, entry.path())))
        .collect();
    found.sort();
    match found.is_empty() {
        true => Err(Failure::Usage(format!(
            "{} holds no shard of a study; `geodes run FILE --windows N --shard I/N --out DIR` leaves one",
            place.display()
        ))),
        false => Ok(found.into_iter().map(|(_, path)| path).collect()),
    }
}

fn read(path: &Path) -> Result<Given, Failure> {
    let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
    let named = path.file_name().and_then(|name| Shard::of_file_name(name.to_str()?));
    let read = file::parse(&bytes).map_err(|(number, why)| (number.or(named), why));
    Ok(Given { name: path.display().to_string(), read })
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Usage(match error.kind() {
        std::io::ErrorKind::NotFound => format!("there is no `{}`", path.display()),
        _ => format!("cannot read `{}`: {error}", path.display()),
    })
}
