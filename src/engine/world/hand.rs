//! Driving a world by hand: for stories and tests.

use super::World;
use super::dispatch::Label;
use crate::base::ids::{ActionId, ActorId, ClientId, FaultId, NodeId, PartitionId};
use crate::engine::contract::{Actor, System, Wire};
use crate::engine::driver::Draft;
use crate::engine::faults::Edge;
use crate::model::fault::Fault;
use crate::model::operation::{Action, Key, OpId, Operation, WriteId};

impl<S: System> World<S> {
    /// Invokes an operation of a client now; `None` if the client or the partition does not belong to this world, or the
    /// client does not run.
    pub fn ask(
        &mut self,
        client: ClientId,
        partition: PartitionId,
        key: Key,
        action: Action,
    ) -> Option<OpId> {
        let client = self.driver.clients.iter().position(|c| c.id == client)?;
        if !self.is_running(self.driver.clients[client].node) || !self.partitions.contains(&partition) {
            return None;
        }
        let draft = Draft { client, partition, key, action, bytes: 1024, closing: false, by_hand: true };
        Some(self.invoke(draft))
    }

    /// The result of an operation asked for by hand, once it has ended.
    pub fn result(&self, op: OpId) -> Option<&Operation> {
        self.by_hand.get(&op)
    }

    /// Delivers a message now, past the network; nothing happens if its receiver does not run.
    pub fn deliver(&mut self, from: ActorId, to: ActorId, msg: S::Msg) {
        if self.is_running(self.node(to)) {
            let label = Label { kind: "message", name: msg.label(), size: msg.bytes() };
            self.callback(to, label, |actor, cx| actor.on_message(from, msg, cx));
        }
    }

    /// Whether a node's processes run: it is up and not paused.
    pub fn is_running(&self, node: NodeId) -> bool {
        self.health[node].running()
    }

    /// Messages on their way, those that wait for a link or for the end of a pause included.
    pub fn in_flight(&self) -> usize {
        self.pool.len()
    }

    /// Acknowledged writes that the harness remembers one by one.
    pub fn remembered_writes(&self) -> usize {
        self.ledger.len()
    }

    /// Begins a fault now, whatever its `at` says, and schedules its end if it has one.
    pub fn strike_fault(&mut self, mut fault: Fault) -> FaultId {
        fault.at = self.now;
        let lasts = fault.lasts;
        let id = self.book.add(fault);
        if let Some(lasts) = lasts {
            self.edges.insert((self.now + lasts, id, Edge::Ends));
        }
        self.fault_edge(id, Edge::Begins);
        id
    }

    /// Ends a fault now; nothing happens unless it is open.
    pub fn heal(&mut self, fault: FaultId) {
        if self.book.is_open(fault) {
            self.edges.retain(|(_, f, _)| *f != fault);
            self.fault_edge(fault, Edge::Ends);
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
