//! Crash, pause, power loss, destroyed disk and destruction are different faults.

use crate::place::*;
use crate::toy::*;
use geodes::base::ids::{DomainId, FaultId, NodeId, RegionId, ZoneId};
use geodes::base::time::Span;
use geodes::engine::record::Record;
use geodes::engine::world::World;
use geodes::model::fault::{FaultKind, Scope};

/// An actor that has note 1 on disk and note 2 on its way there, is hit at 6 ms for 100 ms, and gets a ping at 200 ms.
fn hit(kind: FaultKind) -> World<Toy> {
    let mut p = plan(2);
    p.network.pairs = table(2, geodes::base::dist::Law::Constant(0.2));
    p.faults.push(fault(Scope::Node(NodeId(0)), kind, Span::millis(6), Some(Span::millis(100))));
    let todo = vec![Do::Persist(1), Do::Set(ToyTimer::Work(1), Span::millis(150))];
    let other = vec![Do::Ping(script(0), 7, 1)];
    let scripts = vec![(NodeId(0), todo), (NodeId(4), other)];
    let mut w = world(&Config { scripts, ..Config::default() }, &p);
    w.run_until(ms(5));
    command_now(&mut w, Command::Tell(script(0), vec![Do::Persist(2)]));
    w.run_until(ms(500));
    w
}

fn notes(w: &World<Toy>) -> Vec<u64> {
    w.disk(script(0)).notes.clone()
}

#[test]
fn a_crash_loses_memory_and_timers_but_writes_under_way_complete() {
    let w = hit(FaultKind::Crash);
    assert_eq!(notes(&w), [1, 2]);
    assert_eq!(seen(w.actor(script(0))), ["restarted with [1, 2]", "ping 7"]);
}

#[test]
fn a_power_loss_also_loses_writes_under_way() {
    let w = hit(FaultKind::PowerLoss);
    assert_eq!(notes(&w), [1]);
    assert_eq!(seen(w.actor(script(0))), ["restarted with [1]", "ping 7"]);
}

#[test]
fn a_destroyed_disk_is_blank_when_the_process_restarts() {
    let w = hit(FaultKind::DestroyedDisk);
    assert!(notes(&w).is_empty());
    assert_eq!(seen(w.actor(script(0))), ["restarted with []", "ping 7"]);
}

#[test]
fn a_destroyed_node_never_comes_back() {
    let w = hit(FaultKind::Destroyed);
    assert!(notes(&w).is_empty() && seen(w.actor(script(0))).is_empty());
    assert!(!w.is_running(NodeId(0)));
}

#[test]
fn a_pause_loses_nothing_at_all() {
    let w = hit(FaultKind::Pause);
    assert_eq!(notes(&w), [1, 2]);
    assert_eq!(seen(w.actor(script(0))), ["durable 1", "durable 2", "Work(1)", "ping 7"]);
    let at: Vec<u64> = seen_at(w.actor(script(0))).into_iter().map(|(at, _)| at).collect();
    assert_eq!(at, [4, 106, 150, 200], "what was due meanwhile happens at the end of the pause");
}

#[test]
fn messages_to_a_process_that_is_down_are_dropped() {
    let mut p = plan(1);
    p.faults.push(fault(Scope::Node(NodeId(1)), FaultKind::Crash, Span::ZERO, Some(Span::secs(1))));
    let scripts = vec![(NodeId(0), vec![Do::Ping(script(1), 1, 1)]), (NodeId(1), vec![])];
    let mut w = world(&Config { scripts, ..Config::default() }, &p);
    w.run_until(secs(2));
    assert_eq!(seen(w.actor(script(1))), ["restarted with []"]);
    assert_eq!(w.in_flight(), 0);
}

#[test]
fn overlapping_faults_are_counted_and_the_node_is_up_when_none_covers_it() {
    let mut p = plan(1);
    let (crash, loss) = (FaultKind::Crash, FaultKind::PowerLoss);
    p.faults.push(fault(Scope::Node(NodeId(0)), crash, Span::secs(1), Some(Span::secs(4))));
    p.faults.push(fault(Scope::Zone(ZoneId(0)), loss, Span::secs(2), Some(Span::secs(1))));
    p.faults.push(fault(Scope::Node(NodeId(0)), FaultKind::Pause, Span::secs(4), Some(Span::secs(4))));
    let mut w = world(&Config { scripts: vec![(NodeId(0), vec![])], ..Config::default() }, &p);
    w.run_until(secs(4));
    assert!(!w.is_running(NodeId(0)) && w.is_running(NodeId(1)));
    w.run_until(secs(7));
    assert!(seen(w.actor(script(0))).is_empty(), "it came up while paused: it restarts when the pause ends");
    w.run_until(secs(9));
    assert_eq!(seen_at(w.actor(script(0))), [(8_000, "restarted with []".to_string())]);
}

#[test]
fn a_scope_takes_down_what_is_in_it_and_nothing_else() {
    let down = |scope: Scope, kind: FaultKind| {
        let mut p = plan(2);
        p.topology.add_service_node(
            "manager".to_string(),
            geodes::model::topology::NodeRole::Regional,
            Some(RegionId(0)),
        );
        p.workloads.push(workload(0.0));
        add_clients(&mut p, RegionId(0), 1, true);
        add_clients(&mut p, RegionId(0), 1, false);
        p.faults.push(fault(scope, kind, Span::ZERO, Some(Span::secs(1))));
        let mut w = world(&Config::default(), &p);
        w.run_until(ms(1));
        p.topology.nodes.ids().filter(|n| !w.is_running(*n)).map(|n| n.0).collect::<Vec<_>>()
    };
    // 0..8 data, 8 control, 9 regional manager, 10 client that fails with West, 11 client that sits near it.
    assert_eq!(down(Scope::Region(RegionId(0)), FaultKind::PowerLoss), [0, 1, 2, 3, 9, 10]);
    assert_eq!(down(Scope::Zone(ZoneId(1)), FaultKind::Crash), [2, 3]);
    assert_eq!(down(Scope::Domain(DomainId(5)), FaultKind::Crash), [5]);
    assert_eq!(down(Scope::Node(NodeId(11)), FaultKind::Crash), [11]);
    assert_eq!(down(Scope::Service, FaultKind::ControlPlaneDown), [8]);
    assert!(down(Scope::Service, FaultKind::DnsDown).is_empty());
    assert_eq!(down(Scope::Service, FaultKind::Crash), [0, 1, 2, 3, 4, 5, 6, 7, 9]);
}

#[test]
fn fault_edges_come_before_other_events_of_their_time_and_in_order_of_index() {
    let mut p = plan(1);
    let at = Span::secs(1);
    p.faults.push(fault(Scope::Node(NodeId(0)), FaultKind::Crash, at, Some(Span::ZERO)));
    p.faults.push(fault(Scope::Node(NodeId(0)), FaultKind::Slow { factor: 2.0 }, at, Some(at)));
    let todo = vec![Do::Set(ToyTimer::Routine(1), at)];
    let mut w = world(&Config { scripts: vec![(NodeId(0), todo)], ..Config::default() }, &p);
    w.run_until(secs(3));
    assert_eq!(seen(w.actor(script(0))), ["restarted with []"], "the timer of the same instant died with it");
    let edge = |r: &Record| match r {
        Record::FaultBegan { fault, .. } => Some((*fault, true)),
        Record::FaultEnded { fault, .. } => Some((*fault, false)),
        _ => None,
    };
    let edges: Vec<_> = w.take_records().iter().filter_map(edge).collect();
    let (a, b) = (FaultId(0), FaultId(1));
    assert_eq!(edges, [(a, true), (a, false), (b, true), (b, false)]);
}
