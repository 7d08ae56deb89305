//! Histories of operations, and the checkers that judge them against what a system promises.

pub mod verdict;
