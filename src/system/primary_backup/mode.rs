//! Which replicas are primaries, as a name: a window leaves primaries where they are, and the next one begins there.

use super::settings::Settings;
use super::{Actor, Kin};
use crate::base::ids::{Id, PartitionId};
use crate::engine::contract::View;

/// The name: empty if the first replica of every partition is its primary, else the primary of each, `0.2.1`.
pub(in crate::system) fn of<S: Kin>(settings: &Settings, view: &View<'_, S>) -> String {
    let mut newest = vec![(0, 0); settings.partitions as usize];
    for (_, a) in view.actors.iter() {
        if let Actor::Replica(r) = a.actor
            && r.is_primary()
            && let Some(primary) = newest.get_mut(r.partition().index())
        {
            *primary = (*primary).max((r.epoch(), r.slot()));
        }
    }
    if newest.iter().all(|(_, slot)| *slot == 0) {
        return String::new();
    }
    let all: Vec<String> = newest.iter().map(|(_, slot)| slot.to_string()).collect();
    all.join(".")
}

/// The primary of a partition in this mode.
pub fn primary(settings: &Settings, mode: &str, partition: PartitionId) -> usize {
    let named = mode.split('.').nth(partition.index()).and_then(|slot| slot.parse().ok());
    named.filter(|slot| *slot < settings.slots.len()).unwrap_or(0)
}
