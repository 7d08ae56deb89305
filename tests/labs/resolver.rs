//! `lab-resolver`: no cache gives an address out for longer than its TTL.

use crate::place::{at, fault, observed, plan, world};
use geodes::engine::world::World;
use geodes::model::fault::{FaultKind, Scope};
use geodes::model::plan::Plan;
use geodes::system::lab::Small;
use geodes::system::lab::resolver::Resolver;

fn run(more: &str, plan: &Plan) -> World<Small<Resolver>> {
    let table = format!("caches = 50\nttl = \"60s\"\n{more}");
    let mut world = world::<Resolver>(&table, plan, 1);
    world.run_until(at(1_000.0));
    world
}

fn sum(of: &[f64]) -> f64 {
    of.iter().sum()
}

#[test]
fn a_ttl_after_the_change_nobody_gives_out_the_old_address() {
    let probes = "change-at = \"300s\"\nprobe-at = [\"299s\", \"301s\", \"359s\", \"361s\"]";
    for lookups in ["", "\nlookups = { exponential = { mean = \"20s\" } }"] {
        let old = observed(&mut run(&format!("{probes}{lookups}"), &plan(1, 1)), "on-old-address");
        let by_probe: Vec<f64> = old.chunks(50).map(sum).collect();
        assert_eq!(old.len(), 200);
        assert!(by_probe[0] == 0.0 && by_probe[1] >= 30.0, "{by_probe:?}");
        assert!(by_probe[2] <= 10.0 && by_probe[3] == 0.0, "{by_probe:?}");
    }
}

#[test]
fn caches_run_dry_while_the_authority_is_down_and_fill_within_seconds_when_it_is_back() {
    let mut plan = plan(1, 1);
    plan.faults.push(fault(Scope::Service, FaultKind::DnsDown, 300.0, 500.0));
    let probes = "probe-at = [\"299s\", \"330s\", \"361s\", \"499s\", \"506s\"]";
    let held = observed(&mut run(probes, &plan), "held");
    let by_probe: Vec<f64> = held.chunks(50).map(sum).collect();
    assert!(matches!(by_probe[..], [50.0, 10.0..=40.0, 0.0, 0.0, 50.0]), "{by_probe:?}");
}

#[test]
fn each_busy_cache_goes_on_with_the_old_address_once_for_at_most_a_ttl() {
    let rest = observed(&mut run("change-at = \"300s\"", &plan(1, 1)), "remaining-ttl");
    assert!(rest.len() == 50 && rest.iter().all(|s| (0.0..=60.0).contains(s)), "{rest:?}");
}
