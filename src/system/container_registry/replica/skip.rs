//! Whether a replica would go on as it does now, and what a jump leaves out: see `engine/jump.rs`.
//!
//! Layers that are pushed while time is jumped over are not simulated, but a replica that was away has to fetch them when it
//! returns, before what is pushed then. So whoever took them appends as many events after the jump ([`Blob::Left`]). Those
//! who were there all the time get them for nothing: the jump has counted that traffic already.

use super::{Peer, Replica};
use crate::base::time::Span;
use crate::engine::contract::{Moment, Steady};
use crate::system::container_registry::content::Blob;
use crate::system::container_registry::disk::{Event, State};
use crate::system::container_registry::{ContainerRegistry, Cx};

/// A replica that lacks no more events than this keeps up: two pushes are under way.
const FEW: u64 = 16;
/// Events for one jump, at most.
const MOST: u64 = 256;

impl Replica {
    /// It would, while it serves or is not there at all, and each of the others keeps up or is silent.
    pub fn steady(&self, moment: &Moment<'_, ContainerRegistry>) -> Steady {
        let disk = moment.disk;
        let (others, last) = (self.others(disk), disk.last_own());
        let keeps_up = |peer: &Peer| peer.acked.is_some_and(|acked| last.saturating_sub(acked) <= FEW);
        let well = |site: &usize| self.peers.get(site).is_some_and(|peer| peer.silent || keeps_up(peer));
        Steady::when(match disk.state {
            State::Absent => !self.is_member(disk),
            State::Syncing => false,
            State::Ready => self.sync.is_none() && !self.pace.owes() && others.iter().all(well),
        })
    }

    /// The world jumps: what is pushed meanwhile is missing wherever the replica is away.
    pub fn on_skip(&mut self, by: Span) {
        for peer in self.peers.values_mut() {
            peer.kept_up = !peer.silent;
        }
        if self.peers.values().any(|peer| peer.silent) {
            self.pace.skip(by);
        }
    }

    /// Appends what the last jump left out.
    pub(super) fn make_up(&mut self, cx: Cx) {
        self.pace.turn(cx.monotonic());
        if !self.pace.owes() || cx.disk().state != State::Ready {
            return;
        }
        let name = cx.disk().name;
        for lot in self.pace.take().lots(MOST) {
            let blob = Blob::Left(name, self.own + 1);
            self.make(Event::Blob(blob, lot.bytes), None, cx);
        }
    }
}

impl Peer {
    /// An event as this replica is offered it.
    pub(super) fn offered(&self, event: Event) -> Event {
        match event {
            Event::Blob(blob @ Blob::Left(..), bytes) if self.kept_up => Event::Had(blob, bytes),
            other => other,
        }
    }
}
