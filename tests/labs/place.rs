//! Plans, faults and worlds for labs.

use geodes::base::diagnostics::{Diagnostics, SourceMap, Style};
use geodes::base::dist::Law;
use geodes::base::document::{self, parse::parse};
use geodes::base::ids::{Id, IdVec, NodeId, PartitionId, RegionId};
use geodes::base::rng::{Seed, Stream};
use geodes::base::time::{SimTime, Span};
use geodes::engine::contract::WindowSpec;
use geodes::engine::record::{Change, Record};
use geodes::engine::world::World;
use geodes::model::fault::{Fault, FaultKind, Place, Scope};
use geodes::model::plan::{Limits, Plan};
use geodes::model::topology::{Domain, Node, NodeRole, Region, Zone};
use geodes::system::lab::{Lab, Small};
use geodes::system::registry::Configure;
use std::sync::Arc;

/// Regions of one zone with this many nodes each. Messages take 5 ms within a zone and between regions, and no time to
/// global services; disks take 2 ms.
pub fn plan(regions: usize, nodes: u32) -> Plan {
    let mut plan = Plan { partitions: 1, ..Plan::default() };
    let t = &mut plan.topology;
    for r in 0..regions {
        let (name, geography) = (format!("R{r}"), String::new());
        let region = t.regions.push(Region { name, geography, has_zones: true, position: None });
        let zone = t.zones.push(Zone { region, number: 1 });
        for number in 1..=nodes {
            let domain = Some(t.domains.push(Domain { zone, number }));
            let path = format!("{}/node:{number}", t.zone_path(zone));
            let (role, region, zone) = (NodeRole::Data, Some(region), Some(zone));
            t.nodes.push(Node { path, role, region, zone, domain, fails_with_place: true });
        }
    }
    let n = &mut plan.network;
    n.intra_zone = Law::Constant(0.005);
    n.inter_zone = Law::Constant(0.005);
    n.global = Law::Constant(0.0);
    n.pairs = table(regions, Law::Constant(0.005));
    n.bandwidth = table(regions, None);
    n.loss = table(regions, 0.0);
    plan.disk.persist = Law::Constant(0.002);
    plan.limits = Limits { at_least: Span::ZERO, cap: Span::hours(10), until_settled: false };
    plan
}

fn table<T: Clone>(regions: usize, value: T) -> IdVec<RegionId, IdVec<RegionId, T>> {
    (0..regions).map(|_| (0..regions).map(|_| value.clone()).collect()).collect()
}

/// A lab in a plan, as its table has it.
pub fn world<L>(table: &str, plan: &Plan, seed: u64) -> World<Small<L>>
where
    L: Lab,
    L::Config: 'static,
{
    let (mut sources, mut errors, mut plan) = (SourceMap::new(), Diagnostics::new(), plan.clone());
    let file = sources.add("table", table);
    let node = parse(table, file, &mut errors);
    let resolved = document::read(&node, "system", &mut errors)
        .and_then(|config| Small::<L>::resolve(config, Vec::new(), &mut plan, &mut errors));
    let Some((settings, _)) = resolved else { panic!("{}", errors.render(&sources, Style::Plain)) };
    let spec = WindowSpec { seed, ..WindowSpec::default() };
    World::new(Arc::new(settings), Arc::new(plan), Vec::new(), spec, vec![PartitionId(0)])
}

/// What was observed so far under this name, since it was last asked for.
pub fn observed<L: Lab>(world: &mut World<Small<L>>, name: &str) -> Vec<f64> {
    let value = |record: Record| match record {
        Record::Change { change: Change::Observed { what, value }, .. } if what == name => Some(value),
        _ => None,
    };
    world.take_records().into_iter().filter_map(value).collect()
}

pub fn at(seconds: f64) -> SimTime {
    SimTime::ZERO + Span::from_secs_f64(seconds)
}

/// A fault from `from` to `to`, in seconds.
pub fn fault(scope: Scope, kind: FaultKind, from: f64, to: f64) -> Fault {
    let lasts = Some(at(to).since(at(from)));
    Fault { label: "a fault".to_owned(), scope, kind, at: at(from), lasts }
}

pub fn region(i: usize) -> Scope {
    Scope::Region(RegionId::from_index(i))
}

/// Faults of single nodes and of the way between two, up to `until` seconds: crashes, power losses, pauses, isolation,
/// cuts and loss, of up to three seconds each.
pub fn random_faults(plan: &mut Plan, until: f64, how_many: usize, seed: u64) {
    let mut dice = Seed { scenario: seed, window: 0 }.named("faults", "test");
    let nodes = plan.topology.nodes.len() as u64;
    let mut faults: Vec<Fault> = (0..how_many).map(|_| random_fault(&mut dice, nodes, until)).collect();
    faults.sort_by_key(|fault| fault.at);
    for fault in faults {
        plan.faults.push(fault);
    }
}

fn random_fault(dice: &mut Stream, nodes: u64, until: f64) -> Fault {
    let node = |dice: &mut Stream| NodeId::from_index(dice.below(nodes) as usize);
    let (from, long) = (dice.uniform() * (until - 3.0), dice.uniform() * 3.0);
    let (scope, ends) = (node(dice), (node(dice), node(dice)));
    let both = dice.chance(0.5);
    let link = Scope::Link { from: Place::Node(ends.0), to: Place::Node(ends.1), both };
    let (scope, kind) = match dice.below(6) {
        0 => (Scope::Node(scope), FaultKind::Crash),
        1 => (Scope::Node(scope), FaultKind::PowerLoss),
        2 => (Scope::Node(scope), FaultKind::Pause),
        3 => (Scope::Node(scope), FaultKind::Isolation),
        4 => (link, FaultKind::Cut),
        _ => (link, FaultKind::Loss { probability: 0.5 }),
    };
    fault(scope, kind, from, from + long)
}
