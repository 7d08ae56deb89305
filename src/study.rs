//! Studies: many windows turned into estimates.
//!
//! Hazards give a skeleton of faults over many years; faults that may interact form a cluster; clusters that mean the
//! same to the system form a stratum; windows of a sample of each stratum are simulated, and weighed by how often they
//! happen.

pub mod cluster;
pub mod compare;
pub mod skeleton;
