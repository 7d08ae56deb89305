//! `lab-lease`: nobody takes a lease for over that its holder still trusts.

use crate::place::{at, fault, observed, plan, random_faults, region, world};
use geodes::base::time::SimTime;
use geodes::engine::world::World;
use geodes::model::fault::FaultKind;
use geodes::model::plan::Plan;
use geodes::system::lab::Small;
use geodes::system::lab::lease::Lease;

/// The clocks of both sides at a time: (holder's, grantor's).
type Clocks = fn(f64) -> (SimTime, SimTime);

fn same(seconds: f64) -> (SimTime, SimTime) {
    (at(seconds), at(seconds))
}

/// Looks every 10 ms for a lease that its holder trusts while the grantor takes it for over. A crashed or paused actor does
/// nothing. Gives how often a lease was trusted, and how often taken for over.
fn look(world: &mut World<Small<Lease>>, until: f64, clocks: Clocks) -> (u64, u64, Vec<String>) {
    let (mut trusted, mut over, mut broken) = (0, 0, Vec::new());
    let ids: Vec<_> = world.actor_ids().collect();
    for step in 0..(until * 100.0) as u64 {
        let seconds = step as f64 / 100.0;
        world.run_until(at(seconds));
        let (mine, theirs) = clocks(seconds);
        for holder in &ids[1..] {
            let trusts = world.is_running(world.node(*holder)) && world.actor(*holder).0.trusts(mine);
            let grants = world.is_running(world.node(ids[0]));
            let given_up = grants && world.actor(ids[0]).0.takes_for_over(*holder, theirs);
            trusted += u64::from(trusts);
            over += u64::from(given_up);
            if trusts && given_up {
                broken.push(format!("{holder:?} at {seconds}"));
            }
        }
    }
    (trusted, over, broken)
}

const TABLE: &str = "holders = 6\nlength = \"2s\"\nevery = \"700ms\"";

#[test]
fn whatever_fails_the_grantor_waits_until_no_holder_trusts_its_lease() {
    let (mut trusted, mut over) = (0, 0);
    for seed in 0..20 {
        let mut plan = plan(2, 3);
        random_faults(&mut plan, 60.0, 20, seed);
        let (some, others, broken) = look(&mut world::<Lease>(TABLE, &plan, seed), 60.0, same);
        assert!(broken.is_empty(), "seed {seed}: {:?}", &broken[..1]);
        (trusted, over) = (trusted + some, over + others);
    }
    assert!(trusted > 10_000 && over > 1_000, "{trusted} {over}");
}

/// The holder's clock loses a tenth, the grantor's gains a tenth.
fn drifting(plan: &mut Plan) -> Clocks {
    plan.faults.push(fault(region(0), FaultKind::ClockDrift { ppm: -1e5 }, 0.0, 1_000.0));
    plan.faults.push(fault(region(1), FaultKind::ClockDrift { ppm: 1e5 }, 0.0, 1_000.0));
    |seconds| (at(seconds * 0.9), at(seconds * 1.1))
}

#[test]
fn clocks_that_drift_as_much_as_is_allowed_for_break_no_lease_and_more_does() {
    for (allowed, holds) in [(100_001, true), (0, false)] {
        let mut plan = plan(2, 1);
        let clocks = drifting(&mut plan);
        // From 20 s on holders ask in vain.
        plan.faults.push(fault(region(1), FaultKind::Isolation, 20.0, 100.0));
        let table = format!("{TABLE}\ndrift-ppm = {allowed}");
        let (trusted, over, broken) = look(&mut world::<Lease>(&table, &plan, 1), 30.0, clocks);
        assert!(trusted > 0 && over > 0);
        assert_eq!(broken.is_empty(), holds, "{:?}", broken.first());
    }
}

#[test]
fn a_crashed_holder_keeps_its_lease_until_it_runs_out() {
    let mut plan = plan(2, 1);
    plan.faults.push(fault(region(0), FaultKind::PowerLoss, 10.0, 20.0));
    let mut world = world::<Lease>(TABLE, &plan, 3);
    world.run_until(at(19.0));
    let waits = observed(&mut world, "wait");
    assert!(waits.len() == 6 && waits.iter().all(|w| (1.3..=2.006).contains(w)), "{waits:?}");
}
