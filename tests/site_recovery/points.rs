//! Recovery points against exact laws: how old the one is that is gone on from, and how long one takes at a server that all
//! machines share.

use crate::case::{ORDERED, Text, machines, observed};
use geodes::base::time::Span;

/// When everything is failed over, in seconds.
const LOST: f64 = 240.0;
const MACHINES: usize = 100;
const SEEDS: u64 = 10;

/// Machines without load, on a network and disks without delay.
fn bare(count: usize, failover: &str) -> Text {
    let vms = format!(
        "[{{ name = \"vm\", count = {count}, disks = [{{ class = \"standard\", size = \"1GB\" }}] }}]"
    );
    let mut text = machines(&vms, failover);
    for (some, none) in [("500us", "0s"), ("6ms", "0s"), ("1ms", "0s"), ("5ms", "0s")] {
        text.topology = text.topology.replace(&format!("\"{some}\""), &format!("\"{none}\""));
    }
    text.load = text.load.replace("40/s", "1/h");
    let quick = [("flush = \"200ms\"", "flush = \"10s\""), ("monitor = \"1s\"", "monitor = \"10min\"")];
    quick.iter().for_each(|(from, to)| text.system = text.system.replace(from, to));
    text
}

/// Points every minute that take so long to make: how old the one is, at the moment of the failover, from which each machine
/// goes on.
fn ages(lag: &str) -> Vec<f64> {
    let mut text =
        bare(MACHINES, ORDERED).action("{ failover = { to = \"latest-processed\" } }", (LOST * 1e3) as u64);
    let points = "crash-consistent = { constant = \"10s\" }\nprocessing = { each = { constant = \"1s\" } }";
    let wanted = format!(
        "crash-consistent = {{ constant = \"60s\" }}\nprocessing = {{ each = {lag}, servers = 1024 }}"
    );
    assert!(text.system.contains(points));
    text.system = text.system.replace(points, &wanted);
    let mut ages = Vec::new();
    for seed in 1..=SEEDS {
        let text = text.text(260).replace("seed = 7", &format!("seed = {seed}"));
        let seen = crate::case::Case::new(&text).run();
        let found = observed(&seen, "recovered-point-age");
        assert_eq!(found.len(), MACHINES, "every machine goes on");
        ages.extend(found.into_iter().map(|(at, age)| LOST - (at - age)));
    }
    ages
}

/// The row of this name in the table of exact answers.
pub fn exact(name: &str) -> f64 {
    let table = include_str!("../data/ground-truth.csv");
    let row = table.lines().find(|line| line.starts_with(&format!("{name},"))).expect("it is in the table");
    row.split(',').skip(3).find_map(|cell| cell.parse().ok()).expect("a value")
}

#[test]
fn the_age_of_the_point_that_is_gone_on_from_follows_the_exact_law() {
    let n = (MACHINES as u64 * SEEDS) as f64;
    let lags = [
        ("rpo_periodic_fixedlag", "{ constant = \"5s\" }", [("p50", 0.5), ("p99", 0.99)]),
        ("rpo_unif_plus_exp", "{ exponential = { mean = \"5s\" } }", [("p95", 0.95), ("p99", 0.99)]),
        (
            "rpo_unif_plus_lognormal",
            "{ lognormal-mean = { mean = \"5s\", cv = 1.0 } }",
            [("p50", 0.5), ("p99", 0.99)],
        ),
    ];
    for (name, lag, quantiles) in lags {
        let ages = ages(lag);
        let mean = ages.iter().sum::<f64>() / n;
        let spread = (ages.iter().map(|age| (age - mean) * (age - mean)).sum::<f64>() / n / n).sqrt();
        let expected = exact(&format!("{name}_mean"));
        assert!((mean - expected).abs() < 4.0 * spread, "{name}: mean {mean} instead of {expected}");
        for (quantile, p) in quantiles {
            let value = exact(&format!("{name}_{quantile}"));
            let below = ages.iter().filter(|age| **age <= value).count() as f64;
            let sigma = (n * p * (1.0 - p)).sqrt();
            assert!((below - n * p).abs() < 4.0 * sigma, "{name}: {below} of {n} below {quantile}");
        }
    }
}

#[test]
fn the_writes_that_are_lost_are_those_since_the_point_by_the_exact_law() {
    // A thousand writes a second, of so many machines that one run says much.
    let (machines, seeds) = (100, 5);
    let expected = exact("lost_writes_periodic");
    let mut lost = Vec::new();
    for seed in 1..=seeds {
        let mut text = bare(machines, ORDERED)
            .action("{ failover = { to = \"latest-processed\" } }", (LOST * 1e3) as u64);
        let load = [("1/h", "1000/s"), ("reads = \"50%\"", "reads = \"0%\"")];
        load.iter().for_each(|(from, to)| text.load = text.load.replace(from, to));
        let points = [
            ("crash-consistent = { constant = \"10s\" }", "crash-consistent = { constant = \"60s\" }"),
            ("each = { constant = \"1s\" }", "each = { constant = \"5s\" }, servers = 1024"),
        ];
        points.iter().for_each(|(from, to)| text.system = text.system.replace(from, to));
        let text = text.text(260).replace("seed = 7", &format!("seed = {seed}"));
        lost.push(crate::case::Case::new(&text).run().lost() as f64);
    }
    let mean = lost.iter().sum::<f64>() / seeds as f64;
    // Each machine's point is up to a minute old, independently; that its writes are Poisson adds little.
    let rate = 1_000.0 / machines as f64;
    let each = rate * 60.0 / 12.0_f64.sqrt();
    let sigma = (each * each * machines as f64 + expected).sqrt();
    println!(
        "{mean} writes lost, {expected} expected, {:.0} for one standard error",
        sigma / (seeds as f64).sqrt()
    );
    assert!((mean - expected).abs() < 4.0 * sigma / (seeds as f64).sqrt(), "{lost:?}");
}

#[test]
fn a_server_that_all_machines_share_is_a_queue_as_the_theory_has_it() {
    // Points of ten machines at random moments, one every two seconds in all; one takes a second in the mean.
    let mut text = bare(10, ORDERED).system("retention = \"30s\"");
    text.system = text.system.replace("{ constant = \"10s\" }", "{ exponential = { mean = \"20s\" } }");
    text.system =
        text.system.replace("each = { constant = \"1s\" }", "each = { exponential = { mean = \"1s\" } }");
    let mut case = text.case(1);
    (case.plan.limits.until_settled, case.plan.limits.cap) = (false, Span::hours(60));
    let seen = case.run();
    let took: Vec<f64> = observed(&seen, "point-lag").into_iter().map(|(_, took)| took).collect();
    let n = took.len() as f64;
    assert!(n > 100_000.0, "{n}");
    let (arrivals, service) = (0.5, 1.0);
    let mean = took.iter().sum::<f64>() / n;
    assert!((mean * (service - arrivals) - 1.0).abs() < 0.05, "mean {mean}");
    for t in [1.0, 2.0, 4.0] {
        let beyond = took.iter().filter(|took| **took > t).count() as f64 / n;
        let exact = libm::exp(-(service - arrivals) * t);
        assert!((beyond / exact - 1.0).abs() < 0.08, "beyond {t}: {beyond} instead of {exact}");
    }
}
