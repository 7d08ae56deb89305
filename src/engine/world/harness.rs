//! The harness's part: operations, their outcomes, and the ledger of acknowledged writes.

use super::World;
use crate::base::ids::{ActorId, FaultId, Id, PartitionId, RegionId};
use crate::base::time::SimTime;
use crate::engine::contract::{AckedWrite, Actor, System};
use crate::engine::driver::Draft;
use crate::engine::driver::open::OpenOp;
use crate::engine::ledger::Loss;
use crate::engine::queue::EventKind;
use crate::engine::record::{Completion, LostBulk, LostWrite, Record};
use crate::model::fault::{Fault, FaultKind};
use crate::model::operation::{Action, Key, Observed, OpId, Operation, Outcome, Position, Status, WriteId};
use std::collections::BTreeSet;
use std::sync::Arc;

impl<S: System> World<S> {
    /// Invokes an operation now.
    pub(super) fn invoke(&mut self, draft: Draft) -> OpId {
        self.stamp += 1;
        let client = draft.client;
        let workload = self.driver.clients[client].workload;
        let (actor, request, first) = self.driver.invoke(draft, self.now, self.stamp);
        if first {
            self.queue.push(request.deadline, EventKind::Timeout, workload.index() as u32, 0, 0);
        }
        let more: Arc<[Key]> = match &request.action {
            Action::Batch(all) => all.iter().skip(1).map(|(k, _)| *k).collect(),
            Action::BatchRead(keys) => keys.iter().skip(1).copied().collect(),
            _ => Arc::from([]),
        };
        let id = request.id;
        if let Some(probe) = &mut self.probe {
            probe.invoked(self.driver.clients[client].region, request.partition, request.action.is_write());
        }
        self.records.push(Record::Invoked {
            at: (self.now, self.stamp),
            id,
            client: self.driver.clients[client].id,
            partition: request.partition,
            key: request.key,
            more,
        });
        let label =
            super::dispatch::Label { kind: "invoke", name: request.action.name(), size: request.key.0 };
        self.callback(actor, label, |a, cx| a.on_invoke(request, cx));
        id
    }

    /// A client actor says that an operation ended.
    pub(super) fn complete(&mut self, actor: ActorId, id: OpId, completion: Completion) {
        if self.driver.open.get(id).is_some_and(|op| op.actor == actor) {
            self.end(id, completion, None);
        }
    }

    /// The harness gives up on an operation.
    pub(super) fn give_up(&mut self, id: OpId) {
        let completion =
            Completion { indeterminate: true, status: Some(Status::TIMEOUT), ..Completion::default() };
        self.end(id, completion, Some(Status::TIMEOUT));
    }

    fn end(&mut self, id: OpId, completion: Completion, status: Option<Status>) {
        let Some(op) = self.driver.open.end(id) else { return };
        let write = op.action.is_write();
        let outcome = match (completion.ok, completion.indeterminate && write) {
            (true, _) => Outcome::Ok,
            (false, true) => Outcome::Unknown,
            (false, false) => Outcome::Fail,
        };
        let status = status.or(completion.status).unwrap_or(Status::OK);
        self.stamp += 1;
        self.digest.fold(id.0 ^ ((outcome as u64) << 60) ^ (u64::from(status.code) << 40));
        let answers = matches!(status.code, 404 | 409 | 412) && status.sub == 0;
        let failed = outcome != Outcome::Ok && !answers;
        if !op.closing {
            let series = (self.driver.clients[op.client].region, op.partition, write);
            self.driver.recoveries.ended(series, op.invoked.0, failed);
            if failed {
                self.driver.last_failure = Some(self.now);
            }
        }
        if let Some(probe) = &mut self.probe {
            probe.ended(self.driver.clients[op.client].region, op.partition, write, !failed);
        }
        if outcome == Outcome::Ok {
            self.learn(&op, &completion);
        }
        let operation = self.operation(id, op, completion, (outcome, status));
        self.records.push(Record::Completed(Box::new(operation)));
    }

    fn operation(
        &mut self,
        id: OpId,
        op: OpenOp,
        done: Completion,
        (outcome, status): (Outcome, Status),
    ) -> Operation {
        let client = &self.driver.clients[op.client];
        let write = op.action.is_write();
        let operation = Operation {
            id,
            client: client.id,
            region: client.region,
            partition: op.partition,
            key: op.key,
            claims: S::claims(&self.deployed, op.level, done.served_by_writer, write),
            action: op.action,
            bytes: op.bytes,
            invoked: op.invoked,
            completed: (self.now, self.stamp),
            outcome,
            status,
            observed: done.observed,
            position: done.position,
            served: done.served,
            level: op.level,
            attempts: op.attempts,
            throttled: op.throttled,
            charge: done.charge,
            session_reset: done.session_reset,
            closing: op.closing,
        };
        if op.by_hand {
            self.by_hand.insert(id, operation.clone());
        }
        operation
    }

    fn learn(&mut self, op: &OpenOp, done: &Completion) {
        let seen = match (&op.action, &done.observed) {
            (Action::Delete(_), _) => Some(None),
            (action, _) if action.write_id().is_some() => Some(action.write_id()),
            (_, Observed::Value(v)) => Some(Some(*v)),
            (_, Observed::Absent) => Some(None),
            _ => None,
        };
        self.driver.learn(op, seen);
        let Some(position) = done.position else { return };
        let writes: Vec<(Key, WriteId)> = match &op.action {
            Action::Batch(all) => all.to_vec(),
            action => action.write_id().map(|w| (op.key, w)).into_iter().collect(),
        };
        for (key, write) in writes {
            let (partition, bytes, acknowledged) = (op.partition, op.bytes, self.now);
            self.ledger.append(AckedWrite { write, key, partition, position, acknowledged, bytes });
        }
        self.prune(op.partition);
        self.strike_outlived(op.partition, position, done.served);
    }

    /// An acknowledgement from a region that a newer lineage has left behind: unless that lineage began with the write, it
    /// is lost as it is given.
    fn strike_outlived(&mut self, partition: PartitionId, position: Position, served: Option<RegionId>) {
        let Some((region, survivor)) = self.lineages.get(&partition).copied() else { return };
        let slot = &self.actors[survivor];
        let there = served.is_none_or(|r| r == region) && !S::ACKNOWLEDGES_WHAT_SURVIVOR_HOLDS;
        if there || position.stream != 0 || self.health[slot.node].destroyed {
            return;
        }
        // A disk that was destroyed since tells nothing about who was left behind.
        if S::ACKNOWLEDGES_WHAT_SURVIVOR_HOLDS && !S::is_replica(&slot.disk.data) {
            return;
        }
        let now = self.now;
        if self.ledger.keeps_newest(partition, now, |write| S::holds(&slot.disk.data, write)) {
            return;
        }
        let kept = |write: &AckedWrite| write.acknowledged < now || S::holds(&slot.disk.data, write);
        let loss = self.ledger.strike(partition, &kept);
        self.report(partition, &loss);
    }

    /// Lets go of the oldest writes that are held wherever this partition's data is: two regions at least, or a vault.
    fn prune(&mut self, partition: PartitionId) {
        for _ in 0..3 {
            let Some(write) = self.ledger.candidate(partition, self.now) else { return };
            let mut regions = BTreeSet::new();
            let mut vaulted = false;
            for slot in self.stores_of(partition) {
                let known = slot.region.is_some_and(|r| regions.contains(&r));
                if !known && S::keeps(&slot.disk.data, &write) {
                    match slot.region {
                        Some(region) => regions.insert(region),
                        None => std::mem::replace(&mut vaulted, true),
                    };
                }
            }
            self.with_data.extend(regions.iter().map(|r| (partition, *r)));
            let live = |r: &RegionId| self.region_lives(partition, *r);
            let lacking =
                self.with_data.iter().any(|(p, r)| *p == partition && live(r) && !regions.contains(r));
            if lacking || (regions.len() < 2 && !vaulted) {
                return;
            }
            self.ledger.prune(partition);
        }
    }

    /// Whether any disk of the partition in this region still exists.
    fn region_lives(&self, partition: PartitionId, region: RegionId) -> bool {
        self.existing(partition).any(|s| s.region == Some(region))
    }

    /// A new lineage begins on the survivor's disk: what it does not hold is lost.
    pub(super) fn strike_lineage(&mut self, partition: PartitionId, region: RegionId, survivor: ActorId) {
        self.lineages.insert(partition, (region, survivor));
        let disk = &self.actors[survivor].disk.data;
        let loss = self.ledger.strike(partition, &|write| S::holds(disk, write));
        self.report(partition, &loss);
    }

    /// Disks were destroyed: what no disk holds any more is lost for good.
    pub(super) fn strike_everywhere(&mut self) {
        for partition in self.partitions.clone() {
            let mut ledger = std::mem::take(&mut self.ledger);
            let held = |write: &AckedWrite| self.existing(partition).any(|s| S::holds(&s.disk.data, write));
            let loss = ledger.strike(partition, &held);
            self.ledger = ledger;
            self.report(partition, &loss);
        }
    }

    /// Actors with a disk that may hold the partition's data: its replicas, and stores of all partitions (vaults).
    pub(super) fn stores_of(&self, partition: PartitionId) -> impl Iterator<Item = &super::Slot<S>> {
        let own = self.stores.get(&partition).map_or(&[][..], |ids| &ids[..]);
        own.iter().map(|id| &self.actors[*id])
    }

    /// Those of them whose disk still exists.
    fn existing(&self, partition: PartitionId) -> impl Iterator<Item = &super::Slot<S>> {
        self.stores_of(partition).filter(|s| !self.health[s.node].destroyed)
    }

    fn report(&mut self, partition: PartitionId, loss: &Loss) {
        if !loss.writes.is_empty() || loss.pruned.is_some() {
            self.disturb();
        }
        for write in &loss.writes {
            let (fault, recoverable) = (self.blame(write), self.recoverable(write));
            self.records.push(Record::Lost(LostWrite {
                at: self.now,
                fault,
                write: write.write,
                key: write.key,
                partition,
                bytes: write.bytes,
                acknowledged: write.acknowledged,
                recoverable,
            }));
        }
        if let Some(pruned) = &loss.pruned {
            self.report_bulk(&pruned.newest, pruned.oldest, (pruned.writes, pruned.bytes), false);
        }
        for unseen in &loss.unseen {
            let after = &unseen.after;
            self.report_bulk(after, after.acknowledged, (unseen.writes, unseen.bytes()), true);
        }
    }

    /// So many writes and bytes that share the fate of their newest.
    fn report_bulk(
        &mut self,
        newest: &AckedWrite,
        oldest: SimTime,
        (writes, bytes): (u64, u64),
        unseen: bool,
    ) {
        self.records.push(Record::LostBulk(LostBulk {
            at: self.now,
            fault: self.blame(newest),
            partition: newest.partition,
            writes,
            bytes,
            oldest,
            newest: newest.acknowledged,
            recoverable: self.recoverable(newest),
            unseen,
        }));
    }

    fn recoverable(&self, write: &AckedWrite) -> bool {
        self.existing(write.partition).any(|s| s.region.is_some() && S::holds(&s.disk.data, write))
    }

    /// The last fault to begin that hit a place which held the write.
    fn blame(&self, write: &AckedWrite) -> Option<FaultId> {
        let concerned = |fault: &Fault, node| {
            let wiped = matches!(fault.kind, FaultKind::Destroyed | FaultKind::DestroyedDisk);
            let on = &self.on_node[node];
            on.iter().any(|a| {
                let slot = &self.actors[*a];
                let held = wiped || S::holds(&slot.disk.data, write);
                slot.partition == Some(write.partition) && held
            })
        };
        self.book.last_on(concerned)
    }
}
