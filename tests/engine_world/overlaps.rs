//! Faults that overlap, and what they catch half-way.

use crate::place::*;
use crate::toy::*;
use geodes::base::ids::{NodeId, RegionId, ZoneId};
use geodes::base::time::Span;
use geodes::engine::record::EndReason;
use geodes::engine::world::World;
use geodes::model::fault::{FaultKind, Place, Scope};
use geodes::model::plan::Limits;

const NODE: Scope = Scope::Node(NodeId(0));

fn region(r: u32) -> Place {
    Place::Region(RegionId(r))
}

/// A script on node 0 that hands a note to its disk at 5 ms, durable at 9 ms; another on node 4, in East.
fn persisting() -> World<Toy> {
    let mut p = plan(2);
    p.limits.cap = Span::mins(10);
    let scripts = vec![(NodeId(0), vec![]), (NodeId(4), vec![])];
    let mut w = world(&Config { scripts, ..Config::default() }, &p);
    w.run_until(ms(5));
    w.deliver(script(0), script(0), Msg::Do(vec![Do::Persist(7)]));
    w
}
fn strike(w: &mut World<Toy>, kind: FaultKind, at: u64, lasts: u64) {
    w.run_until(ms(at));
    w.strike_fault(fault(NODE, kind, Span::ZERO, Some(Span::millis(lasts))));
}
fn end(mut w: World<Toy>) -> (Vec<u64>, Vec<(u64, String)>) {
    w.run_until(secs(5));
    (w.disk(script(0)).notes.clone(), seen_at(w.actor(script(0))))
}
fn restarted(at: u64, notes: &str) -> Vec<(u64, String)> {
    vec![(at, format!("restarted with {notes}"))]
}

#[test]
fn a_power_loss_during_a_crash_still_takes_what_was_not_durable() {
    let mut w = persisting();
    strike(&mut w, FaultKind::Crash, 6, 100);
    assert!(w.disk(script(0)).notes.is_empty(), "it is under way");
    strike(&mut w, FaultKind::PowerLoss, 7, 10);
    assert_eq!(end(w), (vec![], restarted(106, "[]")));
}

#[test]
fn a_power_loss_during_a_crash_spares_what_has_become_durable_by_then() {
    let mut w = persisting();
    strike(&mut w, FaultKind::Crash, 6, 100);
    w.run_until(ms(10));
    assert_eq!(w.disk(script(0)).notes, [7], "the operating system wrote it");
    strike(&mut w, FaultKind::PowerLoss, 10, 200);
    assert_eq!(end(w), (vec![7], restarted(210, "[7]")));
}

#[test]
fn a_process_that_restarts_at_once_finds_what_it_had_handed_over_and_is_not_told_again() {
    let mut w = persisting();
    strike(&mut w, FaultKind::Crash, 6, 1);
    assert_eq!(end(w), (vec![7], restarted(7, "[7]")));
}

#[test]
fn a_disk_destroyed_during_a_power_loss_is_blank_afterwards() {
    let mut w = persisting();
    strike(&mut w, FaultKind::PowerLoss, 20, 100);
    strike(&mut w, FaultKind::DestroyedDisk, 30, 10);
    assert_eq!(end(w), (vec![], restarted(120, "[]")));
}

#[test]
fn destruction_during_another_fault_is_final() {
    for kind in [FaultKind::Crash, FaultKind::Pause, FaultKind::Isolation, FaultKind::Slow { factor: 2.0 }] {
        let mut w = persisting();
        strike(&mut w, kind, 20, 100);
        strike(&mut w, FaultKind::Destroyed, 30, 10);
        w.run_until(secs(5));
        assert!(!w.is_running(NodeId(0)) && w.disk(script(0)).notes.is_empty(), "{kind:?}");
    }
}

#[test]
fn the_same_fault_twice_ends_when_the_longer_one_ends() {
    for kind in [FaultKind::Crash, FaultKind::Pause, FaultKind::PowerLoss] {
        for (first, second) in [(100, 10), (10, 100)] {
            let mut w = persisting();
            strike(&mut w, kind, 20, first);
            strike(&mut w, kind, 20, second);
            w.run_until(ms(119));
            assert!(!w.is_running(NodeId(0)), "{kind:?} {first} {second}");
            w.run_until(ms(120));
            assert!(w.is_running(NodeId(0)), "{kind:?} {first} {second}");
            let restarts = seen(w.actor(script(0))).iter().filter(|s| s.starts_with("restarted")).count();
            assert_eq!(restarts, usize::from(kind != FaultKind::Pause), "{kind:?} {first} {second}");
        }
    }
}

#[test]
fn a_fault_right_after_another_keeps_them_apart() {
    let mut p = plan(1);
    for i in 0..2 {
        p.faults.push(fault(NODE, FaultKind::Crash, Span::secs(1 + i), Some(Span::secs(1))));
    }
    let mut w = world(&Config { scripts: vec![(NodeId(0), vec![])], ..Config::default() }, &p);
    w.run_until(secs(2));
    assert!(!w.is_running(NodeId(0)), "it came up for no time at all");
    w.run_until(secs(4));
    assert_eq!(seen_at(w.actor(script(0))), restarted(3_000, "[]"));
}

#[test]
fn a_fault_of_no_length_is_over_at_once_whatever_it_is() {
    let link = Scope::Link { from: region(0), to: region(1), both: true };
    let of_node = [
        FaultKind::Crash,
        FaultKind::Pause,
        FaultKind::PowerLoss,
        FaultKind::DestroyedDisk,
        FaultKind::Isolation,
        FaultKind::Slow { factor: 50.0 },
        FaultKind::Loss { probability: 1.0 },
        FaultKind::ClockStep { by_ns: 1_000_000_000 },
        FaultKind::ClockDrift { ppm: 1_000.0 },
    ];
    let of_link = [
        FaultKind::Cut,
        FaultKind::Slow { factor: 50.0 },
        FaultKind::Loss { probability: 1.0 },
        FaultKind::Bandwidth { bytes_per_s: 1.0 },
    ];
    let all = of_node.map(|k| (NODE, k)).into_iter().chain(of_link.map(|k| (link.clone(), k)));
    for (scope, kind) in all {
        let mut p = plan(2);
        p.limits = Limits { at_least: Span::ZERO, cap: Span::secs(60), until_settled: true };
        p.faults.push(fault(scope, kind, Span::millis(10), Some(Span::ZERO)));
        let ping = vec![Do::Ping(script(1), 1, 10), Do::Ping(script(1), 2, 10)];
        let scripts = vec![(NodeId(0), vec![]), (NodeId(4), vec![])];
        let mut w = world(&Config { scripts, ..Config::default() }, &p);
        w.run_until(ms(20));
        assert!(w.is_running(NodeId(0)), "{kind:?}");
        w.deliver(script(1), script(0), Msg::Do(ping));
        w.run_until(ms(100));
        assert_eq!(seen_at(w.actor(script(1))).len(), 2, "{kind:?}");
        assert!(seen_at(w.actor(script(1))).iter().all(|(at, _)| *at == 70), "{kind:?}");
        let end = w.run(&mut Keep::default());
        assert_eq!(end.reason, EndReason::Settled, "{kind:?}");
    }
}

#[test]
fn overlapping_isolations_of_a_zone_and_its_region_end_one_by_one() {
    let mut w = persisting();
    let isolate =
        |w: &mut World<Toy>, scope| w.strike_fault(fault(scope, FaultKind::Isolation, Span::ZERO, None));
    let arrives = |w: &mut World<Toy>| {
        let before = seen(w.actor(script(1))).len();
        w.deliver(script(1), script(0), Msg::Do(vec![Do::Ping(script(1), 1, 1)]));
        let until = w.now() + Span::secs(1);
        w.run_until(until);
        seen(w.actor(script(1))).len() > before
    };
    let zone = isolate(&mut w, Scope::Zone(ZoneId(0)));
    let whole = isolate(&mut w, Scope::Region(RegionId(0)));
    assert!(!arrives(&mut w));
    w.heal(zone);
    assert!(!arrives(&mut w), "the region is still cut off");
    w.heal(whole);
    assert!(arrives(&mut w));
}

#[test]
fn losses_and_slow_factors_of_overlapping_faults_multiply() {
    let mut w = persisting();
    let link = Scope::Link { from: region(0), to: region(1), both: false };
    let slow = FaultKind::Slow { factor: 3.0 };
    let first = w.strike_fault(fault(link.clone(), slow, Span::ZERO, None));
    w.strike_fault(fault(link, FaultKind::Slow { factor: 2.0 }, Span::ZERO, None));
    w.deliver(script(1), script(0), Msg::Do(vec![Do::Ping(script(1), 1, 1)]));
    w.heal(first);
    w.deliver(script(1), script(0), Msg::Do(vec![Do::Ping(script(1), 2, 1)]));
    w.run_until(secs(1));
    let at: Vec<u64> = seen_at(w.actor(script(1))).into_iter().map(|(at, _)| at).collect();
    assert_eq!(at, [105, 305], "50 ms twice and six times as long");
}

#[test]
fn a_partial_partition_leaves_every_other_pair_alone() {
    let mut p = plan(3);
    p.limits.cap = Span::mins(10);
    let scripts = [0, 4, 8].map(|n| (NodeId(n), vec![])).to_vec();
    let mut w = world(&Config { scripts, ..Config::default() }, &p);
    let cut = |a, b| Scope::Link { from: region(a), to: region(b), both: true };
    w.strike_fault(fault(cut(0, 1), FaultKind::Cut, Span::ZERO, Some(Span::secs(10))));
    let mut heard = |from: u32, to: u32| {
        let before = seen(w.actor(script(to))).len();
        w.deliver(script(to), script(from), Msg::Do(vec![Do::Ping(script(to), 1, 1)]));
        let until = w.now() + Span::millis(100);
        w.run_until(until);
        seen(w.actor(script(to))).len() > before
    };
    let pairs = [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)];
    assert_eq!(pairs.map(|(a, b)| heard(a, b)), [false, false, true, true, true, true]);
}

/// Ten messages of a kilobyte over a link of one kilobyte a second, and a fault at 2.5 s.
fn queued(scope: Scope, kind: FaultKind, lasts: u64) -> Vec<u64> {
    let mut p = plan(2);
    p.limits.cap = Span::mins(10);
    p.network.bandwidth = table(2, Some(1_000.0));
    p.faults.push(fault(scope, kind, Span::millis(2_500), Some(Span::millis(lasts))));
    let pings = (0..10).map(|i| Do::Ping(script(1), i, 1_000)).collect();
    let scripts = vec![(NodeId(0), pings), (NodeId(4), vec![])];
    let mut w = world(&Config { scripts, ..Config::default() }, &p);
    w.run_until(secs(60));
    assert_eq!(w.in_flight(), 0);
    seen_at(w.actor(script(1))).into_iter().map(|(at, _)| at).collect()
}

#[test]
fn what_waits_for_a_link_goes_down_with_its_node() {
    let link = Scope::Link { from: region(0), to: region(1), both: true };
    assert_eq!(queued(NODE, FaultKind::PowerLoss, 1_000), [1_050, 2_050]);
    assert_eq!(queued(Scope::Region(RegionId(0)), FaultKind::Crash, 1_000), [1_050, 2_050]);
    let all: Vec<u64> = (1..=10).map(|s| s * 1_000 + 50).collect();
    assert_eq!(queued(Scope::Node(NodeId(1)), FaultKind::PowerLoss, 1_000), all, "another node's crash");
    let kept: Vec<u64> = all.iter().copied().filter(|at| ![3_050, 4_050].contains(at)).collect();
    assert_eq!(queued(link, FaultKind::Cut, 2_000), kept, "what leaves during a cut is lost");
}
