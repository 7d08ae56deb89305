//! Whether a replica would go on as it does now: see `engine/jump.rs`.

use super::Replica;
use crate::algorithm::raft::progress::{Mode, Peer};
use crate::algorithm::raft::{Core, Role};
use crate::base::time::{SimTime, Span};
use crate::engine::contract::Steady;

/// A replica that has asked for votes for so long and got none will go on.
const LONG_ALONE: Span = Span::mins(2);

impl Replica {
    /// A leader would, while each of the others keeps up, or is silent and sent nothing more: what those lack is made up for
    /// after a jump (`skip.rs`). A follower would, while it has a leader; without one, while nobody's term moves on.
    pub fn steady(&self, now: SimTime) -> Steady {
        let alone = || self.alarmed.is_some_and(|since| now.since(since) >= LONG_ALONE);
        Steady::when(match self.core.role() {
            Role::Leader => self.core.settled() && self.leads_steadily(now),
            Role::Follower => {
                self.core.leader().is_some() || !self.core.members().votes(self.me) || self.core.is_mute()
            }
            Role::PreCandidate => alone(),
            Role::Candidate => false,
        })
    }

    fn leads_steadily(&self, now: SimTime) -> bool {
        let (patience, window) = (self.settings.raft.patience, self.settings.raft.window);
        let well = |peer: &Peer| match now.since(peer.contact) < patience {
            true => peer.mode == Mode::Stream && peer.has_room(window),
            false => !peer.has_room(window),
        };
        !self.giving_way
            && self.images.is_empty()
            && !self.pace.owes()
            && Core::handing_over_to(&self.core).is_none()
            && !self.core.is_changing()
            && self.core.peers().all(|(_, peer)| well(peer))
    }
}
