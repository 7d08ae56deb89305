//! Standard errors over windows that are independent of each other.

use crate::measure::findings::Reading;
use crate::measure::observed::Observations;

/// See [`Findings::standard_error`](crate::measure::findings::Findings::standard_error).
pub(super) fn standard_error(readings: &[Reading]) -> Option<f64> {
    match together(readings) {
        Some((q, all)) => quantile_error(readings, q, &all),
        None => {
            let sums: Option<Vec<(f64, f64)>> = readings.iter().map(part_and_whole).collect();
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

fn part_and_whole(reading: &Reading) -> Option<(f64, f64)> {
    match reading {
        Reading::Ratio(part, whole) => Some((*part, *whole)),
        Reading::Number(value) => Some((*value, 1.0)),
        Reading::PerFault(_) | Reading::Quantile(..) => None,
    }
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
    let at = all.quantile(q)?;
    let below = |reading: &Reading| match reading {
        Reading::Quantile(_, one) => Some((one.at_most(at) as f64, one.count() as f64)),
        _ => None,
    };
    let shares: Option<Vec<(f64, f64)>> = readings.iter().map(below).collect();
    let error = ratio_error(&shares?)?;
    let end = |share: f64| all.quantile(share.clamp(0.0, 1.0));
    Some((end(q + error)? - end(q - error)?) / 2.0)
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

    #[test]
    fn one_window_has_no_error() {
        assert_eq!(standard_error(&[Reading::Number(1.0)]), None);
        assert_eq!(standard_error(&[]), None);
    }
}
