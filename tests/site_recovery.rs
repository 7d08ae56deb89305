//! Machines that are replicated to another region (ASR-1 to ASR-8): what a failover costs, what is promised under faults,
//! and what switched-off safeguards cost.
//!
//! `GEODES_SCHEDULES=1000` runs that many random schedules instead of the few of every test run, and `GEODES_SEEDS=500` that
//! many seeds of each failover option.

mod support;

#[path = "support/allocator.rs"]
mod allocator;
#[path = "site_recovery/case.rs"]
mod case;
#[path = "site_recovery/churn.rs"]
mod churn;
#[path = "site_recovery/mutants.rs"]
mod mutants;
#[path = "site_recovery/options.rs"]
mod options;
#[path = "site_recovery/points.rs"]
mod points;
#[path = "site_recovery/schedules.rs"]
mod schedules;
#[path = "site_recovery/study.rs"]
mod study;
