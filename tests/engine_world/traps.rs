//! Known traps of other simulators.

use crate::place::*;
use crate::toy::*;
use geodes::base::dist::Law;
use geodes::base::ids::NodeId;
use geodes::base::time::{SimTime, Span};
use geodes::engine::record::Record;
use geodes::engine::world::World;
use geodes::model::plan::Plan;

fn scripted(scripts: &[(u32, Vec<Do>)], plan: &Plan) -> World<Toy> {
    let scripts = scripts.iter().map(|(node, todo)| (NodeId(*node), todo.clone())).collect();
    world(&Config { scripts, ..Config::default() }, plan)
}
const T: ToyTimer = ToyTimer::Routine(1);
const U: ToyTimer = ToyTimer::Routine(2);

#[test]
fn a_cancelled_timer_neither_runs_nor_counts_nor_advances_the_clock() {
    let todo = vec![Do::Set(T, Span::secs(1)), Do::Set(U, Span::secs(9)), Do::Cancel(U)];
    let mut w = scripted(&[(0, todo)], &plan(1));
    let mut never_set = scripted(&[(0, vec![Do::Set(T, Span::secs(1))])], &plan(1));
    exhaust(&mut w);
    exhaust(&mut never_set);
    assert_eq!(w.now(), secs(1));
    assert_eq!((w.events(), w.digest()), (never_set.events(), never_set.digest()));
    assert_eq!(seen(w.actor(script(0))), ["Routine(1)"]);
}

#[test]
fn a_moved_timer_fires_once_at_its_last_time_and_leaves_nothing_else_to_see() {
    for (first, last) in [(1, 5), (5, 1)] {
        let todo = vec![Do::Set(T, Span::secs(first)), Do::Set(T, Span::secs(last))];
        let mut moved = scripted(&[(0, todo)], &plan(1));
        let mut direct = scripted(&[(0, vec![Do::Set(T, Span::secs(last))])], &plan(1));
        exhaust(&mut moved);
        exhaust(&mut direct);
        assert_eq!(moved.now(), secs(last));
        assert_eq!((moved.events(), moved.digest()), (direct.events(), direct.digest()));
        assert_eq!(seen_at(moved.actor(script(0))), [(last * 1_000, "Routine(1)".to_string())]);
    }
}

#[test]
fn events_at_the_stop_time_run() {
    let mut w = scripted(&[(0, vec![Do::Set(T, Span::secs(3)), Do::Set(U, Span(3_000_000_001))])], &plan(1));
    w.run_until(secs(3));
    assert_eq!(seen(w.actor(script(0))), ["Routine(1)"]);
    assert_eq!(w.now(), secs(3));
    w.run_until(SimTime(3_000_000_001));
    assert_eq!(seen(w.actor(script(0))), ["Routine(1)", "Routine(2)"]);
}

#[test]
fn ties_run_in_the_order_they_were_made() {
    let ping = |to, n: u64| (0..n).map(move |i| Do::Ping(script(to), i, 1)).collect::<Vec<_>>();
    let mut w = scripted(&[(0, ping(1, 50)), (1, vec![])], &plan(1));
    exhaust(&mut w);
    let expected: Vec<String> = (0..50).map(|i| format!("ping {i}")).collect();
    assert_eq!(seen(w.actor(script(1))), expected);
}

#[test]
fn shuffled_ties_change_the_order_and_the_digest_but_lose_nothing() {
    let ping: Vec<Do> = (0..50).map(|i| Do::Ping(script(1), i, i)).collect();
    let config = Config { scripts: vec![(NodeId(0), ping), (NodeId(1), vec![])], ..Config::default() };
    let run = |shuffle_ties| {
        let spec = geodes::engine::contract::WindowSpec { shuffle_ties, ..spec(1) };
        let mut w = new_world(&config, &plan(1), vec![], spec, vec![]);
        exhaust(&mut w);
        (w.digest(), seen(w.actor(script(1))))
    };
    let ((plain, in_order), (one, mut shuffled)) = (run(None), run(Some(7)));
    assert!(in_order != shuffled && plain != one);
    assert!(one == run(Some(7)).0 && one != run(Some(8)).0);
    shuffled.sort_by_key(|s| s[5..].parse::<u32>().unwrap_or(0));
    assert_eq!(in_order, shuffled);
}

#[test]
fn a_link_delay_does_not_throttle_throughput() {
    let many: Vec<Do> = (0..1_000).map(|i| Do::Ping(script(1), i, 1_000_000)).collect();
    let mut w = scripted(&[(0, many), (4, vec![])], &plan(2));
    exhaust(&mut w);
    assert_eq!(seen(w.actor(script(1))).len(), 1_000);
    assert_eq!(w.now(), ms(50), "all of them are in flight at once");
}

#[test]
fn bandwidth_spaces_departures_and_propagation_is_added_to_each() {
    let mut p = plan(2);
    p.network.bandwidth = table(2, Some(1_000_000.0));
    let three: Vec<Do> = (0..3).map(|i| Do::Ping(script(1), i, 100_000)).collect();
    let mut w = scripted(&[(0, three), (4, vec![])], &p);
    exhaust(&mut w);
    let expected = [(150, "ping 0"), (250, "ping 1"), (350, "ping 2")].map(|(t, s)| (t, s.to_string()));
    assert_eq!(seen_at(w.actor(script(1))), expected);
}

/// Random delays everywhere, and pings that show them.
fn random_delays(regions: usize) -> Plan {
    let mut p = plan(regions);
    p.network.pairs = table(regions, Law::Exponential { mean: 0.05 });
    p.network.intra_zone = Law::Exponential { mean: 0.001 };
    p
}

#[test]
fn an_unrelated_change_leaves_all_other_draws_as_they_were() {
    let arrivals = |regions: usize, extra: bool, loss: f64| {
        let mut p = random_delays(regions);
        p.network.loss = table(regions, loss);
        let to_other_zone = Do::Ping(script(2), 99, 1);
        let mut todo = Vec::new();
        for i in 0..20 {
            todo.push(Do::Ping(script(1), i, 1));
            todo.extend(extra.then(|| to_other_zone.clone()));
            todo.extend(extra.then_some(Do::Draw));
        }
        let mut w = scripted(&[(0, todo), (4, vec![]), (2, vec![])], &p);
        exhaust(&mut w);
        seen_at(w.actor(script(1)))
    };
    let base = arrivals(2, false, 0.0);
    assert_eq!(base.len(), 20);
    assert_eq!(base, arrivals(3, false, 0.0), "one region more");
    assert_eq!(base, arrivals(2, true, 0.0), "other messages and draws of the same actor");
    let lossy = arrivals(2, false, 0.3);
    assert!(lossy.len() < 20 && lossy.iter().all(|x| base.contains(x)), "loss draws from its own stream");
}

#[test]
fn watching_changes_nothing() {
    let run = |watch: bool| {
        let mut p = random_delays(2);
        p.workloads.push(workload(50.0));
        add_clients(&mut p, geodes::base::ids::RegionId(1), 2, false);
        let replicas = vec![(geodes::base::ids::PartitionId(0), NodeId(0), true)];
        let mut w = world(&Config { replicas, ..Config::default() }, &p);
        if watch {
            let mut keep = Keep::default();
            let end = w.run(&mut keep);
            assert!(keep.0.iter().any(|r| matches!(r, Record::Completed(_))));
            return (end.digest, end.events);
        }
        struct Blind;
        impl geodes::engine::contract::Observer for Blind {
            fn on_records(&mut self, _: &[Record]) {}
            fn merge(&mut self, _: Box<dyn geodes::engine::contract::Observer>) {}
        }
        let end = w.run(&mut Blind);
        (end.digest, end.events)
    };
    assert_eq!(run(true), run(false));
}

#[test]
fn a_timer_rearmed_by_every_message_still_fires_after_the_last() {
    let mut p = plan(1);
    p.disk.persist = Law::Constant(0.0);
    let mut w = scripted(&[(0, vec![Do::Set(ToyTimer::Work(1), Span::millis(100))])], &p);
    for i in 1..=20 {
        w.run_until(ms(50 * i));
        command_now(&mut w, Command::Tell(script(0), vec![Do::Set(ToyTimer::Work(1), Span::millis(100))]));
    }
    exhaust(&mut w);
    assert_eq!(seen_at(w.actor(script(0))), [(1_100, "Work(1)".to_string())]);
}
