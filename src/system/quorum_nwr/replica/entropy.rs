//! Anti-entropy: replicas compare Merkle trees from the root down, and exchange what is in the leaves that differ. And how
//! a replica whose disk was lost gets its data back.

use super::{Cx, Replica};
use crate::algorithm::merkle::Digests;
use crate::base::ids::ActorId;
use crate::base::time::Span;
use crate::engine::record::Change;
use crate::model::operation::Key;
use crate::system::quorum_nwr::disk::{Record, Values};
use crate::system::quorum_nwr::message::Msg;
use crate::system::quorum_nwr::mutation::Mutation;
use crate::system::quorum_nwr::timer::Timer;

/// A replica without data asks again after this long.
const REFILL_AGAIN: Span = Span::secs(1);

impl Replica {
    /// The other replicas.
    fn others(&self, cx: Cx) -> Vec<ActorId> {
        let list = self.directory.list(self.partition);
        list.homes.iter().copied().filter(|home| *home != cx.me()).collect()
    }

    /// The first comparison, at a random time of the interval.
    pub(super) fn compare_later(&mut self, cx: Cx) {
        if let Some(every) = self.settings.anti_entropy {
            let phase = cx.random("anti-entropy").uniform();
            cx.set_timer(Timer::Compare, every.scale(phase));
        }
    }

    /// Asks the next of the others.
    pub(super) fn compare_now(&mut self, cx: Cx) {
        let Some(every) = self.settings.anti_entropy else { return };
        cx.set_timer(Timer::Compare, every);
        let others = self.others(cx);
        let next = others.get(self.rounds % others.len().max(1));
        self.rounds += 1;
        if let Some(other) = next.filter(|_| !self.settings.without(Mutation::NeverCompare)) {
            cx.send(*other, Msg::Compare(0, cx.disk().tree.root()));
        }
    }

    /// The other's digests of one level: where they differ the next level decides, and at the leaves the items go over.
    pub(super) fn compare(&mut self, from: ActorId, level: u32, digests: &Digests, cx: Cx) {
        let disk = cx.disk();
        let differing = disk.tree.differing(level, digests);
        if differing.is_empty() {
            return;
        }
        if level < disk.tree.levels() {
            return cx.send(from, Msg::Compare(level + 1, disk.tree.children(level, &differing)));
        }
        let items = self.items(&differing, cx);
        cx.send(from, Msg::Leaves(differing, items, true));
    }

    fn items(&self, leaves: &[u32], cx: Cx) -> Vec<(Key, Values)> {
        let disk = cx.disk();
        let items = leaves.iter().flat_map(|leaf| disk.leaf(*leaf));
        items.map(|(key, versions)| (key, versions.clone())).collect()
    }

    /// The other's items: what is new is kept, and what the other lacks goes back.
    pub(super) fn leaves(
        &mut self,
        from: ActorId,
        leaves: &[u32],
        items: Vec<(Key, Values)>,
        answer: bool,
        cx: Cx,
    ) {
        let rule = self.settings.rule;
        if answer {
            let mut mine = self.items(leaves, cx);
            mine.retain(|(key, versions)| {
                !items.iter().any(|(k, theirs)| k == key && theirs.covers(versions, rule))
            });
            if !mine.is_empty() {
                cx.send(from, Msg::Leaves(leaves.to_vec(), mine, false));
            }
        }
        self.keep(items, cx);
    }

    fn keep(&mut self, items: Vec<(Key, Values)>, cx: Cx) {
        let rule = self.settings.rule;
        for (key, versions) in items {
            if !cx.disk().covers(key, &versions, rule) {
                cx.persist(Record::Keep(key, versions, rule));
            }
        }
    }

    /// The disk was lost: asks the others for all they have, until enough have answered.
    pub(super) fn refill(&mut self, cx: Cx) {
        for other in self.others(cx) {
            if !self.copied.contains(&other) {
                cx.send(other, Msg::Refill);
            }
        }
        cx.set_timer(Timer::Refill, REFILL_AGAIN);
        self.refilled(cx);
    }

    /// One of the others gave all it has.
    pub(super) fn copy(&mut self, from: ActorId, items: Vec<(Key, Values)>, cx: Cx) {
        if cx.disk().ready || !self.copied.insert(from) {
            return;
        }
        self.keep(items, cx);
        self.refilled(cx);
    }

    /// Of every write that W replicas had, this one perhaps among them, one of `N - W + 1` others has it, if any has.
    fn refilled(&mut self, cx: Cx) {
        let (n, w) = (self.settings.replicas(), self.settings.write_quorum);
        let enough = (n + 1).saturating_sub(w).min(n.saturating_sub(1)) as usize;
        if self.copied.len() >= enough {
            cx.persist(Record::Ready);
            cx.cancel_timer(Timer::Refill);
            cx.change(Change::Milestone {
                what: "a replica that had lost its disk serves again".to_owned(),
                partition: Some(self.partition),
            });
        }
    }
}
