//! The same again: same key, same run; clones; groups; trails.

use crate::place::*;
use crate::toy::*;
use geodes::base::dist::Law;
use geodes::base::ids::{NodeId, PartitionId, RegionId};
use geodes::base::time::Span;
use geodes::engine::contract::{Observer, Runnable, WindowResult, WindowSpec};
use geodes::engine::record::Record;
use geodes::engine::run::Ready;
use geodes::engine::trail::TrailSpec;
use geodes::model::fault::{FaultKind, Role, Scope, Widen};
use geodes::model::plan::Plan;
use geodes::model::workload::Affinity;

/// Two partitions over two regions, six clients of one partition each, a fault and random delays.
fn busy() -> (Config, Plan) {
    let mut p = plan(2);
    p.partitions = 2;
    p.network.pairs = table(2, Law::Exponential { mean: 0.05 });
    p.disk.persist = Law::Exponential { mean: 0.002 };
    let mut load = workload(200.0);
    load.affinity = Affinity::One;
    p.workloads.push(load);
    add_clients(&mut p, RegionId(0), 3, false);
    add_clients(&mut p, RegionId(1), 3, false);
    let scope = Scope::Role { role: Role::Write, widen: Widen::Zone };
    p.faults.push(fault(scope, FaultKind::PowerLoss, Span::secs(3), Some(Span::secs(2))));
    let replicas = [(0, 0, true), (1, 2, true), (0, 4, false), (1, 6, false)];
    let replicas = replicas.map(|(p, n, primary)| (PartitionId(p), NodeId(n), primary)).to_vec();
    let groups = vec![vec![PartitionId(0)], vec![PartitionId(1)]];
    (Config { replicas, groups, ..Config::default() }, p)
}

fn run(spec: WindowSpec) -> WindowResult {
    let (config, p) = busy();
    let ready = Ready::<Toy>::new(config, vec![]);
    ready.run(&p, spec, &|| Box::new(Keep::default()) as Box<dyn Observer>)
}

#[test]
fn the_same_key_gives_the_same_run_and_another_gives_another() {
    let [a, b, c] = [1, 1, 2].map(|seed| run(spec(seed)).end);
    assert_eq!(a, b);
    assert_ne!(a.digest, c.digest);
    let other_window = run(WindowSpec { key: 5, ..spec(1) }).end;
    assert_ne!(a.digest, other_window.digest);
}

#[test]
fn one_thread_gives_what_many_give() {
    let many = run(spec(1)).end;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    assert_eq!(pool.install(|| run(spec(1)).end), many);
}

#[test]
fn groups_give_the_same_operations_as_a_single_world() {
    let history = |result: WindowResult| {
        let records = kept(result.observer);
        let mut all: Vec<String> = operations(&records)
            .iter()
            .filter(|op| !op.closing)
            .map(|op| {
                let (at, end) = (op.invoked.0, op.completed.0);
                format!("{at:?} {end:?} {:?} {:?} {:?} {}", op.client, op.key, op.outcome, op.action.name())
            })
            .collect();
        all.sort();
        all
    };
    let (apart, together) =
        (history(run(spec(1))), history(run(WindowSpec { single_world: true, ..spec(1) })));
    assert!(apart.len() > 1_500);
    assert!(apart.iter().any(|op| op.contains("Unknown")), "the outage shows");
    assert_eq!(apart, together);
}

#[test]
fn ids_are_unique_over_the_worlds_of_a_window() {
    let records = kept(run(spec(1)).observer);
    let mut ids: Vec<u64> = operations(&records).iter().map(|op| op.id.0).collect();
    let mut writes: Vec<u64> =
        operations(&records).iter().filter_map(|op| op.action.write_id()).map(|w| w.0).collect();
    for list in [&mut ids, &mut writes] {
        let n = list.len();
        list.sort_unstable();
        list.dedup();
        assert!(n > 100 && list.len() == n && list[0] > 0);
    }
    assert_eq!(records.iter().filter(|r| matches!(r, Record::End(_))).count(), 2);
}

#[test]
fn a_clone_runs_on_in_the_same_way_and_leaves_the_original_alone() {
    let (config, p) = busy();
    let mut original = world(&config, &p);
    original.run_until(ms(3_500));
    let mut copy = original.clone();
    copy.run_until(secs(8));
    let digest = copy.digest();
    assert_ne!(original.digest(), digest);
    original.run_until(secs(8));
    assert_eq!(original.digest(), digest);
}

#[test]
fn a_trail_names_the_events_asked_for_and_changes_nothing() {
    let plain = run(spec(1)).end;
    let trail = TrailSpec { every: 100, describe: (150, 153) };
    let result = run(WindowSpec { trail: Some(trail), ..spec(1) });
    assert_eq!(result.end, plain);
    assert_eq!(result.trails.len(), 2);
    let again = run(WindowSpec { trail: Some(trail), ..spec(1) });
    assert_eq!(result.trails, again.trails);
    let first = &result.trails[0];
    assert_eq!(first.events.len(), 3);
    assert!(first.events.iter().all(|line| line.contains("ms ")), "{:?}", first.events);
    assert!(first.digests.len() > 10);
}
