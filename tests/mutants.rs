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

use geodes::engine::contract::System;
use geodes::system::cosmos_db::CosmosDb;

/// What an account at strong promises of every read beside linearizability: the claims listed between the two levels
/// that bound staleness.
fn at_strong() -> &'static [&'static str] {
    let all = CosmosDb::INFO.guarantees;
    let place = |name| all.iter().position(|g| *g == name).expect("a guarantee of the account");
    &all[place("linearizable") + 1..place("bounded-staleness")]
}
