//! Geodes: a deterministic discrete-event simulator of multi-region replication.

pub mod algorithm;
pub mod base;
pub mod engine;
pub mod history;
pub mod model;
pub mod scenario;
pub mod system;
