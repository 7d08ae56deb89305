//! How much is asked for.

/// How many studies `GEODES_STUDIES` asks for, if it does.
pub fn studies() -> Option<u64> {
    std::env::var("GEODES_STUDIES").ok().and_then(|n| n.parse().ok())
}
