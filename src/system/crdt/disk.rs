//! What a replica keeps.

use crate::algorithm::change_log::ChangeLog;
use crate::algorithm::dot_map::{Dot, DotMap, Fragment, Live};
use crate::algorithm::interval_set::IntervalSet;
use crate::algorithm::version_vector::VersionVector;
use crate::engine::contract::Storage;
use crate::model::operation::{Key, Position, WriteId};
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
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What is live.
    pub of: Fragment<Key, Value>,
    /// Of each of some keys, as they come there: its events that the other had not seen. Empty for all keys.
    pub new: Vec<VersionVector>,
}

/// Durable state of a replica. A replica also has it in memory, as it will be once all that was handed over is durable.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Disk {
    /// The name under which it makes updates: none on an empty disk.
    pub name: Option<u32>,
    /// The data.
    pub map: DotMap<Key, Value>,
    /// Which keys changed by what.
    pub log: ChangeLog<Key>,
    /// How many changed keys are remembered.
    most: usize,
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
    /// What another replica knows; `true` (a mutant): it removes nothing.
    Merge(Arc<Part>, bool),
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
                self.changed(*key, made.dot)
            }
            Record::Remove(key, dot, stamp) => {
                self.map.remove(*key, *dot, *stamp);
                self.changed(*key, *dot)
            }
            Record::Merge(part, adds_only) => self.merge(part, *adds_only),
        }
    }

    fn changed(&mut self, key: Key, by: Dot) -> Vec<Key> {
        self.log.note(key, [(by.origin, by.seq)].into_iter().collect(), self.most);
        if key.is_once() {
            self.once.insert(key.number());
        }
        vec![key]
    }

    fn merge(&mut self, part: &Part, adds_only: bool) -> Vec<Key> {
        let seen = self.map.context().clone();
        let changed = match adds_only {
            true => self.map.join_all(&part.of),
            false => self.map.join(&part.of),
        };
        for key in changed.iter().filter(|key| key.is_once()) {
            self.once.insert(key.number());
        }
        // What others may have to be told: also of keys that were made and removed before this replica heard of them, but
        // not of events that it had seen.
        match part.of.whole {
            true => self.log.forget(&part.of.context.beyond(&seen)),
            false => {
                for ((key, _), by) in part.of.keys.iter().zip(&part.new) {
                    let new = by.beyond(&seen);
                    if !new.is_empty() {
                        self.log.note(*key, new, self.most);
                    }
                }
            }
        }
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
