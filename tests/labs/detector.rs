//! `lab-detector`: members that die are suspected, members that live are not.

use crate::place::{at, fault, observed, plan, region, world};
use geodes::base::time::Span;
use geodes::engine::world::World;
use geodes::model::fault::FaultKind;
use geodes::system::lab::Small;
use geodes::system::lab::detector::{Actor, Detector};

const RULES: [&str; 3] =
    ["misses = 3", "silence = \"3s\"", "phi = { threshold = 8.0, mean = \"1s\", sd = \"500ms\" }"];

fn table(rule: &str) -> String {
    format!("members = 20\nevery = \"1s\"\nsuspect = {{ {rule} }}")
}

/// How many watchers suspect their members now.
fn suspected(world: &World<Small<Detector>>) -> usize {
    let watchers = world.actor_ids().filter_map(|id| match &world.actor(id).0 {
        Actor::Watcher(watcher) => Some(watcher.suspects()),
        Actor::Member(_) => None,
    });
    watchers.filter(|suspects| *suspects).count()
}

#[test]
fn a_member_that_lives_behind_a_good_link_is_never_suspected() {
    for rule in RULES {
        let mut world = world::<Detector>(&table(rule), &plan(2, 2), 1);
        for second in 1..600 {
            world.run_until(at(f64::from(second)));
            assert_eq!(suspected(&world), 0, "{rule} after {second} s");
        }
    }
}

#[test]
fn every_member_that_crashes_is_suspected_soon_after_and_trusted_again_when_it_is_back() {
    for rule in RULES {
        let mut plan = plan(2, 2);
        plan.faults.push(fault(region(0), FaultKind::Crash, 60.0, 120.0));
        let mut world = world::<Detector>(&table(rule), &plan, 2);
        world.run_until(at(60.0));
        assert_eq!(suspected(&world), 0, "{rule}");
        // Each of the rules allows for about as much silence: at most 3.8 s and a period.
        world.run_until(at(65.0));
        assert_eq!(suspected(&world), 20, "{rule}");
        let times = observed(&mut world, "detection-time");
        assert!(times.len() == 20 && times.iter().all(|t| (1.0..5.0).contains(t)), "{rule}: {times:?}");
        world.run_until(at(122.0));
        assert_eq!(suspected(&world), 0, "{rule}");
    }
}

#[test]
fn a_pause_is_a_silence_too_and_its_first_heartbeat_ends_the_suspicion() {
    let mut plan = plan(2, 2);
    plan.faults.push(fault(region(0), FaultKind::Pause, 60.0, 70.0));
    let mut world = world::<Detector>(&table("misses = 3"), &plan, 3);
    world.run_until(at(69.0));
    assert_eq!(suspected(&world), 20);
    world.run_until(at(71.0) + Span::millis(10));
    assert_eq!(suspected(&world), 0);
}

#[test]
fn one_fault_is_detected_once_and_what_a_fault_has_nothing_to_do_with_is_a_false_suspicion() {
    let mut plan = plan(2, 2);
    for row in [0, 1] {
        let row = geodes::base::ids::RegionId(row);
        plan.network.loss[row].iter_mut().for_each(|(_, loss)| *loss = 0.4);
    }
    plan.faults.push(fault(region(0), FaultKind::Crash, 300.0, 310.0));
    let mut world = world::<Detector>(&table("misses = 3"), &plan, 4);
    world.run_until(at(300.0));
    assert!(!observed(&mut world, "false-suspicion-time").is_empty());
    world.run_until(at(300.0));
    let suspected_already = suspected(&world);
    world.run_until(at(310.0));
    assert_eq!(observed(&mut world, "detection-time").len(), 20 - suspected_already);
    world.run_until(at(900.0));
    assert!(observed(&mut world, "detection-time").is_empty());
}

#[test]
fn a_watcher_that_has_seen_enough_has_its_member_stop() {
    let mut plan = plan(2, 2);
    plan.network.loss[geodes::base::ids::RegionId(0)].iter_mut().for_each(|(_, loss)| *loss = 0.5);
    let table = table("misses = 2") + "\nsuspicions = 3";
    let mut world = world::<Detector>(&table, &plan, 5);
    world.run_until(at(3_000.0));
    assert_eq!(observed(&mut world, "false-suspicion-time").len(), 60);
    let events = world.events();
    world.run_until(at(4_000.0));
    assert_eq!(world.events(), events);
}
