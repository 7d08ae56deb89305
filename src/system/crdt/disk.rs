//! What a replica keeps.

use crate::algorithm::change_log::ChangeLog;
use crate::algorithm::dot_map::{Dot, DotMap, Fragment, Live};
use crate::algorithm::interval_set::IntervalSet;
use crate::engine::contract::Storage;
use crate::model::operation::{Key, Position, WriteId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// The write that made it.
    pub write: WriteId,
    /// Its size.
    pub bytes: u32,
}

/// What one replica tells another of some keys, or of all.
pub type Part = Fragment<Key, Value>;

/// Durable state of a replica. A replica also has it in memory, as it will be once all that was handed over is durable.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Disk {
    /// The name under which it makes updates: none on an empty disk.
    pub name: Option<u32>,
    /// The data.
    pub map: DotMap<Key, Value>,
    /// What changed when.
    pub log: ChangeLog<Key>,
    /// How many changed keys are remembered.
    most: usize,
    /// Of each other replica, by name: up to which of its changes everything is here.
    pub merged: BTreeMap<u32, u64>,
    once: IntervalSet,
}

/// What is written.
#[derive(Clone, Debug)]
pub enum Record {
    /// An empty disk gets a name, and a number of changed keys to remember.
    Name(u32, usize),
    /// A value replaces all that is there.
    Put(Key, Live<Value>),
    /// All that is there is removed.
    Remove(Key, Dot, u64),
    /// What another replica knows, with all its changes up to one; `true` (a mutant): it removes nothing.
    Merge(Arc<Part>, u32, u64, bool),
}

impl Storage for Disk {
    type Record = Record;

    fn write(&mut self, record: Record) {
        self.apply(&record);
    }
}

impl Disk {
    /// A disk with a name and no data.
    pub fn new(name: u32, most: usize) -> Disk {
        Disk { name: Some(name), most, ..Disk::default() }
    }

    /// Carries out a record. Gives the keys that it changed.
    pub fn apply(&mut self, record: &Record) -> Vec<Key> {
        match record {
            Record::Name(name, most) => {
                (self.name, self.most) = (Some(*name), *most);
                Vec::new()
            }
            Record::Put(key, made) => {
                self.map.put(*key, made.clone());
                self.changed(*key)
            }
            Record::Remove(key, dot, stamp) => {
                self.map.remove(*key, *dot, *stamp);
                self.changed(*key)
            }
            Record::Merge(part, by, upto, adds_only) => self.merge(part, (*by, *upto), *adds_only),
        }
    }

    fn changed(&mut self, key: Key) -> Vec<Key> {
        self.log.note(key, self.most);
        if key.is_once() {
            self.once.insert(key.number());
        }
        vec![key]
    }

    fn merge(&mut self, part: &Part, (by, upto): (u32, u64), adds_only: bool) -> Vec<Key> {
        let news = !self.map.context().covers(&part.context);
        let changed = match adds_only {
            true => self.map.join_all(part),
            false => self.map.join(part),
        };
        for key in changed.iter().filter(|key| key.is_once()) {
            self.once.insert(key.number());
        }
        // What others have to be told: also of keys that were made and removed before this replica heard of them.
        match (news, part.whole) {
            (true, true) => self.log.forget(),
            (true, false) => part.keys.iter().for_each(|(key, _)| self.log.note(*key, self.most)),
            (false, _) => {}
        }
        let mark = self.merged.entry(by).or_default();
        *mark = upto.max(*mark);
        changed
    }

    /// Which write-once keys are here.
    pub fn serials(&self) -> &[(u64, u64)] {
        self.once.ranges()
    }

    /// Whether an acknowledged update was seen: it is here, or was replaced or removed by one that had seen it.
    pub fn has_seen(&self, position: Position) -> bool {
        Dot { origin: position.stream, seq: position.index }.is_in(self.map.context())
    }
}
