//! Which replicas lead, as a name: a window leaves leaders where they are, and the next one begins there.

use super::settings::Settings;
use crate::base::ids::{Id, PartitionId};

/// The name: empty if every partition is led as at the start, else the leading replica of each, `0.2.1`.
pub fn name(settings: &Settings, leaders: &[Option<usize>]) -> String {
    let first = settings.first_leader();
    if leaders.iter().all(|leader| leader.is_none_or(|leader| leader == first)) {
        return String::new();
    }
    let all: Vec<String> = leaders.iter().map(|leader| leader.unwrap_or(first).to_string()).collect();
    all.join(".")
}

/// The replica that leads a partition in this mode.
pub fn leader(settings: &Settings, mode: &str, partition: PartitionId) -> usize {
    let named = mode.split('.').nth(partition.index()).and_then(|index| index.parse().ok());
    named.filter(|index| *index < settings.slots.len()).unwrap_or_else(|| settings.first_leader())
}
