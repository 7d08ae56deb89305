//! The discrete-event engine: contract, queue, world, network, disks, clocks, workload, faults, settling.

mod clocks;
pub mod contract;
pub mod ctx;
mod disk;
mod driver;
mod faults;
pub mod jump;
mod labels;
mod ledger;
mod network;
mod pool;
mod queue;
pub mod record;
pub mod run;
mod settle;
mod timers;
pub mod trail;
pub mod world;
