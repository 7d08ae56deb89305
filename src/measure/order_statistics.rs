//! Distribution-free intervals of quantiles: which order statistics bound them, by the exact binomial law.
//!
//! [`order`] has the laws; here ranks count from 1, and either end of an interval may be missing by itself.

use crate::base::stats::order;

/// Ranks (from 1) of the order statistics that lie below and above the `q`-quantile of `n` values, each wrong with
/// probability at most `tail`; `None` where n is too small. Every value is below the 1-quantile, and none above it.
pub fn ranks(n: u64, q: f64, tail: f64) -> (Option<u64>, Option<u64>) {
    if q >= 1.0 {
        return ((n > 0).then_some(n), None);
    }
    let (n, confidence) = (n as usize, 1.0 - tail);
    let from_one = |rank: usize| rank as u64 + 1;
    (order::lower_rank(n, q, confidence).map(from_one), order::upper_rank(n, q, confidence).map(from_one))
}

/// The smallest number of values whose largest is above the `q`-quantile with probability at least `1 - tail`.
pub fn values_needed(q: f64, tail: f64) -> u64 {
    order::needed_for_upper(q, 1.0 - tail).map_or(0, |n| n as u64)
}

/// The order statistics of sorted `values` that bound their `q`-quantile: see [`ranks`].
pub fn interval(sorted: &[f64], q: f64, tail: f64) -> (Option<f64>, Option<f64>) {
    let (below, above) = ranks(sorted.len() as u64, q, tail);
    let at = |rank: u64| sorted[rank as usize - 1];
    (below.map(at), above.map(at))
}

/// The `q`-quantile of sorted values by nearest rank; `None` of none.
pub fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    order::quantile(sorted, q)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_has_a_95_percent_interval_from_six_values_on() {
        // 2 * 0.5^5 = 0.0625 > 0.05 >= 2 * 0.5^6 = 0.03125.
        assert_eq!(ranks(5, 0.5, 0.025), (None, None));
        assert_eq!(ranks(6, 0.5, 0.025), (Some(1), Some(6)));
        // n = 20: P(B <= 5) = 0.0207, P(B <= 6) = 0.0577: ranks 6 and 15.
        assert_eq!(ranks(20, 0.5, 0.025), (Some(6), Some(15)));
        assert_eq!((ranks(7, 1.0, 0.05), ranks(0, 0.5, 0.05)), ((Some(7), None), (None, None)));
    }

    #[test]
    fn a_bound_on_p95_needs_59_values_and_on_p99_299() {
        assert_eq!(values_needed(0.95, 0.05), 59);
        assert_eq!(values_needed(0.99, 0.05), 299);
        assert_eq!(values_needed(0.999, 0.05), 2995);
        assert_eq!(ranks(58, 0.95, 0.05).1, None);
        assert_eq!(ranks(59, 0.95, 0.05).1, Some(59));
    }

    #[test]
    fn quantiles_are_nearest_ranks() {
        let sorted = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(quantile(&sorted, 0.5), Some(2.0));
        assert_eq!(quantile(&sorted, 0.99), Some(4.0));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
