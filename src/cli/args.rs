//! The command line: one declaration drives parser, help, man page and completions.

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::num::NonZeroU64;
use std::path::PathBuf;

const EXIT_STATUS: &str = "Exit status:
  0   every SLA row is met (or the scenario does not gate)
  1   internal error
  2   command line error
  3   invalid scenario
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

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Write a commented scenario to start from.
    New(NewArgs),
    /// Parse and resolve scenarios; print the plan and where each value came from; run nothing.
    Check(CheckArgs),
    /// Run scenarios and judge them against their SLA tables.
    Run(RunArgs),
    /// Prove that a scenario gives the same bytes again, on any number of threads.
    Verify(VerifyArgs),
    /// Tell an outage as a story, or what an error code or a measure means.
    Explain(ExplainArgs),
    /// List what scenarios can name.
    List(ListArgs),
    /// Print the JSON Schema of scenarios or of results.
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
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub seed: Option<u64>,
    /// Replace a value: a dotted path of keys and a TOML value; repeatable.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub set: Vec<String>,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Scenario files.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Replaced values.
    #[command(flatten)]
    pub overrides: Overrides,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Scenario files.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Replaced values.
    #[command(flatten)]
    pub overrides: Overrides,
    /// Run the seeds seed, seed + 1, ... and report the spread over them.
    #[arg(long, value_name = "N", default_value = "1")]
    pub seeds: NonZeroU64,
    /// Threads to use; all cores when not given. Results do not depend on it.
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroU64>,
    /// What to print on standard output.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Directory for the result files; with several scenarios, one directory in it for each [default:
    /// results/NAME].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write no files.
    #[arg(long, conflicts_with = "out")]
    pub no_files: bool,
    /// Count an inconclusive row as no failure.
    #[arg(long)]
    pub allow_inconclusive: bool,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Scenario files.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Replaced values.
    #[command(flatten)]
    pub overrides: Overrides,
    /// Verify the seeds seed, seed + 1, ...
    #[arg(long, value_name = "N", default_value = "1")]
    pub seeds: NonZeroU64,
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
    #[arg(value_enum)]
    pub topic: Topic,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Of what.
    #[arg(value_enum)]
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
}
