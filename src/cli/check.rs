//! `geodes check`: parse and resolve, print the plan, run nothing.

use crate::cli::args::CheckArgs;
use crate::cli::exit::Status;
use crate::cli::files::scenarios;
use crate::cli::output::{Outcome, Output};
use crate::cli::session::{Library, load_all};

/// Prints each resolved plan.
///
/// # Errors
/// [`Failure::Invalid`](crate::cli::output::Failure::Invalid) with every diagnostic of every file.
pub fn check(args: &CheckArgs, library: &dyn Library, output: &mut Output<'_>) -> Outcome {
    let sessions = load_all(&scenarios(&args.files)?, &args.overrides, library, output.talk)?;
    let plans: Vec<String> = sessions.iter().map(|session| session.plan()).collect();
    output.data(&plans.join("\n"))?;
    Ok(Status::Met)
}
