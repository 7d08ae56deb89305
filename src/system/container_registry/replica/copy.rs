//! Copying to the others: each is offered the events of this replica, in order, until it has said that it has them (ACR-2).

use super::{Replica, Waiting};
use crate::system::container_registry::Cx;
use crate::system::container_registry::disk::{Event, Record, State};
use crate::system::container_registry::message::Msg;
use crate::system::container_registry::mutation::Mutation;
use crate::system::container_registry::settings::Directory;
use crate::system::container_registry::timer::Timer;

/// Most events in one offer, and under way to one site.
const BATCH: u64 = 64;

impl Replica {
    /// Offers every other replica what it lacks.
    pub(super) fn offer_all(&mut self, cx: Cx) {
        for site in self.others(cx.disk()) {
            self.offer(site, cx);
        }
    }

    /// Asks every other replica what it has: after a restart nothing is known of that.
    pub(super) fn ask_all(&mut self, cx: Cx) {
        for site in self.others(cx.disk()) {
            self.ask(site, cx);
        }
    }

    fn ask(&mut self, site: usize, cx: Cx) {
        let Some(peer) = self.peers.get_mut(&site) else { return };
        (peer.heard, peer.armed) = (false, true);
        cx.send(Directory::site(site), Msg::Offer(cx.disk().name, Vec::new().into()));
        cx.set_timer(Timer::Offer(site), self.settings.offer_every);
    }

    /// Offers a site what it lacks, or asks it what that is.
    pub(super) fn offer(&mut self, site: usize, cx: Cx) {
        let disk = cx.disk();
        let unrouted = disk.members.as_ref().is_some_and(|members| members.unrouted.contains(&site));
        let idle = unrouted && self.settings.without(Mutation::UnroutedIsIdle);
        let (last, name) = (disk.last_own(), disk.name);
        let Some(peer) = self.peers.get_mut(&site) else { return };
        if peer.acked.is_none() && peer.heard && disk.state == State::Ready {
            return self.ask(site, cx);
        }
        let Some(acked) = peer.acked.filter(|_| !peer.silent && !idle && disk.state == State::Ready) else {
            return;
        };
        let from = peer.sent.max(acked) + 1;
        let upto = last.min(acked + BATCH);
        if from > upto {
            return;
        }
        let events = disk.own_from(from).take((upto + 1 - from) as usize);
        let events: Vec<(u64, Event)> = events.map(|(number, event)| (number, peer.offered(event))).collect();
        (peer.sent, peer.heard) = (upto, false);
        cx.send(Directory::site(site), Msg::Offer(name, events.into()));
        // Only what it takes in puts the next look off.
        if !peer.armed && !self.settings.without(Mutation::OfferOnce) {
            peer.armed = true;
            cx.set_timer(Timer::Offer(site), self.settings.offer_every);
        }
    }

    /// A site has had time to take in what it was offered.
    pub(super) fn on_offer_due(&mut self, site: usize, cx: Cx) {
        let last = Some(cx.disk().last_own());
        if cx.disk().state != State::Ready || !self.others(cx.disk()).contains(&site) {
            return;
        }
        let Some(peer) = self.peers.get_mut(&site) else { return };
        peer.armed = false;
        if peer.acked >= last || self.settings.without(Mutation::OfferOnce) {
            return;
        }
        if !peer.heard {
            (peer.silent, peer.behind) = (true, true);
            self.work(cx);
            return self.ask(site, cx);
        }
        // It is at work; what it was interrupted in is offered once more.
        peer.sent = peer.acked.unwrap_or(0);
        self.offer(site, cx);
    }

    /// A site says what it has of the events of the replica of a name.
    pub(super) fn on_taken(&mut self, site: usize, (of, upto, by): (u32, Option<u64>, u32), cx: Cx) {
        if of != cx.disk().name {
            return;
        }
        let last = cx.disk().last_own();
        let Some(peer) = self.peers.get_mut(&site) else { return };
        let before = peer.acked;
        if peer.name != by || before.is_none() || peer.silent {
            peer.kept_up &= peer.name == by;
            (peer.name, peer.acked, peer.sent) = (by, upto, upto.unwrap_or(0));
        } else {
            peer.acked = before.max(upto);
        }
        (peer.heard, peer.silent) = (true, false);
        let done = peer.acked >= Some(last);
        peer.behind &= !done;
        if done {
            peer.armed = false;
            cx.cancel_timer(Timer::Offer(site));
        } else if !peer.armed || peer.acked > before {
            peer.armed = true;
            cx.set_timer(Timer::Offer(site), self.settings.offer_every);
        }
        self.work(cx);
        // One that is still copying everything is asked again later.
        if upto.is_some() {
            self.offer(site, cx);
        }
        self.trim(cx);
        self.leave(cx);
    }

    /// Forgets events that all others have.
    fn trim(&mut self, cx: Cx) {
        let others = self.others(cx.disk());
        let acked = others.iter().filter_map(|site| self.peers.get(site)).map(|peer| peer.acked);
        let below = acked.min().flatten().unwrap_or(0) + 1;
        if below > cx.disk().first {
            self.persist(Record::Trim(below), Waiting::Nothing, cx);
        }
    }
}
