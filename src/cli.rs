//! The command `geodes`: one file per verb. stdout is data, stderr is talk.
//!
//! The verbs work on the small traits of [`session`]; [`standard`] puts the library behind them.

pub mod args;
pub mod baseline;
pub mod check;
pub mod check_history;
pub mod clock;
pub mod compare;
pub mod completions;
pub mod deliver;
pub mod exit;
pub mod explain;
pub mod files;
mod glossary;
pub mod history;
pub mod list;
pub mod man;
pub mod merge;
pub mod new;
pub mod output;
pub mod progress;
pub mod reference;
pub mod run;
pub mod schema;
pub mod session;
pub mod shards;
pub mod solve;
pub mod standard;
pub mod studied;
pub mod verify;

use crate::cli::args::{Cli, Verb};
use crate::cli::exit::Status;
use crate::cli::output::Output;
use crate::cli::session::Library;
use crate::cli::standard::Standard;
use crate::system::registry::Registry;
use clap::Parser;
use std::ffi::OsString;
use std::process::ExitCode;

/// The command with the systems that come with Geodes.
pub fn main() -> ExitCode {
    main_with(Registry::builtin())
}

/// The command with the systems of a registry of one's own:
///
/// ```no_run
/// use geodes::system::registry::Registry;
///
/// fn main() -> std::process::ExitCode {
///     geodes::cli::main_with(Registry::builtin())
/// }
/// ```
pub fn main_with(registry: Registry) -> ExitCode {
    let run = || {
        let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
        let mut output = Output::terminal(&mut out, &mut err);
        run_with(std::env::args_os(), &Standard::new(registry), &mut output)
    };
    // A broken invariant has told its reason on stderr by now; the exit status must still be ours.
    let status = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    status.unwrap_or(Status::Internal).into()
}

/// Runs the command with the given arguments (the program's name first) and returns how it ended.
pub fn run_with(
    args: impl IntoIterator<Item = OsString>,
    library: &dyn Library,
    output: &mut Output<'_>,
) -> Status {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return output.usage(&error),
    };
    let result = match cli.verb {
        Verb::New(args) => new::new(&args, output),
        Verb::Check(args) => check::check(&args, library, output),
        Verb::Run(args) => run::run(&args, library, output),
        Verb::Merge(args) => merge::merge(&args, library, output),
        Verb::Compare(args) => compare::compare(&args, library, output),
        Verb::Verify(args) => verify::verify(&args, library, output),
        Verb::CheckHistory(args) => check_history::check_history(&args, output),
        Verb::Explain(args) => explain::explain(&args, library, output),
        Verb::List(args) => list::list(&args, library, output),
        Verb::Schema(args) => schema::schema(&args, library, output),
        Verb::Completions(args) => completions::completions(&args, output),
        Verb::Man(args) => man::man(&args, output),
    };
    result.unwrap_or_else(|failure| output.fail(failure))
}
