//! Whether a replica would go on as it does now: see `engine/jump.rs`.

use super::{Peer, Replica};
use crate::base::time::{SimTime, Span};
use crate::engine::contract::{Moment, Steady};
use crate::system::crdt::Crdt;
use crate::system::crdt::disk::Disk;

/// A load of which no key was new for so long writes the same keys again and again.
const NO_NEW_KEY: Span = Span::mins(10);

impl Replica {
    /// It would, while no key is new, and of the others each has what it was sent, or is silent and lacks so much that it
    /// will be sent the same keys however much longer it is away.
    pub fn steady(&self, moment: &Moment<'_, Crdt>) -> Steady {
        let same = moment.monotonic.since(self.grown.1) >= self.settings.healing_time().max(NO_NEW_KEY);
        Steady::when(same && self.peers.values().all(|peer| lacks_no_more_later(peer, moment.disk)))
    }

    /// Takes note of when the number of keys here, or of those that changed, last was another.
    pub(super) fn watch_size(&mut self, disk: &Disk, now: SimTime) {
        let size = (disk.map.live_keys(), disk.log.remembered());
        if size != self.grown.0 {
            self.grown = (size, now);
        }
    }
}

fn lacks_no_more_later(peer: &Peer, disk: &Disk) -> bool {
    let Some(known) = &peer.known else { return false };
    match peer.silent {
        true => disk.log.since(known.upto, &known.context).is_none_or(|k| k.count() == disk.log.remembered()),
        false => !peer.flying && !peer.lacks,
    }
}
