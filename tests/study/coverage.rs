//! Intervals must cover the truth as often as they say, in many small studies.

use crate::synthetic::{Kind, Synthetic};
use geodes::base::dist::Law;
use geodes::base::rng::Seed;
use geodes::base::stats::proportion::clopper_pearson;
use geodes::study::options::Options;
use geodes::study::sampler::{Control, Study};
use rayon::prelude::*;

const STUDIES: u64 = 500;

/// The share of studies whose interval covers the truth, and the share that call it rough.
fn coverage(years: u64, windows: u64, kinds: &[Kind]) -> (f64, f64) {
    let one = |seed: u64| {
        let world = Synthetic::new(seed, kinds.to_vec());
        let options = Options { years: Some(years), windows: Some(windows), ..Options::default() };
        let mut study = Study::new(&world, &world, &world.plan, options);
        study.run(&Control::default());
        let weights = study.walked();
        let run = study.evidence(&weights).long_run(0);
        let exact = world.exact();
        (run.low <= exact && exact <= run.high, run.is_rough())
    };
    let all: Vec<(bool, bool)> = (0..STUDIES).into_par_iter().map(one).collect();
    let share = |of: fn(&(bool, bool)) -> bool| all.iter().filter(|r| of(r)).count() as f64 / STUDIES as f64;
    (share(|r| r.0), share(|r| r.1))
}

fn exponential() -> Vec<Kind> {
    vec![Kind::new("region", 1.0, 1.0, Law::Exponential { mean: 300.0 })]
}

fn skewed() -> Vec<Kind> {
    vec![
        Kind::new("region", 0.5, 1.0, Law::lognormal_mean_cv(300.0, 1.5)),
        Kind::new("zone", 2.0, 0.25, Law::Exponential { mean: 30.0 }),
    ]
}

#[test]
fn intervals_cover_the_truth_with_a_hundred_and_with_a_thousand_outages_seen() {
    for (what, kinds) in [("exponential", exponential()), ("skewed", skewed())] {
        for years in [100, 1_000] {
            let (covered, _) = coverage(years, 100_000, &kinds);
            println!("{what}, {years} outages: {covered}");
            assert!((0.93..=0.98).contains(&covered), "{what}, {years} outages: {covered}");
        }
    }
}

#[test]
fn with_ten_outages_intervals_are_called_rough_and_still_cover_most_of_the_time() {
    for (what, kinds) in [("exponential", exponential()), ("skewed", skewed())] {
        let (covered, rough) = coverage(10, 1_000, &kinds);
        println!("{what}: {covered} {rough}");
        assert!(covered >= 0.90 && rough == 1.0, "{what}: {covered}, {rough}");
    }
}

#[test]
fn intervals_cover_the_truth_when_only_a_sample_of_the_clusters_is_simulated() {
    for kinds in [exponential(), skewed()] {
        let (covered, _) = coverage(4_000, 400, &kinds);
        println!("{covered}");
        assert!((0.92..=0.98).contains(&covered), "{covered}");
    }
}

#[test]
fn the_exact_interval_of_a_rare_proportion_covers_where_a_naive_one_does_not() {
    let (p, trials, studies) = (1e-4, 1_000u64, 2_000u64);
    let one = |seed: u64| {
        let mut stream = Seed { scenario: seed, window: 0 }.named("proportion", "trials");
        let hits = (0..trials).filter(|_| stream.chance(p)).count() as u64;
        let share = hits as f64 / trials as f64;
        let naive = 1.96 * (share * (1.0 - share) / trials as f64).sqrt();
        (clopper_pearson(hits, trials, 0.95).contains(p), (share - p).abs() <= naive)
    };
    let all: Vec<(bool, bool)> = (0..studies).into_par_iter().map(one).collect();
    let share = |of: fn(&(bool, bool)) -> bool| all.iter().filter(|r| of(r)).count() as f64 / studies as f64;
    let (exact, naive) = (share(|r| r.0), share(|r| r.1));
    assert!(exact >= 0.95, "{exact}");
    // A naive interval covers only if anything was hit at all: 1 - (1 - 1e-4)^1000 = 0.095.
    assert!((0.07..0.12).contains(&naive), "{naive}");
}
