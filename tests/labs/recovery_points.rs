//! `lab-recovery-points`: what a copy goes on with, and what it loses.

use crate::place::{at, fault, observed, plan, region, world};
use geodes::base::dist::Law;
use geodes::base::ids::RegionId;
use geodes::engine::world::World;
use geodes::model::fault::FaultKind;
use geodes::model::plan::Plan;
use geodes::system::lab::Small;
use geodes::system::lab::recovery_points::RecoveryPoints;

/// A crash of all primaries at 10 s, for a second.
fn crash(mut plan: Plan) -> Plan {
    plan.faults.push(fault(region(0), FaultKind::Crash, 10.0, 11.0));
    plan
}

fn uneven(mut plan: Plan) -> Plan {
    plan.network.pairs[RegionId(0)][RegionId(1)] = Law::Exponential { mean: 0.2 };
    plan
}

fn run(plan: &Plan, ship: &str, seed: u64) -> World<Small<RecoveryPoints>> {
    let table = format!("units = 10\nwrites = \"100/s\"\nship = {{ {ship} }}");
    let mut world = world::<RecoveryPoints>(&table, plan, seed);
    world.run_until(at(30.0));
    world
}

fn lost(plan: &Plan, ship: &str, seed: u64) -> Vec<f64> {
    observed(&mut run(plan, ship, seed), "lost-writes")
}

#[test]
fn over_an_even_link_only_the_writes_on_their_way_are_lost() {
    let plan = crash(plan(2, 1));
    for order in ["as-they-come", "in-order"] {
        let lost = lost(&plan, &format!("records = \"{order}\""), 1);
        // 5 ms of 100 writes a second.
        assert!(lost.len() == 10 && lost.iter().all(|n| *n <= 4.0), "{order}: {lost:?}");
    }
}

#[test]
fn a_copy_that_keeps_the_order_loses_more_of_what_comes_out_of_order_and_never_less() {
    let plan = crash(uneven(plan(2, 1)));
    let mut surplus = 0.0;
    for seed in 0..10 {
        let any = lost(&plan, "records = \"as-they-come\"", seed);
        let ordered = lost(&plan, "records = \"in-order\"", seed);
        assert_eq!((any.len(), ordered.len()), (10, 10));
        for (any, ordered) in any.iter().zip(&ordered) {
            assert!(ordered >= any, "seed {seed}: {ordered} < {any}");
            surplus += ordered - any;
        }
    }
    assert!(surplus > 0.0);
}

#[test]
fn a_recovery_point_is_as_old_as_its_lag_and_at_most_a_period_older() {
    let plan = crash(plan(2, 1));
    let mut world = run(&plan, r#"points = { every = "2s", lag = { constant = "500ms" } }"#, 1);
    let records = world.take_records();
    let of = |name: &str| -> Vec<f64> {
        use geodes::engine::record::{Change, Record};
        let value = |r: &Record| match r {
            Record::Change { change: Change::Observed { what, value }, .. } if *what == name => Some(*value),
            _ => None,
        };
        records.iter().filter_map(value).collect()
    };
    let (ages, lost) = (of("rpo"), of("lost-writes"));
    assert_eq!((ages.len(), lost.len()), (10, 10));
    // A point cut within the last 5 ms is still on its way.
    assert!(ages.iter().all(|age| (0.5..=2.506).contains(age)), "{ages:?}");
    for (age, lost) in ages.iter().zip(&lost) {
        assert!((lost / 100.0 - age).abs() < 0.6, "{lost} writes in {age} s");
    }
}

#[test]
fn a_copy_that_has_crashed_goes_on_with_what_came_since() {
    let mut plan = crash(plan(2, 1));
    plan.faults.push(fault(region(1), FaultKind::Crash, 5.0, 6.0));
    let lost = lost(&plan, "records = \"as-they-come\"", 1);
    // Six of ten seconds.
    assert!(lost.len() == 10 && lost.iter().all(|n| (n - 600.0).abs() < 100.0), "{lost:?}");
}

#[test]
fn a_primary_that_never_comes_back_tells_nobody_what_was_lost() {
    let mut plan = plan(2, 1);
    plan.faults.push(fault(region(0), FaultKind::Destroyed, 10.0, 1_000.0));
    assert!(lost(&plan, "records = \"in-order\"", 1).is_empty());
}
