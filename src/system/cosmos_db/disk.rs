//! What is durable: a replica's log and documents, a manager's configurations, the vault's backups.

use crate::algorithm::election::Ballot;
use crate::algorithm::log::{Accept, ReplicatedLog, Term};
use crate::algorithm::version_vector::VersionVector;
use crate::base::ids::{ActorId, PartitionId};
use crate::engine::contract::{AckedWrite, Storage};
use crate::system::cosmos_db::entry::Entry;
use crate::system::cosmos_db::message::{Entries, Image};
use crate::system::cosmos_db::store::Store;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One actor's disk.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    /// The log after `log.base()`.
    pub log: ReplicatedLog<Entry>,
    /// Documents as of `log.base()`.
    pub store: Store,
    /// Highest ballot promised.
    pub promised: Ballot,
    /// The configuration this replica last belonged to.
    pub set: Option<SetConfig>,
    /// Several write regions: writes of each region in documents and log.
    pub vector: VersionVector,
    /// Several write regions: writes of each region in the documents.
    pub base_vector: VersionVector,
    /// The account's epoch this replica last followed.
    pub epoch: u32,
    /// The region has no copy of the partition's data (COS-15): it did not belong to the account so far.
    pub blank: bool,
    /// Manager: configuration of each partition's replica set.
    pub sets: BTreeMap<PartitionId, SetConfig>,
    /// Vault: backups of each partition, oldest first.
    pub backups: BTreeMap<PartitionId, Vec<Image>>,
}

/// A replica set's configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct SetConfig {
    /// Its number.
    pub ballot: Ballot,
    /// Its members.
    pub members: Arc<[ActorId]>,
    /// Its leader.
    pub leader: ActorId,
}

/// What can be written to a disk.
#[derive(Clone, Debug)]
pub enum DiskRecord {
    /// Log entries after (index, term); a conflicting suffix is cut off.
    Append((u64, Term), Entries),
    /// Cut the log after this index.
    Truncate(u64),
    /// Fold the log up to this index into the documents.
    Compact(u64),
    /// A promise not to follow lower ballots.
    Promise(Ballot),
    /// The configuration this replica belongs to.
    Member(SetConfig),
    /// The account's epoch.
    Epoch(u32),
    /// Replace everything by a copy.
    Install(Box<Image>),
    /// An empty disk: the documents as they are before the first entry.
    Format(Box<Store>),
    /// The region was removed: its data is gone.
    Wipe(Box<Store>),
    /// Manager: a replica set's configuration.
    Set(PartitionId, SetConfig),
    /// Vault: a backup; this many are kept.
    Backup(Box<Image>, usize),
}

/// Takes entries over a log's own: a suffix that the sender does not have gives way to them.
pub fn overwrite(log: &mut ReplicatedLog<Entry>, prev: (u64, Term), entries: &[(Term, Entry)]) -> Accept {
    match log.accept(prev.0, prev.1, entries) {
        Accept::Conflict { truncate_to } if truncate_to >= log.base() => {
            log.truncate(truncate_to);
            match log.accept(prev.0, prev.1, entries) {
                Accept::Gap { have } => Accept::Gap { have },
                _ => Accept::Conflict { truncate_to },
            }
        }
        Accept::Conflict { .. } => Accept::Gap { have: 0 },
        other => other,
    }
}

/// Applies the entries of `log` up to `upto` to documents that stand at its base.
fn fold(log: &ReplicatedLog<Entry>, upto: u64, store: &mut Store, vector: &mut VersionVector) {
    for entry in (log.base() + 1..=upto).filter_map(|index| log.get(index)) {
        entry.raise(vector);
        match &entry.stamp {
            Some(stamp) => {
                store.merge(entry, stamp, false);
            }
            None => store.apply(entry),
        }
    }
}

impl Storage for Disk {
    type Record = DiskRecord;

    fn write(&mut self, record: DiskRecord) {
        match record {
            DiskRecord::Append((prev, term), entries) => {
                let before = self.log.last();
                match overwrite(&mut self.log, (prev, term), &entries) {
                    Accept::Appended { .. } => {
                        entries.iter().for_each(|(_, entry)| entry.raise(&mut self.vector));
                    }
                    Accept::Duplicate => {}
                    Accept::Gap { .. } if self.log.last() == before => {}
                    Accept::Conflict { .. } | Accept::Gap { .. } => self.count_again(),
                }
            }
            DiskRecord::Truncate(last) => {
                if last < self.log.last() {
                    self.log.truncate(last);
                    self.count_again();
                }
            }
            DiskRecord::Compact(upto) => self.compact(upto),
            DiskRecord::Promise(ballot) => self.promised = self.promised.max(ballot),
            DiskRecord::Member(set) => self.set = Some(set),
            DiskRecord::Epoch(epoch) => self.epoch = self.epoch.max(epoch),
            DiskRecord::Install(image) => {
                self.log = ReplicatedLog::from_snapshot(image.lineage, image.upto);
                self.store = image.store;
                self.base_vector = image.vector.clone();
                self.vector = image.vector;
                self.epoch = self.epoch.max(image.epoch);
                self.blank = false;
            }
            DiskRecord::Format(first) => {
                if self.log.last() == 0 {
                    self.store = *first;
                }
            }
            DiskRecord::Wipe(empty) => {
                self.log = ReplicatedLog::default();
                self.store = *empty;
                self.vector = VersionVector::default();
                self.base_vector = VersionVector::default();
                self.blank = true;
            }
            DiskRecord::Set(partition, set) => {
                self.sets.insert(partition, set);
            }
            DiskRecord::Backup(image, copies) => {
                let kept = self.backups.entry(image.partition).or_default();
                kept.push(*image);
                if kept.len() > copies {
                    kept.remove(0);
                }
            }
        }
    }
}

impl Disk {
    /// Documents and version vector as of the log index `upto`, which is at least the base and durable.
    pub fn as_of(&self, upto: u64) -> (Store, VersionVector) {
        let (mut store, mut vector) = (self.store.clone(), self.base_vector.clone());
        fold(&self.log, upto, &mut store, &mut vector);
        (store, vector)
    }

    /// The log was cut: the version vector is that of the documents and of what is left of the log.
    fn count_again(&mut self) {
        self.vector = self.base_vector.clone();
        for (_, _, entry) in self.log.iter_from(self.log.base() + 1) {
            entry.raise(&mut self.vector);
        }
    }

    fn compact(&mut self, upto: u64) {
        let upto = upto.min(self.log.last());
        fold(&self.log, upto, &mut self.store, &mut self.base_vector);
        self.log.compact(upto);
    }

    /// Whether the disk holds an acknowledged write, or one after it in the same lineage.
    pub fn holds(&self, write: &AckedWrite) -> bool {
        let position = &write.position;
        let in_backup = |image: &Image| {
            if position.stream > 0 {
                image.vector.get(position.stream - 1) >= position.index
            } else {
                image.lineage.holds(Term(position.term), position.index, image.upto)
            }
        };
        if let Some(kept) = self.backups.get(&write.partition) {
            return kept.iter().any(in_backup);
        }
        if position.stream > 0 {
            return self.vector.get(position.stream - 1) >= position.index;
        }
        self.log.lineage().holds(Term(position.term), position.index, self.log.last())
    }
}
