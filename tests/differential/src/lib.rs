//! Raft groups of two makes under the same schedules: Geodes' own protocol, and the one of tikv.
//!
//! A [`Group`](group::Group) has members of either make, or of both. They talk in Geodes' messages: those of the other make
//! are translated one by one, so that all groups run over the same network, and members of both can form one group.
//!
//! [`algorithm`] and [`base`] are Geodes' own sources: the protocol is used here as the system `raft` uses it.

/// The protocol, and what it is made of.
#[path = "../../../src/algorithm"]
pub mod algorithm {
    pub mod lineage;
    pub mod log;
    pub mod quorum;
    pub mod raft;
}

/// What it counts time by.
#[path = "../../../src/base"]
pub mod base {
    pub mod time;
}

#[path = "../../support/dice.rs"]
pub mod dice;
pub mod group;
pub mod keyed;
pub mod member;
pub mod ours;
pub mod schedule;
pub mod theirs;
pub mod ticks;
pub mod translate;
