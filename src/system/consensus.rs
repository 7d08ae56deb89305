//! What systems share in which each partition is a log that a group of replicas agrees on, and a leader proposes: the
//! documents that the log makes, and the clients that look for the leader.

pub mod client;
pub mod exchange;
pub mod store;
