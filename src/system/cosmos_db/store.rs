//! The documents of one partition, as of one point of its log.

use crate::algorithm::interval_set::IntervalSet;
use crate::base::ids::PartitionId;
use crate::model::operation::{Key, WriteId};
use crate::system::cosmos_db::entry::{Body, Entry, Lost, Stamp, generation, order};
use indexmap::IndexMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Documents and the conflict feed. Write-once keys are kept as ranges of serial numbers, so that memory does not grow
/// with time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Store {
    partition: PartitionId,
    registers: Vec<Version>,
    objects: BTreeMap<u64, Version>,
    once: IntervalSet,
    /// Lost writes of earlier lineages that came back (COS-12), in order of return, and whether the application has dealt
    /// with each.
    feed: IndexMap<Lost, bool>,
}

/// What a key holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Version {
    /// The value; `None` for a deleted document (kept where several regions write, to settle conflicts).
    pub value: Option<WriteId>,
    /// The write that put it there (a deletion has an id too).
    pub by: WriteId,
    /// Its origin, where several regions write.
    pub stamp: Option<Arc<Stamp>>,
}

/// Two writes that did not know of each other met at a key.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// The key.
    pub key: Key,
    /// The write that stays.
    pub winner: WriteId,
    /// The write that was overruled.
    pub loser: WriteId,
    /// Stamps of winner and loser.
    pub stamps: (Arc<Stamp>, Arc<Stamp>),
}

impl Store {
    /// A store with `registers` registers that all hold the initial value.
    pub fn new(partition: PartitionId, registers: u32) -> Store {
        let initial = Version { value: Some(WriteId::INITIAL), ..Version::default() };
        Store { partition, registers: vec![initial; registers as usize], ..Store::default() }
    }

    /// What `key` holds now.
    pub fn read(&self, key: Key) -> Option<WriteId> {
        if key.is_once() {
            return self.once.contains(key.number()).then(|| WriteId::of_once(self.partition, key));
        }
        self.version(key).and_then(|v| v.value)
    }

    /// The version at `key`, if it was ever written (or is a register).
    pub fn version(&self, key: Key) -> Option<&Version> {
        if key.is_object() {
            self.objects.get(&key.number())
        } else {
            self.registers.get(key.number() as usize)
        }
    }

    /// The write-once serials present.
    pub fn serials(&self) -> &IntervalSet {
        &self.once
    }

    /// Applies an entry of a single-writer log: later entries win.
    pub fn apply(&mut self, entry: &Entry) {
        match &entry.body {
            Body::Put(key, write) => self.set(*key, Some(*write), *write, None),
            Body::Remove(key, write) => self.set(*key, None, *write, None),
            Body::Batch(all) => {
                all.iter().for_each(|(key, write)| self.set(*key, Some(*write), *write, None))
            }
            Body::Epoch | Body::Blank { .. } => {}
            Body::Copied(copied) => self.take_in(&copied.store),
            Body::Feed(all) => self.feed(all),
            Body::Settled(all) => all.iter().for_each(|(lost, back)| self.settle(lost, *back)),
        }
    }

    fn feed(&mut self, lost: &[Lost]) {
        for lost in lost {
            self.feed.entry(*lost).or_insert(false);
        }
    }

    /// Once for each entry of the feed: whatever was done to the document since stays as it is.
    fn settle(&mut self, lost: &Lost, back: bool) {
        if let Some(dealt) = self.feed.get_mut(lost).filter(|dealt| !**dealt) {
            *dealt = true;
            if back {
                self.set(lost.key, Some(lost.write), lost.write, None);
            }
        }
    }

    /// Whether the conflict feed holds, or held, this write.
    pub fn fed(&self, lost: &Lost) -> bool {
        self.feed.contains_key(lost)
    }

    /// What of the conflict feed the application has not dealt with: the first `most` entries.
    pub fn unsettled(&self, most: usize) -> Vec<Lost> {
        self.feed.iter().filter(|(_, dealt)| !**dealt).map(|(lost, _)| *lost).take(most).collect()
    }

    /// Whether a lost write may be made data again: it put a document there of which this lineage has never heard, and the
    /// feed has no later write of it. Registers always hold something.
    pub fn restorable(&self, lost: &Lost) -> bool {
        if lost.removes || self.feed.get(lost) != Some(&false) {
            return false;
        }
        if lost.key.is_once() {
            return !self.once.contains(lost.key.number());
        }
        let last = self.feed.keys().rev().find(|other| other.key == lost.key);
        last == Some(lost) && self.version(lost.key).is_none()
    }

    /// Applies a stamped entry (several write regions): conflicts go to the greater order number, or to the later
    /// arrival when `last_arrival` (a mutant). Returns the conflicts met.
    pub fn merge(&mut self, entry: &Entry, stamp: &Arc<Stamp>, last_arrival: bool) -> Vec<Conflict> {
        let deletes = matches!(entry.body, Body::Remove(..));
        if let Body::Feed(all) = &entry.body {
            self.feed(all);
        }
        entry
            .body
            .writes()
            .filter_map(|(key, write)| self.merge_one(key, write, deletes, stamp, last_arrival))
            .collect()
    }

    fn merge_one(
        &mut self,
        key: Key,
        write: WriteId,
        deletes: bool,
        stamp: &Arc<Stamp>,
        last_arrival: bool,
    ) -> Option<Conflict> {
        let value = (!deletes).then_some(write);
        let held = self.version(key).and_then(|v| v.stamp.clone().map(|s| (v.by, s)));
        let Some((by, other)) = held.filter(|_| !key.is_once()) else {
            self.set(key, value, write, Some(stamp.clone()));
            return None;
        };
        let wins = last_arrival || (stamp.order, stamp.origin) > (other.order, other.origin);
        if wins {
            self.set(key, value, write, Some(stamp.clone()));
        }
        if stamp.saw(&other) || other.saw(stamp) || by == write {
            return None;
        }
        let (winner, loser, stamps) =
            if wins { (write, by, (stamp.clone(), other)) } else { (by, write, (other, stamp.clone())) };
        Some(Conflict { key, winner, loser, stamps })
    }

    /// Takes in what another region held: of each document the version that wins.
    fn take_in(&mut self, other: &Store) {
        let rank = |v: &Version| v.stamp.as_ref().map(|s| (s.order, s.origin));
        for (held, theirs) in self.registers.iter_mut().zip(&other.registers) {
            if rank(theirs) > rank(held) {
                *held = theirs.clone();
            }
        }
        for (number, theirs) in &other.objects {
            if self.objects.get(number).is_none_or(|held| rank(theirs) > rank(held)) {
                self.objects.insert(*number, theirs.clone());
            }
        }
        self.once = self.once.union(&other.once);
        for (lost, dealt) in &other.feed {
            *self.feed.entry(*lost).or_insert(false) |= *dealt;
        }
    }

    /// The order number for a new write of `key` accepted here: see [`order`].
    pub fn next_order(&self, key: Key, deletes: bool, clock_us: u64) -> u64 {
        let held = self.version(key).and_then(|v| v.stamp.as_ref()).map_or(0, |s| s.order);
        let after = order(generation(held) + u64::from(deletes), clock_us);
        if after > held { after } else { held + 1 }
    }

    fn set(&mut self, key: Key, value: Option<WriteId>, by: WriteId, stamp: Option<Arc<Stamp>>) {
        if key.is_once() {
            if value.is_some() {
                self.once.insert(key.number());
            }
            return;
        }
        let version = Version { value, by, stamp };
        if key.is_object() {
            self.objects.insert(key.number(), version);
        } else if let Some(slot) = self.registers.get_mut(key.number() as usize) {
            *slot = version;
        }
    }
}
