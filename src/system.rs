//! The modelled systems, and the registry that scenarios find them in.

pub mod consensus;
pub mod container_registry;
pub mod cosmos_db;
pub mod crdt;
pub mod failback;
pub mod lab;
pub mod log_shipping;
pub mod multi_paxos;
pub mod pace;
pub mod placement;
pub mod primary_backup;
pub mod quorum_nwr;
pub mod raft;
pub mod registry;
pub mod same_keys;
pub mod site_recovery;
