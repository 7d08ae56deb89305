//! Whether a replica would go on as it does now: see `engine/jump.rs`.

use super::{Peer, Replica};
use crate::engine::contract::{Moment, Steady};
use crate::system::crdt::Crdt;
use crate::system::crdt::disk::Disk;

impl Replica {
    /// It would, while no key is new, and of the others each has what it was sent, or is silent and lacks so much that it
    /// will be sent the same keys however much longer it is away.
    pub fn steady(&self, moment: &Moment<'_, Crdt>) -> Steady {
        let same = self.keys.for_long(moment.monotonic, self.settings.healing_time());
        Steady::when(same && self.peers.values().all(|peer| lacks_no_more_later(peer, moment.disk)))
    }
}

/// How many keys are live, and how many changed ones are remembered.
pub(super) fn keys(disk: &Disk) -> (usize, usize) {
    (disk.map.live_keys(), disk.log.remembered())
}

fn lacks_no_more_later(peer: &Peer, disk: &Disk) -> bool {
    let Some(known) = &peer.known else { return false };
    match peer.silent {
        true => disk.log.since(known.upto, &known.context).is_none_or(|k| k.count() == disk.log.remembered()),
        false => !peer.flying && !peer.lacks,
    }
}
