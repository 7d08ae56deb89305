//! Quantiles over windows that stand for different numbers of faults: their intervals cover the truth.

use geodes::base::dist::Law;
use geodes::base::rng::Seed;
use geodes::measure::histogram::Quantile;
use geodes::measure::number::Unit;
use geodes::study::weighted::Weighted;

/// A stratum: its share of all faults, its windows, the faults of each, and how long they last.
type Stratum = (f64, usize, usize, Law);

/// The quantile of a mixture, by bisection.
fn truth(strata: &[Stratum], q: f64) -> f64 {
    let below = |x: f64| strata.iter().map(|(share, _, _, law)| share * cdf(law, x)).sum::<f64>();
    let (mut low, mut high) = (0.0, 1e6);
    for _ in 0..100 {
        let middle = (low + high) / 2.0;
        if below(middle) < q { low = middle } else { high = middle }
    }
    high
}

fn cdf(law: &Law, x: f64) -> f64 {
    match law {
        Law::Exponential { mean } => -libm::expm1(-x / mean),
        _ => unreachable!("only exponential laws are asked for"),
    }
}

/// How often the interval of a quantile covers the truth, where an end that is missing bounds nothing. All faults of a
/// window last equally long.
fn coverage(strata: &[Stratum], quantile: Quantile) -> f64 {
    let (studies, exact) = (2_000, truth(strata, quantile.share()));
    let covers = |seed: u64| {
        let mut all = Weighted::default();
        for (i, (share, windows, faults, law)) in strata.iter().enumerate() {
            for window in 0..*windows {
                let key = (i * 1_000 + window) as u64;
                let value = law.sample(&mut Seed { scenario: seed, window: key }.named("quantile", "law"));
                let weight = share / (windows * faults) as f64;
                (0..*faults).for_each(|_| all.push_from(value, weight, (i, window)));
            }
        }
        all.sort();
        let found = all.estimate(quantile, Unit::Seconds).expect("there are values");
        found.low.is_none_or(|low| low <= exact) && found.high.is_none_or(|high| exact <= high)
    };
    (0..studies).filter(|seed| covers(*seed)).count() as f64 / studies as f64
}

fn law(mean: f64) -> Law {
    Law::Exponential { mean }
}

#[test]
fn intervals_of_quantiles_cover_the_truth_where_few_windows_stand_for_many_faults() {
    let cases: [(&str, Vec<Stratum>); 5] = [
        ("one stratum", vec![(1.0, 60, 1, law(60.0))]),
        ("half of all faults in 12 windows", vec![(0.5, 12, 1, law(600.0)), (0.5, 100, 1, law(20.0))]),
        ("the long ones in 8 windows", vec![(0.3, 8, 1, law(900.0)), (0.7, 200, 1, law(5.0))]),
        ("three strata", vec![(0.6, 20, 1, law(60.0)), (0.3, 40, 1, law(200.0)), (0.1, 40, 1, law(10.0))]),
        ("four faults alike in each window", vec![(0.5, 25, 4, law(60.0)), (0.5, 50, 4, law(60.0))]),
    ];
    for (what, strata) in cases {
        for quantile in [Quantile::P50, Quantile::P90] {
            let covered = coverage(&strata, quantile);
            println!("{what}, {quantile:?}: {covered}");
            // Both ends of other quantiles than the median are one-sided 95 % bounds.
            let least = if quantile == Quantile::P50 { 0.92 } else { 0.90 };
            assert!(covered >= least, "{what}, {quantile:?}: {covered}");
        }
    }
}
