//! The workload driver: it creates every operation, owns its time-out, and is the only maker of the history.
//!
//! Arrivals are open loop: each client's come at times drawn from its own substreams, whatever happened to earlier
//! operations. Every arrival takes the same number of draws whatever it turns into, so that a client that is down, or a
//! system that answers otherwise, changes no later arrival.

pub(crate) mod choose;
pub(crate) mod client;
pub(crate) mod closing;
pub(crate) mod keys;
pub(crate) mod open;
pub(crate) mod recoveries;

use crate::base::ids::{ActorId, ClientId, Id, IdVec, PartitionId, WorkloadId};
use crate::base::rng::Seed;
use crate::base::time::SimTime;
use crate::engine::driver::client::{ClientState, Draws};
use crate::engine::driver::closing::Reader;
use crate::engine::driver::keys::KeyTable;
use crate::engine::driver::open::{OpenOp, OpenOps};
use crate::engine::driver::recoveries::Recoveries;
use crate::model::operation::{Action, Key, OpId, Request, WriteId};
use crate::model::plan::Plan;
use crate::model::workload::Workload;
use std::collections::VecDeque;

/// Ids of a world start at its first partition's index shifted by this, so that worlds never share one.
const WORLD_SHIFT: u32 = 40;
/// Acknowledged write-once keys that reads choose from, in each partition.
const RECENT: usize = 64;

/// One workload as the driver needs it.
#[derive(Clone, Debug)]
pub(crate) struct WorkloadState {
    /// As planned.
    pub plan: Workload,
    /// The level of its reads.
    pub read_level: u8,
    /// Popularity of registers.
    pub registers: KeyTable,
    /// Popularity of objects.
    pub objects: KeyTable,
    /// Deadlines of its operations, which come in order.
    pub deadlines: VecDeque<(SimTime, OpId)>,
}

/// One partition as the driver needs it.
#[derive(Clone, Debug, Default)]
pub(crate) struct PartitionState {
    /// Serial number of the next write-once key.
    pub next_serial: u64,
    /// The last write-once keys acknowledged, in a ring.
    pub recent: VecDeque<Key>,
}

/// What one workload asks of one partition, ready to be invoked.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    /// Which client, as an index into [`Driver::clients`].
    pub client: usize,
    /// The partition.
    pub partition: PartitionId,
    /// The key.
    pub key: Key,
    /// What is asked.
    pub action: Action,
    /// Document size.
    pub bytes: u32,
    /// A harness read that closes the window.
    pub closing: bool,
    /// Asked for by hand: its result is kept.
    pub by_hand: bool,
}

/// The driver of one world.
#[derive(Clone, Debug)]
pub(crate) struct Driver {
    /// Clients of this world.
    pub clients: Vec<ClientState>,
    /// All workloads.
    pub workloads: IdVec<WorkloadId, WorkloadState>,
    /// Operations that have not ended.
    pub open: OpenOps,
    /// Who reads back when the window closes.
    pub readers: Vec<Reader>,
    /// When an operation last failed for another reason than the data it found.
    pub last_failure: Option<SimTime>,
    /// Which operations have yet to be seen to succeed again.
    pub recoveries: Recoveries,
    /// When the load last asked for something.
    pub last_invoked: SimTime,
    mine: Vec<bool>,
    partitions: Vec<PartitionState>,
    all_partitions: u64,
    next_write: u64,
    level: u8,
    stopped: bool,
}

impl Driver {
    /// The driver of a world about `partitions`, with the client actors that were deployed for it.
    pub fn new(
        plan: &Plan,
        seed: Seed,
        partitions: &[PartitionId],
        clients: &[(ClientId, ActorId)],
        level: u8,
        levels: &[&str],
    ) -> Self {
        let named = |w: &Workload| {
            let name = w.read_level.as_deref()?;
            levels.iter().position(|l| *l == name).map(|at| at as u8)
        };
        let workloads: IdVec<WorkloadId, WorkloadState> = plan
            .workloads
            .iter()
            .map(|(_, w)| WorkloadState {
                read_level: named(w).unwrap_or(level),
                registers: KeyTable::new(w.registers, w.skew),
                objects: KeyTable::new(w.objects, w.skew),
                deadlines: VecDeque::new(),
                plan: w.clone(),
            })
            .collect();
        let last = partitions.iter().map(|p| p.index() + 1).max().unwrap_or(0);
        let mut mine = vec![false; last];
        partitions.iter().for_each(|p| mine[p.index()] = true);
        let all_partitions = u64::from(plan.partitions).max(last as u64).max(1);
        let clients = clients.iter().filter_map(|&(id, actor)| {
            let client = ClientState::new(plan, seed, id, actor, all_partitions)?;
            client.only.is_none_or(|p| mine.get(p.index()) == Some(&true)).then_some(client)
        });
        let first = partitions.first().map_or(0, |p| p.0);
        let base = u64::from(first) << WORLD_SHIFT;
        Driver {
            clients: clients.collect(),
            workloads,
            open: OpenOps::new(base + 1),
            readers: Vec::new(),
            last_failure: None,
            recoveries: Recoveries::new(plan.rto.hold),
            last_invoked: SimTime::ZERO,
            partitions: vec![PartitionState::default(); last],
            mine,
            all_partitions,
            next_write: base,
            level,
            stopped: false,
        }
    }

    /// When each client's first operation arrives.
    pub fn first_arrivals(&mut self) -> Vec<(usize, SimTime)> {
        let first =
            |(at, client): (usize, &mut ClientState)| client.first_gap().map(|g| (at, SimTime::ZERO + g));
        self.clients.iter_mut().enumerate().filter_map(first).collect()
    }

    /// No further operation arrives.
    pub fn stop(&mut self) {
        self.stopped = true;
    }

    /// An operation of a client is due: when the next one is, and what it asks if the client is `up` and the partition
    /// belongs to this world.
    pub fn arrive(&mut self, client: usize, now: SimTime, up: bool) -> Option<(SimTime, Option<Draft>)> {
        if self.stopped {
            return None;
        }
        let state = &mut self.clients[client];
        let next = now + state.next_gap()?;
        let draws = state.draw(&self.workloads[state.workload].plan.document_bytes);
        let partition = state.only.unwrap_or_else(|| {
            PartitionId::from_index(keys::scale(draws.partition, self.all_partitions) as usize)
        });
        if self.mine.get(partition.index()) != Some(&true) {
            return Some((next, None));
        }
        if !up {
            state.skipped += 1;
            return Some((next, None));
        }
        Some((next, Some(self.choose(client, partition, &draws))))
    }

    /// Opens an operation: the request to hand to its client actor, and when it must end.
    pub fn invoke(&mut self, draft: Draft, now: SimTime, stamp: u64) -> (ActorId, Request, bool) {
        let client = &self.clients[draft.client];
        let (actor, workload) = (client.actor, client.workload);
        let state = &mut self.workloads[workload];
        let reads = !draft.action.is_write() && !draft.closing;
        if !draft.closing {
            self.last_invoked = now;
        }
        let level = if reads { state.read_level } else { self.level };
        let patience = state.plan.timeout;
        let deadline = now + patience;
        let op = OpenOp {
            client: draft.client,
            actor,
            partition: draft.partition,
            key: draft.key,
            action: draft.action,
            bytes: draft.bytes,
            invoked: (now, stamp),
            level,
            attempts: 1,
            throttled: 0,
            closing: draft.closing,
            by_hand: draft.by_hand,
        };
        let (key, action, bytes) = (op.key, op.action.clone(), op.bytes);
        let id = self.open.add(op);
        let first = state.deadlines.is_empty();
        state.deadlines.push_back((deadline, id));
        let (partition, closing) = (draft.partition, draft.closing);
        (actor, Request { id, partition, key, action, bytes, level, deadline, patience, closing }, first)
    }

    /// The operations of a workload that have run out of time, and when to look again.
    pub fn overdue(&mut self, workload: WorkloadId, now: SimTime, out: &mut Vec<OpId>) -> Option<SimTime> {
        let deadlines = &mut self.workloads[workload].deadlines;
        while let Some(&(deadline, id)) = deadlines.front() {
            let open = self.open.get(id).is_some();
            if open && deadline > now {
                return Some(deadline);
            }
            deadlines.pop_front();
            if open {
                out.push(id);
            }
        }
        None
    }

    /// Notes what an acknowledged operation showed its client.
    pub fn learn(&mut self, op: &OpenOp, seen: Option<Option<WriteId>>) {
        if op.key.is_once() {
            if matches!(op.action, Action::Insert(_)) {
                let recent = &mut self.partitions[op.partition.index()].recent;
                if recent.len() == RECENT {
                    recent.pop_front();
                }
                recent.push_back(op.key);
            }
            return;
        }
        let client = &mut self.clients[op.client];
        let conditional = self.workloads[client.workload].plan.mix.conditional > 0.0;
        if let (true, true, Some(seen)) = (op.key.is_object(), conditional, seen) {
            client.seen.insert((op.partition, op.key), seen);
        }
    }

    /// An id that no other write of this world has.
    pub fn write_id(&mut self) -> WriteId {
        self.next_write += 1;
        WriteId(self.next_write)
    }

    fn choose(&mut self, client: usize, partition: PartitionId, draws: &Draws) -> Draft {
        let (key, action) = choose::choose(self, client, partition, draws);
        Draft { client, partition, key, action, bytes: draws.bytes, closing: false, by_hand: false }
    }
}
