//! Reusable pieces of protocols with no engine in them.
//!
//! Every type here is plain data: no IO, no timer, no randomness of its own. Time comes in as an argument (the clock
//! of whoever holds the piece), and so does every random draw. A system composes them in its actors; a test drives them
//! by hand.

pub mod change_log;
pub mod circuit_breaker;
pub mod conflict;
pub mod detector;
pub mod dns_cache;
pub mod dot_map;
pub mod election;
pub mod interval_set;
pub mod lease;
pub mod lineage;
pub mod log;
pub mod merkle;
pub mod paxos;
pub mod phi;
pub mod quorum;
pub mod raft;
pub mod register;
pub mod retry;
pub mod siblings;
pub mod token_bucket;
pub mod transfer;
pub mod version_vector;
