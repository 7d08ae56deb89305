//! Shipping the committed log to the other regions (COS-4, COS-16).
//!
//! The leader appoints a secondary. It gathers what has committed for a few milliseconds, sends it to each region's
//! leader, and tells its own leader how far each region has committed. If it falls silent, the leader appoints another.

use super::{Cx, Peer, RegionProgress, Replica};
use crate::algorithm::election::Ballot;
use crate::algorithm::version_vector::VersionVector;
use crate::base::ids::{ActorId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::system::cosmos_db::level::Level;
use crate::system::cosmos_db::message::{Entries, Msg};
use crate::system::cosmos_db::mutation::Mutation;
use crate::system::cosmos_db::timer::Timer;

/// Entries in flight to one region before it acknowledges.
const WINDOW: u64 = 4096;
/// The least that [`WINDOW`] shrinks to where a region is slow to answer.
const LEAST_WINDOW: u64 = 32;
/// Entries in one message.
const BATCH: usize = 256;
/// A region that has not answered for this long is asked where it stands; one whose answers come slowly is given twice
/// the time between the last two, up to [`LONGEST_RETRY`].
pub(super) const RETRY: Span = Span::secs(2);
const LONGEST_RETRY: Span = Span::secs(30);
/// A shipper that has not reported for this long, while there is something to ship, is replaced.
const SHIPPER_SILENT: Span = Span::secs(4);

impl Replica {
    /// Chooses a secondary to ship the log (COS-4), or reminds the one in office; a leader without secondaries ships it
    /// itself.
    pub(super) fn appoint_shipper(&mut self, cx: Cx) {
        let members = self.members();
        let in_office = self.leader.shipper.filter(|s| *s != self.me && members.contains(s));
        let first = members.iter().copied().find(|m| *m != self.me);
        self.give_duty(in_office.or(first), cx);
    }

    /// The shipper has fallen silent: the next secondary takes over.
    fn replace_shipper(&mut self, cx: Cx) {
        let members = self.members();
        let secondaries: Vec<ActorId> = members.iter().copied().filter(|m| *m != self.me).collect();
        let at = self.leader.shipper.and_then(|s| secondaries.iter().position(|m| *m == s));
        let next = secondaries.iter().copied().cycle().nth(at.map_or(0, |at| at + 1));
        self.give_duty(next, cx);
    }

    fn give_duty(&mut self, next: Option<ActorId>, cx: Cx) {
        if !self.is_writer() || self.config.regions.len() < 2 || self.settings.without(Mutation::NeverShip) {
            return;
        }
        let (ballot, epoch) = (self.ballot(), self.epoch);
        if let Some(old) = self.leader.shipper.filter(|s| Some(*s) != next) {
            cx.send(old, Msg::ShipDuty { ballot, epoch, on: false });
        }
        self.leader.shipper = Some(next.unwrap_or(self.me));
        self.leader.shipper_heard = cx.monotonic();
        match next {
            Some(member) => cx.send(member, Msg::ShipDuty { ballot, epoch, on: true }),
            None => self.on_ship_duty(self.me, ballot, Some(epoch), cx),
        }
        cx.set_timer(Timer::ShipperWatch, Span::secs(1));
    }

    /// The leader replaces a shipper that has stopped.
    pub(super) fn watch_shipper(&mut self, cx: Cx) {
        if !self.is_writer() {
            return;
        }
        cx.set_timer(Timer::ShipperWatch, Span::secs(1));
        let waiting = self
            .config
            .followers()
            .filter(|r| *r != self.region)
            .any(|r| self.leader.regions.get(&r).is_none_or(|p| p.upto < self.commit));
        let silent = cx.monotonic().since(self.leader.shipper_heard) > SHIPPER_SILENT;
        if !waiting {
            self.leader.shipper_heard = cx.monotonic();
        } else if silent && !self.settings.without(Mutation::ShipperNotReplaced) {
            self.replace_shipper(cx);
        }
    }

    /// Whether this replica ships the log.
    pub(super) fn ships(&self) -> bool {
        self.shipper.duty == Some(self.epoch)
    }

    /// Begins to ship, in the epoch that the leader writes in, or stops.
    pub(super) fn on_ship_duty(&mut self, from: ActorId, ballot: Ballot, duty: Option<u32>, cx: Cx) {
        if ballot < self.promised {
            return;
        }
        self.shipper.duty = duty;
        self.shipper.leader = Some(from);
        self.shipper.peers.values_mut().for_each(Peer::forget);
        if duty.is_some() {
            self.retry_later(cx);
            self.ship_all(cx);
        } else {
            self.shipper.retrying = false;
            cx.cancel_timer(Timer::ShipRetry);
        }
    }

    /// Something new has committed: ship it now, or with what follows within the next few milliseconds.
    pub(super) fn wake_shipper(&mut self, cx: Cx) {
        if !self.ships() || self.shipper.armed {
            return;
        }
        self.shipper.armed = true;
        cx.set_timer(Timer::Ship, self.settings.laws.ship_interval);
        self.ship_all(cx);
    }

    pub(super) fn on_ship_timer(&mut self, cx: Cx) {
        self.shipper.armed = false;
        if self.ships() {
            self.ship_all(cx);
        }
    }

    /// The other regions that get the log.
    fn peers(&self) -> Vec<RegionId> {
        self.config.followers().filter(|r| *r != self.region).collect()
    }

    fn ship_all(&mut self, cx: Cx) {
        if !self.ships() {
            return;
        }
        for region in self.peers() {
            if self.settings.multi() { self.ship_deltas(region, cx) } else { self.ship_to(region, cx) }
        }
        if self.anything_unshipped() {
            self.retry_later(cx);
        }
    }

    /// Several write regions: these are back, and each is asked where it stands, even if there is nothing new to send it.
    /// The hub, which gives copies, may have no writes of its own that would not join on: it learns only so that a copy is
    /// needed (COS-15).
    pub(super) fn ask_again(&mut self, regions: &[RegionId], cx: Cx) {
        if regions.is_empty() || !self.settings.multi() || !self.ships() {
            return;
        }
        for region in regions {
            self.shipper.peers.entry(*region).or_default().forget();
        }
        self.ship_all(cx);
    }

    /// A timer that is set stays as it is: what is shipped meanwhile does not put off the look at what is not answered.
    fn retry_later(&mut self, cx: Cx) {
        if !std::mem::replace(&mut self.shipper.retrying, true) {
            cx.set_timer(Timer::ShipRetry, RETRY);
        }
    }

    fn anything_unshipped(&self) -> bool {
        let origin = self.own();
        let own = self.vector.get(origin);
        self.peers().iter().any(|r| {
            self.shipper.peers.get(r).is_none_or(|p| match self.settings.multi() {
                _ if p.copying || !p.known => true,
                true => p.vector.get(origin) < own,
                false => p.acked < self.commit,
            })
        })
    }

    /// Makes sure that the region's leader is known; asks its manager if not.
    pub(super) fn peer_leader(&mut self, region: RegionId, cx: Cx) -> Option<ActorId> {
        let peer = self.shipper.peers.entry(region).or_default();
        if peer.leader.is_none() {
            let manager = self.directory.managers.get(&region)?;
            cx.send(*manager, Msg::Resolve { partition: self.partition });
        }
        peer.leader
    }

    /// As [`Self::peer_leader`], but asks once until it is answered or the retry is due: what there is to ship may come
    /// every few milliseconds.
    pub(super) fn ship_leader(&mut self, region: RegionId, cx: Cx) -> Option<ActorId> {
        let peer = self.shipper.peers.entry(region).or_default();
        if peer.leader.is_none() && std::mem::replace(&mut peer.resolving, true) {
            return None;
        }
        self.peer_leader(region, cx)
    }

    /// A manager answered who leads there.
    pub(super) fn on_peer_resolved(&mut self, region: RegionId, leader: Option<ActorId>, cx: Cx) {
        let peer = self.shipper.peers.entry(region).or_default();
        peer.resolving = false;
        if peer.leader != leader {
            peer.leader = leader;
            peer.forget();
        }
        if leader.is_none() {
            return;
        }
        if self.is_leader() && !self.leader.tails.get(&region).copied().unwrap_or(true) {
            self.ask_tail(region, cx);
        }
        if self.ships() {
            if self.settings.multi() { self.ship_deltas(region, cx) } else { self.ship_to(region, cx) }
        }
        self.resume_orphans(region, cx);
    }

    /// Sends a region what has committed here and it has not been sent.
    fn ship_to(&mut self, region: RegionId, cx: Cx) {
        let Some(leader) = self.ship_leader(region, cx) else { return };
        let (commit, marks, epoch) = (self.commit, self.marks(), self.epoch);
        let base = self.log.base();
        let peer = self.shipper.peers.entry(region).or_default();
        if !peer.known {
            // The first message after a change only asks where the region stands, once.
            if std::mem::replace(&mut peer.asked, true) {
                return;
            }
            peer.sent = peer.acked.min(commit);
            let prev = self.point(commit.max(base));
            return cx.send(leader, Msg::Ship { epoch, prev, entries: Entries::from([]), marks });
        }
        if peer.copying || peer.probing.is_some() {
            return;
        }
        if peer.sent < base {
            return self.copy_to_region(leader, region, cx);
        }
        let (mut sent, limit) = (peer.sent, peer.acked + (WINDOW >> peer.narrowed));
        let said = self.settings.level != Level::Strong || peer.global_sent >= marks.global;
        let mut silent = true;
        while sent < commit.min(self.log.last()) && sent < limit {
            sent = self.ship_batch(region, leader, sent, cx);
            silent = false;
        }
        if silent && !said {
            self.ship_batch(region, leader, sent, cx);
        }
    }

    /// Sends what follows `after`, one message of it, and gives where that ends.
    fn ship_batch(&mut self, region: RegionId, leader: ActorId, after: u64, cx: Cx) -> u64 {
        let (epoch, marks, prev) = (self.epoch, self.marks(), self.point(after));
        let peer = self.shipper.peers.entry(region).or_default();
        let batch = BATCH.min(((WINDOW >> peer.narrowed) / 4) as usize);
        let many = batch.min(self.commit.saturating_sub(after) as usize);
        let mut entries = self.log.range(after + 1, many);
        peer.weigh(&mut entries);
        let entries: Entries = entries.into();
        let sent = after + entries.len() as u64;
        (peer.sent, peer.global_sent) = (sent, marks.global);
        cx.send(leader, Msg::Ship { epoch, prev, entries, marks });
        sent
    }

    /// A region says how far it has committed.
    pub(super) fn on_shipped(
        &mut self,
        from: ActorId,
        region: RegionId,
        epoch: u32,
        (upto, resume): (u64, bool),
        cx: Cx,
    ) {
        if epoch != self.epoch || !self.ships() {
            return;
        }
        let (now, commit) = (cx.monotonic(), self.commit);
        let upto = if resume { upto.min(self.commit) } else { upto };
        let peer = self.shipper.peers.entry(region).or_default();
        if resume && peer.known && peer.probing.is_some_and(|at| upto >= at) {
            // An answer to what was sent before the last step back.
            return;
        }
        peer.leader = Some(from);
        // What a slow link still carries is not sent again because the region was asked where it stands.
        let carries_on = peer.answering == Some(from) && upto > peer.acked && !resume;
        if resume || !(peer.known || carries_on) {
            peer.sent = upto;
            peer.copying = false;
        }
        peer.note_answer(from, (upto, commit), now);
        peer.known = true;
        peer.probing = (resume && upto >= self.log.base()).then_some(upto);
        if resume {
            // Where to look next is no promise to have anything. Every message under way gets such an answer, so none is
            // answered with more than one.
            match peer.probing {
                Some(at) => {
                    self.ship_batch(region, from, at, cx);
                }
                None => self.ship_to(region, cx),
            }
            return;
        }
        peer.acked = peer.acked.max(upto);
        peer.sent = peer.sent.max(upto);
        if upto >= self.log.base() {
            peer.copying = false;
        }
        self.report_progress(region, upto, None, cx);
        self.ship_to(region, cx);
    }

    pub(super) fn report_progress(
        &mut self,
        region: RegionId,
        upto: u64,
        vector: Option<VersionVector>,
        cx: Cx,
    ) {
        let epoch = self.epoch;
        match self.shipper.leader {
            Some(leader) if leader != self.me => {
                cx.send(leader, Msg::Progress { region, epoch, upto, vector })
            }
            _ => self.on_progress(self.me, (region, epoch), upto, vector, cx),
        }
    }

    /// A region has not answered: look who leads there now, and begin again from what it acknowledged.
    pub(super) fn on_ship_retry(&mut self, cx: Cx) {
        self.shipper.retrying = false;
        if !self.ships() {
            return;
        }
        let now = cx.monotonic();
        for region in self.peers() {
            let peer = self.shipper.peers.entry(region).or_default();
            let patience = (RETRY * u64::from(1 + peer.idle_retries.min(4))).max(peer.slowness());
            peer.copying &= now < peer.copy_until;
            if now.since(peer.last_progress) > patience && !peer.copying {
                peer.idle_retries += 1;
                peer.narrow();
                peer.leader = None;
                peer.resolving = false;
                peer.forget();
                peer.last_progress = now;
            }
        }
        self.ship_all(cx);
        if let Some(leader) = self.shipper.leader.filter(|l| *l != self.me) {
            let (region, epoch) = (self.region, self.epoch);
            cx.send(leader, Msg::Progress { region, epoch, upto: self.commit, vector: None });
        }
    }

    /// The shipper reports a region's progress to its leader.
    pub(super) fn on_progress(
        &mut self,
        from: ActorId,
        (region, epoch): (RegionId, u32),
        upto: u64,
        vector: Option<VersionVector>,
        cx: Cx,
    ) {
        if !self.is_leader() || epoch != self.epoch {
            return;
        }
        if self.leader.shipper == Some(from) {
            self.leader.shipper_heard = cx.monotonic();
        }
        if region == self.region {
            return;
        }
        let (upto, covered) = match vector {
            Some(v) => {
                let own = self.own();
                let reached = (self.index_of(own, v.get(own)), self.index_covered_by(&v));
                self.copies.vectors.insert(region, v);
                reached
            }
            None => (upto, upto),
        };
        let progress = self.leader.regions.entry(region).or_default();
        progress.note(upto, cx.monotonic());
        progress.covered = progress.covered.max(covered);
        self.after_progress(region, cx);
    }
}

impl Peer {
    /// Notes an answer: the window grows with what gets through.
    fn note_answer(&mut self, from: ActorId, (upto, commit): (u64, u64), now: SimTime) {
        if upto > self.acked && self.answering == Some(from) {
            self.gap = now.since(self.answered);
            self.through += upto - self.acked;
            if self.narrowed > 0 && self.through >= 4 * (WINDOW >> self.narrowed) {
                self.narrowed -= 1;
                self.through = 0;
            }
        }
        (self.answering, self.answered) = (Some(from), now);
        // An answer alone is no progress: a leader that was replaced may go on answering.
        if upto > self.acked || upto >= commit {
            self.missed &= upto < commit;
            self.last_progress = now;
            self.idle_retries = 0;
        }
    }

    /// Where the region stands has to be asked.
    fn forget(&mut self) {
        (self.known, self.asked, self.probing) = (false, false, None);
    }

    /// No answer in time: less is kept under way.
    fn narrow(&mut self) {
        self.through = 0;
        if WINDOW >> self.narrowed > LEAST_WINDOW {
            self.narrowed += 1;
        }
    }

    /// How long an answer may take, going by the last ones.
    fn slowness(&self) -> Span {
        (self.gap * 2).min(LONGEST_RETRY)
    }
}

impl RegionProgress {
    /// Notes that the region has committed up to `upto`.
    fn note(&mut self, upto: u64, now: SimTime) {
        if upto > self.upto {
            let gap = now.since(self.heard).seconds().max(1e-6);
            let rate = (upto - self.upto) as f64 / gap;
            let weight = (gap / 10.0).min(1.0);
            self.drain = if self.drain == 0.0 { rate } else { self.drain + (rate - self.drain) * weight };
            self.upto = upto;
        }
        self.heard = now;
    }
}
