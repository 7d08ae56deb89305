//! Studies: many windows turned into estimates.
//!
//! Hazards give a skeleton of faults over many years; faults that may interact form a cluster; clusters that mean the
//! same to the system form a stratum; windows of a sample of each stratum are simulated, and weighed by how often they
//! happen.

pub mod allocate;
pub mod bias;
pub mod checks;
pub mod cluster;
pub mod compare;
pub mod drawn;
pub mod engine;
pub mod estimate;
pub mod faults;
pub mod goal;
pub mod interval;
pub mod locality;
pub mod months;
pub mod observed;
pub mod options;
pub mod outcome;
pub mod population;
pub mod rare;
pub mod reservoir;
pub mod sampler;
pub mod shard;
pub mod signature;
pub mod skeleton;
pub mod solve;
pub mod strata;
pub mod summary;
pub mod walk;
pub mod weighted;
pub mod window;
mod workers;
pub mod world;
