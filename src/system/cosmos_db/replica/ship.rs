//! Shipping the committed log to the other regions (COS-4, COS-16).
//!
//! The leader appoints a secondary. It gathers what has committed for a few milliseconds, sends it to each region's
//! leader, and tells its own leader how far each region has committed. If it falls silent, the leader appoints another.

use super::{Cx, RegionProgress, Replica};
use crate::algorithm::election::Ballot;
use crate::algorithm::version_vector::VersionVector;
use crate::base::ids::{ActorId, RegionId};
use crate::base::time::Span;
use crate::system::cosmos_db::level::Level;
use crate::system::cosmos_db::message::{Entries, Msg};
use crate::system::cosmos_db::mutation::Mutation;
use crate::system::cosmos_db::timer::Timer;

/// Entries in flight to one region before it acknowledges.
const WINDOW: u64 = 4096;
/// Entries in one message.
const BATCH: usize = 256;
/// A region that has not answered for this long is sent the same again.
const RETRY: Span = Span::secs(2);
/// A shipper that has not reported for this long, while there is something to ship, is replaced.
const SHIPPER_SILENT: Span = Span::secs(4);

impl Replica {
    /// Chooses a secondary to ship the log (COS-4); a leader without secondaries ships it itself.
    pub(super) fn appoint_shipper(&mut self, cx: Cx) {
        if !self.is_writer() || self.config.regions.len() < 2 || self.settings.without(Mutation::NeverShip) {
            return;
        }
        let members = self.members();
        let secondaries: Vec<ActorId> = members.iter().copied().filter(|m| *m != self.me).collect();
        let after = self.leader.shipper.and_then(|s| secondaries.iter().position(|m| *m == s));
        let next = match after {
            Some(at) => secondaries.get((at + 1) % secondaries.len()).copied(),
            None => secondaries.first().copied(),
        };
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
            self.appoint_shipper(cx);
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
        self.shipper.peers.values_mut().for_each(|p| p.known = false);
        if duty.is_some() {
            cx.set_timer(Timer::ShipRetry, RETRY);
            self.ship_all(cx);
        } else {
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
            cx.set_timer(Timer::ShipRetry, RETRY);
        }
    }

    fn anything_unshipped(&self) -> bool {
        let own = self.vector.get(self.settings.origin(self.region));
        self.peers().iter().any(|r| {
            self.shipper.peers.get(r).is_none_or(|p| match self.settings.multi() {
                true => p.vector.get(self.settings.origin(self.region)) < own,
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

    /// A manager answered who leads there.
    pub(super) fn on_peer_resolved(&mut self, region: RegionId, leader: Option<ActorId>, cx: Cx) {
        let peer = self.shipper.peers.entry(region).or_default();
        peer.leader = leader;
        peer.known = false;
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
        let Some(leader) = self.peer_leader(region, cx) else { return };
        let (commit, marks, epoch) = (self.commit, self.marks(), self.epoch);
        let (base, now) = (self.log.base(), cx.monotonic());
        let peer = self.shipper.peers.entry(region).or_default();
        if !peer.known {
            // The first message after a change only asks where the region stands.
            peer.sent = peer.acked.min(commit);
            let prev = self.point(peer_start(commit, base));
            return cx.send(leader, Msg::Ship { epoch, prev, entries: Entries::from([]), marks });
        }
        if peer.copying {
            return;
        }
        if peer.sent < base {
            peer.copying = true;
            peer.last_progress = now;
            let rate = self.settings.laws.copy_rate;
            return self.send_image_to_region(leader, rate, cx);
        }
        while peer.sent < commit && peer.sent < peer.acked + WINDOW {
            let mut entries = self.log.range(peer.sent + 1, BATCH);
            entries.truncate((commit - peer.sent).min(BATCH as u64) as usize);
            if entries.is_empty() {
                break;
            }
            let from = peer.sent;
            peer.sent += entries.len() as u64;
            let term = self.log.term_of(from).unwrap_or(crate::algorithm::log::Term(0));
            peer.global_sent = marks.global;
            cx.send(leader, Msg::Ship { epoch, prev: (from, term), entries: entries.into(), marks });
        }
        if self.settings.level == Level::Strong && peer.global_sent < marks.global {
            peer.global_sent = marks.global;
            let sent = peer.sent;
            let prev = self.point(sent);
            cx.send(leader, Msg::Ship { epoch, prev, entries: Entries::from([]), marks });
        }
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
        let peer = self.shipper.peers.entry(region).or_default();
        peer.leader = Some(from);
        // An answer alone is no progress: a leader that was replaced may go on answering.
        if upto > peer.acked || upto >= commit {
            peer.last_progress = now;
            peer.idle_retries = 0;
        }
        if resume || !peer.known {
            peer.sent = upto;
            peer.acked = peer.acked.min(upto);
            peer.copying = false;
        }
        peer.known = true;
        if resume {
            return self.ship_to(region, cx);
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
        if !self.ships() {
            return;
        }
        let now = cx.monotonic();
        // A copy is read, sent and installed at about this rate at each step.
        let one_step = self.settings.partition_bytes as f64 / self.settings.laws.copy_rate;
        let copying = Span::from_secs_f64(one_step * 4.0) + RETRY * 5;
        for region in self.peers() {
            let peer = self.shipper.peers.entry(region).or_default();
            let patience = match peer.copying {
                true => copying,
                false => RETRY * u64::from(1 + peer.idle_retries.min(4)),
            };
            if now.since(peer.last_progress) > patience {
                peer.idle_retries += 1;
                peer.copying = false;
                peer.leader = None;
                peer.known = false;
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
        let upto = match vector {
            Some(v) => {
                let upto = self.own_index_of(v.get(self.settings.origin(self.region)));
                self.copies.vectors.insert(region, v);
                upto
            }
            None => upto,
        };
        self.leader.regions.entry(region).or_default().note(upto, cx.monotonic());
        self.after_progress(region, cx);
    }
}

fn peer_start(commit: u64, base: u64) -> u64 {
    commit.max(base)
}

impl RegionProgress {
    /// Notes that the region has committed up to `upto`.
    fn note(&mut self, upto: u64, now: crate::base::time::SimTime) {
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
