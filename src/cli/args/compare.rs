//! Arguments of `compare`, and of baselines.

use crate::cli::args::{Enough, Format, Overrides};
use clap::Args;
use std::num::NonZeroU64;
use std::path::PathBuf;

/// Where results are kept by name.
#[derive(Clone, Debug, Args)]
pub struct Shelf {
    /// Keep the results under this name, for later comparisons.
    #[arg(long, value_name = "NAME")]
    pub save_baseline: Option<String>,
    /// Directory of the named results.
    #[arg(long, value_name = "DIR", default_value = "results/baselines")]
    pub baselines: PathBuf,
}

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// What is compared with what: two scenarios or result directories; or one, with --baseline or --set.
    #[arg(required = true, num_args = 1..=2, value_names = ["BASE", "NEW"])]
    pub sides: Vec<PathBuf>,
    /// `--set` changes the new side only, `--seed` both.
    #[command(flatten)]
    pub overrides: Overrides,
    /// Run the seeds seed, seed + 1, ... on both sides [default: those of stored results, else 20].
    #[arg(long, value_name = "N", value_parser = super::seeds, allow_negative_numbers = true)]
    pub seeds: Option<NonZeroU64>,
    /// When a study has seen enough, on either side.
    #[command(flatten)]
    pub enough: Enough,
    /// Threads to use; all cores when not given. Results do not depend on it.
    #[arg(long, value_name = "N", value_parser = super::threads, allow_negative_numbers = true)]
    pub threads: Option<NonZeroU64>,
    /// What to print on standard output.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// A change that is a regression, such as 'rto.write.p99 > +10%'; repeatable.
    #[arg(long, value_name = "CHANGE", allow_hyphen_values = true)]
    pub fail_on: Vec<String>,
    /// Compare every measure, not only those that people gate on.
    #[arg(long)]
    pub all: bool,
    /// Compare with the results kept under this name.
    #[arg(long, value_name = "NAME")]
    pub baseline: Option<String>,
    /// Put the new results in the baseline's place, whatever changed.
    #[arg(long, requires = "baseline")]
    pub accept: bool,
    /// Where named results are kept.
    #[command(flatten)]
    pub shelf: Shelf,
    /// Count an inconclusive comparison as no failure.
    #[arg(long)]
    pub allow_inconclusive: bool,
}
