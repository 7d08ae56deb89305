//! `geodes new`: a commented scenario to start from.

use crate::cli::args::NewArgs;
use crate::cli::exit::Status;
use crate::cli::output::{Failure, Outcome, Output};
use std::io::Write;
use std::path::PathBuf;

/// The scenario that `new` writes, called [`PLACEHOLDER`].
pub const TEMPLATE: &str = include_str!("new.toml");
/// The name in [`TEMPLATE`].
pub const PLACEHOLDER: &str = "my-outage";

/// Writes `NAME.toml`.
///
/// # Errors
/// [`Failure::Usage`] for a name that is none, a file that exists, or one that cannot be written.
pub fn new(args: &NewArgs, output: &mut Output<'_>) -> Outcome {
    if args.name == "-" {
        return output.data(TEMPLATE).map(|()| Status::Met);
    }
    let name = args.name.strip_suffix(".toml").unwrap_or(&args.name);
    let good = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.starts_with(['.', '-']) || !name.chars().all(good) || name.len() > 100 {
        return Err(Failure::Usage(format!(
            "`{name}` is no scenario name: use letters, digits, `-`, `_` and `.`, and begin with a letter or digit"
        )));
    }
    let path = PathBuf::from(format!("{name}.toml"));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    if !args.force {
        options.create_new(true);
    }
    let text = TEMPLATE.replace(PLACEHOLDER, name);
    let written = options.open(&path).and_then(|mut file| file.write_all(text.as_bytes()));
    match written {
        Ok(()) => {
            output.say(&format!("wrote {0}; try: geodes run {0}", path.display()));
            Ok(Status::Met)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(Failure::Usage(format!("{} exists already; --force replaces it", path.display())))
        }
        Err(error) => Err(Failure::Usage(format!("cannot write {}: {error}", path.display()))),
    }
}
