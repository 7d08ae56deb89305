//! Whether a replica would go on as it does now: see `engine/jump.rs`.

use super::lead::Lead;
use super::peer::Peer;
use super::{Replica, Role};
use crate::base::time::{SimTime, Span};
use crate::engine::contract::Steady;
use crate::system::primary_backup::settings::Mode;

/// A replica that has tried to take over for so long in vain will go on.
const LONG_ALONE: Span = Span::mins(2);

impl Replica {
    /// A primary would, while each backup keeps up or is silent, and none that is silent is waited for: what those lack is
    /// made up for after a jump (`skip.rs`). A backup would, while it hears the primary, or has been without one for long.
    pub fn steady(&self, now: SimTime) -> Steady {
        Steady::when(match &self.role {
            Role::Backup => match self.silent_since {
                None => self.hears(now),
                Some(since) => now.since(since) >= LONG_ALONE,
            },
            Role::New(_) => false,
            Role::Primary(lead) => {
                let window = self.settings.window.0;
                let keeps_up = |(slot, peer): (&usize, &Peer)| {
                    !self.lively(*slot, now) || !peer.catches_up(window) && !peer.blank
                };
                lead.writable
                    && lead.handing.is_none()
                    && !lead.pace.owes()
                    && self.proposing.is_none()
                    && lead.peers.iter().all(keeps_up)
                    && !self.waits_for_silent(lead, now)
                    && self.may_act(now)
            }
        })
    }

    /// Whether writes wait for a backup that is silent.
    fn waits_for_silent(&self, lead: &Lead, now: SimTime) -> bool {
        let lively = |slot: &usize| self.lively(*slot, now);
        match self.settings.mode {
            Mode::Synchronous(_) => {
                !self.known.now.in_sync.without(self.slot).iter().all(|slot| lively(&slot))
            }
            Mode::SemiSynchronous(k, _) => {
                !lead.fallen_back && lead.peers.keys().filter(|s| lively(s)).count() < k
            }
            Mode::Asynchronous => false,
        }
    }
}
