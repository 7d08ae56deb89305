//! A backup: it takes the primary's entries, and says so once they are on its disk.

use super::{Cx, Kin, Replica, Role};
use crate::algorithm::log::Accept;
use crate::base::ids::ActorId;
use crate::engine::contract::Ctx;
use crate::engine::record::Change;
use crate::model::operation::WriteId;
use crate::system::primary_backup::Mutation;
use crate::system::primary_backup::disk::{self, DiskRecord};
use crate::system::primary_backup::message::{Append, Appended, Image, Msg, Whole};
use crate::system::primary_backup::settings::{Promotion, Ship};
use crate::system::primary_backup::timer::Timer;

impl Replica {
    /// Something came from a primary. `false`: its epoch is over, and it is told so.
    fn heeds<S: Kin>(&mut self, from: ActorId, known: super::Known, cx: Cx<S>) -> bool {
        if known.now.epoch < self.known.now.epoch && !self.without(Mutation::AcceptOldEpoch) {
            cx.send(from, Msg::Fenced(self.known));
            return false;
        }
        self.learn(known, cx);
        if !matches!(self.role, Role::Backup) {
            return false;
        }
        self.heard = cx.monotonic();
        if self.silent_since.take().is_some() || self.due.is_some() {
            self.due = None;
            cx.cancel_timer(Timer::TakeOver);
        }
        self.listen(cx);
        true
    }

    pub(super) fn on_append<S: Kin>(&mut self, from: ActorId, append: Append, cx: Cx<S>) {
        if !self.heeds(from, append.known, cx) {
            return;
        }
        let Append { known, prev, entries, whole, everywhere, sent, .. } = append;
        let (epoch, upto) = (known.now.epoch, prev.0 + entries.len() as u64);
        loop {
            match self.log.accept(prev.0, prev.1, &entries) {
                Accept::Appended { .. } => {
                    self.now_whole(upto, whole);
                    self.persist(DiskRecord::Append(prev, entries, self.whole), cx);
                    break;
                }
                Accept::Duplicate => {
                    self.now_whole(upto, whole);
                    break;
                }
                Accept::Conflict { truncate_to } if truncate_to >= prev.0.max(self.log.base()) => {
                    if self.without(Mutation::KeepDivergentSuffix) {
                        break;
                    }
                    self.cut_off(truncate_to, cx);
                }
                Accept::Gap { .. } | Accept::Conflict { .. } => {
                    let have = self.whole_log();
                    return self.promise(from, Msg::Rejected(epoch, Box::new(have), sent), cx);
                }
            }
        }
        self.everywhere = self.everywhere.max(everywhere);
        self.apply_upto(self.whole.0.min(upto));
        self.compact(cx);
        let appended = Appended { epoch, upto, blank: !self.member, sent };
        self.promise(from, Msg::Appended(appended), cx);
    }

    /// All of its log, usable or not: where the primary goes on.
    fn whole_log(&self) -> crate::system::primary_backup::message::Have {
        crate::system::primary_backup::message::Have { last: self.log.last(), ..self.have() }
    }

    /// The primary says up to where its log may be used; this replica has it up to `upto`.
    fn now_whole(&mut self, upto: u64, whole: Whole) {
        let parts = matches!(self.settings.ship, Ship::Stream(_));
        if whole.0 <= upto {
            self.whole = (self.whole.0.max(whole.0), self.whole.1.max(whole.1));
            self.knows_whole |= whole != Whole::default();
        } else if parts {
            self.whole.0 = self.whole.0.max(upto);
        }
    }

    pub(super) fn on_image<S: Kin>(&mut self, from: ActorId, image: Image, cx: Cx<S>) {
        if image.fetched {
            return self.on_fetched(image, cx);
        }
        if !self.heeds(from, image.known, cx) {
            return;
        }
        let (epoch, upto, sent) = (image.known.now.epoch, image.upto, image.sent);
        let held = self.log.lineage().divergence(&image.lineage, self.log.last(), upto) >= upto;
        if !held || self.log.last() < upto {
            self.install(image, cx);
        }
        let appended = Appended { epoch, upto, blank: !self.member, sent };
        self.promise(from, Msg::Appended(appended), cx);
    }

    /// All writes after this entry that are not known to be everywhere, compacted or not.
    pub(super) fn writes_after<S: Kin>(&self, after: u64, cx: &Ctx<'_, S>) -> Vec<WriteId> {
        let (kept, base) = (cx.disk(), self.log.base());
        let trimmed = kept.trimmed.iter().filter(|(index, _)| *index > after).map(|(_, write)| *write);
        // What this log has compacted the disk may not have yet.
        let old = kept.log.iter_from(after.max(kept.log.base()) + 1).take_while(|(index, ..)| *index <= base);
        let entries = old.chain(self.log.iter_from(after.max(base) + 1));
        trimmed.chain(entries.flat_map(|(.., entry)| disk::writes(self.partition, entry))).collect()
    }

    /// An image takes the place of everything. What it leaves out of what was here is kept aside.
    pub(super) fn install<S: Kin>(&mut self, image: Image, cx: Cx<S>) {
        let partition = self.partition;
        let common = self.log.lineage().divergence(&image.lineage, self.log.last(), image.upto);
        for write in self.writes_after(common, cx) {
            cx.change(Change::ConflictFeed { partition, write });
        }
        let Image { lineage, upto, store, whole, .. } = image;
        self.log = super::ReplicatedLog::from_snapshot(lineage.clone(), upto);
        (self.base, self.store) = ((*store).clone(), (*store).clone());
        (self.applied, self.whole, self.knows_whole) = (upto, (upto, whole.1), true);
        self.persist(DiskRecord::Install(lineage, upto, store, self.whole), cx);
        self.milestone(&format!("replica {} has an image", self.slot), cx);
    }

    pub(super) fn on_admit<S: Kin>(&mut self, epoch: u64, cx: Cx<S>) {
        if epoch == self.known.now.epoch && !self.member {
            self.member = true;
            self.persist(DiskRecord::Admitted, cx);
        }
    }

    /// Nothing was heard of the primary for long enough.
    pub(super) fn notice_silence<S: Kin>(&mut self, cx: Cx<S>) {
        if !matches!(self.role, Role::Backup) {
            return;
        }
        let (now, partition) = (cx.monotonic(), self.partition);
        let first = self.silent_since.is_none();
        if first {
            self.silent_since = Some(now);
            let region = self.settings.region_name(self.region());
            let what =
                format!("replica {} of partition {} in {region} hears no primary", self.slot, partition.0);
            cx.change(Change::Detected { what, partition: Some(partition) });
        }
        // Whoever was made the primary may not have been told.
        if let Some(who) = self.primary() {
            cx.send(who, Msg::Lead(self.known));
        }
        cx.set_timer(Timer::Silence, self.settings.silence);
        match self.settings.promotion.clone() {
            Promotion::Automatic(grace) if first && self.member => {
                let skip = self.without(Mutation::SkipGrace);
                let after = if skip { super::Span::ZERO } else { grace.span(cx.random("grace")) };
                cx.set_timer(Timer::TakeOver, after);
            }
            // One who has decided is not called again.
            Promotion::Manual(_) if self.due.is_none() => {
                cx.send(self.directory.operator, Msg::Alarm(partition));
            }
            Promotion::Automatic(_) | Promotion::Manual(_) | Promotion::Ordered => {}
        }
    }

    /// The person who was called has decided.
    pub(super) fn on_decision<S: Kin>(&mut self, cx: Cx<S>) {
        if matches!(self.role, Role::Backup) && self.silent_since.is_some() {
            self.due = self.due.or(Some(false));
            self.stand(cx);
        }
    }
}
