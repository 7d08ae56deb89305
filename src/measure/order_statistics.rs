//! Distribution-free intervals of quantiles: which order statistics bound them, by the exact binomial law.
//!
//! The number of n independent values below the q-quantile is binomial (n, q), whatever their law (David and Nagaraja,
//! *Order Statistics*, section 7.1).

/// Probabilities that a binomial (n, q) variable is 0, 1, ..., n.
fn binomial(n: u64, q: f64) -> Vec<f64> {
    let log_factorial = |i: u64| libm::lgamma(i as f64 + 1.0);
    let (log_q, log_p) = (libm::log(q), libm::log1p(-q));
    let term = |i: u64| {
        let log_choose = log_factorial(n) - log_factorial(i) - log_factorial(n - i);
        libm::exp(log_choose + i as f64 * log_q + (n - i) as f64 * log_p)
    };
    (0..=n).map(term).collect()
}

/// Ranks (from 1) of the order statistics that lie below and above the `q`-quantile of `n` values, each wrong with
/// probability at most `tail`; `None` where n is too small.
pub fn ranks(n: u64, q: f64, tail: f64) -> (Option<u64>, Option<u64>) {
    if n == 0 {
        return (None, None);
    }
    let slack = tail * (1.0 + 1e-9);
    let law = binomial(n, q);
    let running = |sum: &mut f64, p: &f64| {
        *sum += p;
        Some(*sum)
    };
    // below: P(X_(l) > quantile) = P(fewer than l values below) = P(B <= l - 1).
    let below = law.iter().scan(0.0, running).take_while(|p| *p <= slack).count() as u64;
    // above: P(X_(u) < quantile) = P(at least u values below) = P(B >= u).
    let above = n + 1 - law.iter().rev().scan(0.0, running).take_while(|p| *p <= slack).count() as u64;
    ((1..=n).contains(&below).then_some(below), (1..=n).contains(&above).then_some(above))
}

/// The smallest number of values whose largest is above the `q`-quantile with probability at least `1 - tail`.
pub fn values_needed(q: f64, tail: f64) -> u64 {
    libm::ceil(libm::log(tail) / libm::log(q)) as u64
}

/// The order statistics of sorted `values` that bound their `q`-quantile: see [`ranks`].
pub fn interval(sorted: &[f64], q: f64, tail: f64) -> (Option<f64>, Option<f64>) {
    let (below, above) = ranks(sorted.len() as u64, q, tail);
    let at = |rank: u64| sorted[rank as usize - 1];
    (below.map(at), above.map(at))
}

/// The `q`-quantile of sorted values by nearest rank; `None` of none.
pub fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let rank = libm::ceil(q * sorted.len() as f64 - 1e-9).max(1.0) as usize;
    sorted.get(rank.min(sorted.len()).wrapping_sub(1)).copied()
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
