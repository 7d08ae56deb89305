//! The discrete-event engine: contract, queue, world, network, disks, clocks, workload, faults, settling.

pub mod contract;
pub mod ctx;
pub mod record;
pub mod trail;
