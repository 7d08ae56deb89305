//! Raft groups (GEN-1): what they promise under faults, what switched-off safeguards cost, and how long they take.
//!
//! `GEODES_SCHEDULES=1000` runs that many random schedules instead of the few of every test run, and `GEODES_FIRST=17`
//! begins at another one.

mod support;

#[path = "raft/case.rs"]
mod case;
#[path = "raft/lan.rs"]
mod lan;
#[path = "raft/mutants.rs"]
mod mutants;
#[path = "raft/schedules.rs"]
mod schedules;
#[path = "raft/split.rs"]
mod split;
#[path = "raft/timing.rs"]
mod timing;
