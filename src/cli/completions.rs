//! `geodes completions`: a completion script for a shell.

use crate::cli::args::{Cli, CompletionsArgs};
use crate::cli::exit::Status;
use crate::cli::output::{Outcome, Output};
use clap::CommandFactory;

/// Prints the script.
///
/// # Errors
/// Only when standard output cannot be written.
pub fn completions(args: &CompletionsArgs, output: &mut Output<'_>) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "geodes", &mut script);
    output.data(&String::from_utf8_lossy(&script))?;
    Ok(Status::Met)
}
