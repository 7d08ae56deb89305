//! A trail of fingerprints, to find the first event in which two runs differ.

/// What to record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrailSpec {
    /// Note the digest every so many events.
    pub every: u64,
    /// Describe the events numbered in this half-open range (empty for none).
    pub describe: (u64, u64),
}

/// What was recorded in one world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trail {
    /// The digest after `every`, `2 * every`, ... events.
    pub digests: Vec<u64>,
    /// The events asked for, one line each: time, actor path, kind, label, size.
    pub events: Vec<String>,
}
