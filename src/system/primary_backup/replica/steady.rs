//! Whether a replica would go on as it does now: see `engine/jump.rs`.

use super::{Replica, Role};
use crate::base::time::{SimTime, Span};
use crate::engine::contract::Steady;

/// A replica that has tried to take over for so long in vain will go on.
const LONG_ALONE: Span = Span::mins(2);

impl Replica {
    /// A primary would, while each backup keeps up, or lacks so much that it will be sent an image however much more it comes to
    /// lack, and is sent nothing more until then; a backup, while it hears the primary, or has been without one for long.
    pub fn steady(&self, now: SimTime) -> Steady {
        Steady::when(match &self.role {
            Role::Backup => match self.silent_since {
                None => self.hears(now),
                Some(since) => now.since(since) >= LONG_ALONE,
            },
            Role::New(_) => false,
            Role::Primary(lead) => {
                let window = self.settings.window.0;
                let base = self.log.base();
                // Only where every backup counts is there a set of those that do.
                let counted = self.settings.keeps_in_sync();
                let waits_for = |slot: usize| counted && self.known.now.in_sync.has(slot);
                let well = lead.peers.iter().all(|(slot, peer)| match self.lively(*slot, now) {
                    true => !peer.catches_up(window) && !peer.blank,
                    false => peer.matched < base && !peer.has_room(window) && !waits_for(*slot),
                });
                lead.writable
                    && lead.handing.is_none()
                    && self.proposing.is_none()
                    && well
                    && self.may_act(now)
            }
        })
    }
}
