//! Coverage of intervals over a grid of laws, numbers of outages and ways to see them.
//!
//! In the suite a corner of it runs; `GEODES_STUDIES=2000` runs all of it with so many studies each, and prints a table of
//! misses below and above.

use crate::rare::Redundant;
use crate::synthetic::{Kind, Synthetic};
use geodes::base::dist::Law;
use geodes::study::estimate::LongRun;
use geodes::study::options::Options;
use geodes::study::sampler::{Control, Study};
use rayon::prelude::*;

/// Seconds that an outage lasts, on average.
const MEAN: f64 = 300.0;
/// Outages that a study sees, about.
const SEEN: [u64; 4] = [10, 30, 100, 1_000];

/// How outages are met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Every cluster is simulated.
    All,
    /// Of three kinds, one of which costs 16 times as much as another.
    Kinds,
    /// One in ten clusters is simulated.
    Some,
    /// One in ten, and four of five cost nothing.
    Harmless,
    /// They come in bursts of two on average.
    Bursts,
    /// A component fails and is repaired, drawn by the laws of its hazard; some of thousands of clusters are simulated.
    Renewal,
    /// The same in so few years that clusters are drawn apart from the skeleton.
    Drawn,
}

const WAYS: [Way; 7] =
    [Way::All, Way::Kinds, Way::Some, Way::Harmless, Way::Bursts, Way::Renewal, Way::Drawn];

fn laws() -> Vec<(&'static str, Law)> {
    let lognormal = |sigma: f64| Law::lognormal_mean_cv(MEAN, libm::expm1(sigma * sigma).sqrt());
    vec![
        ("constant", Law::Constant(MEAN)),
        ("exponential", Law::Exponential { mean: MEAN }),
        ("lognormal 0.857", lognormal(0.857)),
        ("lognormal 1.2", lognormal(1.2)),
        ("Weibull 0.7", Law::Weibull { shape: 0.7, scale: MEAN / libm::tgamma(1.0 + 1.0 / 0.7) }),
    ]
}

/// One study: its result, and the truth.
fn study(way: Way, law: &Law, seen: u64, seed: u64) -> (LongRun, f64) {
    let one = |per_year, harmful| vec![Kind::new("region", per_year, harmful, law.clone())];
    let (kinds, years, windows) = match way {
        Way::All | Way::Bursts => (one(1.0, 1.0), seen, 100_000),
        Way::Kinds => (three(law), seen, 100_000),
        Way::Some => (one(10.0, 1.0), seen, seen),
        Way::Harmless => (one(10.0, 0.2), 5 * seen, 5 * seen),
        Way::Renewal | Way::Drawn => {
            let years = if way == Way::Renewal { 20 } else { 5 };
            let world = Redundant::new(seed, 1, 1, Law::Exponential { mean: 2e5 }, law.clone());
            return (world.study(years, seen), MEAN / (2e5 + MEAN));
        }
    };
    let mut world = Synthetic::new(seed, kinds);
    world.again = if way == Way::Bursts { 0.5 } else { 0.0 };
    let options = Options { years: Some(years), windows: Some(windows), ..Options::default() };
    let mut study = Study::new(&world, &world, &world.plan, options);
    study.run(&Control::default());
    let weights = study.walked();
    (study.evidence(&weights).long_run(0), world.exact())
}

/// A fifth of all outages, three fifths and a fifth, which cost a quarter, the mean, and four times as much.
fn three(law: &Law) -> Vec<Kind> {
    let kind = |name, per_year, scale: f64| Kind { scale, ..Kind::new(name, per_year, 1.0, law.clone()) };
    vec![kind("node", 0.2, 0.25), kind("zone", 0.6, 1.0), kind("region", 0.2, 4.0)]
}

/// Shares of studies whose interval covers the truth, lies above it, and lies below it; the mean width over that of the
/// normal interval, with its standard error, and the share of intervals that are called rough.
#[derive(Debug)]
struct Found {
    covered: f64,
    above: f64,
    below: f64,
    width: f64,
    error: f64,
    rough: f64,
}

/// How much wider than the normal one an interval of 1,000 outages may be on average.
fn widest(law: &str) -> f64 {
    if law == "lognormal 1.2" { 1.12 } else { 1.08 }
}

fn found(way: Way, law: &Law, seen: u64, studies: u64) -> Found {
    let one = |seed: u64| {
        let (run, exact) = study(way, law, seen, seed);
        let normal = 2.0 * 1.959964 * run.standard_error();
        let width = if normal > 0.0 { (run.high - run.low) / normal } else { 1.0 };
        assert!(run.mean == 0.0 || run.low > 0.0);
        [run.low > exact, run.high < exact, run.is_rough()]
            .map(|x| f64::from(u8::from(x)))
            .into_iter()
            .chain([width])
            .collect::<Vec<f64>>()
    };
    let all: Vec<Vec<f64>> = (0..studies).into_par_iter().map(one).collect();
    let mean = |i: usize| all.iter().map(|row| row[i]).sum::<f64>() / studies as f64;
    let (above, below, width) = (mean(0), mean(1), mean(3));
    let squares: f64 = all.iter().map(|row| (row[3] - width) * (row[3] - width)).sum();
    let error = squares.sqrt() / studies as f64;
    Found { covered: 1.0 - above - below, above, below, width, error, rough: mean(2) }
}

#[test]
fn intervals_cover_whatever_the_law_of_losses_is_and_however_they_are_met() {
    let asked = crate::asked::given("GEODES_STUDIES");
    let mut bad = Vec::new();
    let only = std::env::var("GEODES_WAY").unwrap_or_default();
    for way in WAYS.into_iter().filter(|way| format!("{way:?}").contains(&only)) {
        for (name, law) in laws() {
            for seen in SEEN {
                let corner = matches!((way, seen), (Way::Some | Way::Kinds, 10 | 100) | (Way::Bursts, 30));
                let quick = corner && name != "constant";
                // Where kinds cost differently widths spread most, and studies cost least.
                let asked = asked.map(|studies| if way == Way::Kinds { 5 * studies } else { studies });
                let Some(studies) = asked.or(quick.then_some(400)) else { continue };
                if name == "constant" && [Way::Some, Way::Renewal, Way::Drawn].contains(&way) {
                    continue; // Every window is alike: there is nothing to estimate but their number.
                }
                let found = found(way, &law, seen, studies);
                println!(
                    "{way:?} {name:16} {seen:5}  covered {:.3}  low end above {:.3}  high end below {:.3}  width {:.3} +- {:.3}  rough {:.2}",
                    found.covered, found.above, found.below, found.width, found.error, found.rough
                );
                let (least, most) = if seen <= 30 { (0.88, 1.0) } else { (0.92, 0.98) };
                let rough = seen > 30 || found.rough == 1.0;
                let wide = seen == 1_000 && found.width > widest(name);
                if !(least..=most).contains(&found.covered) || !rough || wide {
                    bad.push(format!("{way:?} {name} {seen}: {found:?}"));
                }
            }
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
