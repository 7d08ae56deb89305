//! `geodes man`: manual pages.

use crate::cli::args::{Cli, ManArgs};
use crate::cli::exit::Status;
use crate::cli::output::{Failure, Outcome, Output};
use clap::CommandFactory;
use clap_mangen::Man;

/// Prints the page of the command, or of one verb, in roff.
///
/// # Errors
/// [`Failure::Usage`] for a verb that does not exist.
pub fn man(args: &ManArgs, output: &mut Output<'_>) -> Outcome {
    let mut command = Cli::command();
    command.build();
    let page = match &args.verb {
        None => command,
        Some(verb) => match command.find_subcommand(verb) {
            Some(found) => found.clone(),
            None => {
                return Err(Failure::Usage(format!(
                    "`{verb}` is no verb of geodes; `geodes help` lists them"
                )));
            }
        },
    };
    let mut text = Vec::new();
    Man::new(page).render(&mut text).map_err(|error| Failure::Internal(error.to_string()))?;
    output.data(&String::from_utf8_lossy(&text))?;
    Ok(Status::Met)
}
