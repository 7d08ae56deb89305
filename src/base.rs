//! Time, ids, random numbers, laws, statistics, digests, diagnostics: what everything else stands on.

pub mod calendar;
pub mod diagnostics;
pub mod digest;
pub mod dist;
pub mod document;
pub mod ids;
pub mod name;
pub mod rng;
pub mod special;
pub mod stats;
pub mod suggest;
pub mod time;
pub mod units;
