//! Plans to run the toy in.

use crate::toy::{Command, Config, Toy};
use geodes::base::dist::Law;
use geodes::base::ids::{ActionId, ClientId, Id, IdVec, PartitionId, RegionId, WorkloadId};
use geodes::base::time::{SimTime, Span};
use geodes::engine::contract::{Observer, WindowSpec};
use geodes::engine::record::Record;
use geodes::engine::world::World;
use geodes::model::fault::{Fault, FaultKind, Scope};
use geodes::model::operation::Operation;
use geodes::model::plan::{Limits, Plan};
use geodes::model::topology::{Domain, Node, NodeRole, Region, Zone};
use geodes::model::workload::*;
use std::sync::Arc;

pub const REGIONS: [&str; 3] = ["West", "East", "North"];

/// Regions of two zones of two nodes each (region r: nodes 4r..4r+4), then one control node. Within a zone 1 ms, between
/// zones 2 ms, between regions 50 ms, to global services no time at all; disks take 4 ms.
pub fn plan(regions: usize) -> Plan {
    let mut plan = Plan { partitions: 1, ..Plan::default() };
    let t = &mut plan.topology;
    for name in REGIONS.iter().take(regions) {
        let (name, geography) = (name.to_string(), "here".to_string());
        let region = t.regions.push(Region { name, geography, has_zones: true, position: None });
        for number in 1..=2 {
            let zone = t.zones.push(Zone { region, number });
            for slot in 1..=2 {
                let domain = t.domains.push(Domain { zone, number: slot });
                t.nodes.push(Node {
                    path: format!("{}/node:{slot}", t.zone_path(zone)),
                    role: NodeRole::Data,
                    region: Some(region),
                    zone: Some(zone),
                    domain: Some(domain),
                    fails_with_place: true,
                });
            }
        }
    }
    t.add_service_node("control".to_string(), NodeRole::Control, None);
    let n = &mut plan.network;
    n.intra_zone = Law::Constant(0.001);
    n.inter_zone = Law::Constant(0.002);
    n.global = Law::Constant(0.0);
    n.pairs = table(regions, Law::Constant(0.05));
    n.bandwidth = table(regions, None);
    n.loss = table(regions, 0.0);
    plan.disk.persist = Law::Constant(0.004);
    plan.limits = Limits { at_least: Span::ZERO, cap: Span::secs(10), until_settled: false };
    plan
}

pub fn table<T: Clone>(regions: usize, value: T) -> IdVec<RegionId, IdVec<RegionId, T>> {
    (0..regions).map(|_| (0..regions).map(|_| value.clone()).collect()).collect()
}

/// A workload of plain reads and writes.
pub fn workload(rate_per_s: f64) -> Workload {
    Workload {
        name: "shop".to_string(),
        rate_per_s,
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
        affinity: Affinity::All,
        batch_keys: 0,
    }
}

/// Adds clients of the first workload near a region; `inside` clients fail with it.
pub fn add_clients(plan: &mut Plan, region: RegionId, count: u32, inside: bool) {
    for _ in 0..count {
        let number = plan.clients.len() as u32;
        let node = plan.topology.nodes.push(Node {
            path: format!("client-node:{number}"),
            role: NodeRole::Client,
            region: Some(region),
            zone: None,
            domain: None,
            fails_with_place: inside,
        });
        plan.clients.push(Client { workload: WorkloadId(0), number, region, node });
    }
}

pub fn fault(scope: Scope, kind: FaultKind, at: Span, lasts: Option<Span>) -> Fault {
    Fault { label: "a fault".to_string(), scope, kind, at: SimTime::ZERO + at, lasts }
}

pub fn world(config: &Config, plan: &Plan) -> World<Toy> {
    let partitions: Vec<PartitionId> = (0..plan.partitions as usize).map(PartitionId::from_index).collect();
    new_world(config, plan, vec![], spec(1), partitions)
}

pub fn new_world(
    config: &Config,
    plan: &Plan,
    commands: Vec<Command>,
    spec: WindowSpec,
    partitions: Vec<PartitionId>,
) -> World<Toy> {
    World::new(Arc::new(config.clone()), Arc::new(plan.clone()), commands, spec, partitions)
}

/// Runs everything there is to do within 9.9 s, and stands at the time of the last event.
pub fn exhaust(world: &mut World<Toy>) {
    while world.step(ms(9_900)) {}
}

/// An operator's command, now.
pub fn command_now(world: &mut World<Toy>, command: Command) {
    world.administer(ActionId(99), command);
}

pub fn spec(seed: u64) -> WindowSpec {
    WindowSpec { seed, ..WindowSpec::default() }
}

pub fn secs(s: u64) -> SimTime {
    SimTime::ZERO + Span::secs(s)
}
pub fn ms(n: u64) -> SimTime {
    SimTime::ZERO + Span::millis(n)
}

/// Keeps everything it is shown.
#[derive(Default)]
pub struct Keep(pub Vec<Record>);
impl Observer for Keep {
    fn on_records(&mut self, records: &[Record]) {
        self.0.extend_from_slice(records);
    }
    fn merge(&mut self, other: Box<dyn Observer>) {
        if let Ok(other) = (other as Box<dyn std::any::Any>).downcast::<Keep>() {
            self.0.extend(other.0);
        }
    }
}

pub fn kept(observer: Box<dyn Observer>) -> Vec<Record> {
    (observer as Box<dyn std::any::Any>).downcast::<Keep>().map(|k| k.0).unwrap_or_default()
}

pub fn operations(records: &[Record]) -> Vec<&Operation> {
    let mut operations = Vec::new();
    for record in records {
        if let Record::Completed(op) = record {
            operations.push(op.as_ref());
        }
    }
    operations
}

pub const CLIENT: ClientId = ClientId(0);
