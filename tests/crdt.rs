//! `crdt`: what is promised holds, whatever fails; and each safeguard is noticed when it is off.

mod support;

#[path = "crdt/case.rs"]
mod case;
#[path = "crdt/echo.rs"]
mod echo;
#[path = "crdt/healing.rs"]
mod healing;
#[path = "crdt/mutants.rs"]
mod mutants;
#[path = "crdt/schedules.rs"]
mod schedules;
