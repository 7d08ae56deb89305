//! Primaries and backups (GEN-3) and shipped logs (GEN-4): what they promise under faults, and what switched-off safeguards
//! cost.
//!
//! `GEODES_SCHEDULES=1000` runs that many random schedules instead of the few of every test run, and `GEODES_FIRST=17`
//! begins at another one.

mod support;

#[path = "primary_backup/case.rs"]
mod case;
#[path = "primary_backup/mutants.rs"]
mod mutants;
#[path = "primary_backup/schedules.rs"]
mod schedules;
#[path = "primary_backup/timing.rs"]
mod timing;

#[path = "log_shipping/mutants.rs"]
mod shipping_mutants;
#[path = "log_shipping/points.rs"]
mod shipping_points;
