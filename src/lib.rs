//! Geodes: a deterministic discrete-event simulator of multi-region replication.

pub mod algorithm;
pub mod base;
pub mod cli;
pub mod engine;
pub mod history;
pub mod measure;
pub mod model;
pub mod report;
pub mod scenario;
pub mod sla;
pub mod study;
pub mod system;
