//! The plan and its parts: what a scenario resolves to.

pub mod fault;
pub mod fingerprint;
pub mod hazard;
pub mod operation;
pub mod plan;
pub mod sla;
pub mod topology;
pub mod workload;
