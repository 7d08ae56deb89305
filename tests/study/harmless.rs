//! Strata in which nothing, or hardly ever anything, is lost; and studies that end before their pilot does.

use crate::synthetic::{Kind, Synthetic};
use geodes::base::dist::Law;
use geodes::study::options::Options;
use geodes::study::sampler::{Control, Stop, Study};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// Region outages that always cost something, and ten times as many faults of nodes that hardly ever do.
fn world(seed: u64, harmful: f64) -> Synthetic {
    let law = Law::Exponential { mean: 900.0 };
    Synthetic::new(
        seed,
        vec![Kind::new("region", 4.0, 1.0, law.clone()), Kind::new("node", 40.0, harmful, law)],
    )
}

fn studied<'a>(world: &'a Synthetic, options: Options) -> (Study<'a>, Stop) {
    let mut study = Study::new(world, world, &world.plan, options);
    let stop = study.run(&Control::default());
    (study, stop)
}

/// The share of studies whose interval holds the truth, and the mean relative half-width: of 100 studies, or as many as
/// `GEODES_STUDIES` says.
fn coverage(harmful: f64, options: &Options) -> (f64, f64) {
    let studies = crate::asked::given("GEODES_STUDIES").unwrap_or(100);
    let one = |seed: u64| {
        let world = world(seed, harmful);
        let (mut study, _) = studied(&world, options.clone());
        let weights = study.walked();
        let run = study.evidence(&weights).long_run(0);
        let covers = run.low <= world.exact() && world.exact() <= run.high;
        (f64::from(u8::from(covers)) / studies as f64, run.relative_half_width() / studies as f64)
    };
    (0..studies).into_par_iter().map(one).reduce(|| (0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1))
}

#[test]
fn intervals_cover_the_truth_when_frequent_faults_are_hardly_ever_harmful() {
    // What the nodes add to the truth: nothing, 2 %, 10 %.
    for harmful in [0.0, 2e-3, 1e-2] {
        let options = Options { years: Some(1_000), windows: Some(600), ..Options::default() };
        let (covered, width) = coverage(harmful, &options);
        println!("{harmful}: {covered}, +-{width}");
        assert!(covered >= 0.92, "{harmful}: {covered}");
    }
}

#[test]
fn intervals_cover_the_truth_when_a_study_with_harmless_faults_stops_by_precision() {
    for harmful in [0.0, 2e-3] {
        let options = Options { years: Some(1_000), precision: Some(0.1), ..Options::default() };
        let (covered, width) = coverage(harmful, &options);
        println!("{harmful}: {covered}, +-{width}");
        assert!(covered >= 0.92 && width <= 0.1, "{harmful}: {covered}, {width}");
    }
}

#[test]
fn a_study_with_frequent_harmless_faults_reaches_its_precision() {
    let world = world(3, 0.0);
    let options = Options { years: Some(1_000), precision: Some(0.1), ..Options::default() };
    let (study, stop) = studied(&world, options);
    // 3 N / n at a tenth of the outages takes 300 windows of nodes, and the outages themselves about 1,000.
    assert_eq!(stop, Stop::Precision);
    assert!((800..3_000).contains(&study.windows()), "{}", study.windows());
}

#[test]
fn a_pilot_that_is_cut_short_says_what_it_left_out() {
    let world = world(3, 0.0);
    let windows = |n| Options { years: Some(1_000), windows: Some(n), ..Options::default() };
    let (whole, stop) = studied(&world, windows(2));
    assert!(stop == Stop::Windows && !whole.cut && whole.untried.is_none());
    assert_eq!(whole.windows(), whole.pilot);

    let until = |most: u64| {
        let ran = AtomicU64::new(0);
        let control = Control {
            is_over: &|| ran.load(Ordering::Relaxed) >= most,
            step: &|| {
                ran.fetch_add(1, Ordering::Relaxed);
            },
        };
        let mut study = Study::new(&world, &world, &world.plan, windows(100));
        // On one thread: which windows are the first to be ready is then no matter of chance.
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
        assert_eq!(one.install(|| study.run(&control)), Stop::Time);
        assert!(study.cut && (most - 1..whole.pilot).contains(&study.windows()), "{}", study.windows());
        study.untried
    };
    let why = until(2).expect("a stratum was left out");
    assert!(why.contains("that may matter (`node`"), "{why}");
}
