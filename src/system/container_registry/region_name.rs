//! What a region is called in measures.

use crate::base::name::{Name, interned};

/// The names of one region, made once: measures are noted for every connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegionName {
    /// `west-europe`.
    pub slug: Name,
    /// `served-by-west-europe`: whether a connection to it was served.
    pub served_by: Name,
    /// `replication-time-west-europe`: how long pushes made elsewhere take to get there.
    pub replication_time: Name,
}

impl RegionName {
    /// The names of the region of this slug.
    pub fn new(slug: &str) -> RegionName {
        RegionName {
            slug: interned(slug),
            served_by: interned(&format!("served-by-{slug}")),
            replication_time: interned(&format!("replication-time-{slug}")),
        }
    }
}
