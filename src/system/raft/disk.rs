//! What is durable of a replica.

use crate::algorithm::log::{ReplicatedLog, Term};
use crate::algorithm::raft::{self, Entry, Head, Membership, Payload};
use crate::base::ids::ActorId;
use crate::engine::contract::{AckedWrite, Storage};
use crate::model::operation::Position;
use crate::system::consensus::store::{Command, Store};
use std::sync::Arc;

/// A log entry.
pub type LogEntry = Entry<ActorId, Arc<Command>>;
/// What the protocol keeps.
pub type Stable = raft::Stable<ActorId, Arc<Command>>;

/// A replica's disk.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    /// Term, vote, log and members.
    pub stable: Stable,
    /// Documents as of the log's base.
    pub store: Store,
    /// It keeps no commands.
    pub witness: bool,
    /// It never belonged to its group so far.
    pub spare: bool,
}

/// What can be written to a disk.
#[derive(Clone, Debug)]
pub enum DiskRecord {
    /// What the protocol asks for.
    Raft(raft::Record<ActorId, Arc<Command>>),
    /// A snapshot replaces everything.
    Install(Head<ActorId>, Arc<Store>),
    /// An empty disk: the documents as they are before the first entry, and whether it is a witness's.
    Format(Box<Store>, bool),
}

/// Carries out what the entries after `from`, up to and with `upto`, ask for.
pub fn fold(log: &ReplicatedLog<LogEntry>, (from, upto): (u64, u64), store: &mut Store, again: bool) {
    for (index, term, entry) in log.iter_from(from + 1).take_while(|(index, ..)| *index <= upto) {
        if let Payload::Command(command) = &entry.payload {
            store.apply(command, Position { stream: 0, term: term.0, index }, again);
        }
    }
}

impl Storage for Disk {
    type Record = DiskRecord;

    fn write(&mut self, record: DiskRecord) {
        use raft::Record;
        match record {
            DiskRecord::Raft(Record::Ballot(term, vote)) => {
                (self.stable.term, self.stable.vote) = (term, vote);
            }
            DiskRecord::Raft(Record::Append(prev, entries)) => {
                self.spare = false;
                raft::overwrite(&mut self.stable.log, prev, &entries, 0);
            }
            DiskRecord::Raft(Record::Compact(upto)) => self.compact(upto),
            DiskRecord::Raft(Record::Admitted) => self.stable.mute = false,
            DiskRecord::Install(head, store) => {
                self.spare = false;
                self.stable.log = ReplicatedLog::from_snapshot(head.lineage, head.upto);
                self.stable.members = head.members;
                self.store = (*store).clone();
            }
            DiskRecord::Format(store, witness) => {
                (self.store, self.witness) = (*store, witness);
            }
        }
    }
}

impl Disk {
    fn compact(&mut self, upto: u64) {
        let log = &mut self.stable.log;
        let (base, upto) = (log.base(), upto.min(log.last()));
        fold(log, (base, upto), &mut self.store, false);
        let members = |entry: &LogEntry| match &entry.payload {
            Payload::Members(members) => Some(members.clone()),
            _ => None,
        };
        let last: Option<Arc<Membership<ActorId>>> =
            log.iter_from(base + 1).take_while(|(i, ..)| *i <= upto).filter_map(|(.., e)| members(e)).last();
        if let Some(members) = last {
            self.stable.members = members;
        }
        log.compact(upto);
    }

    /// Whether the disk holds an acknowledged write, or one after it in the same lineage.
    pub fn holds(&self, write: &AckedWrite) -> bool {
        let (log, at) = (&self.stable.log, &write.position);
        !self.witness && log.lineage().holds(Term(at.term), at.index, log.last())
    }
}
