//! Months that hardly ever miss a bound, against the law of compound Poisson, summed exactly.

use crate::synthetic::{Kind, Synthetic};
use geodes::base::dist::Law;
use geodes::base::time::Span;
use geodes::model::hazard::Process;
use geodes::study::months::{Kept, Promise, synthesise};
use geodes::study::options::Options;
use geodes::study::sampler::{Control, Study};
use serde_json::Value;
use std::process::Command;

/// Seconds of a month.
const MONTH: f64 = 730.0 * 3600.0;

/// `sum_n Pois(n) * tail(n)`, where `tail(n)` is the probability that `n` outages cost more than the bound allows.
fn compound(per_month: f64, tail: impl Fn(u32) -> f64) -> f64 {
    let mut poisson = libm::exp(-per_month);
    let mut sum = 0.0;
    for n in 1..200 {
        poisson *= per_month / f64::from(n);
        sum += poisson * tail(n);
    }
    sum
}

/// Outages that always cost as much.
fn constant(cost: f64, bound: f64) -> impl Fn(u32) -> f64 {
    move |n| f64::from(u8::from(f64::from(n) * cost > (1.0 - bound) * MONTH))
}

/// Outages of exponential costs: the sum of n is above x when fewer than n of a Poisson process come before x.
fn exponential(mean: f64, bound: f64) -> impl Fn(u32) -> f64 {
    move |n| {
        let x = (1.0 - bound) * MONTH / mean;
        let mut term = libm::exp(-x);
        let mut sum = 0.0;
        for k in 1..=n {
            sum += term;
            term *= x / f64::from(k);
        }
        sum
    }
}

/// How often months of a world miss a bound, from so many years of its skeleton.
fn months(kinds: Vec<Kind>, years: u64, windows: u64, bound: f64) -> Kept {
    let mut world = Synthetic::new(23, kinds);
    // What is drawn here comes one by one, as in the world.
    world.plan.study.margin = Span::millis(1);
    for (_, hazard) in world.plan.hazards.iter_mut() {
        if let Process::Renewal { repair, .. } = &mut hazard.process {
            *repair = Law::Constant(1.0);
        }
    }
    let options = Options { years: Some(years), windows: Some(windows), ..Options::default() };
    let mut study = Study::new(&world, &world, &world.plan, options);
    study.run(&Control::default());
    synthesise(&mut study, &[Promise { target: 0, bound }]).remove(0)
}

fn agrees(found: &Kept, exact: f64, precision: f64) {
    let z = (found.missed - exact) / found.error;
    let shown = format!("{} +- {}, exactly {exact}: z = {z}, {:?}", found.missed, found.error, found.tilted);
    println!("{shown}");
    assert!(found.tilted.is_some(), "{shown}");
    assert!(z.abs() < 4.0 && found.error <= precision * exact, "{shown}");
    let (low, high) = found.missed_interval;
    assert!(low < found.missed && found.missed < high, "{low} {high}");
}

#[test]
fn the_exact_sums_are_the_published_ones() {
    let cases = [
        (compound(1.0, constant(26.0, 0.9999)), 1.0047766375690937e-8),
        (compound(1.0, constant(26.0, 0.99995)), 0.000594184817581693),
        (compound(1.0 / 12.0, exponential(300.0, 0.9999)), 0.03451016809794601),
        (compound(0.1 / 12.0, exponential(3_153.6, 0.99995)), 0.00796141271896659),
    ];
    for (found, published) in cases {
        assert!((found / published - 1.0).abs() < 1e-9, "{found}, published {published}");
    }
}

#[test]
fn months_that_miss_once_in_a_hundred_million_are_counted() {
    for (per_year, cost, bound) in
        [(12.0, 26.0, 0.9999), (12.0, 26.0, 0.99995), (1.0, 300.0, 0.9995), (0.01, 600.0, 0.9999)]
    {
        let kind = Kind::new("outage", per_year, 1.0, Law::Constant(cost));
        let exact = compound(per_year / 12.0, constant(cost, bound));
        agrees(&months(vec![kind], 1_000, 400, bound), exact, 0.05);
    }
}

#[test]
fn only_the_hazard_that_matters_is_tilted() {
    let kinds = vec![
        Kind::new("outage", 12.0, 1.0, Law::Constant(26.0)),
        Kind::new("noise", 400.0, 0.0, Law::Constant(0.0)),
    ];
    let found = months(kinds, 1_000, 400, 0.9999);
    agrees(&found, compound(1.0, constant(26.0, 0.9999)), 0.05);
    assert_eq!(found.tilted.map(|tilted| tilted.hazards), Some(vec!["outage".to_owned()]));
}

#[test]
fn the_law_of_the_windows_is_part_of_the_error() {
    // One outage of 300 s on average must last for more than 1,314 s: 1 in 80 windows does.
    let exact = compound(1.0 / 12.0, exponential(300.0, 0.9995));
    let kind = Kind::new("outage", 1.0, 1.0, Law::Exponential { mean: 300.0 });
    let found = months(vec![kind], 2_000, 4_000, 0.9995);
    let windows = (1.0 / (4_000.0 * libm::exp(-1_314.0 / 300.0))).sqrt();
    let shown = format!("{} +- {}, exactly {exact}, {windows}", found.missed, found.error);
    assert!((found.missed - exact).abs() < 4.0 * found.error, "{shown}");
    assert!(found.error > 0.5 * windows * exact && found.error < 2.0 * windows * exact, "{shown}");
}

#[test]
fn a_scenario_says_how_rarely_its_months_miss_a_bound_and_how_that_was_found() {
    let run = |threads: &str| {
        let args =
            ["run", "--no-files", "scenarios/oracles/months.toml", "--format", "json", "--threads", threads];
        let output = Command::new(env!("CARGO_BIN_EXE_geodes"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(args)
            .args(["--years", "5000", "--windows", "400"])
            .output()
            .expect("the command starts");
        String::from_utf8(output.stdout).expect("output is text")
    };
    let text = run("4");
    let result: Value = serde_json::from_str(&text).expect("it is JSON");
    for (bound, exact) in [("99.99%", 1.0047766375690937e-8), ("99.995%", 0.000594184817581693)] {
        let of = |what: &str, key: &str| {
            let path = format!("availability.monthly.{what}.time.read.{bound}");
            result["measures"][&path][key].as_f64().unwrap_or_else(|| panic!("no {key} of {path}"))
        };
        let (missed, error) = (1.0 - of("p_meets", "estimate"), of("p_meets", "standard_error"));
        let z = (missed - exact) / error;
        println!("{bound}: {missed} +- {error}, exactly {exact}: z = {z}");
        assert!(z.abs() < 4.0 && error <= 0.05 * exact, "{missed} +- {error}, exactly {exact}: z = {z}");
        assert!((of("p_misses", "estimate") / missed - 1.0).abs() < 1e-3);
    }
    assert!(result["notes"].to_string().contains("`node`"), "{}", result["notes"]);
    assert_eq!(text, run("1"));
}
