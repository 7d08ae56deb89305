//! Histories of operations, and the checkers that judge them against what a system promises.

pub mod cluster;
pub mod linearizable;
pub mod verdict;
pub mod wgl;
pub mod zones;
