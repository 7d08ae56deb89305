//! Arguments about what becomes of a result.

use crate::cli::args::{Format, Shelf};
use clap::Args;
use std::path::PathBuf;

/// What becomes of a result.
#[derive(Clone, Debug, Args)]
pub struct Shown {
    /// What to print on standard output.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Directory for the result files; with several scenarios one directory in it for each, and sla.csv and sla.md with
    /// the SLA rows of all [default: results/NAME, results].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write no files.
    #[arg(long, conflicts_with = "out")]
    pub no_files: bool,
    /// Count an inconclusive row as no failure.
    #[arg(long)]
    pub allow_inconclusive: bool,
    /// Where results are kept by name.
    #[command(flatten)]
    pub shelf: Shelf,
}

impl Shown {
    /// Where the files of one scenario go; `alone` when there is no other.
    pub fn directory(&self, name: &str, alone: bool) -> PathBuf {
        match &self.out {
            Some(dir) if alone => dir.clone(),
            _ => self.root().join(name),
        }
    }

    /// Where everything goes.
    pub fn root(&self) -> PathBuf {
        self.out.clone().unwrap_or_else(|| PathBuf::from("results"))
    }
}
