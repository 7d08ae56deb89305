//! The skeleton against exact rates and shares of time.

use super::*;
use crate::base::dist::{Empirical, Law};
use crate::base::ids::{HazardId, Id, IdVec, NodeId, RegionId, ZoneId};
use crate::model::fault::{FaultKind, Scope};
use crate::model::hazard::{Exposed, Extent, Recorded, Strike};
use crate::model::topology::{Node, NodeRole};

const HOUR: f64 = 3600.0;

fn hazard(name: &str, scopes: usize, process: Process) -> Hazard {
    let exposed = |i: usize| Exposed {
        path: format!("region:r/zone:1/node:{}", i + 1),
        scope: Scope::Node(NodeId::from_index(i)),
    };
    Hazard {
        name: name.to_owned(),
        scopes: (0..scopes).map(exposed).collect(),
        kind: FaultKind::Crash,
        process,
        strike: Strike::default(),
        source: None,
    }
}

fn renewal(name: &str, scopes: usize, to_failure: Law, repair: Law) -> Hazard {
    hazard(name, scopes, Process::Renewal { to_failure, repair })
}

fn exponential(name: &str, scopes: usize, hours_up: f64, hours_down: f64) -> Hazard {
    let law = |hours: f64| Law::Exponential { mean: hours * HOUR };
    renewal(name, scopes, law(hours_up), law(hours_down))
}

fn plan(hazards: Vec<Hazard>, margin: Span) -> Plan {
    let mut plan = Plan { hazards: hazards.into_iter().collect(), ..Plan::default() };
    plan.study.margin = margin;
    plan
}

fn clusters(plan: &Plan, seed: u64, years: u64) -> Vec<Cluster> {
    let all: Result<Vec<Cluster>, SkeletonError> =
        Skeleton::new(plan, seed).until(Calendar::year(years)).collect();
    all.expect("the hazards let the system settle")
}

/// Mean and standard error over independent seeds.
fn over_seeds(seeds: u64, measure: impl Fn(u64) -> f64) -> (f64, f64) {
    let all: Vec<f64> = (0..seeds).map(measure).collect();
    let n = seeds as f64;
    let mean = all.iter().sum::<f64>() / n;
    let square = all.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    (mean, (square / n).sqrt())
}

fn agrees(what: &str, (mean, error): (f64, f64), exact: f64) {
    let z = (mean - exact) / error;
    assert!(z.abs() < 4.0 && error < exact / 20.0, "{what}: {mean} +- {error}, exactly {exact}: z = {z}");
}

fn laws() -> Vec<Law> {
    let law = |law: Law| law.scaled(HOUR);
    vec![
        law(Law::Exponential { mean: 50.0 }),
        law(Law::Constant(50.0)),
        law(Law::Uniform { low: 10.0, high: 90.0 }),
        law(Law::Normal { mean: 30.0, sd: 30.0 }),
        law(Law::Lognormal { median: 30.0, sigma: 1.2 }),
        law(Law::Weibull { shape: 0.7, scale: 40.0 }),
        law(Law::Pareto { scale: 20.0, shape: 2.5 }),
        law(Law::Gamma { shape: 0.5, mean: 50.0 }),
        law(Law::Erlang { stages: 3, mean: 50.0 }),
        law(Law::Empirical(Empirical::values(vec![5.0, 20.0, 140.0]))),
        law(Law::Empirical(Empirical::Table(vec![(0.1, 1.0), (0.6, 30.0), (1.0, 150.0)]))),
        law(Law::Mixture(vec![(0.9, Law::Exponential { mean: 10.0 }), (0.1, Law::Constant(400.0))])),
        law(Law::Exponential { mean: 40.0 }.shifted(10.0)),
    ]
}

#[test]
fn every_law_gives_its_rate_and_its_share_of_time_from_the_first_hour_on() {
    // Short calendars, so that a start that is not stationary would show.
    for law in laws() {
        for (to_failure, repair) in [
            (law.clone(), Law::Exponential { mean: 20.0 * HOUR }),
            (Law::Exponential { mean: 60.0 * HOUR }, law.clone()),
        ] {
            let plan = plan(vec![renewal("node", 1, to_failure.clone(), repair.clone())], Span::ZERO);
            let hours = 120;
            let measured = |seed: u64, of: &dyn Fn(&Occurrence) -> f64| {
                let all = Skeleton::new(&plan, seed).until(Calendar::ZERO + Span::hours(hours));
                all.map(|c| c.expect("it settles").occurrences.iter().map(of).sum::<f64>()).sum::<f64>()
            };
            let cycle = to_failure.span_mean() + repair.span_mean();
            let strikes = over_seeds(8_000, |seed| measured(seed, &|_| 1.0));
            agrees(&format!("rate of {to_failure} / {repair}"), strikes, hours as f64 * HOUR / cycle);
            let down = over_seeds(8_000, |seed| measured(seed, &|o| o.lasts.seconds()));
            let exact = renewal::unavailability(&to_failure, &repair) * hours as f64 * HOUR;
            agrees(&format!("down time of {to_failure} / {repair}"), down, exact);
        }
    }
}

#[test]
fn strikes_join_when_they_are_closer_than_the_margin_and_only_then() {
    let plan = plan(vec![exponential("a", 3, 30.0, 2.0), exponential("b", 2, 50.0, 5.0)], Span::hours(1));
    let all = clusters(&plan, 7, 20);
    assert!(all.len() > 3_000, "{}", all.len());
    let mut last = None;
    for cluster in &all {
        assert_eq!(cluster.weight, 1.0);
        assert!(last.is_none_or(|end| cluster.begins() >= end + Span::hours(1)), "two clusters too close");
        let mut end = cluster.begins();
        for occurrence in &cluster.occurrences {
            assert!(occurrence.at < end + Span::hours(1) || occurrence.at == cluster.begins());
            end = end.max(occurrence.at + occurrence.lasts);
        }
        assert_eq!(end, cluster.ends());
        last = Some(end);
    }
    assert!(all.iter().any(|c| c.occurrences.len() > 3));
}

#[test]
fn clusters_begin_as_often_as_an_onset_finds_all_quiet() {
    // An onset begins a cluster if it finds the others up, and everyone up for a margin: with exponential laws
    // rate = sum of 1 / cycle * exp(-margin / up), times the product over the others of up / cycle * exp(-margin / up).
    let hazards = vec![exponential("a", 3, 100.0, 2.0), exponential("b", 2, 500.0, 10.0)];
    let plan = plan(hazards, Span::hours(1));
    let each = [(100.0, 2.0), (100.0, 2.0), (100.0, 2.0), (500.0, 10.0), (500.0, 10.0)];
    let quiet: Vec<f64> = each.iter().map(|(up, down)| up / (up + down) * libm::exp(-1.0 / up)).collect();
    let rate = |i: usize| {
        let others: f64 = (0..each.len()).filter(|j| *j != i).map(|j| quiet[j]).product();
        others * libm::exp(-1.0 / each[i].0) / (each[i].0 + each[i].1)
    };
    let exact = 8760.0 * (0..each.len()).map(rate).sum::<f64>();
    agrees("clusters a year", over_seeds(400, |seed| clusters(&plan, seed, 1).len() as f64), exact);
}

#[test]
fn another_hazard_or_scope_leaves_all_other_draws_as_they_were() {
    let strikes = |hazards: Vec<Hazard>| -> Vec<(u128, Span, u64)> {
        let all = clusters(&plan(hazards, Span::ZERO), 3, 50);
        let mut of_a: Vec<_> = all
            .iter()
            .flat_map(|c| &c.occurrences)
            .filter(|o| o.faults[0].path.ends_with("node:1") && o.faults[0].scope == Scope::Node(NodeId(0)))
            .map(|o| (o.at.0, o.lasts, o.renewal))
            .collect();
        of_a.truncate(500);
        of_a
    };
    let alone = strikes(vec![exponential("a", 1, 300.0, 2.0)]);
    assert_eq!(alone.len(), 500);
    assert_eq!(alone, strikes(vec![exponential("a", 4, 300.0, 2.0)]));
    let mut other = exponential("b", 1, 900.0, 1.0);
    other.scopes[0] = Exposed { path: "region:z".to_owned(), scope: Scope::Region(RegionId(0)) };
    assert_eq!(alone, strikes(vec![other, exponential("a", 1, 300.0, 2.0)]));
}

#[test]
fn the_same_seed_gives_the_same_clusters_and_another_seed_others() {
    let plan = plan(vec![exponential("a", 5, 300.0, 2.0)], Span::mins(10));
    assert_eq!(clusters(&plan, 1, 5), clusters(&plan, 1, 5));
    assert_ne!(clusters(&plan, 1, 5), clusters(&plan, 2, 5));
    let shorter = clusters(&plan, 1, 2);
    assert_eq!(shorter[..], clusters(&plan, 1, 5)[..shorter.len()]);
}

#[test]
fn hazards_that_never_let_the_system_settle_are_an_error_and_not_an_endless_wait() {
    let plan =
        plan(vec![exponential("calm", 1, 900.0, 1.0), exponential("wild", 5, 1.0, 5.0)], Span::mins(10));
    let mut skeleton = Skeleton::new(&plan, 1);
    let error = skeleton.by_ref().find_map(Result::err).expect("it never settles");
    assert!(matches!(&error, SkeletonError::NeverSettles { hazard, .. } if hazard == "wild"), "{error}");
    assert!(skeleton.next().is_none());
}

#[test]
fn a_law_without_a_finite_mean_is_an_error() {
    let endless = Law::Pareto { scale: 1.0, shape: 0.9 };
    for (up, down) in [(endless.clone(), Law::Constant(1.0)), (Law::Constant(1.0), endless)] {
        let plan = plan(vec![renewal("odd", 1, up, down)], Span::ZERO);
        assert!(matches!(Skeleton::new(&plan, 1).next(), Some(Err(SkeletonError::Mean { .. }))));
    }
}

#[test]
fn a_record_comes_back_after_each_period_and_every_part_of_it_as_often() {
    let outage = |scope, at: u64, lasts: u64| Recorded {
        scope,
        at: Calendar::ZERO + Span::hours(at),
        lasts: Span::hours(lasts),
    };
    let outages = vec![outage(0, 10, 30), outage(1, 20, 5), outage(0, 100, 1)];
    let process = Process::Trace { outages, period: Span::hours(200) };
    let plan = plan(vec![hazard("recorded", 2, process)], Span::ZERO);
    let first = clusters(&plan, 5, 1);
    let gaps: Vec<u64> =
        first.windows(2).map(|w| w[1].begins().since(w[0].begins()).0 / Span::hours(1).0).collect();
    assert!(gaps.iter().all(|gap| *gap == 90 || *gap == 110), "{gaps:?}");
    assert!(first.iter().all(|c| [1, 2].contains(&c.occurrences.len())));
    // 50 hours see a quarter of a record of 3 outages and 36 hours down, wherever they begin.
    let in_50_hours = |seed: u64, of: &dyn Fn(&Occurrence) -> f64| -> f64 {
        let all = Skeleton::new(&plan, seed).until(Calendar::ZERO + Span::hours(50));
        all.flat_map(|c| c.expect("it settles").occurrences).map(|o| of(&o)).sum()
    };
    agrees("outages", over_seeds(20_000, |seed| in_50_hours(seed, &|_| 1.0)), 0.75);
    agrees("down", over_seeds(20_000, |seed| in_50_hours(seed, &|o| o.lasts.seconds() / HOUR)), 9.0);
}

#[test]
fn planned_work_walks_from_scope_to_scope_and_starts_anywhere() {
    let every = Law::Uniform { low: 0.0, high: 120.0 * HOUR };
    let each = Law::Exponential { mean: 4.0 * HOUR };
    let process = Process::Walk { every, each, pause: Span::hours(2) };
    let plan = plan(vec![hazard("update", 4, process)], Span::mins(10));
    let all = clusters(&plan, 1, 5);
    let scopes: Vec<usize> = all.iter().flat_map(|c| &c.occurrences).map(|o| o.scope).collect();
    assert!(scopes.windows(2).all(|w| w[1] == (w[0] + 1) % 4), "{scopes:?}");
    // A round takes 60 + 4 * 4 + 3 * 2 hours.
    let in_40_hours = |seed: u64| {
        let all = Skeleton::new(&plan, seed).until(Calendar::ZERO + Span::hours(40));
        all.map(|c| c.expect("it settles").occurrences.len() as f64).sum::<f64>()
    };
    agrees("works", over_seeds(20_000, in_40_hours), 40.0 * 4.0 / 82.0);
}

#[test]
fn what_comes_with_another_hazard_does_so_as_often_as_its_probability_says() {
    let lasts = Law::Constant(8.0 * HOUR);
    let rider = hazard("stuck", 1, Process::With { hazard: HazardId(0), probability: 0.3, lasts });
    let plan = plan(vec![exponential("region", 2, 1000.0, 1.0), rider], Span::mins(10));
    let all = clusters(&plan, 1, 2_000);
    let (mut bases, mut riders) = (0.0, 0.0);
    for cluster in &all {
        for occurrence in &cluster.occurrences {
            match occurrence.hazard.0 {
                0 => bases += 1.0,
                _ => {
                    riders += 1.0;
                    assert_eq!(occurrence.lasts, Span::hours(8));
                    assert!(cluster.occurrences.iter().any(|o| o.hazard.0 == 0 && o.at == occurrence.at));
                    assert!(cluster.ends() >= occurrence.at + occurrence.lasts);
                }
            }
        }
    }
    let share: f64 = riders / bases;
    assert!((share - 0.3).abs() < 4.0 * (0.21 / bases).sqrt(), "{share} of {bases}");
}

fn with_nodes(count: usize, strike: Strike) -> Plan {
    let mut zone = exponential("zone", 1, 1000.0, 2.0);
    zone.scopes = vec![Exposed { path: "region:r/zone:1".to_owned(), scope: Scope::Zone(ZoneId(0)) }];
    zone.strike = strike;
    let mut plan = plan(vec![zone], Span::mins(10));
    plan.topology.nodes = (1..=count)
        .map(|i| Node {
            path: format!("region:r/zone:1/node:{i}"),
            role: NodeRole::Data,
            region: Some(RegionId(0)),
            zone: Some(ZoneId(0)),
            domain: None,
            fails_with_place: true,
        })
        .collect::<IdVec<NodeId, Node>>();
    plan
}

#[test]
fn a_burst_takes_its_share_of_the_nodes_one_after_the_other_and_all_end_with_it() {
    let strike = Strike { extent: Extent::Share(0.5), within: Span::mins(2) };
    let mut hits = [0.0; 10];
    let all = clusters(&with_nodes(10, strike), 1, 200);
    let count = all.len() as f64;
    for occurrence in all.iter().flat_map(|c| &c.occurrences) {
        assert_eq!(occurrence.faults.len(), 5);
        for part in &occurrence.faults {
            assert!(part.after <= Span::mins(2));
            assert_eq!(part.after + part.lasts, occurrence.lasts);
            let Scope::Node(node) = &part.scope else { panic!("a burst strikes nodes") };
            hits[node.index()] += 1.0;
        }
    }
    for hit in hits {
        let z = (hit - count / 2.0) / (count / 4.0).sqrt();
        assert!(z.abs() < 4.0, "a node was hit {hit} times of {count}");
    }
}

#[test]
fn a_burst_of_a_number_of_nodes_takes_at_least_one_and_at_most_all() {
    let nodes = |law: Law| {
        let strike = Strike { extent: Extent::Nodes(law), within: Span::ZERO };
        clusters(&with_nodes(4, strike), 1, 20)
            .iter()
            .map(|c| c.occurrences[0].faults.len())
            .collect::<Vec<_>>()
    };
    assert!(nodes(Law::Constant(0.0)).iter().all(|n| *n == 1));
    assert!(nodes(Law::Constant(3.2)).iter().all(|n| *n == 3));
    assert!(nodes(Law::Constant(99.0)).iter().all(|n| *n == 4));
}
