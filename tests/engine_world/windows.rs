//! When a window ends.

use crate::place::*;
use crate::toy::*;
use geodes::base::ids::{NodeId, PartitionId, RegionId};
use geodes::base::time::{SimTime, Span};
use geodes::engine::record::{EndReason, WindowEnd};
use geodes::model::fault::{FaultKind, Scope};
use geodes::model::plan::{Limits, Plan};

fn end(config: &Config, p: &Plan) -> WindowEnd {
    world(config, p).run(&mut Keep::default())
}
fn settled(at_least: u64, cap: u64) -> Limits {
    Limits { at_least: Span::secs(at_least), cap: Span::secs(cap), until_settled: true }
}
fn scripted(todo: Vec<Do>) -> Config {
    Config { scripts: vec![(NodeId(0), todo)], memory: Span::secs(10), ..Config::default() }
}
/// Once the load has stopped, what is open ends within a second; within another, everything is read back.
const CLOSING: Span = Span::secs(2);

/// When the load was stopped, and why.
fn ends(todo: Vec<Do>, limits: Limits) -> (SimTime, EndReason) {
    let mut p = plan(1);
    p.limits = limits;
    let end = end(&scripted(todo), &p);
    (stopped(&end), end.reason)
}
fn stopped(end: &WindowEnd) -> SimTime {
    SimTime(end.at.0 - CLOSING.0)
}

#[test]
fn a_quiet_world_settles_after_its_longest_memory_but_not_before_the_least_time() {
    assert_eq!(ends(vec![], settled(0, 100)), (secs(11), EndReason::Settled));
    assert_eq!(ends(vec![], settled(40, 100)), (secs(40), EndReason::Settled));
    assert_eq!(ends(vec![], settled(40, 5)), (secs(5), EndReason::Cap));
    let fixed = Limits { until_settled: false, ..settled(0, 30) };
    assert_eq!(ends(vec![], fixed), (secs(30), EndReason::Duration));
}

#[test]
fn work_delays_settling_and_routine_does_not() {
    let work = Do::Set(ToyTimer::Work(1), Span::secs(50));
    let routine = Do::Set(ToyTimer::Routine(1), Span::secs(50));
    assert_eq!(ends(vec![work.clone()], settled(0, 100)).0, secs(60));
    assert_eq!(ends(vec![routine], settled(0, 100)).0, secs(11));
    assert_eq!(ends(vec![work, Do::Cancel(ToyTimer::Work(1))], settled(0, 100)).0, secs(11));
    assert_eq!(ends(vec![Do::Busy(true)], settled(0, 100)), (secs(100), EndReason::Cap));
    assert_eq!(ends(vec![Do::Busy(true), Do::Busy(false)], settled(0, 100)).0, secs(11));
}

#[test]
fn a_crashed_actor_is_neither_busy_nor_at_work() {
    let mut p = plan(1);
    p.limits = settled(0, 100);
    p.faults.push(fault(Scope::Node(NodeId(0)), FaultKind::Crash, Span::secs(5), Some(Span::secs(15))));
    let config = scripted(vec![Do::Busy(true), Do::Set(ToyTimer::Work(1), Span::secs(90))]);
    let end = end(&config, &p);
    assert_eq!(
        (stopped(&end), end.reason),
        (secs(30), EndReason::Settled),
        "ten seconds after the fault's end"
    );
}

#[test]
fn a_fault_for_ever_does_not_delay_settling_but_one_to_come_does() {
    let mut p = plan(1);
    p.limits = settled(0, 100);
    p.faults.push(fault(Scope::Node(NodeId(0)), FaultKind::Destroyed, Span::secs(20), None));
    assert_eq!(stopped(&end(&scripted(vec![]), &p)), secs(30));
}

#[test]
fn failing_operations_and_backlog_delay_settling() {
    let mut p = plan(2);
    p.limits = settled(0, 60);
    p.workloads.push(workload(20.0));
    add_clients(&mut p, RegionId(1), 1, false);
    let replicas = vec![(PartitionId(0), NodeId(0), true)];
    let config = Config { replicas, memory: Span::secs(5), ..Config::default() };
    assert_eq!(end(&config, &p).reason, EndReason::Settled);
    p.faults.push(fault(Scope::Node(NodeId(0)), FaultKind::Destroyed, Span::secs(1), None));
    assert_eq!(end(&config, &p).reason, EndReason::Cap, "operations fail for ever");

    let mut p = plan(2);
    p.limits = settled(0, 200);
    p.network.bandwidth = table(2, Some(1_000.0));
    let pings = (0..40).map(|i| Do::Ping(script(1), i, 1_000)).collect();
    let scripts = vec![(NodeId(0), pings), (NodeId(4), vec![])];
    let config = Config { scripts, memory: Span::secs(5), ..Config::default() };
    assert_eq!(stopped(&end(&config, &p)), secs(44), "40 s of queue, quiet from its last second on");
}

#[test]
fn the_settling_check_is_no_event() {
    let mut p = plan(1);
    p.limits = settled(0, 100);
    let (short, long) = (end(&scripted(vec![]), &p), {
        p.limits = settled(90, 100);
        end(&scripted(vec![]), &p)
    });
    assert_eq!((short.events, short.digest), (long.events, long.digest));
}
