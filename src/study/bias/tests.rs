//! Biased clusters against exact values.

use super::*;
use crate::base::calendar::Calendar;
use crate::base::dist::Law;
use crate::base::ids::{HazardId, Id, NodeId};
use crate::base::time::Span;
use crate::model::fault::{FaultKind, Scope};
use crate::model::hazard::{Exposed, Hazard, Process, Strike};
use crate::study::skeleton::Skeleton;

const HOUR: f64 = 3600.0;

fn hazard(name: &str, scopes: usize, process: Process) -> Hazard {
    let exposed =
        |i: usize| Exposed { path: format!("{name}:{i}"), scope: Scope::Node(NodeId::from_index(i)) };
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

/// Hours with at least `k` occurrences under way.
fn hours_with(cluster: &Cluster, k: usize) -> f64 {
    let mut edges: Vec<(u128, i32)> = Vec::new();
    for occurrence in &cluster.occurrences {
        edges.push((occurrence.at.0, 1));
        edges.push(((occurrence.at + occurrence.lasts).0, -1));
    }
    edges.sort_unstable();
    let (mut down, mut since, mut total) = (0i32, 0u128, 0u128);
    for (at, change) in edges {
        if down >= k as i32 {
            total += at - since;
        }
        (down, since) = (down + change, at);
    }
    total as f64 / 1e9 / HOUR
}

/// Mean and standard error of a weighted function of clusters.
fn mean(bias: &Bias, draws: u64, f: impl Fn(&Cluster) -> f64) -> (f64, f64) {
    let (mut sum, mut squares) = (0.0, 0.0);
    for n in 0..draws {
        let cluster = bias.draw(n).expect("it settles");
        let x = cluster.weight * f(&cluster);
        sum += x;
        squares += x * x;
    }
    let n = draws as f64;
    let mean = sum / n;
    (mean, ((squares / n - mean * mean) / n).sqrt())
}

/// The share of time with at least `k` down agrees with the exact one, to within the standard error wanted.
fn unavailability_agrees(plan: &Plan, k: usize, draws: u64, exact: f64, precision: f64) {
    let bias = Bias::new(plan, plan.study.margin.0 ^ exact.to_bits(), k - 1).expect("renewals can be biased");
    let (hours, error) = mean(&bias, draws, |cluster| hours_with(cluster, k));
    let scale = bias.clusters_per_year() / 8760.0;
    let (estimate, error) = (hours * scale, error * scale);
    let z = (estimate - exact) / error;
    assert!(z.abs() < 4.0, "{estimate:e} +- {error:e}, exactly {exact:e}: z = {z}");
    assert!(error < precision * exact, "{estimate:e} +- {error:e}, exactly {exact:e}: not precise enough");
}

#[test]
fn k_of_n_comes_out_by_schedules_alone_down_to_one_in_ten_to_the_thirteen() {
    // reference/ground-truth.csv: kofn_2of3, kofn_3of5, kofn_1of3, kofn_5of9.
    let units = |n: usize| plan(vec![exponential("unit", n, 2000.0, 2.0)], Span::ZERO);
    unavailability_agrees(&units(3), 2, 200_000, 2.992014976034952e-06, 0.01);
    unavailability_agrees(&units(5), 3, 800_000, 9.955125720539056e-09, 0.0125);
    unavailability_agrees(&units(3), 3, 400_000, 9.97005990014979e-10, 0.0125);
    unavailability_agrees(&units(9), 5, 1_500_000, 1.2495493272492415e-13, 0.0167);
}

#[test]
fn both_of_two_are_down_as_often_as_the_product_says_whatever_the_laws_and_the_margin() {
    let (up, down) = (8760.0, 4.0);
    let exact = (down / (up + down)) * (down / (up + down));
    let shape =
        |shape: f64, mean: f64| Law::Weibull { shape, scale: mean * HOUR / libm::tgamma(1.0 + 1.0 / shape) };
    let pairs = [
        (Law::Exponential { mean: up * HOUR }, Law::Exponential { mean: down * HOUR }),
        (shape(0.7, up), Law::lognormal_mean_cv(down * HOUR, 1.0)),
        (shape(2.0, up), Law::Constant(down * HOUR)),
        (Law::Constant(up * HOUR), Law::Uniform { low: 0.0, high: 2.0 * down * HOUR }),
        (Law::lognormal_mean_cv(up * HOUR, 1.5), Law::Erlang { stages: 3, mean: down * HOUR }),
    ];
    for (to_failure, repair) in pairs {
        for margin in [Span::ZERO, Span::mins(30), Span::hours(10)] {
            let plan = plan(vec![renewal("region", 2, to_failure.clone(), repair.clone())], margin);
            unavailability_agrees(&plan, 2, 120_000, exact, 0.025);
        }
    }
}

#[test]
fn a_rare_hazard_beside_frequent_ones_is_met_as_often() {
    // A region out while the other region's only zone is: frequent zones must not hide the rare regions.
    let hazards = vec![exponential("zone", 6, 200.0, 1.0), exponential("region", 2, 876_000.0, 4.0)];
    let plan = plan(hazards, Span::mins(10));
    let bias = Bias::new(&plan, 3, 1).expect("renewals can be biased");
    let both = |cluster: &Cluster| {
        let regions = Cluster {
            occurrences: cluster.occurrences.iter().filter(|o| o.hazard.0 == 1).cloned().collect(),
            weight: 1.0,
        };
        hours_with(&regions, 2)
    };
    let (hours, error) = mean(&bias, 300_000, both);
    let scale = bias.clusters_per_year() / 8760.0;
    let exact = (4.0 / 876_004.0) * (4.0 / 876_004.0);
    let z = (hours * scale - exact) / (error * scale);
    assert!(
        z.abs() < 4.0 && error * scale < 0.05 * exact,
        "{} +- {}, exactly {exact}",
        hours * scale,
        error * scale
    );
}

#[test]
fn weights_have_mean_one_and_are_bounded_by_the_defensive_share() {
    let hazards = vec![exponential("zone", 6, 300.0, 3.0), exponential("region", 2, 8760.0, 4.0)];
    let plan = plan(hazards, Span::mins(10));
    for depth in 0..5 {
        let bias = Bias::new(&plan, 1, depth).expect("renewals can be biased");
        let (one, error) = mean(&bias, 40_000, |_| 1.0);
        assert!((one - 1.0).abs() < 4.0 * error, "depth {depth}: {one} +- {error}");
        assert!((0..2_000).all(|n| bias.draw(n).is_ok_and(|c| c.weight <= 1.0 / DEFENSIVE)));
    }
}

#[test]
fn biased_clusters_have_the_law_that_the_skeleton_has() {
    let lasts = Law::Constant(9.0 * HOUR);
    let rider = hazard("stuck", 1, Process::With { hazard: HazardId(1), probability: 0.2, lasts });
    let hazards = vec![
        exponential("zone", 6, 300.0, 3.0),
        exponential("region", 2, 900.0, 2.0),
        renewal("rack", 3, Law::Weibull { shape: 0.7, scale: 800.0 * HOUR }, Law::Constant(5.0 * HOUR)),
        rider,
    ];
    let plan = plan(hazards, Span::hours(1));
    let (years, mut count) = (400u64, 0.0);
    let functions: [&dyn Fn(&Cluster) -> f64; 4] = [
        &|c| c.occurrences.len() as f64,
        &|c| f64::from(c.occurrences.len() >= 3),
        &|c| hours_with(c, 2),
        &|c| c.occurrences.iter().filter(|o| o.hazard.0 == 3).count() as f64,
    ];
    let (mut sums, mut squares) = ([0.0; 4], [0.0; 4]);
    for cluster in Skeleton::new(&plan, 5).until(Calendar::year(years)) {
        let cluster = cluster.expect("it settles");
        count += 1.0;
        for (i, f) in functions.iter().enumerate() {
            sums[i] += f(&cluster);
            squares[i] += f(&cluster) * f(&cluster);
        }
    }
    for depth in [0, 2] {
        let bias = Bias::new(&plan, 9, depth).expect("renewals can be biased");
        let rate = bias.clusters_per_year();
        // Clusters are slightly more regular than a Poisson stream, whose deviation is the root of their number.
        let z = (count - rate * years as f64) / count.sqrt();
        assert!(z.abs() < 4.0, "{count} clusters in {years} years, {rate} a year expected");
        for (i, f) in functions.iter().enumerate() {
            let plain = sums[i] / count;
            let plain_error = ((squares[i] / count - plain * plain) / count).sqrt();
            let (biased, error) = mean(&bias, 60_000, f);
            let z = (biased - plain) / libm::sqrt(error * error + plain_error * plain_error);
            assert!(
                z.abs() < 4.0,
                "depth {depth}, function {i}: {biased} +- {error} and {plain} +- {plain_error}"
            );
        }
    }
}

#[test]
fn a_draw_depends_on_its_number_and_on_nothing_drawn_before() {
    let plan = plan(vec![exponential("zone", 6, 300.0, 3.0)], Span::mins(10));
    let bias = Bias::new(&plan, 1, 2).expect("renewals can be biased");
    let forward: Vec<Cluster> = (0..50).filter_map(|n| bias.draw(n).ok()).collect();
    let backward: Vec<Cluster> = (0..50).rev().filter_map(|n| bias.draw(n).ok()).collect();
    assert_eq!(forward, backward.into_iter().rev().collect::<Vec<_>>());
    assert!(forward.iter().all(|c| c.begins() == Calendar::ZERO));
    assert!(forward.windows(2).any(|w| w[0] != w[1]));
}

#[test]
fn walks_and_records_are_refused_by_name() {
    let law = Law::Constant(HOUR);
    let walk = hazard("update", 2, Process::Walk { every: law.clone(), each: law, pause: Span::ZERO });
    let plan = plan(vec![exponential("zone", 1, 300.0, 3.0), walk], Span::ZERO);
    assert_eq!(Bias::new(&plan, 1, 1).err(), Some(BiasError::NoRenewal("update".to_owned())));
}
