//! The bench, as comparisons use it.

use crate::cli_bench;
pub use crate::cli_bench::command;
use crate::metronome::Metronome;
use crate::noisy::Noisy;
use geodes::report::comparison::Comparison;
use std::ops::Deref;

pub const SCENARIO: &str = beat!("1min", "40s");

/// Which windows the scenario's system gives.
#[derive(Clone, Copy)]
pub enum Windows {
    /// The fault lasts as long as the scenario says.
    Even,
    /// It lasts as long as chance has it.
    Noisy,
}

/// A directory of one test.
pub struct Bench(cli_bench::Bench);

impl Bench {
    pub fn new(name: &str, windows: Windows) -> Bench {
        Bench(match windows {
            Windows::Even => cli_bench::Bench::new(name, SCENARIO, || Box::new(Metronome)),
            Windows::Noisy => cli_bench::Bench::new(name, SCENARIO, || Box::new(Noisy)),
        })
    }

    /// `compare ARGS --format json`: the status and the document.
    pub fn compare(&self, args: &[&str]) -> (u8, Comparison) {
        let all: Vec<&str> = ["compare", "--format", "json"].iter().chain(args).copied().collect();
        let (status, out, err) = self.run(&all);
        let found = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"));
        (status, found)
    }
}

impl Deref for Bench {
    type Target = cli_bench::Bench;

    fn deref(&self) -> &cli_bench::Bench {
        &self.0
    }
}
