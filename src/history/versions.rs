//! The versions of every key that anyone may have written, for all checkers together.

use super::evidence::Line;
use super::write_set::WriteSet;
use crate::algorithm::interval_set::IntervalSet;
use crate::base::ids::{ClientId, PartitionId, RegionId};
use crate::base::time::SimTime;
use crate::model::operation::{Action, Key, Operation, Outcome, WriteId};
use indexmap::IndexMap;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// A point of a window: virtual time, then sequence.
pub type Stamp = (SimTime, u64);
/// Before everything: an operation invoked by the very first event counts as overlapping it.
pub const START: Stamp = (SimTime::ZERO, 0);
/// After everything: when a write of unknown outcome is over.
pub const NEVER: Stamp = (SimTime::MAX, u64::MAX);

/// Versions kept per key.
pub const RING: usize = 128;
/// Write-once keys kept in detail per partition.
pub const WINDOW: usize = 1024;
/// Clients kept per version as its readers, and versions that have readers at all: the newest.
const READERS: usize = 8;
const READ_VERSIONS: usize = 16;
/// Values kept per key that were returned while no finished write was known to have written them.
const AWAITED: usize = 16;

/// One write that took effect or may have.
#[derive(Clone, Debug)]
pub struct Version {
    /// The value.
    pub id: WriteId,
    /// Who wrote.
    pub client: ClientId,
    /// The region that served the write.
    pub origin: Option<RegionId>,
    /// When it was invoked.
    pub invoked: Stamp,
    /// When it was acknowledged; [`NEVER`] if its outcome is unknown.
    pub completed: Stamp,
    /// It removed the document.
    pub deletes: bool,
    /// Several writers: what settles its conflicts, if it was acknowledged. Of two writes that met, the higher stays.
    pub rank: Option<(u64, u32)>,
    /// All writes of its batch, if it was one.
    pub batch: Option<Arc<[(Key, WriteId)]>>,
    /// Clients that read it, with the end of the first such read.
    pub readers: Vec<(ClientId, Stamp)>,
}

impl Version {
    /// Whether the client was told that it succeeded.
    pub fn acknowledged(&self) -> bool {
        self.completed != NEVER
    }
}

/// Where a key's history is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// A register or object: its place in the table.
    Key(usize),
    /// A write-once key, by serial.
    Once(PartitionId, u64),
}

/// What one read returned for one key, placed among the versions.
#[derive(Clone, Debug)]
pub struct View {
    /// The key.
    pub key: Key,
    /// Its history.
    pub slot: Slot,
    /// The value; `None`: absent.
    pub value: Option<WriteId>,
    /// When the returned version was certainly complete: [`NEVER`] when it may still be in progress.
    pub completed: Stamp,
    /// Invocation, writer and origin, when the write is known and retained.
    pub written: Option<(Stamp, ClientId, Option<RegionId>)>,
    /// A write that is still open may have made what was returned.
    pub doubtful: bool,
}

/// The newest versions of one key, in the order in which their writes ended.
#[derive(Clone, Debug)]
pub struct KeyHistory {
    /// The versions.
    pub ring: VecDeque<Version>,
    /// The last acknowledgement among the versions that were dropped.
    dropped: Stamp,
    any_dropped: bool,
    /// Dropped versions of unknown outcome, which may still come up; the flag: there were more.
    dropped_unknown: VecDeque<WriteId>,
    more_unknown: bool,
    /// When the last deletion was over.
    deleted: Stamp,
    /// Operations on the key that are open.
    open: u32,
    /// Values returned before any write was known to have written them.
    awaited: VecDeque<(WriteId, Line)>,
}

impl KeyHistory {
    fn new() -> Self {
        KeyHistory {
            ring: VecDeque::new(),
            dropped: START,
            any_dropped: false,
            dropped_unknown: VecDeque::new(),
            more_unknown: false,
            deleted: START,
            open: 0,
            awaited: VecDeque::new(),
        }
    }

    fn push(&mut self, version: Version) {
        if self.ring.len() == RING
            && let Some(old) = self.oldest_dispensable()
        {
            self.any_dropped = true;
            if old.acknowledged() {
                self.dropped = self.dropped.max(old.completed);
            } else {
                self.dropped_unknown.push_back(old.id);
                if self.dropped_unknown.len() > RING {
                    self.dropped_unknown.pop_front();
                    self.more_unknown = true;
                }
            }
        }
        self.ring.push_back(version);
        if let Some(at) = self.ring.len().checked_sub(READ_VERSIONS + 1) {
            self.ring[at].readers = Vec::new();
        }
    }

    /// Takes out the version that is needed least: the oldest of unknown outcome, so that a long outage full of writes
    /// without an answer does not push out what the key really holds; else the oldest.
    fn oldest_dispensable(&mut self) -> Option<Version> {
        let at = self.ring.iter().position(|v| !v.acknowledged()).unwrap_or(0);
        self.ring.remove(at)
    }

    fn may_come_up(&self, id: WriteId) -> bool {
        self.more_unknown || self.dropped_unknown.contains(&id)
    }

    /// When a version that is not retained was complete: it is an old one, unless its outcome is unknown.
    fn complete_unretained(&self, id: WriteId) -> Stamp {
        if self.any_dropped && !self.may_come_up(id) { self.dropped } else { NEVER }
    }

    /// Whether what was returned stays where it meets a write of rank `other`; `None`: not known. An absence was made by
    /// some deletion, nobody says which.
    pub fn stays(&self, returned: Option<WriteId>, other: (u64, u32)) -> Option<bool> {
        match returned {
            Some(WriteId::INITIAL) => Some(false),
            Some(id) => self.find(id)?.rank.map(|rank| rank > other),
            None => self.ring.iter().any(|v| v.deletes && v.rank.is_some_and(|r| r > other)).then_some(true),
        }
    }

    /// When the last deletion was over; the start if there was none.
    pub fn deleted(&self) -> Stamp {
        self.deleted
    }

    /// The retained version with this value.
    pub fn find(&self, id: WriteId) -> Option<&Version> {
        self.ring.iter().rev().find(|v| v.id == id)
    }
}

/// The write-once keys of one partition: every serial as intervals, the newest in detail.
#[derive(Clone, Debug, Default)]
pub struct OnceHistory {
    /// Serials whose insert was acknowledged.
    pub acknowledged: IntervalSet,
    /// Serials whose insert failed.
    pub failed: IntervalSet,
    window: BTreeMap<u64, Version>,
}

impl OnceHistory {
    /// The insert of a serial, while it is retained.
    pub fn find(&self, serial: u64) -> Option<&Version> {
        self.window.get(&serial)
    }
}

/// The shared table.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    keys: IndexMap<(PartitionId, Key), KeyHistory>,
    once: BTreeMap<PartitionId, OnceHistory>,
    /// Partitions whose lineage was ever cut, and from when on claims stand anew, if any cut restarted them.
    cuts: BTreeMap<PartitionId, Option<Stamp>>,
    /// Writes overruled by a recorded decision.
    overruled: WriteSet,
    /// Whether any write had a rank: with one writer none has.
    ranked: bool,
    /// What overruled them, where one write did.
    winners: BTreeMap<(PartitionId, WriteId), WriteId>,
    /// Writes that the harness found lost.
    pub lost: WriteSet,
    /// Writes acknowledged until then may be lost without being in `lost`.
    lost_until: BTreeMap<PartitionId, SimTime>,
    /// Values that a merge procedure made.
    made: WriteSet,
    /// Acknowledged writes to registers and objects.
    pub acknowledged: u64,
    /// The first read of a value that nobody wrote.
    pub invented: Option<Line>,
}

impl Versions {
    /// An operation on `keys` began.
    pub fn on_invoked(&mut self, partition: PartitionId, key: Key, more: &[Key]) {
        for key in std::iter::once(key).chain(more.iter().copied()).filter(|k| !k.is_once()) {
            self.history(partition, key).open += 1;
        }
    }

    fn history(&mut self, partition: PartitionId, key: Key) -> &mut KeyHistory {
        self.keys.entry((partition, key)).or_insert_with(KeyHistory::new)
    }

    fn close(&mut self, op: &Operation) {
        let mut close = |key: Key| {
            if !key.is_once()
                && let Some(history) = self.keys.get_mut(&(op.partition, key))
            {
                history.open = history.open.saturating_sub(1);
            }
        };
        match &op.action {
            Action::Batch(writes) => writes.iter().for_each(|(key, _)| close(*key)),
            Action::BatchRead(keys) => keys.iter().for_each(|key| close(*key)),
            _ => close(op.key),
        }
    }

    /// An operation ended: takes in what it wrote. Reads are placed by [`Versions::view`] afterwards.
    pub fn on_completed(&mut self, op: &Operation) {
        self.close(op);
        match &op.action {
            Action::Batch(writes) => {
                for (key, id) in writes.iter() {
                    self.write(op, *key, *id, Some(writes.clone()));
                }
            }
            action => {
                if let Some(id) = action.write_id() {
                    self.write(op, op.key, id, None);
                }
            }
        }
    }

    fn write(&mut self, op: &Operation, key: Key, id: WriteId, batch: Option<Arc<[(Key, WriteId)]>>) {
        let version = Version {
            id,
            client: op.client,
            origin: op.served,
            invoked: op.invoked,
            completed: if op.outcome == Outcome::Ok { op.completed } else { NEVER },
            deletes: matches!(op.action, Action::Delete(_)),
            rank: op.position.filter(|p| p.stream > 0).map(|p| (p.term, p.stream)),
            batch,
            readers: Vec::new(),
        };
        if key.is_once() {
            return self.write_once(op, key, version);
        }
        if op.outcome == Outcome::Ok {
            self.acknowledged += 1;
        }
        self.ranked |= version.rank.is_some();
        let history = self.history(op.partition, key);
        let awaited = history.awaited.iter().position(|(w, _)| *w == id);
        let read = awaited.and_then(|at| history.awaited.remove(at));
        if op.outcome == Outcome::Fail {
            if let Some((_, line)) = read {
                self.invented.get_or_insert(line);
            }
            return;
        }
        if version.deletes {
            history.deleted = history.deleted.max(version.completed);
        }
        history.push(version);
    }

    fn write_once(&mut self, op: &Operation, key: Key, version: Version) {
        let once = self.once.entry(op.partition).or_default();
        match op.outcome {
            Outcome::Fail => {
                once.failed.insert(key.number());
                return;
            }
            Outcome::Ok => {
                once.acknowledged.insert(key.number());
            }
            Outcome::Unknown => {}
        }
        once.window.insert(key.number(), version);
        if once.window.len() > WINDOW {
            once.window.pop_first();
        }
    }

    /// A new lineage begins. `restart`: what was read before may be gone, so claims stand anew.
    pub fn on_cut(&mut self, partition: PartitionId, at: SimTime, restart: bool) {
        let last = self.cuts.entry(partition).or_default();
        if restart {
            *last = Some((at, u64::MAX));
        }
    }

    /// Whether any acknowledged write of the partition was lost.
    pub fn lost_any(&self, partition: PartitionId) -> bool {
        self.lost.of(partition).is_some() || self.lost_until.contains_key(&partition)
    }

    /// More writes were lost than can be named, the last of them acknowledged at `newest`.
    pub fn on_bulk_lost(&mut self, partition: PartitionId, newest: SimTime) {
        let until = self.lost_until.entry(partition).or_default();
        *until = newest.max(*until);
    }

    /// A decision was recorded: `loser` is overruled, by `winner` if one write did it.
    pub fn overrule(&mut self, partition: PartitionId, loser: WriteId, winner: Option<WriteId>) {
        self.overruled.insert(partition, loser);
        if let Some(winner) = winner {
            self.winners.insert((partition, loser), winner);
        }
    }

    /// Whether `returned` may be read of `key` although the write `id` was there. Where it is known how the two stand to
    /// each other, that decides. Where not, a recorded decision excuses it: `id` was overruled, or a write that was overruled
    /// had replaced it, so that the winner never met it; or `returned` was overruled by a write that came after `id`, so
    /// that it knew of neither, and may have won where those two met alone.
    pub fn excused(&self, partition: PartitionId, key: Key, id: WriteId, returned: Option<WriteId>) -> bool {
        if !self.ranked && self.overruled.is_empty() {
            return false;
        }
        let history = self.key(partition, key);
        let missed = history.and_then(|history| history.find(id));
        if let Some((history, missed)) = history.zip(missed.and_then(|missed| missed.rank))
            && let Some(stays) = history.stays(returned, missed)
        {
            return stays;
        }
        if self.overruled.contains(partition, id) {
            return true;
        }
        let Some((history, missed)) = history.zip(missed) else { return false };
        let deletions = history.ring.iter().filter(|v| v.deletes && returned.is_none());
        let made_by = returned.into_iter().chain(deletions.map(|v| v.id));
        let winners: Vec<&WriteId> =
            made_by.filter_map(|write| self.winners.get(&(partition, write))).collect();
        let mut later = history.ring.iter().filter(|v| v.invoked >= missed.completed);
        later.any(|v| self.overruled.contains(partition, v.id) || winners.contains(&&v.id))
    }

    /// The merge procedure made `value`.
    pub fn on_made(&mut self, partition: PartitionId, value: WriteId) {
        self.made.insert(partition, value);
    }

    /// The last cut of a partition that restarted claims: only what was invoked later is bound by them.
    pub fn restart(&self, partition: PartitionId) -> Option<Stamp> {
        self.cuts.get(&partition).copied().flatten()
    }

    /// Whether the lineage of this partition (`None`: of any) was ever cut.
    pub fn was_cut(&self, partition: Option<PartitionId>) -> bool {
        partition.map_or(!self.cuts.is_empty(), |p| self.cuts.contains_key(&p))
    }

    /// Places what `op` returned for `key` among its versions, and remembers a value not known to be written.
    pub fn view(&mut self, op: &Operation, key: Key, value: Option<WriteId>) -> View {
        if key.is_once() {
            return self.view_once(op.partition, key, value);
        }
        let value = if key.is_object() { value } else { value.or(Some(WriteId::INITIAL)) };
        let made = value.is_some_and(|id| self.made.contains(op.partition, id));
        let (at, history) = {
            let entry = self.keys.entry((op.partition, key));
            let at = entry.index();
            (at, entry.or_insert_with(KeyHistory::new))
        };
        let mut view =
            View { key, slot: Slot::Key(at), value, completed: START, written: None, doubtful: false };
        match value {
            None => (view.completed, view.doubtful) = (history.deleted, history.open > 0),
            Some(WriteId::INITIAL) => {}
            Some(_) if made => view.completed = NEVER,
            Some(id) => match history.find(id) {
                Some(v) => {
                    view.completed = v.completed;
                    view.written = Some((v.invoked, v.client, v.origin));
                }
                None => place_unknown(history, &mut view, id, Line::of_read(op, key, value)),
            },
        }
        view
    }

    fn view_once(&self, partition: PartitionId, key: Key, value: Option<WriteId>) -> View {
        let serial = key.number();
        let version = self.once.get(&partition).and_then(|o| o.find(serial)).filter(|_| value.is_some());
        View {
            key,
            slot: Slot::Once(partition, serial),
            value,
            completed: if value.is_some() { NEVER } else { START },
            written: version.map(|v| (v.invoked, v.client, v.origin)),
            doubtful: false,
        }
    }

    /// `client` read the version in `view`, until `at`.
    pub fn on_read(&mut self, view: &View, client: ClientId, at: Stamp) {
        let Some(id) = view.value else { return };
        let version = match view.slot {
            Slot::Key(k) => self
                .keys
                .get_index_mut(k)
                .and_then(|(_, h)| h.ring.iter_mut().rev().take(READ_VERSIONS).find(|v| v.id == id)),
            Slot::Once(p, n) => self.once.get_mut(&p).and_then(|o| o.window.get_mut(&n)),
        };
        if let Some(version) = version
            && version.readers.len() < READERS
            && version.readers.iter().all(|(c, _)| *c != client)
        {
            version.readers.push((client, at));
        }
    }

    /// Retained versions of the key that were invoked certainly after `completed`, newest first: nothing at all
    /// when the version complete then is the current one.
    pub fn newer(&self, slot: Slot, completed: Stamp) -> impl Iterator<Item = &Version> {
        let (ring, once) = match slot {
            Slot::Key(k) => (self.keys.get_index(k).map(|(_, h)| &h.ring), None),
            Slot::Once(p, n) => (None, self.once.get(&p).and_then(|o| o.find(n))),
        };
        ring.into_iter()
            .flat_map(|ring| ring.iter().rev())
            .take_while(move |v| v.completed > completed)
            .chain(once)
            .filter(move |v| v.invoked > completed)
    }

    /// Like [`Versions::newer`], but only acknowledged writes that are certainly neither lost nor overruled.
    pub fn standing(
        &self,
        partition: PartitionId,
        slot: Slot,
        completed: Stamp,
    ) -> impl Iterator<Item = &Version> {
        self.newer(slot, completed).filter(|v| v.acknowledged()).filter(move |v| {
            !self.overruled.contains(partition, v.id) && !self.lost.contains(partition, v.id)
        })
    }

    /// The first standing write that a read which returned this was to show: acknowledged before the read began, and
    /// invoked after what the partition lost for good.
    pub fn missed(&self, read: &Operation, view: &View) -> Option<&Version> {
        let restart = self.restart(read.partition).unwrap_or(START);
        self.standing(read.partition, view.slot, view.completed)
            .filter(|v| v.invoked > restart && v.completed < read.invoked)
            .min_by_key(|v| v.completed)
    }

    /// From when on a version that was complete at `completed` is certainly stale: the first acknowledgement among
    /// the standing writes certainly after it. `None`: it may be current.
    pub fn superseded_at(&self, partition: PartitionId, slot: Slot, completed: Stamp) -> Option<Stamp> {
        self.standing(partition, slot, completed).map(|v| v.completed).min()
    }

    /// When the version `value` of a key was certainly complete: [`NEVER`] when it may not be yet, or when an operation
    /// that is still open may have made it.
    pub fn complete(&self, partition: PartitionId, history: &KeyHistory, value: Option<WriteId>) -> Stamp {
        match value {
            None if history.open > 0 => NEVER,
            None => history.deleted,
            Some(WriteId::INITIAL) => START,
            Some(id) if self.made.contains(partition, id) => NEVER,
            Some(id) => match history.find(id) {
                Some(version) => version.completed,
                None if history.open > 0 => NEVER,
                None => history.complete_unretained(id),
            },
        }
    }

    /// The history of a register or object.
    pub fn key(&self, partition: PartitionId, key: Key) -> Option<&KeyHistory> {
        self.keys.get(&(partition, key))
    }

    /// All registers and objects, in the order in which they were first used.
    pub fn keys(&self) -> impl Iterator<Item = (PartitionId, Key, &KeyHistory)> {
        self.keys.iter().map(|((partition, key), history)| (*partition, *key, history))
    }

    /// Write-once keys by partition.
    pub fn once(&self) -> impl Iterator<Item = (PartitionId, &OnceHistory)> {
        self.once.iter().map(|(partition, once)| (*partition, once))
    }

    /// Whether an operation on the key is open.
    pub fn is_open(&self, partition: PartitionId, key: Key) -> bool {
        self.key(partition, key).is_some_and(|h| h.open > 0)
    }

    /// The first read of a value that no write and no merge made, seen over the whole history.
    pub fn unwritten(&self) -> Option<Line> {
        let never = self.keys.iter().filter(|(_, h)| h.open == 0 && !h.any_dropped).find_map(
            |((partition, _), h)| {
                h.awaited.iter().find(|(w, _)| !self.made.contains(*partition, *w)).map(|(_, line)| *line)
            },
        );
        self.invented.or(never)
    }

    /// Versions, write-once keys and values held: what memory grows with.
    pub fn held(&self) -> usize {
        let keys: usize = self.keys.values().map(|h| h.ring.len() + h.awaited.len()).sum();
        let once = self.once.values().map(|o| o.window.len() + o.acknowledged.ranges().len());
        keys + once.sum::<usize>()
    }
}

/// A value of no retained version: of an open write, of one that was dropped, or nobody's.
fn place_unknown(history: &mut KeyHistory, view: &mut View, id: WriteId, line: Line) {
    view.completed = history.complete_unretained(id);
    view.doubtful = view.completed == NEVER || history.open > 0;
    let open_or_nobodys = history.open > 0 || !history.any_dropped;
    if open_or_nobodys && !history.may_come_up(id) && history.awaited.iter().all(|(w, _)| *w != id) {
        history.awaited.push_back((id, line));
        if history.awaited.len() > AWAITED {
            history.awaited.pop_front();
        }
    }
}
