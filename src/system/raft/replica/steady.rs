//! Whether a replica would go on as it does now: see `engine/jump.rs`.

use super::Replica;
use crate::algorithm::raft::progress::{Mode, Peer};
use crate::algorithm::raft::{Core, Role};
use crate::base::time::{SimTime, Span};
use crate::engine::contract::Steady;

/// A replica that has asked for votes for so long and got none will go on.
const LONG_ALONE: Span = Span::mins(2);

impl Replica {
    /// A leader would, while each of the others keeps up, or lacks so much that it will be sent a snapshot however much more
    /// it comes to lack; a follower, while it has a leader; without one, while nobody's term moves on.
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
        let (patience, base) = (self.settings.raft.patience, self.core.log().base());
        let lively =
            |peer: &Peer| peer.mode == Mode::Stream && peer.on_the_way.len() < self.settings.raft.window;
        let gone = |peer: &Peer| now.since(peer.contact) >= patience && peer.matched < base;
        !self.giving_way
            && self.images.is_empty()
            && Core::handing_over_to(&self.core).is_none()
            && !self.core.is_changing()
            && self
                .core
                .peers()
                .all(|(_, peer)| lively(peer) && now.since(peer.contact) < patience || gone(peer))
    }
}
