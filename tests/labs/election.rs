//! `lab-election`: one leader a term, and a leader again when the faults are over.

use crate::place::{at, fault, observed, plan, random_faults, region, world};
use geodes::engine::world::World;
use geodes::model::fault::FaultKind;
use geodes::model::plan::Plan;
use geodes::system::lab::Small;
use geodes::system::lab::election::{Actor, Election, Role, Scribe};

const TABLE: &str = r#"
clusters = 2
servers  = 5
timeout  = { uniform = { from = "150ms", to = "300ms" } }
leader   = { heartbeat = "50ms" }
"#;

fn records(world: &World<Small<Election>>) -> Vec<&Scribe> {
    let ids = world.actor_ids();
    ids.filter_map(|id| if let Actor::Scribe(s) = &world.actor(id).0 { Some(&**s) } else { None }).collect()
}

/// Servers that lead in the greatest term of all, by cluster.
fn leaders(world: &World<Small<Election>>) -> Vec<usize> {
    let ids: Vec<_> = world.actor_ids().collect();
    let clusters = ids.chunks(6);
    let count = |cluster: &[_]| {
        let servers = cluster.iter().filter(|id| world.is_up(**id)).filter_map(|id| {
            if let Actor::Server(s) = &world.actor(*id).0 { Some((s.term(), s.role())) } else { None }
        });
        let servers: Vec<_> = servers.collect();
        let newest = servers.iter().map(|(term, _)| *term).max();
        servers.iter().filter(|(term, role)| Some(*term) == newest && *role == Role::Leader).count()
    };
    clusters.map(count).collect()
}

fn run(plan: &Plan, seed: u64, until: f64) -> World<Small<Election>> {
    let mut world = world::<Election>(TABLE, plan, seed);
    world.run_until(at(until));
    world
}

#[test]
fn a_leader_whose_heartbeats_arrive_stays() {
    let world = run(&plan(2, 4), 1, 60.0);
    assert_eq!(leaders(&world), [1, 1]);
    assert!(records(&world).iter().all(|record| record.wins().count() == 0));
}

#[test]
fn whatever_fails_no_term_is_won_twice_and_in_the_end_there_is_a_leader() {
    let mut wins = 0;
    for seed in 0..40 {
        let mut plan = plan(2, 4);
        random_faults(&mut plan, 60.0, 60, seed);
        let world = run(&plan, seed, 75.0);
        for record in records(&world) {
            for (term, times) in record.wins() {
                assert_eq!(times, 1, "seed {seed}: term {} was won {times} times", term.0);
                wins += 1;
            }
        }
        assert_eq!(leaders(&world), [1, 1], "seed {seed}");
    }
    assert!(wins > 200, "{wins}");
}

#[test]
fn a_majority_elects_and_a_minority_never_does() {
    for (lost, elects) in [(2, true), (3, false)] {
        let mut plan = plan(2, 4);
        plan.faults.push(fault(region(0), FaultKind::Destroyed, 5.0, 1_000.0));
        for node in 0..lost - 1 {
            let node = geodes::model::fault::Scope::Node(geodes::base::ids::NodeId(4 + node));
            plan.faults.push(fault(node, FaultKind::Crash, 5.0, 1_000.0));
        }
        let mut world = run(&plan, 1, 60.0);
        assert_eq!(leaders(&world), if elects { [1, 1] } else { [0, 0] }, "{lost} of 5 are gone");
        let times = observed(&mut world, "detection-time");
        assert_eq!(times.len(), if elects { 2 } else { 0 });
        assert!(times.iter().all(|t| (0.1..=0.305).contains(t)), "{times:?}");
    }
}

#[test]
fn a_cluster_that_may_rest_does_so_after_its_first_election() {
    let mut plan = plan(2, 4);
    plan.faults.push(fault(region(0), FaultKind::Destroyed, 5.0, 1_000.0));
    let mut world = world::<Election>(&format!("{TABLE}rest = true"), &plan, 1);
    world.run_until(at(10.0));
    assert_eq!(observed(&mut world, "rounds").len(), 2);
    let events = world.events();
    world.run_until(at(60.0));
    assert_eq!((leaders(&world), world.events()), (vec![0, 0], events));
}
