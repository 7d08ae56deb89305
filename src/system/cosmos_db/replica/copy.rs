//! Whole copies: rebuilt replicas, added regions, backups, restores (COS-3, COS-15, COS-19).

use super::{Cx, Following, InFlight, Replica};
use crate::algorithm::log::{ReplicatedLog, Term};
use crate::algorithm::version_vector::VersionVector;
use crate::base::ids::{ActorId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::engine::record::Change;
use crate::model::operation::{Key, WriteId};
use crate::system::cosmos_db::disk::DiskRecord;
use crate::system::cosmos_db::entry::Entry;
use crate::system::cosmos_db::message::{Image, Msg};
use crate::system::cosmos_db::mutation::Mutation;
use crate::system::cosmos_db::tenure::Tenure;
use crate::system::cosmos_db::timer::Timer;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Lost writes on their way to the conflict feed, and their size.
type Orphans = (Arc<[(Key, WriteId)]>, u64);

/// Copies under way and what a follower remembers of its writer.
#[derive(Clone, Debug, Default)]
pub struct Copies {
    /// When this replica last asked its manager: a lease counts from then.
    pub(super) asked_at: SimTime,
    /// A copy is being read and sent.
    pub(super) sending: bool,
    pub(super) send_to: Vec<ActorId>,
    /// Who ships to this region.
    pub(super) ship_from: Option<ActorId>,
    pub(super) resume_at: u64,
    /// The log here is known to be the writer's up to this index, in this epoch.
    pub(super) shared: (u32, u64),
    pub(super) writer_commit: u64,
    pub(super) global_seen: u64,
    /// Lost writes that wait for the conflict feed, with their size.
    pub(super) orphans: Option<Orphans>,
    pub(super) orphans_kept: u64,
    pub(super) cut_epoch: u32,
    /// Several write regions.
    pub(super) peer_vector: VersionVector,
    pub(super) vectors: BTreeMap<RegionId, VersionVector>,
    pub(super) lagging: BTreeSet<(RegionId, u32, u64)>,
    pub(super) hub_entries: Vec<(Term, Entry)>,
    /// A restored copy is being installed.
    pub(super) restoring: bool,
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

    /// Reads a copy at `rate` bytes a second, then sends it.
    pub(super) fn send_image(&mut self, to: ActorId, rate: f64, cx: Cx) {
        if !self.copies.send_to.contains(&to) {
            self.copies.send_to.push(to);
        }
        if !self.copies.sending {
            self.copies.sending = true;
            let takes = Span::from_secs_f64(self.settings.partition_bytes as f64 / rate);
            cx.set_timer(Timer::CopyNext, takes);
        }
    }

    pub(super) fn send_image_to_region(&mut self, leader: ActorId, rate: f64, cx: Cx) {
        self.send_image(leader, rate, cx);
    }

    /// The copy has been read: send it as it is now.
    pub(super) fn on_copy_done(&mut self, cx: Cx) {
        self.copies.sending = false;
        for to in std::mem::take(&mut self.copies.send_to) {
            let tenure = if self.others().contains(&to) { self.tenure() } else { Tenure::default() };
            cx.send(to, Msg::Copy(tenure, Box::new(self.image())));
        }
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
        let held = self.log.last() >= image.upto && self.log.matches(image.upto, term);
        if held && self.log.base() > 0 {
            return self.acknowledge(cx);
        }
        self.install(&image, cx);
        self.following = Some(Following { tenure, leader: from, matched: image.upto });
    }

    /// From the write region, at the leader of a region that is too far behind for the log.
    fn on_copy_from_region(&mut self, from: ActorId, image: Box<Image>, cx: Cx) {
        if !self.is_leader() || self.is_writer() || image.epoch != self.epoch || self.installing() {
            return;
        }
        if image.upto <= self.log.base() {
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
        for member in self.others() {
            cx.send(member, Msg::Copy(self.tenure(), image.clone()));
        }
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
        let lsn = cx.persist(DiskRecord::Install(Box::new(image.clone())));
        self.in_flight.push_back((lsn, InFlight::Installed));
    }

    /// The copy is durable.
    pub(super) fn on_installed(&mut self, cx: Cx) {
        self.leader.tally.ack(self.me, self.durable);
        if self.copies.restoring {
            self.copies.restoring = false;
            let (partition, region) = (self.partition, self.region);
            cx.change(Change::LineageCut { partition, region, survivor: self.me, why: "restore" });
            self.leader.writable = true;
            cx.change(Change::Writable { partition, region });
        } else if let Some(to) = self.copies.ship_from.filter(|_| self.is_leader()) {
            cx.send(
                to,
                Msg::Shipped { region: self.region, epoch: self.epoch, upto: self.commit, resume: true },
            );
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
        if !self.is_leader() {
            return;
        }
        self.leader.writable = false;
        self.copies.restoring = true;
        self.copies.cut_epoch = self.epoch;
        self.leader.tally = Default::default();
        self.leader.cuts += 1;
        self.install(&image, cx);
        for member in self.others() {
            cx.send(member, Msg::Copy(self.tenure(), image.clone()));
        }
    }
}
