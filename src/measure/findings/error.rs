//! Standard errors and intervals over windows that are independent of each other.

use crate::base::special::student;
use crate::base::stats::log_scale;
use crate::measure::findings::Reading;
use crate::measure::number::Unit;
use crate::measure::observed::Observations;

const CONFIDENCE: f64 = 0.95;
/// Of fewer windows the spread is not known well enough for an interval.
pub(crate) const FOR_INTERVAL: u64 = 6;

/// See [`Findings::standard_error`](crate::measure::findings::Findings::standard_error).
pub(super) fn standard_error(readings: &[Reading]) -> Option<f64> {
    match together(readings) {
        Some((q, all)) => quantile_error(readings, q, &all),
        None => {
            let sums: Option<Vec<(f64, f64)>> = readings.iter().map(Reading::as_sums).collect();
            ratio_error(&sums?)
        }
    }
}

/// All observations of all windows, if it is a quantile of them that is asked for.
pub(super) fn together(readings: &[Reading]) -> Option<(f64, Observations)> {
    let mut all = None::<(f64, Observations)>;
    for reading in readings {
        let Reading::Quantile(q, observations) = reading else { return None };
        all.get_or_insert_with(|| (*q, Observations::default())).1.merge(observations);
    }
    all
}

/// The standard error of the sum of parts over the sum of wholes, by its linear part (the delta method).
fn ratio_error(sums: &[(f64, f64)]) -> Option<f64> {
    let n = sums.len() as f64;
    let (part, whole) = sums.iter().fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    if sums.len() < 2 || whole <= 0.0 {
        return None;
    }
    let ratio = part / whole;
    let squares: f64 = sums.iter().map(|(part, of)| part - ratio * of).map(|rest| rest * rest).sum();
    Some((squares * n / (n - 1.0)).sqrt() / whole)
}

fn quantile_error(readings: &[Reading], q: f64, all: &Observations) -> Option<f64> {
    let error = error_of_share(readings, all.quantile(q)?)?;
    let end = |share: f64| all.quantile(share.clamp(0.0, 1.0));
    Some((end(q + error)? - end(q - error)?) / 2.0)
}

/// The standard error of the share of observations that are at most `at`.
fn error_of_share(readings: &[Reading], at: f64) -> Option<f64> {
    let below = |reading: &Reading| match reading {
        Reading::Quantile(_, one) => Some((one.at_most(at) as f64, one.count() as f64)),
        _ => None,
    };
    let shares: Option<Vec<(f64, f64)>> = readings.iter().map(below).collect();
    ratio_error(&shares?)
}

/// The interval of the sum of parts over the sum of wholes (or of a mean, where each whole is 1), by Student's law on the
/// log scale; of a share, on that of what is rarer, it or its complement. No ends for fewer than six windows.
pub(super) fn ratio_interval(sums: &[(f64, f64)], unit: Unit) -> (Option<f64>, Option<f64>) {
    let Some(error) = ratio_error(sums).filter(|_| sums.len() as u64 >= FOR_INTERVAL) else {
        return (None, None);
    };
    let (part, whole) = sums.iter().fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let ratio = part / whole;
    let factor = |of: f64| log_scale::factor(of, error * error, sums.len() as f64 - 1.0, CONFIDENCE);
    if unit != Unit::Fraction {
        return (Some(ratio / factor(ratio)), Some(ratio * factor(ratio)));
    }
    if ratio <= 0.5 {
        return (Some(ratio / factor(ratio)), Some((ratio * factor(ratio)).min(1.0)));
    }
    let rest = 1.0 - ratio;
    (Some((1.0 - rest * factor(rest)).max(0.0)), Some(1.0 - rest / factor(rest)))
}

/// The interval of the `q`-quantile of all observations together: the quantiles that lie as far below and above it as the
/// share of observations below it may be wrong (R. Woodruff, as above). No end beyond the smallest or largest
/// observation, and none for fewer than six windows.
pub(super) fn quantile_interval(
    readings: &[Reading],
    q: f64,
    all: &Observations,
) -> (Option<f64>, Option<f64>) {
    let error = all.quantile(q).and_then(|at| error_of_share(readings, at));
    let Some(error) = error.filter(|_| readings.len() as u64 >= FOR_INTERVAL) else { return (None, None) };
    let reach = error * student::reach(CONFIDENCE, readings.len() as f64 - 1.0);
    let end = |share: f64| all.quantile(share).filter(|_| (0.0..=1.0).contains(&share));
    (end(q - reach), end(q + reach))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::dist::Law;
    use crate::base::rng::Seed;

    /// Windows of independent exponential values of mean 1.
    fn windows(seed: u64, windows: u64, values: u64) -> Vec<Observations> {
        let law = Law::Exponential { mean: 1.0 };
        let window = |window| {
            let mut stream = Seed { scenario: seed, window }.named("values", "test");
            let mut seen = Observations::default();
            (0..values).for_each(|_| seen.add(law.sample(&mut stream)));
            seen
        };
        (0..windows).map(window).collect()
    }

    /// The mean of the estimated errors, and the spread of the estimates themselves, over 200 runs.
    fn errors(estimate: impl Fn(&[Observations]) -> (f64, f64)) -> (f64, f64) {
        let runs: Vec<(f64, f64)> = (0..200).map(|seed| estimate(&windows(seed, 50, 20))).collect();
        let mean = |of: fn(&(f64, f64)) -> f64| runs.iter().map(of).sum::<f64>() / 200.0;
        let centre = mean(|run| run.0);
        let squares: f64 = runs.iter().map(|run| (run.0 - centre) * (run.0 - centre)).sum();
        (mean(|run| run.1), (squares / 199.0).sqrt())
    }

    #[test]
    fn the_error_of_a_mean_is_the_spread_of_such_means() {
        let (estimated, spread) = errors(|windows| {
            let readings: Vec<Reading> =
                windows.iter().map(|w| Reading::Ratio(w.sum(), w.count() as f64)).collect();
            let sum: f64 = windows.iter().map(Observations::sum).sum();
            (sum / 1000.0, standard_error(&readings).unwrap_or(f64::NAN))
        });
        assert!((estimated / spread - 1.0).abs() < 0.15, "{estimated} against {spread}");
    }

    #[test]
    fn the_error_of_a_quantile_is_the_spread_of_such_quantiles() {
        let (estimated, spread) = errors(|windows| {
            let readings: Vec<Reading> = windows.iter().map(|w| Reading::Quantile(0.9, w.clone())).collect();
            let at = together(&readings).and_then(|(q, all)| all.quantile(q)).unwrap_or(f64::NAN);
            (at, standard_error(&readings).unwrap_or(f64::NAN))
        });
        assert!((estimated / spread - 1.0).abs() < 0.15, "{estimated} against {spread}");
    }

    /// In how many of 400 runs of 20 windows the interval has the exact value.
    fn covered(exact: f64, ends: impl Fn(&[Observations]) -> (Option<f64>, Option<f64>)) -> usize {
        let inside = |seed: &u64| {
            let (low, high) = ends(&windows(*seed, 20, 10));
            low.is_none_or(|low| low <= exact) && high.is_none_or(|high| high >= exact)
        };
        (0..400).filter(inside).count()
    }

    #[test]
    fn intervals_of_means_shares_and_quantiles_have_the_exact_value_as_often_as_they_say() {
        let mean = covered(1.0, |windows| {
            let sums: Vec<(f64, f64)> = windows.iter().map(|w| (w.sum(), w.count() as f64)).collect();
            ratio_interval(&sums, Unit::Seconds)
        });
        let share = covered(libm::exp(-3.0), |windows| {
            let above = |w: &Observations| ((w.count() - w.at_most(3.0)) as f64, w.count() as f64);
            ratio_interval(&windows.iter().map(above).collect::<Vec<_>>(), Unit::Fraction)
        });
        let quantile = covered(-libm::log(0.25), |windows| {
            let readings: Vec<Reading> = windows.iter().map(|w| Reading::Quantile(0.75, w.clone())).collect();
            let all = together(&readings).map(|(_, all)| all).unwrap_or_default();
            quantile_interval(&readings, 0.75, &all)
        });
        for covered in [mean, share, quantile] {
            assert!((368..=394).contains(&covered), "{mean}, {share}, {quantile} of 400");
        }
    }

    #[test]
    fn a_share_stays_a_share_and_what_does_not_vary_has_no_width() {
        let lopsided: Vec<(f64, f64)> = (0..6).map(|i| (if i == 0 { 10.0 } else { 0.0 }, 10.0)).collect();
        let (low, high) = ratio_interval(&lopsided, Unit::Fraction);
        assert!(low.is_some_and(|low| low > 0.0) && high == Some(1.0), "{low:?} {high:?}");
        assert_eq!(ratio_interval(&[(1.0, 4.0); 6], Unit::Fraction), (Some(0.25), Some(0.25)));
        assert_eq!(ratio_interval(&[(1.0, 4.0); 5], Unit::Fraction), (None, None));
    }

    #[test]
    fn one_window_has_no_error() {
        assert_eq!(standard_error(&[Reading::Number(1.0)]), None);
        assert_eq!(standard_error(&[]), None);
    }
}
