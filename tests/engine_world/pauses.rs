//! Pauses, clocks and slow nodes.

use crate::place::*;
use crate::toy::*;
use geodes::base::ids::NodeId;
use geodes::base::time::Span;
use geodes::model::fault::{FaultKind, Scope};
use geodes::model::plan::Plan;

fn run(p: &Plan, todo: Vec<Do>, commands: &[(u64, Vec<Do>)]) -> geodes::engine::world::World<Toy> {
    let mut p = p.clone();
    p.limits.cap = Span::mins(10);
    let scripts = vec![(NodeId(0), todo), (NodeId(1), vec![])];
    let mut w = world(&Config { scripts, ..Config::default() }, &p);
    for (at, todo) in commands {
        w.run_until(ms(*at));
        command_now(&mut w, Command::Tell(script(0), todo.clone()));
    }
    w.run_until(secs(60));
    w
}

#[test]
fn a_pause_replays_what_waited_in_the_order_it_was_due() {
    let mut p = plan(1);
    p.faults.push(fault(Scope::Node(NodeId(0)), FaultKind::Pause, Span::millis(10), Some(Span::secs(1))));
    let todo = vec![
        Do::Set(ToyTimer::Routine(1), Span::millis(300)),
        Do::Set(ToyTimer::Routine(2), Span::millis(100)),
        Do::Set(ToyTimer::Routine(3), Span::millis(5)),
    ];
    let mut w = run(&p, todo, &[]);
    let at = |t: u64, s: &str| (t, s.to_string());
    let timers = vec![at(5, "Routine(3)"), at(1_010, "Routine(2)"), at(1_010, "Routine(1)")];
    assert_eq!(seen_at(w.actor(script(0))), timers);
    w.take_records();
}

#[test]
fn a_message_replayed_after_a_pause_can_still_move_a_timer_that_was_due_meanwhile() {
    let mut p = plan(1);
    p.faults.push(fault(Scope::Node(NodeId(0)), FaultKind::Pause, Span::millis(10), Some(Span::secs(1))));
    let set = Do::Set(ToyTimer::Routine(1), Span::millis(300));
    let w = run(&p, vec![set.clone()], &[(100, vec![set])]);
    assert_eq!(seen_at(w.actor(script(0))), [(1_310, "Routine(1)".to_string())]);
}

#[test]
fn a_drifting_clock_fires_timers_early_and_shows_its_own_time() {
    let mut p = plan(1);
    let fast = FaultKind::ClockDrift { ppm: 250_000.0 };
    p.faults.push(fault(Scope::Node(NodeId(0)), fast, Span::ZERO, Some(Span::secs(30))));
    let w = run(&p, vec![], &[(1_000, vec![Do::Set(ToyTimer::Routine(1), Span::secs(10))])]);
    // True time 1 s + 8 s; the clock then shows 9 s * 1.25.
    assert_eq!(seen_at(w.actor(script(0))), [(11_250, "Routine(1)".to_string())]);
}

#[test]
fn a_stepped_clock_shows_another_time_but_timers_keep_theirs() {
    let mut p = plan(1);
    let step = FaultKind::ClockStep { by_ns: 5_000_000_000 };
    p.faults.push(fault(Scope::Node(NodeId(0)), step, Span::secs(1), Some(Span::secs(10))));
    let timers = [2, 20].map(|s| Do::Set(ToyTimer::Routine(s), Span::secs(u64::from(s)))).to_vec();
    let w = run(&p, timers, &[]);
    let ToyActor::Script(s) = w.actor(script(0)) else { panic!("a script") };
    let clocks: Vec<_> = s.seen.iter().map(|(wall, steady, _)| (*wall, *steady)).collect();
    assert_eq!(clocks, [(secs(7), secs(2)), (secs(20), secs(20))]);
}

#[test]
fn a_slow_node_has_slow_disks_and_slow_messages() {
    let mut p = plan(1);
    let slow = FaultKind::Slow { factor: 10.0 };
    p.faults.push(fault(Scope::Node(NodeId(0)), slow, Span::ZERO, Some(Span::secs(30))));
    let todo = vec![Do::Persist(1), Do::Ping(script(1), 1, 1)];
    let w = run(&p, vec![], &[(1_000, todo.clone()), (40_000, todo)]);
    assert_eq!(
        seen_at(w.actor(script(0))),
        [(1_040, "durable 1".to_string()), (40_004, "durable 2".to_string())]
    );
    assert_eq!(seen_at(w.actor(script(1))), [(1_010, "ping 1".to_string()), (40_001, "ping 1".to_string())]);
}

#[test]
fn records_handed_over_in_one_callback_become_durable_together() {
    let w = run(&plan(1), vec![Do::Persist(1), Do::Persist(2), Do::Persist(3)], &[(2, vec![Do::Persist(4)])]);
    let at = |t: u64, s: &str| (t, s.to_string());
    assert_eq!(seen_at(w.actor(script(0))), [at(4, "durable 3"), at(6, "durable 4")]);
}
