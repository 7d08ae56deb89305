//! The samplers against independent ones: `rand_distr` draws, `statrs` distribution functions.
//!
//! Seeds are fixed, so a test either always passes or always fails; limits are those of a test at level 0.001.

use geodes::base::dist::{Empirical, Law};
use geodes::base::rng::{Seed, Stream};
use proptest::prelude::*;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use rand_distr::Distribution;
use statrs::distribution::{self as oracle, ContinuousCDF};
use statrs::statistics::Distribution as Moments;

const DRAWS: usize = 40_000;

type Oracle = Box<dyn Fn(&mut Xoshiro256PlusPlus) -> f64>;

fn by<D: Distribution<f64> + 'static, E: std::fmt::Debug>(law: Result<D, E>) -> Oracle {
    let law = law.expect("the oracle's parameters are right");
    Box::new(move |rng| law.sample(rng))
}

fn stream(purpose: &str) -> Stream {
    Seed { scenario: 7, window: 0 }.named("samplers", purpose)
}

/// Every law, with someone else's sampler of it.
fn cases() -> Vec<(Law, Oracle)> {
    let mu = libm::log(300.0);
    let parts = vec![
        (0.7, Law::Exponential { mean: 1.0 }),
        (0.2, Law::Normal { mean: 20.0, sd: 2.0 }),
        (0.1, Law::Constant(10.0)),
    ];
    vec![
        (Law::Constant(4.0), Box::new(|_: &mut _| 4.0)),
        (Law::Uniform { low: -1.0, high: 3.0 }, by(rand_distr::Uniform::new(-1.0, 3.0))),
        (Law::Exponential { mean: 5.0 }, by(rand_distr::Exp::new(0.2))),
        (Law::Normal { mean: 3.0, sd: 2.0 }, by(rand_distr::Normal::new(3.0, 2.0))),
        (Law::Lognormal { median: 300.0, sigma: 0.6 }, by(rand_distr::LogNormal::new(mu, 0.6))),
        (Law::lognormal_mean_cv(10.0, 1.5), by(rand_distr::LogNormal::from_mean_cv(10.0, 1.5))),
        (Law::Weibull { shape: 0.7, scale: 2.0 }, by(rand_distr::Weibull::new(2.0, 0.7))),
        (Law::Weibull { shape: 3.0, scale: 2.0 }, by(rand_distr::Weibull::new(2.0, 3.0))),
        (Law::Pareto { scale: 2.0, shape: 5.0 }, by(rand_distr::Pareto::new(2.0, 5.0))),
        (Law::Gamma { shape: 0.3, mean: 6.0 }, by(rand_distr::Gamma::new(0.3, 20.0))),
        (Law::Gamma { shape: 4.5, mean: 9.0 }, by(rand_distr::Gamma::new(4.5, 2.0))),
        (Law::Erlang { stages: 3, mean: 6.0 }, by(rand_distr::Gamma::new(3.0, 2.0))),
        (
            Law::Empirical(Empirical::values(vec![5.0, 1.0, 2.0])),
            Box::new(|rng| [1.0, 2.0, 5.0][rng.random_range(0..3usize)]),
        ),
        (
            Law::Empirical(Empirical::Table(vec![(0.25, 1.0), (0.5, 2.0), (1.0, 4.0)])),
            Box::new(|rng| match rng.random::<f64>() {
                u if u < 0.25 => 1.0,
                _ if rng.random::<f64>() < 1.0 / 3.0 => 1.0 + rng.random::<f64>(),
                _ => 2.0 + 2.0 * rng.random::<f64>(),
            }),
        ),
        (
            Law::Mixture(parts),
            Box::new(|rng| match rng.random::<f64>() {
                u if u < 0.7 => by(rand_distr::Exp::new(1.0))(rng),
                u if u < 0.9 => by(rand_distr::Normal::new(20.0, 2.0))(rng),
                _ => 10.0,
            }),
        ),
        (
            Law::Exponential { mean: 2.0 }.scaled(3.0).shifted(1.0),
            Box::new(|rng| 1.0 + by(rand_distr::Exp::new(1.0 / 6.0))(rng)),
        ),
    ]
}

fn draws(law: &Law, n: usize) -> Vec<f64> {
    let mut stream = stream(&law.to_string());
    let mut values: Vec<f64> = (0..n).map(|_| law.sample(&mut stream)).collect();
    values.sort_by(f64::total_cmp);
    values
}

fn oracle_draws(sampler: &Oracle, n: usize) -> Vec<f64> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(11);
    let mut values: Vec<f64> = (0..n).map(|_| sampler(&mut rng)).collect();
    values.sort_by(f64::total_cmp);
    values
}

fn share_up_to(sorted: &[f64], x: f64) -> f64 {
    sorted.partition_point(|v| *v <= x) as f64 / sorted.len() as f64
}

/// The greatest distance between two samples' distribution functions (Kolmogorov and Smirnov).
fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().chain(b).map(|x| (share_up_to(a, *x) - share_up_to(b, *x)).abs()).fold(0.0, f64::max)
}

/// The greatest distance between a sample's distribution function and a law's, at and just below every draw.
fn distance_to(sorted: &[f64], law: &Law) -> f64 {
    let off = |x: f64| (share_up_to(sorted, x) - law.cdf(x)).abs();
    sorted.iter().map(|x| off(*x).max(off(x.next_down()))).fold(0.0, f64::max)
}

/// Kolmogorov's limit at level 0.001 for one sample, and for two of equal size.
fn limits(n: usize) -> (f64, f64) {
    let one = 1.949_47 / (n as f64).sqrt();
    (one, one * 2f64.sqrt())
}

#[test]
fn every_law_draws_what_an_independent_sampler_draws() {
    let (_, limit) = limits(DRAWS);
    for (law, sampler) in cases() {
        let off = distance(&draws(&law, DRAWS), &oracle_draws(&sampler, DRAWS));
        assert!(off < limit, "{law}: {off} is beyond {limit}");
    }
}

#[test]
fn every_law_draws_what_its_distribution_function_says() {
    let (limit, _) = limits(DRAWS);
    for (law, _) in cases() {
        let off = distance_to(&draws(&law, DRAWS), &law);
        assert!(off < limit, "{law}: {off} is beyond {limit}");
    }
}

#[test]
fn the_comparisons_would_notice_a_mean_that_is_five_percent_off() {
    let (one, two) = limits(DRAWS);
    let off_by_5 = draws(&Law::Exponential { mean: 5.25 }, DRAWS);
    assert!(distance_to(&off_by_5, &Law::Exponential { mean: 5.0 }) > one);
    assert!(distance(&off_by_5, &oracle_draws(&by(rand_distr::Exp::new(0.2)), DRAWS)) > two);
}

#[test]
fn every_law_draws_its_mean_and_variance() {
    for (law, sampler) in cases() {
        for values in [draws(&law, DRAWS), oracle_draws(&sampler, DRAWS)] {
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let squares: Vec<f64> = values.iter().map(|v| (v - mean) * (v - mean)).collect();
            let variance = squares.iter().sum::<f64>() / n;
            let spread = squares.iter().map(|s| (s - variance) * (s - variance)).sum::<f64>() / n;
            let (mean_off, variance_off) = ((mean - law.mean()).abs(), (variance - law.variance()).abs());
            assert!(mean_off <= 4.0 * (law.variance() / n).sqrt(), "{law}: mean {mean}, not {}", law.mean());
            assert!(variance_off <= 5.0 * (spread / n).sqrt(), "{law}: {variance}, not {}", law.variance());
        }
    }
}

/// Holds a law's functions and moments to those of `statrs`; its own inverse only where that is exact.
fn assert_agrees<D: ContinuousCDF<f64, f64> + Moments<f64>>(law: Law, theirs: D, inverse: bool) {
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs().max(1e-9);
    for u in (1..1_000).map(|i| f64::from(i) / 1_000.0).chain([1e-6, 1e-4, 0.999_9, 0.999_999]) {
        let x = law.quantile(u);
        assert!(near(law.cdf(x), u), "{law}: {u} became {x} and then {}", law.cdf(x));
        assert!(near(theirs.cdf(x), u), "{law}: the oracle has {} below {x}, not {u}", theirs.cdf(x));
        if inverse {
            let oracle = theirs.inverse_cdf(u);
            assert!(near(x, oracle), "{law}: the {u} quantile is {oracle}, not {x}");
        }
    }
    let (mean, variance) = (theirs.mean(), theirs.variance());
    assert!(mean.is_none_or(|m| near(law.mean(), m)), "{law}: mean {}, not {mean:?}", law.mean());
    assert!(variance.is_none_or(|v| near(law.variance(), v)), "{law}: {}, not {variance:?}", law.variance());
}

#[test]
fn quantiles_distribution_functions_and_moments_agree_with_an_independent_implementation() {
    assert_agrees(Law::Uniform { low: -1.0, high: 3.0 }, oracle::Uniform::new(-1.0, 3.0).unwrap(), true);
    assert_agrees(Law::Exponential { mean: 5.0 }, oracle::Exp::new(0.2).unwrap(), true);
    assert_agrees(Law::Normal { mean: 3.0, sd: 2.0 }, oracle::Normal::new(3.0, 2.0).unwrap(), true);
    let lognormal = oracle::LogNormal::new(libm::log(300.0), 0.6).unwrap();
    assert_agrees(Law::Lognormal { median: 300.0, sigma: 0.6 }, lognormal, true);
    for shape in [0.5, 0.7, 1.0, 3.0] {
        assert_agrees(Law::Weibull { shape, scale: 2.0 }, oracle::Weibull::new(shape, 2.0).unwrap(), true);
    }
    assert_agrees(Law::Pareto { scale: 2.0, shape: 5.0 }, oracle::Pareto::new(2.0, 5.0).unwrap(), true);
    for shape in [0.1, 0.3, 1.0, 4.5, 120.0] {
        let theirs = oracle::Gamma::new(shape, shape / 9.0).unwrap();
        assert_agrees(Law::Gamma { shape, mean: 9.0 }, theirs, false);
    }
    for stages in [1, 3, 50] {
        let theirs = oracle::Erlang::new(u64::from(stages), f64::from(stages) / 6.0).unwrap();
        assert_agrees(Law::Erlang { stages, mean: 6.0 }, theirs, false);
    }
}

#[test]
fn a_law_built_from_figures_has_these_figures() {
    let law = Law::lognormal_mean_cv(10.0, 1.5);
    assert!((law.mean() - 10.0).abs() < 1e-12 && (law.variance().sqrt() - 15.0).abs() < 1e-11);
    let law = Law::lognormal_median_p95(300.0, 840.0);
    assert!((law.quantile(0.5) - 300.0).abs() < 1e-9 && (law.quantile(0.95) - 840.0).abs() < 1e-9);
    assert_eq!(Law::lognormal_median_p95(4.0, 4.0).quantile(0.99), 4.0);
}

#[test]
fn a_heavy_tail_has_no_finite_mean_or_variance() {
    let pareto = |shape| Law::Pareto { scale: 1.0, shape };
    assert_eq!((pareto(1.0).mean(), pareto(1.5).mean()), (f64::INFINITY, 3.0));
    assert_eq!(pareto(2.0).variance(), f64::INFINITY);
}

#[test]
fn every_law_takes_exactly_one_uniform_a_draw() {
    for (law, _) in cases() {
        let (mut drawn, mut reference) = (stream("one"), stream("one"));
        law.sample(&mut drawn);
        reference.bits();
        assert_eq!(drawn.bits(), reference.bits(), "{law}");
    }
}

#[test]
fn draws_are_the_same_bits_for_ever() {
    // Recorded once: a change of generator, key, formula or mathematics library shows here.
    let folded: Vec<String> = cases()
        .iter()
        .map(|(law, _)| {
            let mut stream = stream("pinned");
            let bits = (0..1_000).map(|_| law.sample(&mut stream).to_bits());
            let fold = bits.fold(geodes::base::digest::Digest::EMPTY, |mut digest, word| {
                digest.fold(word);
                digest
            });
            format!("{:016x}", fold.value())
        })
        .collect();
    assert_eq!(folded, PINNED);
}

/// The digest of a thousand draws of each law of [`cases`], in its order.
const PINNED: [&str; 16] = [
    "460af8069d4b49bc",
    "575666688e70afba",
    "01d9c96c116d7e08",
    "c3fd59ee61b6ccbc",
    "dd1b7bba95fd6c78",
    "985d192ab58abbd1",
    "94e33a966692c58f",
    "e458c6b1d1ccb2b7",
    "5456e733adc19999",
    "4ec824eda6bdbf16",
    "143146d3d2c11db7",
    "36785f27b6c6b148",
    "cb4c3f14199fa0c3",
    "530c32540638eeb6",
    "36401346590d96cd",
    "7d51fdd16de5db09",
];

#[test]
fn a_negative_draw_takes_no_time() {
    let mut stream = stream("negative");
    assert_eq!(Law::Constant(-1.0).span(&mut stream), geodes::base::time::Span::ZERO);
    assert_eq!(Law::Constant(0.25).span(&mut stream), geodes::base::time::Span::millis(250));
}

fn any_simple_law() -> impl Strategy<Value = Law> {
    let size = || 1e-6f64..1e6;
    let shape = || 0.05f64..50.0;
    prop_oneof![
        (-1e6f64..1e6, 0.0f64..1e6).prop_map(|(low, wide)| Law::Uniform { low, high: low + wide }),
        size().prop_map(|mean| Law::Exponential { mean }),
        (-1e6f64..1e6, size()).prop_map(|(mean, sd)| Law::Normal { mean, sd }),
        (size(), 0.0f64..5.0).prop_map(|(median, sigma)| Law::Lognormal { median, sigma }),
        (shape(), size()).prop_map(|(shape, scale)| Law::Weibull { shape, scale }),
        (shape(), size()).prop_map(|(shape, scale)| Law::Pareto { scale, shape }),
        (shape(), size()).prop_map(|(shape, mean)| Law::Gamma { shape, mean }),
        (1u32..200, size()).prop_map(|(stages, mean)| Law::Erlang { stages, mean }),
        prop::collection::vec(-1e6f64..1e6, 1..20).prop_map(|v| Law::Empirical(Empirical::values(v))),
    ]
}

fn any_law() -> impl Strategy<Value = Law> {
    prop_oneof![
        4 => any_simple_law(),
        1 => prop::collection::vec((0.01f64..10.0, any_simple_law()), 1..5).prop_map(Law::Mixture),
        1 => (any_simple_law(), -1e3f64..1e3, 1e-3f64..1e3)
            .prop_map(|(law, shift, factor)| law.scaled(factor).shifted(shift)),
    ]
}

proptest! {
    #[test]
    fn a_checked_law_has_rising_quantiles_and_a_distribution_function_that_reaches_them(
        law in any_law(), u in 0.0f64..=1.0, v in 0.0f64..=1.0,
    ) {
        prop_assert_eq!(law.check(), Ok(()));
        let (low, high) = (law.quantile(u.min(v)), law.quantile(u.max(v)));
        prop_assert!(!low.is_nan() && low <= high, "{}: {} then {}", law, low, high);
        // The quantile is the least x with cdf(x) >= u, up to the rounding of x and of the function.
        let slack = |x: f64| 1e-9 * x.abs().max(1e-3);
        let x = law.quantile(u);
        prop_assert!(law.cdf(x + slack(x)) >= u - 1e-7, "{}: {} below {}, not {}", law, law.cdf(x), x, u);
        prop_assert!(law.cdf(x - slack(x)) <= u + 1e-7, "{}: {} below {}, not {}", law, law.cdf(x), x, u);
    }
}
