//! Whole copies: rebuilt replicas, added regions, backups, restores (COS-3, COS-15, COS-19).

use super::follow::Wants;
use super::{Cx, Following, InFlight, Replica};
use crate::algorithm::log::{ReplicatedLog, Term};
use crate::algorithm::quorum::majority;
use crate::algorithm::version_vector::VersionVector;
use crate::base::ids::{ActorId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::system::cosmos_db::disk::DiskRecord;
use crate::system::cosmos_db::entry::{Body, Copied, Entry, Lost};
use crate::system::cosmos_db::message::{Image, Marks, Msg};
use crate::system::cosmos_db::mutation::Mutation;
use crate::system::cosmos_db::store::Store;
use crate::system::cosmos_db::tenure::Tenure;
use crate::system::cosmos_db::timer::Timer;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A copy that a region has not confirmed this long after it was due, and four times its reading, is made again.
const COPY_LOST: Span = Span::mins(1);

/// Lost writes on their way to the conflict feed, and their size.
type Orphans = (Arc<[Lost]>, u64);

/// Copies under way and what a follower remembers of its writer.
#[derive(Clone, Debug, Default)]
pub struct Copies {
    /// When this replica last asked its manager: a lease counts from then.
    pub(super) asked_at: SimTime,
    /// Copies that are being read, by who gets them: when each is complete.
    pub(super) due: BTreeMap<ActorId, SimTime>,
    /// This region has no copy of the data yet (COS-15).
    pub(super) blank: bool,
    /// Who ships to this region: it has said how far it is, in this epoch and since this region was told to catch up.
    pub(super) ship_from: Option<ActorId>,
    /// Several write regions: who sent writes that are not all committed here yet, and wants to know when they are.
    pub(super) sources: BTreeSet<ActorId>,
    /// The log here is known to be the writer's up to this index, in this epoch.
    pub(super) shared: (u32, u64),
    pub(super) writer_commit: u64,
    pub(super) global_seen: u64,
    /// Lost writes that wait for the conflict feed, with their size.
    pub(super) orphans: Option<Orphans>,
    pub(super) orphans_kept: u64,
    pub(super) cut_epoch: u32,
    /// Several write regions: what the first that said so had then.
    pub(super) peer_vector: Option<VersionVector>,
    /// Writes that arrived before others that they follow, by region and number.
    pub(super) early: BTreeMap<(u32, u64), Entry>,
    pub(super) vectors: BTreeMap<RegionId, VersionVector>,
    pub(super) lagging: BTreeSet<(RegionId, u32, u64)>,
    pub(super) hub_entries: Vec<(Term, Entry)>,
    /// A restored copy is being installed.
    pub(super) restoring: bool,
    /// And is durable here.
    pub(super) restoring_durable: bool,
}

impl Copies {
    /// What the writer has is not known until it ships again.
    pub(super) fn hear_afresh(&mut self) {
        (self.ship_from, self.writer_commit, self.shared, self.peer_vector) = (None, 0, (0, 0), None);
        self.sources.clear();
    }
}

impl Replica {
    fn image(&self) -> Image {
        Image {
            partition: self.partition,
            store: self.store.clone(),
            upto: self.applied,
            lineage: self.log.lineage().clone(),
            vector: self.applied_vector(),
            bytes: self.settings.partition_bytes,
            epoch: self.epoch,
        }
    }

    /// A copy for a member of the set: as of the base of the log, so that it holds as much of the log as the others, and
    /// can be cut where they can.
    fn image_of_base(&self, cx: Cx) -> Image {
        let upto = self.log.base();
        let (store, vector) = cx.disk().as_of(upto);
        Image { store, vector, upto, ..self.image() }
    }

    /// Reads a copy at `rate` bytes a second, then sends it.
    pub(super) fn send_image(&mut self, to: ActorId, rate: f64, cx: Cx) {
        let takes = self.settings.copy_takes(rate);
        self.copies.due.entry(to).or_insert(cx.monotonic() + takes);
        self.await_next_copy(cx);
    }

    fn await_next_copy(&mut self, cx: Cx) {
        if let Some(next) = self.copies.due.values().min() {
            cx.set_timer(Timer::CopyNext, next.since(cx.monotonic()));
        }
    }

    /// COS-15: a region has no data, or lacks more than the log still holds: it gets a copy, from the write region (the
    /// hub, where there are several).
    pub(super) fn copy_to_region(&mut self, to: ActorId, region: RegionId, cx: Cx) {
        if !self.ships() || self.config.partition(self.partition).writer != self.region {
            return;
        }
        let now = cx.monotonic();
        let rate = self.settings.laws.copy_rate;
        let takes = self.settings.copy_takes(rate);
        let peer = self.shipper.peers.entry(region).or_default();
        (peer.leader, peer.known, peer.last_progress) = (Some(to), true, now);
        if !std::mem::replace(&mut peer.copying, true) {
            peer.copy_until = now + takes * 4 + COPY_LOST;
            self.send_image(to, rate, cx);
        }
    }

    /// Several write regions: this one has no data, and tells so whoever sends it single writes.
    pub(super) fn ask_copy(&self, from: ActorId, cx: Cx) {
        self.tell_shipper(from, 0, Wants::Copy, cx);
    }

    /// COS-15: the region was removed from the account: what it held is deleted.
    pub(super) fn forget_data(&mut self, cx: Cx) {
        if self.copies.blank {
            return;
        }
        self.copies = Copies { blank: true, asked_at: self.copies.asked_at, ..Copies::default() };
        self.store = Store::new(self.partition, self.settings.registers);
        self.log = ReplicatedLog::default();
        self.vector = VersionVector::default();
        self.by_origin.clear();
        (self.applied, self.commit, self.global, self.durable) = (0, 0, 0, 0);
        (self.floor, self.region_floor, self.synced) = (0, 0, false);
        self.freshness = Default::default();
        self.marked = Marks::default();
        self.following = None;
        self.leader.tally = Default::default();
        self.leader.cuts += 1;
        self.tell_busy(cx);
        self.in_flight.retain(|(_, what)| matches!(what, InFlight::Promise(_)));
        cx.persist(DiskRecord::Wipe(Box::new(self.store.clone())));
    }

    /// Copies have been read: they are sent as the data is now.
    pub(super) fn on_copy_done(&mut self, cx: Cx) {
        let now = cx.monotonic();
        let done: Vec<ActorId> =
            self.copies.due.iter().filter(|(_, at)| **at <= now).map(|(to, _)| *to).collect();
        for to in done {
            self.copies.due.remove(&to);
            let own = self.others().contains(&to);
            if own && !self.leads() {
                continue;
            }
            let copy = match own {
                true => Msg::Copy(self.tenure(), Box::new(self.image_of_base(cx))),
                false => Msg::Copy(Tenure::default(), Box::new(self.image())),
            };
            cx.send(to, copy);
        }
        self.await_next_copy(cx);
        if self.leader.learner.is_some() {
            cx.set_timer(Timer::Resend, Span::millis(500));
        }
    }

    /// A copy arrives: at a replica being built, or at the leader of a region that is too far behind.
    pub(super) fn on_copy(&mut self, from: ActorId, tenure: Tenure, image: Box<Image>, cx: Cx) {
        match tenure == Tenure::default() {
            true => self.on_copy_from_region(from, image, cx),
            false => self.on_copy_from_leader(from, tenure, image, cx),
        }
    }

    /// From the leader of the set. What is held of the leader's log already is kept.
    fn on_copy_from_leader(&mut self, from: ActorId, tenure: Tenure, image: Box<Image>, cx: Cx) {
        let known = self.following.map(|f| f.tenure);
        if tenure.ballot < self.promised || known.is_some_and(|known| tenure < known) || self.is_leader() {
            return;
        }
        let term = image.lineage.term_of(image.upto).unwrap_or(Term(0));
        // An empty disk lacks even the documents of the beginning.
        let kept = self.log.last() > 0 && self.log.base() <= image.upto && image.upto <= self.log.last();
        if kept && self.log.matches(image.upto, term) && !self.copies.blank {
            let matched = self.following.filter(|f| f.tenure == tenure).map_or(0, |f| f.matched);
            self.following = Some(Following { tenure, leader: from, matched: matched.max(image.upto) });
            return self.acknowledge(cx);
        }
        self.install(&image, cx);
        // It stands where the log begins, behind what may have been read here.
        self.current = false;
        self.following = Some(Following { tenure, leader: from, matched: image.upto });
    }

    /// From the write region, at the leader of a region that is too far behind for the log.
    fn on_copy_from_region(&mut self, from: ActorId, image: Box<Image>, cx: Cx) {
        if self.settings.multi() && !self.copies.blank {
            return self.take_in(from, image, cx);
        }
        if !self.is_leader() || self.is_writer() || image.epoch != self.epoch || self.installing() {
            return;
        }
        let term = image.lineage.term_of(image.upto).unwrap_or(Term(0));
        let held = image.upto <= self.log.last() && self.log.matches(image.upto, term);
        if held && !self.copies.blank {
            return;
        }
        let shared = self.log.lineage().divergence(&image.lineage, self.log.last(), image.upto);
        if shared < image.upto && self.keep_orphans(shared.max(self.log.base()), cx) {
            return;
        }
        self.install(&image, cx);
        self.leader.cuts += 1;
        self.leader.tally.cut(0);
        self.copies.ship_from = Some(from);
        self.copies.shared = (self.epoch, image.upto);
        self.copies.writer_commit = self.copies.writer_commit.max(image.upto);
        self.copies.peer_vector.get_or_insert_with(|| image.vector.clone());
        for member in self.others() {
            cx.send(member, Msg::Copy(self.tenure(), image.clone()));
        }
    }

    /// COS-6: all that the hub holds, for a region that lacks more than is kept in logs. It comes after what is in the log
    /// here: what this region alone has stays.
    fn take_in(&mut self, from: ActorId, image: Box<Image>, cx: Cx) {
        if !self.is_leader() || image.epoch != self.epoch {
            return;
        }
        self.copies.ship_from = Some(from);
        self.copies.sources.insert(from);
        if self.vector.covers(&image.vector) {
            return self.answer_deltas(from, true, cx);
        }
        let before = self.vector.clone();
        self.vector.merge(&image.vector);
        let Image { store, vector, bytes, .. } = *image;
        let body = Body::Copied(Arc::new(Copied { store, vector, before, bytes }));
        self.append_as_leader(vec![(self.term(), Entry { body, bytes: 256, stamp: None })], cx);
    }

    fn install(&mut self, image: &Image, cx: Cx) {
        self.log = ReplicatedLog::from_snapshot(image.lineage.clone(), image.upto);
        self.store = image.store.clone();
        self.vector = image.vector.clone();
        self.by_origin.clear();
        self.applied = image.upto;
        self.commit = image.upto;
        self.global = image.upto;
        self.durable = image.upto;
        self.in_flight.clear();
        self.copies.blank = false;
        let lsn = cx.persist(DiskRecord::Install(Box::new(image.clone())));
        self.in_flight.push_back((lsn, InFlight::Installed));
    }

    /// The copy is durable.
    pub(super) fn on_installed(&mut self, cx: Cx) {
        self.leader.tally.ack(self.me, self.durable);
        if self.copies.restoring {
            self.copies.restoring_durable = true;
            self.check_restored(cx);
        } else if let Some(to) = self.copies.ship_from.filter(|_| self.is_leader()) {
            if self.settings.multi() {
                return self.answer_deltas(to, true, cx);
            }
            self.tell_shipper(to, self.commit, Wants::More, cx);
            // The copy was the writer's word, and an idle writer has no other.
            self.note_sync(self.copies.writer_commit, cx);
        } else {
            self.acknowledge(cx);
        }
    }

    /// COS-19: periodic backups of the write region.
    pub(super) fn schedule_backup(&mut self, cx: Cx) {
        let Some(backup) = self.settings.backup else { return };
        if !self.settings.without(Mutation::NeverBackUp) {
            let phase = cx.random("backup phase").uniform();
            cx.set_timer(Timer::Backup, backup.interval.scale(phase));
        }
    }

    pub(super) fn take_backup(&mut self, cx: Cx) {
        let Some(backup) = self.settings.backup else { return };
        if !self.is_leader() {
            return;
        }
        cx.set_timer(Timer::Backup, backup.interval);
        if self.config.partition(self.partition).writer == self.region && self.is_writer() {
            cx.send(self.directory.vault, Msg::Backup(Box::new(self.image())));
        }
    }

    /// COS-19: a restored copy: this region starts a new lineage on it.
    pub(super) fn on_restore(&mut self, image: Box<Image>, cx: Cx) {
        if !self.is_leader() || self.leader.writable && self.is_writer() {
            return;
        }
        self.copies.restoring = true;
        self.copies.restoring_durable = false;
        self.leader.tally = Default::default();
        self.leader.cuts += 1;
        self.install(&image, cx);
        for member in self.others() {
            cx.send(member, Msg::Copy(self.tenure(), image.clone()));
        }
    }

    /// COS-19: a write quorum of the set has the restored copy: no later leader can be without it.
    pub(super) fn check_restored(&mut self, cx: Cx) {
        if !self.copies.restoring || !self.copies.restoring_durable || !self.is_leader() {
            return;
        }
        let members = self.members();
        if self.leader.reached(&members, majority(members.len())) >= self.log.base() {
            self.copies.restoring = false;
            cx.send(self.directory.account, Msg::Restored(self.partition));
        }
    }
}
