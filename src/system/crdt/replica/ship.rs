//! Telling the others what changed: to each what it has not seen by what it said, or sent itself.

use super::{Known, Peer, Replica, Waiting};
use crate::algorithm::version_vector::VersionVector;
use crate::base::ids::ActorId;
use crate::base::time::Span;
use crate::engine::record::Change;
use crate::model::operation::{Key, WriteId};
use crate::system::crdt::Cx;
use crate::system::crdt::disk::{Disk, Part, Record};
use crate::system::crdt::message::{Delta, Have, Msg, Why};
use crate::system::crdt::mutation::Mutation;
use crate::system::crdt::timer::Timer;
use std::sync::Arc;

impl Replica {
    /// Sets the timer for sending, if there is anything to send to anyone who can be sent something.
    pub(super) fn ship_soon(&mut self, cx: Cx) {
        let seen = cx.disk().map.context();
        if !self.shipping && self.peers.values().any(|peer| self.wants(peer, seen)) {
            self.shipping = true;
            cx.set_timer(Timer::Ship, self.settings.ship_every);
        }
    }

    fn own_seen(&self, context: &VersionVector) -> u64 {
        context.get(self.name())
    }

    /// Whether another replica is to be sent what changed, by one who has seen so much: updates that were made here, and
    /// others if it was found to lack them (usually those who made them have sent them) and nobody has sent them since.
    fn wants(&self, peer: &Peer, seen: &VersionVector) -> bool {
        let known = peer.known.as_ref().filter(|_| !peer.flying && !peer.silent);
        known.is_some_and(|known| match peer.lacks {
            true => !known.context.covers(seen),
            false => self.own_seen(&known.context) < self.own_seen(seen),
        })
    }

    pub(super) fn ship(&mut self, cx: Cx) {
        self.shipping = false;
        let source = match self.settings.without(Mutation::ShipBeforeDurable) {
            true => &self.state,
            false => cx.disk(),
        };
        let seen = source.map.context();
        let mut sent = Vec::new();
        for (id, peer) in &self.peers {
            if let Some(known) = peer.known.as_ref().filter(|_| self.wants(peer, seen)) {
                sent.push((*id, self.interval(known, source)));
            }
        }
        for (id, delta) in sent {
            cx.send(id, Msg::Delta(Box::new(delta)));
            cx.set_timer(Timer::Unanswered(id), self.settings.silent_after);
            if let Some(peer) = self.peers.get_mut(&id) {
                (peer.flying, peer.lacks) = (true, false);
            }
        }
    }

    fn interval(&self, known: &Known, source: &Disk) -> Delta {
        let (of, new) = match source.log.since(known.upto, &known.context) {
            Some(changed) => {
                let (keys, new): (Vec<Key>, Vec<VersionVector>) = changed.unzip();
                (source.map.fragment(keys), new)
            }
            None if self.settings.without(Mutation::NeverSendWhole) => (source.map.fragment([]), Vec::new()),
            None => (source.map.whole(), Vec::new()),
        };
        Delta { base: known.context.clone(), part: Arc::new(Part { of, new }) }
    }

    pub(super) fn unanswered(&mut self, id: ActorId) {
        if let Some(peer) = self.peers.get_mut(&id).filter(|peer| peer.flying) {
            (peer.flying, peer.silent) = (false, true);
        }
    }

    /// Another replica sent what changed there.
    pub(super) fn on_delta(&mut self, from: ActorId, delta: Delta, cx: Cx) {
        self.learn(from, &delta.part.of.context, cx);
        let fits = delta.part.of.whole || self.state.map.context().covers(&delta.base);
        if !fits && !self.settings.without(Mutation::MergeAcrossGaps) {
            return self.say_what_is_here(from, Why::Answer, cx);
        }
        let shown = self.shown(&delta);
        let adds_only = self.settings.without(Mutation::ForgetRemovals);
        self.persist(Record::Merge(delta.part.clone(), adds_only), cx);
        self.waiting.push_back((self.handed, Waiting::Merged(from)));
        for (key, mine) in shown {
            self.report_outranked(key, mine, cx);
        }
    }

    /// What another replica sends it has.
    fn learn(&mut self, from: ActorId, context: &VersionVector, cx: Cx) {
        if let Some(known) = self.peers.get_mut(&from).and_then(|peer| peer.known.as_mut()) {
            known.context.merge(context);
            known.upto = cx.disk().log.seen_up_to(known.upto, &known.context);
        }
    }

    /// Values of registers that were made here and are shown now, of keys that another replica tells of.
    fn shown(&self, delta: &Delta) -> Vec<(Key, WriteId)> {
        let keys = delta.part.of.keys.iter().map(|(key, _)| *key);
        let mine = |key: Key| {
            let current = self.state.map.current(key).filter(|live| live.dot.origin == self.name())?;
            Some((key, current.value.write))
        };
        keys.filter(|key| !key.is_once() && !key.is_object()).filter_map(mine).collect()
    }

    /// The replica that took a write says, once, that one made beside it hides it.
    fn report_outranked(&self, key: Key, loser: WriteId, cx: Cx) {
        let live = self.state.map.get(key);
        let Some(current) = self.state.map.current(key).map(|live| live.value.write) else { return };
        if current != loser && live.iter().any(|live| live.value.write == loser) {
            cx.change(Change::ConflictLost { partition: self.partition, loser, winner: current });
        }
    }

    /// Another replica says what it has.
    pub(super) fn on_have(&mut self, from: ActorId, have: Have, cx: Cx) {
        let Some(peer) = self.peers.get_mut(&from) else { return };
        let disk = cx.disk();
        if have.why != Why::Merged {
            peer.lacks = !have.context.covers(disk.map.context());
        }
        let before = peer.known.as_ref().filter(|known| have.context.covers(&known.context));
        let upto = disk.log.seen_up_to(before.map_or(0, |known| known.upto), &have.context);
        peer.known = Some(Known { upto, context: have.context });
        peer.silent = false;
        if have.why == Why::Question {
            self.say_what_is_here(from, Why::Answer, cx);
        } else {
            peer.flying = false;
            cx.cancel_timer(Timer::Unanswered(from));
        }
        self.ship_soon(cx);
    }

    pub(super) fn check_later(&self, cx: Cx) {
        let phase = cx.random("phase").uniform();
        cx.set_timer(Timer::Check, self.settings.check_every.scale(phase).max(Span::millis(1)));
    }

    /// Asks every other replica what it has.
    pub(super) fn check(&mut self, cx: Cx) {
        if !self.settings.without(Mutation::NeverCheck) {
            for id in self.peer_ids(cx.me()) {
                self.say_what_is_here(id, Why::Question, cx);
            }
        }
        cx.set_timer(Timer::Check, self.settings.check_every);
    }
}
