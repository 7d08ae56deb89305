//! Arguments about histories.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Arguments of `check-history`.
#[derive(Debug, Args)]
pub struct CheckHistoryArgs {
    /// A history: EDN as Jepsen writes it, or JSON; `-` reads standard input.
    pub file: PathBuf,
    /// What each key is.
    #[arg(long, value_enum)]
    pub model: HistoryModel,
    /// What each key holds at first, as EDN: nil, 0, "a".
    #[arg(long, value_name = "VALUE", default_value = "nil", allow_negative_numbers = true)]
    pub initial: String,
}

/// What the keys of a history are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HistoryModel {
    /// Reads and writes.
    Register,
    /// Reads, writes, compare-and-set, replace and delete.
    CasRegister,
}

/// How a history is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HistoryFormat {
    /// One map a line, as Jepsen writes it.
    Edn,
    /// One list of objects.
    Json,
}
