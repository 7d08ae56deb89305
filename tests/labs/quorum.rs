//! `lab-quorum`: quorums that meet never read anything old.

use crate::place::{at, fault, observed, plan, random_faults, world};
use geodes::base::dist::Law;
use geodes::base::ids::{NodeId, RegionId};
use geodes::engine::world::World;
use geodes::model::fault::{FaultKind, Scope};
use geodes::model::plan::Plan;
use geodes::system::lab::Small;
use geodes::system::lab::quorum::Quorum;

fn run(plan: &Plan, (replicas, writes, reads): (u32, u32, u32), seed: u64) -> World<Small<Quorum>> {
    let table = format!(
        "groups = 4\nreplicas = {replicas}\nwrite-quorum = {writes}\nevery = \"100ms\"\n\
         read = {{ quorum = {reads}, after = \"0s\" }}"
    );
    let mut world = world::<Quorum>(&table, plan, seed);
    world.run_until(at(60.0));
    world
}

/// Writes take a random time to reach a replica.
fn uneven() -> Plan {
    let mut plan = plan(3, 5);
    plan.network.pairs[RegionId(0)][RegionId(1)] = Law::Exponential { mean: 0.01 };
    plan
}

fn share(of: &[f64]) -> f64 {
    of.iter().sum::<f64>() / of.len() as f64
}

#[test]
fn reads_that_meet_every_write_quorum_are_never_stale_whatever_fails_and_others_are() {
    let (mut all, mut seen) = (0, 0.0);
    for seed in 0..20 {
        let mut plan = uneven();
        random_faults(&mut plan, 60.0, 30, seed);
        let stale = observed(&mut run(&plan, (5, 3, 3), seed), "stale");
        assert!(
            stale.len() > 500 && share(&stale) == 0.0,
            "seed {seed}: {} of {}",
            share(&stale),
            stale.len()
        );
        let stale = observed(&mut run(&plan, (5, 1, 1), seed), "stale");
        (all, seen) = (all + stale.len(), seen + stale.iter().sum::<f64>());
    }
    assert!(seen / all as f64 > 0.1, "{seen} of {all}");
}

#[test]
fn writes_fail_while_less_than_a_quorum_of_replicas_is_up() {
    for (down, fails) in [(2, false), (3, true)] {
        let mut plan = plan(3, 5);
        for node in 0..down {
            let node = Scope::Node(NodeId(5 + node));
            plan.faults.push(fault(node, FaultKind::PowerLoss, 10.0, 20.0));
        }
        let failed = observed(&mut run(&plan, (5, 3, 3), 1), "failed");
        // A tenth of a second between two of them, four groups, a sixth of the time.
        assert!((2_380..=2_400).contains(&failed.len()), "{}", failed.len());
        let expected = if fails { 400.0 } else { 0.0 };
        assert!((failed.iter().sum::<f64>() - expected).abs() <= 8.0, "{}", failed.iter().sum::<f64>());
    }
}

#[test]
fn an_acknowledgement_means_that_the_version_is_on_disk() {
    // 5 ms there, 2 ms on the disk, 5 ms back.
    let times = observed(&mut run(&plan(3, 5), (5, 3, 3), 1), "commit-latency");
    assert!(times.len() > 2_000 && times.iter().all(|t| (t - 0.012).abs() < 1e-9));
}
