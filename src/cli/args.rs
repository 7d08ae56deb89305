//! The command line: one declaration drives parser, help, man page and completions.

mod compare;
mod history;
mod shown;

pub use compare::{CompareArgs, Shelf};
pub use history::{CheckHistoryArgs, HistoryFormat, HistoryModel};
pub use shown::Shown;

use crate::base::time::Span;
use crate::base::units::Share;
use crate::study::options::Options;
use crate::study::shard::Shard;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::fmt::Display;
use std::num::NonZeroU64;
use std::path::PathBuf;

const EXIT_STATUS: &str = "Exit status:
  0   every SLA row is met (or the scenario does not gate)
  1   internal error
  2   command line error
  3   invalid scenario or history
  4   some row is inconclusive (--allow-inconclusive makes it 0)
  96  the system broke a guarantee it claims
  97  regression
  98  a run was not reproducible
  99  an SLA row is breached
When several apply, the worst is reported: 96, 98, 99, 97, 4.";

/// Simulates multi-region replication under faults, and judges RPO, RTO and availability against SLA tables.
#[derive(Debug, Parser)]
#[command(name = "geodes", version, after_help = EXIT_STATUS, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// The largest seed: what a TOML integer can hold.
pub const LARGEST_SEED: u64 = i64::MAX as u64;
/// The most windows of one run.
pub const MOST_SEEDS: u64 = 1_000_000;
/// The most threads.
pub const MOST_THREADS: u64 = 4096;

fn seed(text: &str) -> Result<u64, String> {
    within(text, 0, LARGEST_SEED, "a seed")
}

fn seeds(text: &str) -> Result<NonZeroU64, String> {
    within(text, 1, MOST_SEEDS, "the number of seeds").and_then(positive)
}

fn threads(text: &str) -> Result<NonZeroU64, String> {
    let hint = |why: String| format!("{why}; without `--threads` all cores are used");
    within(text, 1, MOST_THREADS, "the number of threads").and_then(positive).map_err(hint)
}

fn positive(n: u64) -> Result<NonZeroU64, String> {
    NonZeroU64::new(n).ok_or_else(|| "it cannot be 0".to_owned())
}

/// A whole number within bounds.
fn within(text: &str, least: u64, most: u64, what: impl Display) -> Result<u64, String> {
    match text.parse() {
        Ok(n) if (least..=most).contains(&n) => Ok(n),
        _ => Err(format!("{what} is a whole number from {least} to {most}")),
    }
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Write a commented scenario to start from.
    New(NewArgs),
    /// Parse and resolve scenarios; print the plan and where each value came from; run nothing.
    Check(CheckArgs),
    /// Run scenarios and judge them against their SLA tables; several end in one table of all rows.
    Run(RunArgs),
    /// Put the shards of a study together: the result is the same as if it had been run as a whole.
    Merge(MergeArgs),
    /// Compare two runs window by window, and fail on a regression.
    Compare(CompareArgs),
    /// Prove that a scenario gives the same bytes again, on any number of threads.
    Verify(VerifyArgs),
    /// Judge a history that another test recorded, in Jepsen's EDN or in JSON.
    CheckHistory(CheckHistoryArgs),
    /// Tell an outage as a story, or what an error code or a measure means.
    Explain(ExplainArgs),
    /// List what scenarios can name.
    List(ListArgs),
    /// Print the JSON Schema of scenarios, results, comparisons or solutions.
    Schema(SchemaArgs),
    /// Print a completion script for a shell.
    Completions(CompletionsArgs),
    /// Print the manual page of the command or of a verb.
    Man(ManArgs),
}

/// Arguments of `new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// Name of the scenario; the file is NAME.toml in the current directory, `-` writes to standard output.
    #[arg(default_value = "my-outage")]
    pub name: String,
    /// Replace the file if it exists.
    #[arg(long)]
    pub force: bool,
}

/// What changes a scenario from the command line.
#[derive(Clone, Debug, Default, Args)]
pub struct Overrides {
    /// Use this seed instead of the scenario's.
    #[arg(long, value_name = "N", value_parser = seed, allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// Replace a value: a dotted path of keys and a TOML value; repeatable.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub set: Vec<String>,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Scenario files, and directories of them.
    #[arg(required = true, value_name = "FILE|DIR")]
    pub files: Vec<PathBuf>,
    /// Replaced values.
    #[command(flatten)]
    pub overrides: Overrides,
}

/// When a study of hazards has seen enough.
#[derive(Clone, Debug, Default, Args)]
pub struct Enough {
    /// Hazards: length of the fault skeleton in years of 8760 h [default: as many as hold two million strikes, 10^4 to
    /// 10^6].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub years: Option<u64>,
    /// Hazards: simulate exactly so many windows, the pilot included.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub windows: Option<u64>,
    /// Hazards: stop when half the interval of every availability row is this share of its unavailability [default:
    /// 10%, or 2e8 events].
    #[arg(long, value_name = "SHARE")]
    pub precision: Option<Share>,
    /// Hazards: stop at the first checkpoint by which so many events were simulated, such as 2e9.
    #[arg(long, value_name = "EVENTS", value_parser = events)]
    pub budget: Option<u64>,
}

impl Enough {
    /// The options that were given, by name.
    pub fn given(&self) -> Vec<&'static str> {
        let all = [
            ("--years", self.years.is_some()),
            ("--windows", self.windows.is_some()),
            ("--precision", self.precision.is_some()),
            ("--budget", self.budget.is_some()),
        ];
        all.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect()
    }

    /// What a study is asked for.
    pub fn options(&self) -> Options {
        Options {
            years: self.years,
            windows: self.windows,
            precision: self.precision.map(|share| share.0),
            budget: self.budget,
            ..Options::default()
        }
    }
}

/// A number of events: `2e9` or `2000000000`.
fn events(text: &str) -> Result<u64, String> {
    let number: f64 =
        text.replace('_', "").parse().map_err(|_| "not a number of events, such as 2e9".to_owned())?;
    if (1.0..=1e18).contains(&number) {
        Ok(number as u64)
    } else {
        Err("must be 1 to 1e18 events".to_owned())
    }
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Scenario files, and directories of them.
    #[arg(required = true, value_name = "FILE|DIR")]
    pub files: Vec<PathBuf>,
    /// Replaced values.
    #[command(flatten)]
    pub overrides: Overrides,
    /// Run the seeds seed, seed + 1, ... and report the spread over them.
    #[arg(long, value_name = "N", default_value = "1", value_parser = seeds, allow_negative_numbers = true)]
    pub seeds: NonZeroU64,
    /// When a study has seen enough.
    #[command(flatten)]
    pub enough: Enough,
    /// Hazards: stop at the last checkpoint that is complete by then, and print how to get the same result again (not before the pilot is complete).
    #[arg(long, value_name = "TIME")]
    pub time_limit: Option<Span>,
    /// Hazards: how good must this be for a row to be met? `hazard.NAME.mtbf` or `hazard.NAME.mttr`; writes no files.
    #[arg(long, value_name = "KEY", conflicts_with_all = ["time_limit", "out", "save_baseline", "shard"])]
    pub solve: Option<String>,
    /// The row that --solve is about: its name, or a promise such as 'availability.request.read >= 99.9%' [default: the
    /// first availability row that is not met].
    #[arg(long, value_name = "ROW", requires = "solve")]
    pub row: Option<String>,
    /// Threads to use; all cores when not given. Results do not depend on it.
    #[arg(long, value_name = "N", value_parser = threads, allow_negative_numbers = true)]
    pub threads: Option<NonZeroU64>,
    /// Hazards: run the pilot and the I-th of N shares of the other windows, and leave a file for `geodes merge`; needs
    /// --windows.
    #[arg(long, value_name = "I/N", conflicts_with_all = ["format", "no_files", "allow_inconclusive", "save_baseline"])]
    pub shard: Option<Shard>,
    /// Also write every operation into the result directory, as history.edn or history.json, for other checkers; one
    /// seed, no hazards.
    #[arg(long, value_enum, value_name = "FORMAT", conflicts_with_all = ["no_files", "shard", "solve"])]
    pub history: Option<HistoryFormat>,
    /// What becomes of the results.
    #[command(flatten)]
    pub shown: Shown,
}

/// Arguments of `merge`.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// Directories with the shards of one study, in any order.
    #[arg(required = true, value_name = "DIR")]
    pub dirs: Vec<PathBuf>,
    /// Threads to use; all cores when not given. Results do not depend on it.
    #[arg(long, value_name = "N", value_parser = threads, allow_negative_numbers = true)]
    pub threads: Option<NonZeroU64>,
    /// What becomes of the results.
    #[command(flatten)]
    pub shown: Shown,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Scenario files, and directories of them.
    #[arg(required = true, value_name = "FILE|DIR")]
    pub files: Vec<PathBuf>,
    /// Replaced values.
    #[command(flatten)]
    pub overrides: Overrides,
    /// Verify the seeds seed, seed + 1, ...
    #[arg(long, value_name = "N", default_value = "1", value_parser = seeds, allow_negative_numbers = true)]
    pub seeds: NonZeroU64,
    /// When a study has seen enough.
    #[command(flatten)]
    pub enough: Enough,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A result directory (or its summary.json), an error code such as G0403, or a measure such as rto.write.
    #[arg(value_name = "RESULT|CODE|MEASURE")]
    pub subject: String,
}

/// Arguments of `list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// What to list.
    #[arg(value_enum, value_name = "systems|measures|faults|regions|sla")]
    pub topic: Topic,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Of what.
    #[arg(value_enum, value_name = "scenario|result|comparison|rows|solution")]
    pub of: SchemaOf,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The verb; without it, the command itself.
    pub verb: Option<String>,
}

/// Formats of standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// The result document.
    Json,
    /// One row per measure.
    Csv,
    /// A test case per SLA row and guarantee, for the test pages of CI systems.
    Junit,
    /// For step summaries and comments.
    Markdown,
}

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Topic {
    /// Modelled systems.
    Systems,
    /// Measure paths.
    Measures,
    /// Kinds of faults.
    Faults,
    /// Regions of the built-in catalogues.
    Regions,
    /// SLA profiles and their rows.
    Sla,
    /// Hazards that scenarios can extend.
    Hazards,
}

/// What has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// Scenario files.
    Scenario,
    /// The result document.
    Result,
    /// What `compare --format json` prints.
    Comparison,
    /// What `run --format json` of several scenarios ends in.
    Rows,
    /// What `run --solve KEY --format json` prints.
    Solution,
}
