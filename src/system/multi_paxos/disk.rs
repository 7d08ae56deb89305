//! What is durable of a replica.

use crate::algorithm::paxos::{self, Proposal};
use crate::engine::contract::{AckedWrite, Storage};
use crate::model::operation::{Action, Position};
use crate::system::consensus::store::{Command, Store};
use std::sync::Arc;

/// What the protocol keeps.
pub type Stable = paxos::Stable<Arc<Command>>;

/// A replica's disk.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    /// Promises, and what was accepted.
    pub stable: Stable,
    /// Documents as of the first slot that is kept.
    pub store: Store,
}

/// What can be written to a disk.
#[derive(Clone, Debug)]
pub enum DiskRecord {
    /// What the protocol asks for.
    Paxos(paxos::Record<Arc<Command>>),
    /// An image of all slots up to one replaces them.
    Install(u64, Arc<Store>),
    /// An empty disk: the documents as they are before the first slot.
    Format(Box<Store>),
}

/// Where the command of a slot stands: the same whoever proposed it.
pub fn position(slot: u64) -> Position {
    Position { stream: 0, term: 0, index: slot }
}

impl Storage for Disk {
    type Record = DiskRecord;

    fn write(&mut self, record: DiskRecord) {
        use paxos::Record;
        match record {
            DiskRecord::Paxos(Record::Promised(ballot)) => self.stable.promised = ballot,
            DiskRecord::Paxos(Record::Accepted(ballot, first, proposals)) => {
                self.stable.accept(ballot, first, &proposals);
            }
            DiskRecord::Paxos(Record::Compact(upto)) => {
                for (slot, (_, Proposal { command, .. })) in self.stable.accepted.range(..=upto) {
                    if let Some(command) = command {
                        self.store.apply(command, position(*slot), false);
                    }
                }
                self.stable.cut(upto);
            }
            DiskRecord::Install(upto, store) => {
                self.stable.cut(upto);
                self.store = (*store).clone();
            }
            DiskRecord::Format(store) => self.store = *store,
        }
    }
}

impl Disk {
    /// Whether the disk holds an acknowledged write. What is chosen for a slot never changes, but a replica may have accepted
    /// something else for it before.
    pub fn holds(&self, write: &AckedWrite) -> bool {
        let at = write.position.index;
        let accepted = self.stable.accepted.get(&at).and_then(|(_, proposal)| proposal.command.as_ref());
        let made = |command: &Arc<Command>| match &command.action {
            Action::Batch(all) => all.iter().any(|(_, made)| *made == write.write),
            action => action.write_id() == Some(write.write),
        };
        at <= self.stable.base || accepted.is_some_and(made)
    }
}
