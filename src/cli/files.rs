//! The scenario files that a command line names.

use crate::cli::output::Failure;
use crate::sla::profile::Profile;
use std::fs;
use std::path::{Path, PathBuf};

/// The files themselves; for a directory all `.toml` files in it and below it, by path, without SLA profiles.
///
/// # Errors
/// [`Failure::Usage`] when a directory cannot be read or holds no scenario.
pub fn scenarios(named: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut all = Vec::new();
    for path in named {
        if !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        let mut found = Vec::new();
        below(path, &mut found)?;
        found.retain(|file| !is_profile(file));
        if found.is_empty() {
            return Err(Failure::Usage(format!("{} holds no scenario (*.toml)", path.display())));
        }
        found.sort();
        all.extend(found);
    }
    Ok(all)
}

fn below(directory: &Path, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |error| Failure::Usage(format!("cannot read {}: {error}", directory.display()));
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(failed)?);
        if kind.is_dir() {
            below(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
    Ok(())
}

/// SLA profiles may lie beside the scenarios that they judge.
fn is_profile(file: &Path) -> bool {
    fs::read_to_string(file).is_ok_and(|text| Profile::parse(&text).is_ok())
}
