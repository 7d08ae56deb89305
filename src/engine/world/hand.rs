//! Driving a world by hand: for stories and tests.

use super::World;
use crate::base::ids::{ActionId, ClientId, FaultId, PartitionId};
use crate::engine::contract::System;
use crate::engine::driver::Draft;
use crate::model::fault::Fault;
use crate::model::operation::{Action, Key, OpId, Operation, WriteId};

impl<S: System> World<S> {
    /// Invokes an operation of a client now; `None` if the client does not belong to this world.
    pub fn ask(
        &mut self,
        client: ClientId,
        partition: PartitionId,
        key: Key,
        action: Action,
    ) -> Option<OpId> {
        let client = self.driver.clients.iter().position(|c| c.id == client)?;
        let draft = Draft { client, partition, key, action, bytes: 1024, closing: false, by_hand: true };
        Some(self.invoke(draft))
    }

    /// The result of an operation asked for by hand, once it has ended.
    pub fn result(&self, op: OpId) -> Option<&Operation> {
        self.by_hand.get(&op)
    }

    /// Begins a fault now, whatever its `at` says, and schedules its end if it has one.
    pub fn strike_fault(&mut self, mut fault: Fault) -> FaultId {
        fault.at = self.now;
        let lasts = fault.lasts;
        let id = self.book.add(fault);
        if let Some(lasts) = lasts {
            self.edges.insert((self.now + lasts, id, false));
        }
        self.fault_edge(id, true);
        id
    }

    /// Ends a fault now; nothing happens unless it is open.
    pub fn heal(&mut self, fault: FaultId) {
        if self.book.is_open(fault) {
            self.edges.retain(|(_, f, _)| *f != fault);
            self.fault_edge(fault, false);
        }
    }

    /// A write id that no other operation of this world has: the value of a write asked for by hand.
    pub fn fresh_write(&mut self) -> WriteId {
        self.driver.write_id()
    }

    /// Sends an operator's command now; its answer is among the records under this action's number.
    pub fn administer(&mut self, action: ActionId, command: S::Command) {
        self.command(action, command);
    }
}
