//! Hand-made windows: operations, faults and what else happens, turned into the records an engine would give.
#![allow(dead_code, reason = "each test file uses its own part")]

use geodes::base::ids::{ActorId, ClientId, FaultId, NodeId, PartitionId, RegionId, WorkloadId};
use geodes::base::time::{SimTime, Span};
use geodes::engine::contract::Observer;
use geodes::engine::record::{Change, EndReason, FaultSite, LostWrite, Record, WindowEnd};
use geodes::measure::findings::{Findings, WindowFindings};
use geodes::measure::watch::Watch;
use geodes::model::fault::{Fault, FaultKind, Scope};
use geodes::model::operation::{Action, Claims, Key, Observed, OpId, Operation, Outcome, Status, WriteId};
use geodes::model::plan::Plan;
use geodes::model::topology::{Node, NodeRole, Region};
use geodes::model::workload::Client;

pub const EAST: RegionId = RegionId(0);
pub const WEST: RegionId = RegionId(1);

/// Milliseconds since the start.
pub fn ms(n: u64) -> SimTime {
    SimTime::ZERO + Span::millis(n)
}

/// Seconds since the start.
pub fn secs(n: u64) -> SimTime {
    ms(n * 1000)
}

/// A plan with two regions, two partitions, and a client in each region that does not fail with it.
pub fn plan() -> Plan {
    let mut plan = Plan { partitions: 2, ..Plan::default() };
    for name in ["East US", "West US"] {
        let (geography, position) = (String::new(), None);
        let region =
            plan.topology.regions.push(Region { name: name.into(), geography, has_zones: true, position });
        add_client(&mut plan, region, false);
    }
    plan
}

/// Adds a client to a region.
pub fn add_client(plan: &mut Plan, region: RegionId, fails_with_place: bool) {
    let node: NodeId = plan.topology.nodes.push(Node {
        path: format!("client:{}", plan.topology.nodes.len()),
        role: NodeRole::Client,
        region: Some(region),
        zone: None,
        domain: None,
        fails_with_place,
    });
    let number = plan.clients.len() as u32;
    plan.clients.push(Client { workload: WorkloadId(0), number, region, node });
}

/// Adds a scripted fault of West US to a plan.
pub fn add_fault(plan: &mut Plan, at: SimTime, lasts: Option<Span>, kind: FaultKind) -> FaultId {
    let label = "region:West US".to_owned();
    plan.faults.push(Fault { label, scope: Scope::Region(WEST), kind, at, lasts })
}

/// One operation, at even time and sequence.
#[derive(Clone, Debug)]
pub struct Op {
    pub at: SimTime,
    pub took: Span,
    pub region: RegionId,
    pub partition: u32,
    pub write: bool,
    pub outcome: Outcome,
    pub status: Status,
}

impl Op {
    /// A successful write from East US to partition 0, in 5 ms.
    pub fn write(at: SimTime) -> Op {
        let took = Span::millis(5);
        Op { at, took, region: EAST, partition: 0, write: true, outcome: Outcome::Ok, status: Status::OK }
    }

    /// The same, failed with 503.
    pub fn failed(at: SimTime) -> Op {
        Op { outcome: Outcome::Fail, status: Status::new(503, 0), ..Op::write(at) }
    }

    /// The operation as a record has it.
    pub fn operation(&self, id: u64) -> Operation {
        Operation {
            id: OpId(id),
            client: ClientId(self.region.0),
            region: self.region,
            partition: PartitionId(self.partition),
            key: Key::register(0),
            action: if self.write { Action::Write(WriteId(id + 1)) } else { Action::Read },
            bytes: 100,
            invoked: (self.at, id),
            completed: (self.at + self.took, id),
            outcome: self.outcome,
            status: self.status,
            observed: Observed::Nothing,
            position: None,
            served: Some(self.region),
            level: 0,
            claims: Claims::default(),
            attempts: 1,
            throttled: u16::from(self.status == Status::THROTTLED),
            charge: 1.0,
            session_reset: false,
            closing: false,
        }
    }
}

/// One write every `gap` from 0 to before `end`; it fails when its time in ms lies in one of `bad`.
pub fn writes(gap: Span, end: SimTime, bad: &[std::ops::Range<u64>]) -> Vec<Op> {
    let count = end.0 / gap.0;
    (0..count)
        .map(|i| SimTime::ZERO + gap * i)
        .map(|at| {
            let fails = bad.iter().any(|range| range.contains(&(at.0 / 1_000_000)));
            if fails { Op::failed(at) } else { Op::write(at) }
        })
        .collect()
}

/// A window under construction.
#[derive(Clone, Debug, Default)]
pub struct Window {
    records: Vec<(SimTime, u64, Record)>,
    ids: u64,
}

impl Window {
    /// Adds operations.
    pub fn ops(mut self, ops: &[Op]) -> Window {
        for op in ops {
            let operation = op.operation(self.ids);
            let Operation { id, client, partition, key, invoked, completed, .. } = operation.clone();
            let more = Vec::new().into();
            self.push(invoked.0, Record::Invoked { at: invoked, id, client, partition, key, more });
            self.push(completed.0, Record::Completed(Box::new(operation)));
            self.ids += 1;
        }
        self
    }

    /// A fault begins, of this class; whole regions inside it.
    pub fn fault(mut self, fault: FaultId, at: SimTime, class: &str, regions: &[RegionId]) -> Window {
        let site = FaultSite { class: class.into(), regions: regions.to_vec(), ..FaultSite::default() };
        self.push(at, Record::FaultBegan { at, fault, site });
        self
    }

    /// A fault ends.
    pub fn fault_ends(mut self, fault: FaultId, at: SimTime) -> Window {
        self.push(at, Record::FaultEnded { at, fault });
        self
    }

    /// The system reports a change.
    pub fn change(mut self, at: SimTime, change: Change) -> Window {
        self.push(at, Record::Change { at, actor: ActorId(0), change });
        self
    }

    /// The harness finds a write lost.
    pub fn lost(
        mut self,
        at: SimTime,
        fault: FaultId,
        write: u64,
        acknowledged: SimTime,
        recoverable: bool,
    ) -> Window {
        self.push(
            at,
            Record::Lost(LostWrite {
                at,
                fault: Some(fault),
                write: WriteId(write),
                key: Key::register(0),
                partition: PartitionId(write as u32 % 2),
                bytes: 100,
                acknowledged,
                recoverable,
            }),
        );
        self
    }

    /// Any other record.
    pub fn push(&mut self, at: SimTime, record: Record) {
        let order = match record {
            Record::FaultBegan { .. } => 0,
            Record::Completed(_) => 2,
            _ => 1,
        };
        self.records.push((at, order, record));
    }

    /// The records in order of time, up to the end.
    pub fn records(mut self) -> Vec<Record> {
        self.records.sort_by_key(|(at, order, _)| (*at, *order));
        let at = self.records.last().map_or(SimTime::ZERO, |last| last.0);
        let mut records: Vec<Record> = self.records.into_iter().map(|(_, _, record)| record).collect();
        let end = WindowEnd {
            at,
            reason: EndReason::Settled,
            events: 0,
            digest: 0,
            open_operations: 0,
            mode: String::new(),
        };
        records.push(Record::End(end));
        records
    }

    /// What it comes to.
    pub fn findings(self, plan: &Plan) -> WindowFindings {
        let mut watch = Watch::new(plan);
        watch.on_records(&self.records());
        watch.findings()
    }
}

/// Findings of so many equal windows.
pub fn repeated(window: &WindowFindings, n: usize) -> Findings {
    let mut findings = Findings::new();
    (0..n).for_each(|_| findings.push(window.clone()));
    findings
}

/// Findings of one window.
pub fn single(window: WindowFindings) -> Findings {
    repeated(&window, 1)
}
