//! Operations that have not ended.

use crate::base::ids::{ActorId, PartitionId};
use crate::base::time::SimTime;
use crate::model::operation::{Action, Key, OpId};
use std::collections::VecDeque;

/// One open operation.
#[derive(Clone, Debug)]
pub(crate) struct OpenOp {
    /// Its client, as an index into the driver's clients.
    pub client: usize,
    /// The client's actor.
    pub actor: ActorId,
    /// The partition asked.
    pub partition: PartitionId,
    /// The key.
    pub key: Key,
    /// What was asked.
    pub action: Action,
    /// Document size.
    pub bytes: u32,
    /// When it was invoked, and its place in the order of the history.
    pub invoked: (SimTime, u64),
    /// The level it was made at.
    pub level: u8,
    /// Tries made.
    pub attempts: u16,
    /// Tries answered 429.
    pub throttled: u16,
    /// A harness read that closes the window.
    pub closing: bool,
    /// Asked for by hand.
    pub by_hand: bool,
}

/// Open operations by id. Ids count up, so they lie in a queue from the oldest open one on.
#[derive(Clone, Debug)]
pub(crate) struct OpenOps {
    ops: VecDeque<Option<OpenOp>>,
    first: u64,
    count: usize,
}

impl OpenOps {
    /// None open; the first will have this id.
    pub fn new(first: u64) -> Self {
        OpenOps { ops: VecDeque::new(), first, count: 0 }
    }

    /// Opens an operation.
    pub fn add(&mut self, op: OpenOp) -> OpId {
        self.ops.push_back(Some(op));
        self.count += 1;
        OpId(self.first + self.ops.len() as u64 - 1)
    }

    /// An open operation.
    pub fn get(&self, id: OpId) -> Option<&OpenOp> {
        self.ops.get(self.place(id)?)?.as_ref()
    }

    /// An open operation, to change.
    pub fn get_mut(&mut self, id: OpId) -> Option<&mut OpenOp> {
        let at = self.place(id)?;
        self.ops.get_mut(at)?.as_mut()
    }

    /// Ends an operation; `None` if it is not open.
    pub fn end(&mut self, id: OpId) -> Option<OpenOp> {
        let at = self.place(id)?;
        let op = self.ops.get_mut(at)?.take()?;
        self.count -= 1;
        while let Some(None) = self.ops.front() {
            self.ops.pop_front();
            self.first += 1;
        }
        Some(op)
    }

    /// How many are open.
    pub fn len(&self) -> usize {
        self.count
    }

    /// When the oldest open one was invoked.
    pub fn oldest(&self) -> Option<SimTime> {
        self.ops.front()?.as_ref().map(|op| op.invoked.0)
    }

    /// The open operations of one client, in order.
    pub fn of(&self, client: usize) -> Vec<OpId> {
        let mine = |(i, op): (usize, &Option<OpenOp>)| {
            op.as_ref().filter(|op| op.client == client).map(|_| OpId(self.first + i as u64))
        };
        self.ops.iter().enumerate().filter_map(mine).collect()
    }

    fn place(&self, id: OpId) -> Option<usize> {
        id.0.checked_sub(self.first).map(|at| at as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_end_in_any_order_and_each_only_once() {
        let op = |client| OpenOp {
            client,
            actor: ActorId(0),
            partition: PartitionId(0),
            key: Key::register(0),
            action: Action::Read,
            bytes: 0,
            invoked: (SimTime(client as u64), 0),
            level: 0,
            attempts: 1,
            throttled: 0,
            closing: false,
            by_hand: false,
        };
        let mut open = OpenOps::new(100);
        let ids: Vec<OpId> = (0..4).map(|i| open.add(op(i))).collect();
        assert_eq!(ids[3], OpId(103));
        assert!(open.end(ids[1]).is_some() && open.end(ids[1]).is_none());
        assert_eq!((open.len(), open.oldest()), (3, Some(SimTime(0))));
        assert!(open.end(ids[0]).is_some() && open.end(ids[0]).is_none());
        assert_eq!(open.oldest(), Some(SimTime(2)));
        assert_eq!((open.of(2), open.of(1)), (vec![OpId(102)], vec![]));
        assert_eq!(open.add(op(9)), OpId(104));
        assert!(open.get(OpId(999)).is_none() && open.get(OpId(0)).is_none());
    }
}
