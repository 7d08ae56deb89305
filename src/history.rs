//! Histories of operations, and the checkers that judge them against what a system promises.
//!
//! Checkers are fed [`Record`](crate::engine::record::Record)s in order and know nothing of the system: they read
//! operations, and of its changes of state only those that say which promises stand (a lineage cut, a conflict
//! decision). All order is real time: one operation is *certainly before* another when it completed before the other
//! was invoked, intervals being closed and ties in virtual time going by sequence.

pub mod bounded;
pub mod checkers;
pub mod cluster;
pub mod convergence;
pub mod durability;
pub mod evidence;
pub mod exchange;
pub mod finding;
pub mod linearizable;
pub mod loss_report;
pub mod prefix;
pub mod promise;
pub mod regular;
pub mod session;
pub mod staleness;
pub mod verdict;
pub mod versions;
pub mod wgl;
pub mod write_set;
pub mod zones;
