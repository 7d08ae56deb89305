//! Judging: rows of SLA profiles against what a run came to.
//!
//! A [profile] is data: a TOML file that states what a provider promises, row by row, each with the condition under
//! which it applies and its source. [`judge()`] compares rows with [findings](crate::measure::findings::Findings).

pub mod bound;
pub mod condition;
pub mod judge;
pub mod profile;

pub use judge::{Judged, judge};
pub use profile::{Profile, ProfileError, profiles};
