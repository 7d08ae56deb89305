//! Each safeguard of an account switched off in turn: a small scenario that is sound with it and wrong without it, and
//! wrong in the way that the safeguard is there to prevent.

mod support;

#[path = "mutants/clients.rs"]
mod clients;
#[path = "mutants/control.rs"]
mod control;
#[path = "mutants/levels.rs"]
mod levels;
#[path = "mutants/regions.rs"]
mod regions;
#[path = "mutants/replicas.rs"]
mod replicas;

/// What an account at strong promises of every read beside linearizability.
const AT_STRONG: &[&str] = &[
    "read-your-writes",
    "monotonic-reads",
    "monotonic-writes",
    "writes-follow-reads",
    "consistent-prefix",
    "atomic-batches",
];
