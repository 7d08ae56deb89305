//! What is durable: of a replica, and of a node of the coordinator.

use super::configuration::{Configuration, Known};
use super::message::Whole;
use crate::algorithm::lineage::Lineage;
use crate::algorithm::log::{ReplicatedLog, Term};
use crate::algorithm::raft::overwrite;
use crate::algorithm::register::Acceptor;
use crate::base::ids::PartitionId;
use crate::engine::contract::{AckedWrite, Storage};
use crate::model::operation::{Action, Position, WriteId};
use crate::system::consensus::store::{Command, Store};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// A log entry.
#[derive(Clone, Debug)]
pub enum Entry {
    /// The first one of a new primary.
    Epoch,
    /// A client's write.
    Write(Arc<Command>),
    /// Stands for writes of a stretch of time that was jumped over: see `replica/skip.rs`.
    Left {
        /// Their bytes.
        bytes: u64,
        /// Whoever is sent it took them in meanwhile: they cost nothing more.
        had: bool,
    },
}

impl Entry {
    /// What it takes on the wire beyond a frame, sent to one who kept up when time was jumped over or who did not.
    pub fn bytes(&self, kept_up: bool) -> u64 {
        match self {
            Entry::Write(command) => u64::from(command.bytes),
            Entry::Left { bytes, .. } if !kept_up => *bytes,
            Entry::Epoch | Entry::Left { .. } => 0,
        }
    }

    /// As it is sent to such a one.
    pub fn offer(&mut self, kept_up: bool) {
        if let Entry::Left { had, .. } = self {
            *had = kept_up;
        }
    }
}

/// A disk.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    /// It was never destroyed, or has been filled again since.
    pub member: bool,
    /// The newest configuration that it knows.
    pub known: Known,
    /// The log.
    pub log: ReplicatedLog<Entry>,
    /// Documents as of the log's base.
    pub store: Store,
    /// Up to where all of the log may be used.
    pub whole: Whole,
    /// Writes in entries that were compacted although some other replica may not have them: index and write.
    pub trimmed: VecDeque<(u64, WriteId)>,
    /// Of a node of the coordinator: what it promised and accepted. A node that was destroyed has none.
    pub register: BTreeMap<PartitionId, Acceptor<Configuration>>,
}

/// What can be written to a disk.
#[derive(Clone, Debug)]
pub enum DiskRecord {
    /// The newest configuration.
    Known(Known),
    /// Entries after this one; what conflicts with them is cut off.
    Append((u64, Term), Vec<(Term, Entry)>, Whole),
    /// What comes after this entry is cut off.
    Truncate(u64),
    /// Entries up to here are folded into the documents; others have all up to there.
    Compact(u64, u64),
    /// An image takes the place of everything.
    Install(Lineage, u64, Arc<Store>, Whole),
    /// An empty disk: the documents before the first entry.
    Format(Box<Store>),
    /// The disk has all that it should.
    Admitted,
    /// Of the coordinator.
    Register(PartitionId, Acceptor<Configuration>),
}

/// Carries out what the entries after `from`, up to and with `upto`, ask for.
pub fn fold(log: &ReplicatedLog<Entry>, (from, upto): (u64, u64), store: &mut Store) {
    for (index, term, entry) in log.iter_from(from + 1).take_while(|(index, ..)| *index <= upto) {
        if let Entry::Write(command) = entry {
            store.apply(command, Position { stream: 0, term: term.0, index }, false);
        }
    }
}

/// The writes of an entry.
pub fn writes(partition: PartitionId, entry: &Entry) -> Vec<WriteId> {
    let Entry::Write(command) = entry else { return Vec::new() };
    match &command.action {
        Action::Insert(_) if command.key.is_once() => vec![WriteId::of_once(partition, command.key)],
        Action::Batch(all) => all.iter().map(|(_, write)| *write).collect(),
        action => action.write_id().into_iter().collect(),
    }
}

impl Storage for Disk {
    type Record = DiskRecord;

    fn write(&mut self, record: DiskRecord) {
        match record {
            DiskRecord::Known(known) => self.known = known,
            DiskRecord::Append(prev, entries, whole) => {
                overwrite(&mut self.log, prev, &entries, 0);
                self.whole = whole;
            }
            DiskRecord::Truncate(upto) => {
                self.log.truncate(upto);
                self.whole.0 = self.whole.0.min(self.log.last());
            }
            DiskRecord::Compact(upto, everywhere) => self.compact(upto, everywhere),
            DiskRecord::Install(lineage, upto, store, whole) => {
                self.log = ReplicatedLog::from_snapshot(lineage, upto);
                (self.store, self.whole) = ((*store).clone(), whole);
                self.trimmed.clear();
            }
            DiskRecord::Format(store) => self.store = *store,
            DiskRecord::Admitted => self.member = true,
            DiskRecord::Register(partition, acceptor) => _ = self.register.insert(partition, acceptor),
        }
    }
}

impl Disk {
    fn compact(&mut self, upto: u64, everywhere: u64) {
        let (base, upto) = (self.log.base(), upto.min(self.log.last()));
        let partition = self.store.partition();
        for (index, _, entry) in self.log.iter_from(base.max(everywhere) + 1).take_while(|(i, ..)| *i <= upto)
        {
            self.trimmed.extend(writes(partition, entry).into_iter().map(|write| (index, write)));
        }
        while self.trimmed.front().is_some_and(|(index, _)| *index <= everywhere) {
            self.trimmed.pop_front();
        }
        fold(&self.log, (base, upto), &mut self.store);
        self.log.compact(upto);
    }

    /// Whether the disk holds an acknowledged write, or one after it in the same lineage.
    pub fn holds(&self, write: &AckedWrite) -> bool {
        let at = &write.position;
        self.log.lineage().holds(Term(at.term), at.index, self.log.last())
    }
}
