//! The documents of one partition as of one point of its log, and the sessions by which each command counts once.

use crate::algorithm::interval_set::IntervalSet;
use crate::base::ids::{ClientId, PartitionId};
use crate::model::operation::{Action, Key, Observed, OpId, Position, Status, WriteId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A client's write, as the log holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// Who asks.
    pub client: ClientId,
    /// The operation: sent again, it is the same one.
    pub op: OpId,
    /// The client waits for nothing older than this.
    pub floor: OpId,
    /// The key; for batches the first one.
    pub key: Key,
    /// What is asked.
    pub action: Action,
    /// Documents' size in bytes.
    pub bytes: u32,
}

/// How a command ended: a position if it had an effect.
pub type Ended = (Status, Option<Position>);

/// Commands of one client that were carried out (dissertation, section 6.3).
#[derive(Clone, Debug, Default, PartialEq)]
struct Session {
    /// The client waits for nothing older: what is older and comes now, comes too late.
    floor: Option<OpId>,
    ended: BTreeMap<OpId, Ended>,
}

/// Documents and sessions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Store {
    partition: PartitionId,
    registers: Vec<WriteId>,
    objects: BTreeMap<u64, WriteId>,
    once: IntervalSet,
    sessions: BTreeMap<ClientId, Session>,
}

impl Store {
    /// A store with `registers` registers that all hold the initial value.
    pub fn new(partition: PartitionId, registers: u32) -> Store {
        Store { partition, registers: vec![WriteId::INITIAL; registers as usize], ..Store::default() }
    }

    /// Its partition.
    pub fn partition(&self) -> PartitionId {
        self.partition
    }

    /// Carries out a command that stands at `position`, unless it was carried out before: then it ends as it did then.
    /// With `again` (a mutant) it is carried out each time.
    pub fn apply(&mut self, command: &Command, position: Position, again: bool) -> Ended {
        let session = self.sessions.entry(command.client).or_default();
        session.floor = session.floor.max(Some(command.floor));
        while session.ended.first_key_value().is_some_and(|(op, _)| Some(*op) < session.floor) {
            session.ended.pop_first();
        }
        if !again {
            if let Some(ended) = session.ended.get(&command.op) {
                return *ended;
            }
            if Some(command.op) < session.floor {
                return (Status::TIMEOUT, None);
            }
        }
        let status = self.carry_out(command);
        let ended = (status, (status.code < 300).then_some(position));
        if let Some(session) = self.sessions.get_mut(&command.client) {
            session.ended.insert(command.op, ended);
        }
        ended
    }

    fn carry_out(&mut self, command: &Command) -> Status {
        let (created, deleted) = (Status::new(201, 0), Status::new(204, 0));
        let (conflict, missing) = (Status::new(409, 0), Status::new(404, 0));
        let held = self.read(command.key);
        let (write, status) = match (&command.action, held) {
            (Action::Write(write), _) => (Some(*write), Status::OK),
            (Action::Insert(write), None) => (Some(*write), created),
            (Action::Insert(_), Some(_)) => return conflict,
            (Action::Replace(write), Some(_)) => (Some(*write), Status::OK),
            (Action::Delete(_), Some(_)) => (None, deleted),
            (Action::Replace(_) | Action::Delete(_) | Action::Conditional { .. }, None) => return missing,
            (Action::Conditional { expected, write }, Some(value)) if value == *expected => {
                (Some(*write), Status::OK)
            }
            (Action::Conditional { .. }, Some(_)) => return Status::new(412, 0),
            (Action::Batch(all), _) => {
                all.iter().for_each(|(key, write)| self.set(*key, Some(*write)));
                return Status::OK;
            }
            (Action::Read | Action::BatchRead(_) | Action::ReadBack, _) => return Status::new(400, 0),
        };
        self.set(command.key, write);
        status
    }

    fn set(&mut self, key: Key, write: Option<WriteId>) {
        match (write, key.is_object()) {
            (Some(_), _) if key.is_once() => {
                self.once.insert(key.number());
            }
            (Some(write), true) => {
                self.objects.insert(key.number(), write);
            }
            (None, true) => {
                self.objects.remove(&key.number());
            }
            (write, false) => {
                if let (Some(held), Some(write)) = (self.registers.get_mut(key.number() as usize), write) {
                    *held = write;
                }
            }
        }
    }

    /// What `key` holds now.
    pub fn read(&self, key: Key) -> Option<WriteId> {
        if key.is_once() {
            return self.once.contains(key.number()).then(|| WriteId::of_once(self.partition, key));
        }
        match key.is_object() {
            true => self.objects.get(&key.number()).copied(),
            false => self.registers.get(key.number() as usize).copied(),
        }
    }

    /// The answer to a read.
    pub fn observe(&self, key: Key, action: &Action) -> Observed {
        match action {
            Action::BatchRead(keys) => {
                let all: Vec<_> = keys.iter().map(|key| (*key, self.read(*key))).collect();
                Observed::Many(Arc::from(all))
            }
            Action::ReadBack => Observed::Serials(self.once.ranges().into()),
            _ => self.read(key).map_or(Observed::Absent, Observed::Value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(op: u64, floor: u64, action: Action) -> Command {
        let (op, floor) = (OpId(op), OpId(floor));
        Command { client: ClientId(1), op, floor, key: Key::object(3), action, bytes: 10 }
    }
    fn at(index: u64) -> Position {
        Position { stream: 0, term: 1, index }
    }

    #[test]
    fn a_command_that_comes_again_ends_as_it_did_and_one_that_comes_too_late_does_nothing() {
        let mut store = Store::new(PartitionId(0), 1);
        let insert = command(1, 1, Action::Insert(WriteId(5)));
        let first = store.apply(&insert, at(1), false);
        assert_eq!(first, (Status::new(201, 0), Some(at(1))));
        assert_eq!(store.apply(&command(2, 1, Action::Delete(WriteId(6))), at(2), false).0.code, 204);
        assert_eq!(store.apply(&insert, at(3), false), first);
        assert_eq!(store.read(Key::object(3)), None);
        store.apply(&command(9, 9, Action::Insert(WriteId(7))), at(4), false);
        assert_eq!(store.apply(&insert, at(5), false), (Status::TIMEOUT, None), "nobody waits for it");
        assert_eq!(store.read(Key::object(3)), Some(WriteId(7)));
    }
}
