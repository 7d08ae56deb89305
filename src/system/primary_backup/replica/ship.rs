//! How the primary's log leaves for the backups: as it is written, with a lag, or as recovery points; and as an image.

use super::{Cx, Entry, Kin, Replica, Role};
use crate::base::time::SimTime;
use crate::system::primary_backup::Mutation;
use crate::system::primary_backup::message::{Append, Image, Msg, Whole};
use crate::system::primary_backup::settings::Ship;
use crate::system::primary_backup::timer::Timer;
use std::sync::Arc;

impl Replica {
    /// Whether entries leave as they are written.
    fn ships_at_once(&self) -> bool {
        let handing = matches!(&self.role, Role::Primary(lead) if lead.handing.is_some());
        self.settings.ship == Ship::Stream(None) || handing
    }

    /// An entry was written: it leaves at once, or after a lag.
    pub(super) fn ship<S: Kin>(&mut self, cx: Cx<S>) {
        let (now, last) = (cx.monotonic(), self.log.last());
        if let Ship::Stream(Some(law)) = self.settings.ship.clone() {
            for (slot, _) in self.others() {
                let lag = law.span(cx.random("lag"));
                self.hold_back(slot, (last, now), now + lag, cx);
            }
        }
        for (slot, _) in self.others() {
            self.feed(slot, cx);
        }
    }

    /// What was written up to now is a recovery point: it leaves for each backup after a lag.
    pub(super) fn cut_point<S: Kin>(&mut self, cx: Cx<S>) {
        let Ship::Points(every, law) = self.settings.ship.clone() else { return };
        let Role::Primary(lead) = &self.role else { return };
        let (now, commit) = (cx.monotonic(), lead.commit);
        for (slot, _) in self.others() {
            let lag = law.span(cx.random("lag"));
            self.hold_back(slot, (commit, now), now + lag, cx);
        }
        if !self.without(Mutation::CutOnePoint) {
            cx.set_timer(Timer::Cut, every);
        }
    }

    /// Up to here may leave for a backup at `due`, and not before what came earlier.
    fn hold_back<S: Kin>(&mut self, slot: usize, upto: Whole, due: SimTime, cx: Cx<S>) {
        let now = cx.monotonic();
        let Some(peer) = self.lead_mut().and_then(|lead| lead.peers.get_mut(&slot)) else { return };
        let due = peer.waiting.back().map_or(due, |(_, before)| due.max(*before));
        peer.waiting.push_back((upto, due));
        if peer.waiting.len() == 1 {
            cx.set_timer(Timer::Ship(slot as u8), due.since(now));
        }
    }

    /// What is due leaves.
    pub(super) fn release<S: Kin>(&mut self, slot: usize, cx: Cx<S>) {
        let (now, points) = (cx.monotonic(), matches!(self.settings.ship, Ship::Points(..)));
        let Some(peer) = self.lead_mut().and_then(|lead| lead.peers.get_mut(&slot)) else { return };
        while peer.waiting.front().is_some_and(|(_, due)| *due <= now) {
            match peer.waiting.pop_front() {
                Some((upto, _)) if points => peer.release_point(upto),
                Some((upto, _)) => peer.released = upto,
                None => {}
            }
        }
        if let Some((_, due)) = peer.waiting.front() {
            cx.set_timer(Timer::Ship(slot as u8), due.since(now));
        }
        self.feed(slot, cx);
        self.send_empty(slot, cx);
    }

    /// What is shipped late is kept for backups that are heard, however much it is: up to where all of them have the log.
    pub(super) fn needed(&self, now: SimTime) -> u64 {
        let Role::Primary(lead) = &self.role else { return u64::MAX };
        let lively = lead.peers.iter().filter(|(slot, _)| self.settings.lags() && self.lively(**slot, now));
        lively.map(|(_, peer)| peer.matched).min().unwrap_or(u64::MAX)
    }

    /// Up to where a backup may be sent the log; and up to where it may use it.
    fn limits(&self, slot: usize, now: SimTime) -> Option<(u64, Whole)> {
        let Role::Primary(lead) = &self.role else { return None };
        let peer = lead.peers.get(&slot)?;
        if self.ships_at_once() {
            // Before its epoch has begun it may know less of what was acknowledged than another replica does.
            let whole = if lead.writable { (lead.commit, now) } else { Whole::default() };
            return Some((self.log.last(), whole));
        }
        // The first entry of an epoch settles where logs part: it waits for nothing.
        let sent = peer.released.0.max(lead.barrier).min(self.log.last());
        let used = peer.released.0.min(lead.commit);
        Some((sent, if lead.writable { (used, peer.released.1) } else { Whole::default() }))
    }

    fn append(&self, slot: usize, prev: u64, upto: u64, now: SimTime) -> Option<Append> {
        let (_, whole) = self.limits(slot, now)?;
        let kept_up = matches!(&self.role, Role::Primary(lead) if lead.peers.get(&slot)?.kept_up);
        let term = if prev == 0 { super::Term(0) } else { self.log.term_of(prev)? };
        let size = |entry: &Entry| entry.bytes(kept_up);
        let most = upto.saturating_sub(prev) as usize;
        let mut entries = match most {
            0 => Vec::new(),
            _ => self.log.range_within(prev + 1, most, self.settings.window.1, size),
        };
        entries.iter_mut().for_each(|(_, entry)| entry.offer(kept_up));
        let bytes = entries.iter().map(|(_, entry)| size(entry)).sum();
        let (known, everywhere) = (self.known, self.everywhere);
        Some(Append { known, prev: (prev, term), entries, whole, everywhere, bytes, sent: now })
    }

    /// Sends what may leave for a backup, as far as there is room. One that is silent is sent signs of life alone, until it
    /// answers one.
    pub(super) fn feed<S: Kin>(&mut self, slot: usize, cx: Cx<S>) {
        let (now, window) = (cx.monotonic(), self.settings.window.0);
        let Some(who) = self.replica(slot) else { return };
        let Some((upto, _)) = self.limits(slot, now).filter(|_| self.lively(slot, now)) else { return };
        loop {
            let (base, Some(lead)) = (self.log.base(), self.lead_mut()) else { return };
            let Some(peer) = lead.peers.get(&slot).filter(|peer| peer.has_room(window)) else { return };
            let next = peer.next;
            if next > upto {
                return;
            }
            if next <= base {
                return self.begin_image(slot, cx);
            }
            let Some(append) = self.append(slot, next - 1, upto, now) else { return };
            let (last, bytes) = (append.prev.0 + append.entries.len() as u64, append.bytes);
            if let Some(peer) = self.lead_mut().and_then(|lead| lead.peers.get_mut(&slot)) {
                // An entry without documents takes room, too.
                peer.sent(last, bytes.max(1), now);
            }
            cx.send(who, Msg::Append(Box::new(append)));
        }
    }

    /// A sign of life, and up to where the log may be used.
    pub(super) fn send_empty<S: Kin>(&mut self, slot: usize, cx: Cx<S>) {
        let now = cx.monotonic();
        let Role::Primary(lead) = &self.role else { return };
        let Some(matched) = lead.peers.get(&slot).map(|peer| peer.matched) else { return };
        if let (Some(who), Some(append)) = (self.replica(slot), self.append(slot, matched, matched, now)) {
            cx.send(who, Msg::Append(Box::new(append)));
        }
    }

    /// A backup lacks what the log no longer has: its image is read first, which takes time.
    pub(super) fn begin_image<S: Kin>(&mut self, slot: usize, cx: Cx<S>) {
        if let Some(peer) = self.lead_mut().and_then(|lead| lead.peers.get_mut(&slot)) {
            peer.image = Some(None);
            cx.set_timer(Timer::Image(slot as u8), self.settings.image_takes());
        }
    }

    pub(super) fn send_image<S: Kin>(&mut self, slot: usize, cx: Cx<S>) {
        let now = cx.monotonic();
        let Some(who) = self.replica(slot) else { return };
        let Some(peer) = self.lead_mut().and_then(|lead| lead.peers.get_mut(&slot)) else { return };
        if peer.image.is_none() {
            return;
        }
        peer.image = Some(Some(now));
        let mut lineage = self.log.lineage().clone();
        lineage.truncate(self.applied);
        let image = Image {
            known: self.known,
            lineage,
            upto: self.applied,
            store: Arc::new(self.store.clone()),
            whole: (self.applied, now),
            bytes: self.settings.data,
            fetched: false,
            sent: now,
        };
        cx.send(who, Msg::Image(Box::new(image)));
    }
}
