//! `multi-paxos`: what it promises holds, whatever fails; each safeguard is noticed when it is off; times are those of theory.

mod support;

#[path = "multi_paxos/case.rs"]
mod case;
#[path = "multi_paxos/mutants.rs"]
mod mutants;
#[path = "multi_paxos/schedules.rs"]
mod schedules;
#[path = "multi_paxos/timing.rs"]
mod timing;
