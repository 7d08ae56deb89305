//! Studies against laws whose long-run numbers are known.

#[path = "study/synthetic.rs"]
mod synthetic;

#[path = "study/coverage.rs"]
mod coverage;
#[path = "study/estimates.rs"]
mod estimates;
