//! What a run came to: availability, RTO, RPO, latency, staleness, throttles and traffic.
//!
//! Every measure is an accumulator that is fed [records](crate::engine::record::Record) in order, keeps memory that
//! does not grow with the number of operations, and merges with the one that watched another group of partitions of
//! the same window. [`watch::Watch`] owns them all; [`findings::Findings`] holds what they came to over several windows;
//! [`paths`] is the one table of names and definitions.

pub mod availability;
pub mod downtime;
pub mod findings;
pub mod histogram;
pub mod hourly;
pub mod in_order;
pub mod latency;
pub mod number;
pub mod observed;
pub mod onsets;
pub mod order_statistics;
pub mod paths;
pub mod recent;
pub mod rpo;
pub mod rto;
pub mod sample;
pub mod series;
pub mod setting;
pub mod staleness;
pub mod throttles;
pub mod timeline;
pub mod traffic;
pub mod watch;
