//! Where the pair runs, and what a run came to.

use crate::pair::{Config, Pair};
use geodes::base::dist::Law;
use geodes::base::ids::{PartitionId, RegionId, WorkloadId};
use geodes::base::time::{SimTime, Span};
use geodes::engine::contract::{Observer, Runnable, WindowSpec};
use geodes::engine::record::{Change, Record, WindowEnd};
use geodes::engine::run::Ready;
use geodes::measure::findings::{Findings, WindowFindings};
use geodes::measure::setting::Setting;
use geodes::measure::watch::{NoSink, Watch};
use geodes::model::fault::{Fault, FaultKind, Scope};
use geodes::model::plan::{Action, Plan};
use geodes::model::topology::{Domain, Node, NodeRole, Region, Zone};
use geodes::model::workload::*;
use std::any::Any;
use std::sync::Arc;

pub const CONFIG: Config =
    Config { patience: Span::mins(30), backups: Span::hours(4), restless: None, apart: false };

pub fn at(span: Span) -> SimTime {
    SimTime::ZERO + span
}

/// Two regions of one node each and a control node; of 40 operations a second half are writes, asked by clients in the
/// second region.
pub fn plan(partitions: u32) -> Plan {
    let mut plan = Plan { partitions, ..Plan::default() };
    let t = &mut plan.topology;
    for name in ["West", "East"] {
        let region = t.regions.push(Region {
            name: name.to_owned(),
            geography: "here".to_owned(),
            has_zones: true,
            position: None,
        });
        let zone = t.zones.push(Zone { region, number: 1 });
        let domain = t.domains.push(Domain { zone, number: 1 });
        t.nodes.push(Node {
            path: format!("{}/node:1", t.zone_path(zone)),
            role: NodeRole::Data,
            region: Some(region),
            zone: Some(zone),
            domain: Some(domain),
            fails_with_place: true,
        });
    }
    t.add_service_node("control".to_owned(), NodeRole::Control, None);
    plan.network.pairs = (0..2).map(|_| (0..2).map(|_| Law::Constant(0.03)).collect()).collect();
    plan.workloads.push(Workload {
        name: "shop".to_owned(),
        rate_per_s: 40.0,
        arrivals: Arrivals::Poisson,
        reads: 0.5,
        write_once: 0.1,
        mix: WriteMix::default(),
        registers: 8,
        objects: 0,
        skew: 0.0,
        document_bytes: Law::Constant(1_000.0),
        timeout: Span::secs(2),
        read_level: None,
        affinity: Affinity::One,
        batch_keys: 0,
    });
    for number in 0..2 * partitions {
        let node = plan.topology.nodes.push(Node {
            path: format!("client-node:{number}"),
            role: NodeRole::Client,
            region: Some(RegionId(1)),
            zone: None,
            domain: None,
            fails_with_place: false,
        });
        plan.clients.push(Client { workload: WorkloadId(0), number, region: RegionId(1), node });
    }
    plan
}

/// The first region loses power.
pub fn outage(plan: &mut Plan, begins: Span, lasts: Span) {
    plan.faults.push(Fault {
        label: "region:West".to_owned(),
        scope: Scope::Region(RegionId(0)),
        kind: FaultKind::PowerLoss,
        at: at(begins),
        lasts: Some(lasts),
    });
}

pub fn action(plan: &mut Plan, at: SimTime) {
    plan.actions.push(Action { at, label: "look".to_owned() });
}

/// A watch that keeps the records that are no operations.
pub struct Seen {
    watch: Watch<NoSink>,
    pub records: Vec<Record>,
}

impl Observer for Seen {
    fn on_records(&mut self, records: &[Record]) {
        self.watch.on_records(records);
        let operation =
            |r: &&Record| matches!(r, Record::Invoked { .. } | Record::Completed(_) | Record::Probed { .. });
        self.records.extend(records.iter().filter(|r| !operation(r)).cloned());
    }
    fn merge(&mut self, other: Box<dyn Observer>) {
        if let Ok(other) = (other as Box<dyn Any>).downcast::<Seen>() {
            self.records.extend(other.records);
            self.watch.merge(Box::new(other.watch));
        }
    }
}

pub struct Outcome {
    pub end: WindowEnd,
    pub findings: Findings,
    pub records: Vec<Record>,
}

pub fn run(config: &Config, plan: &Plan, jump: bool) -> Outcome {
    let plan = Plan { jump, ..plan.clone() };
    let commands = vec![(); plan.actions.len()];
    let setting = Arc::new(Setting::of(&plan));
    let seen = || -> Box<dyn Observer> {
        Box::new(Seen { watch: Watch::over(Arc::clone(&setting), NoSink), records: Vec::new() })
    };
    let spec = WindowSpec { seed: 7, ..WindowSpec::default() };
    let result = Ready::<Pair>::new(config.clone(), commands).run(&plan, spec, &seen);
    let Ok(seen) = (result.observer as Box<dyn Any>).downcast::<Seen>() else { panic!("a Seen was given") };
    let (window, _) = seen.watch.finish();
    let mut findings = Findings::new();
    findings.push(window);
    Outcome { end: result.end, findings, records: seen.records }
}

impl Outcome {
    pub fn window(&self) -> &WindowFindings {
        &self.findings.windows()[0]
    }

    pub fn value(&self, path: &str) -> f64 {
        self.findings.value(path).expect(path).unwrap_or_else(|| panic!("{path} has no value")).value()
    }

    pub fn jumps(&self) -> Vec<(SimTime, Span)> {
        let jump = |r: &Record| if let Record::Jumped { at, by } = r { Some((*at, *by)) } else { None };
        self.records.iter().filter_map(jump).collect()
    }

    /// The real times of milestones of this name, by the jumps before them.
    pub fn milestones(&self, name: &str) -> Vec<(PartitionId, f64)> {
        let mut left_out = Span::ZERO;
        let mut found = Vec::new();
        for record in &self.records {
            match record {
                Record::Jumped { by, .. } => left_out += *by,
                Record::Change { at, change: Change::Milestone { what, partition: Some(p) }, .. }
                    if what == name =>
                {
                    found.push((*p, (*at + left_out).seconds()));
                }
                Record::End(_) => left_out = Span::ZERO,
                _ => {}
            }
        }
        found
    }
}
