//! The conflict feed (COS-12): lost writes of an earlier lineage, and what the application makes of them.

use super::{Cx, Replica};
use crate::base::ids::ActorId;
use crate::engine::record::Change;
use crate::model::operation::Key;
use crate::system::cosmos_db::entry::{Body, Entry, Lost};
use crate::system::cosmos_db::message::{DOCUMENT, Msg};
use crate::system::cosmos_db::mutation::Mutation;
use std::sync::Arc;

/// Entries of the feed in one answer.
const PAGE: usize = 100;

/// The application's page under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settling {
    from: ActorId,
    /// Its place in the log.
    at: u64,
}

impl Replica {
    /// COS-12: lost writes of an earlier lineage are logged into the conflict feed.
    pub(super) fn on_orphans(&mut self, from: ActorId, writes: Arc<[Lost]>, bytes: u64, cx: Cx) {
        if !self.is_writer() || !self.leader.writable || self.leader.orphans_from.is_some() {
            return;
        }
        if writes.iter().all(|w| self.store.fed(w)) {
            return cx.send(from, Msg::OrphansKept);
        }
        let entry =
            Entry { body: Body::Feed(writes), bytes: bytes.min(u64::from(u32::MAX)) as u32, stamp: None };
        let index = self.append_as_leader(vec![(self.term(), entry)], cx);
        self.leader.orphans_from = Some(from);
        self.leader.orphans_at = index;
    }

    /// Reports feed entries once they are committed, and tells the returning region that they are safe.
    pub(super) fn report_feed(&mut self, cx: Cx) {
        self.report_settled(cx);
        let Some(from) = self.leader.orphans_from else { return };
        if self.leader.orphans_at > self.commit {
            return;
        }
        self.leader.orphans_from = None;
        if let Some(entry) = self.log.get(self.leader.orphans_at)
            && let Body::Feed(all) = &entry.body
        {
            for Lost { write, .. } in all.iter() {
                cx.change(Change::ConflictFeed { partition: self.partition, write: *write });
            }
        }
        cx.send(from, Msg::OrphansKept);
    }

    /// The application asks what is in the feed.
    pub(super) fn on_read_feed(&mut self, from: ActorId, cx: Cx) {
        if self.is_writer() && self.leader.writable {
            let page = self.store.unsettled(PAGE);
            cx.send(from, Msg::Feed(self.partition, page.into()));
        }
    }

    /// The application has dealt with entries of the feed: those of which this lineage has never heard become data again,
    /// as one entry of the log, in so far as there are request units for it.
    pub(super) fn on_settle_feed(&mut self, from: ActorId, page: &[Lost], cx: Cx) {
        if !self.is_writer() || !self.leader.writable || self.leader.handover.is_some() {
            return;
        }
        if self.lag_throttles(cx) || self.leader.settling.is_some_and(|s| s.at > self.commit) {
            return;
        }
        let mut settled = Vec::new();
        for lost in page {
            let back = self.store.restorable(lost)
                && !self.on_its_way(lost.key)
                && !self.settings.without(Mutation::NeverWriteBack);
            let charge = self.settings.write_charge * if back { 1.0 } else { 0.0 };
            if self.units.take(charge, cx.monotonic()).is_err() {
                break;
            }
            settled.push((*lost, back));
        }
        if settled.is_empty() {
            return;
        }
        let bytes = (settled.len() as u64 * DOCUMENT).min(u64::from(u32::MAX)) as u32;
        let entry = Entry { body: Body::Settled(settled.into()), bytes, stamp: None };
        let at = self.append_as_leader(vec![(self.term(), entry)], cx);
        self.leader.ages.push_back((at, cx.monotonic()));
        self.leader.settling = Some(Settling { from, at });
    }

    /// Whether an entry of the log that is not in the documents yet writes this key.
    fn on_its_way(&self, key: Key) -> bool {
        let mut entries = (self.applied + 1..=self.log.last()).filter_map(|index| self.log.get(index));
        entries.any(|entry| entry.body.writes().any(|(k, _)| k == key))
    }

    /// Tells the application that its page is durable.
    fn report_settled(&mut self, cx: Cx) {
        let Some(Settling { from, at }) = self.leader.settling.filter(|s| s.at <= self.commit) else {
            return;
        };
        self.leader.settling = None;
        if let Some(entry) = self.log.get(at)
            && let Body::Settled(all) = &entry.body
        {
            let back = all.iter().filter(|(_, back)| *back).count();
            let left = all.len() - back;
            let what = format!("conflict feed: {back} written back, {left} left as they are");
            cx.change(Change::Milestone { what, partition: Some(self.partition) });
            cx.send(from, Msg::FeedSettled(self.partition));
        }
    }
}
