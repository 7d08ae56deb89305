//! Studies against laws whose long-run numbers are known.

#[path = "support/allocator.rs"]
mod allocator;
#[path = "support/asked.rs"]
mod asked;
#[path = "study/markov.rs"]
mod markov;
#[path = "study/months.rs"]
mod months;
#[path = "study/synthetic.rs"]
mod synthetic;

#[path = "study/cosmos.rs"]
mod cosmos;
#[path = "study/coverage.rs"]
mod coverage;
#[path = "study/engine.rs"]
mod engine;
#[path = "study/estimates.rs"]
mod estimates;
#[path = "study/failback.rs"]
mod failback;
#[path = "study/grid.rs"]
mod grid;
#[path = "study/harmless.rs"]
mod harmless;
#[path = "study/quantiles.rs"]
mod quantiles;
#[path = "study/rare.rs"]
mod rare;
#[path = "study/solve.rs"]
mod solve;
