//! Quantiles of a sample and what the sample says about the law's quantiles, by order statistics.
//!
//! The p-quantile of a sample is its smallest observation such that at least a share p of the sample is no greater
//! (definition 1 of Hyndman and Fan, The American Statistician 50, 1996): always something that was observed, so the median
//! of an even number is the lower of the two in the middle. Samples are slices in ascending order; ranks count from 0.
//!
//! How many of n independent observations lie below the law's p-quantile is binomial (n, p), whatever the law: hence the
//! intervals, which are exact for continuous laws and cover more than they promise for others.

use crate::base::special::beta;

/// The rank of the p-quantile in a sample of `n`; `None` if it is empty or p lies outside 0 to 1.
pub fn quantile_rank(n: usize, p: f64) -> Option<usize> {
    if n == 0 || !(0.0..=1.0).contains(&p) {
        return None;
    }
    // 0.07 * 100 is above 7 in binary: a share that is whole in decimals must not count as a little more.
    let needed = (p * n as f64 * (1.0 - 1e-12)).ceil() as usize;
    Some(needed.clamp(1, n) - 1)
}

/// The p-quantile of a sample; `None` if it is empty or p lies outside 0 to 1.
pub fn quantile<T: Copy>(sorted: &[T], p: f64) -> Option<T> {
    quantile_rank(sorted.len(), p).and_then(|rank| sorted.get(rank)).copied()
}

/// The median of a sample (the lower one of an even number); `None` if it is empty.
pub fn median<T: Copy>(sorted: &[T]) -> Option<T> {
    quantile(sorted, 0.5)
}

/// The probability that a binomial (n, p) variate is below `k`, and that it is at least `k`; p inside (0, 1).
fn binomial(n: usize, p: f64, k: usize) -> (f64, f64) {
    if k == 0 {
        return (0.0, 1.0);
    }
    if k > n {
        return (1.0, 0.0);
    }
    let (at_least, below) = beta::tails(k as f64, (n - k) as f64 + 1.0, p);
    (below, at_least)
}

/// The lowest rank whose observation bounds the p-quantile of the law from above with one-sided `confidence`; `None` if
/// `n` is too small for any (see [`needed_for_upper`]).
pub fn upper_rank(n: usize, p: f64, confidence: f64) -> Option<usize> {
    let risk = checked(p, confidence)?;
    // It fails if as many as rank + 1 observations lie below the quantile, which gets rarer as the rank rises.
    let (mut fails, mut holds) = (0, n + 1);
    while holds - fails > 1 {
        let k = fails + (holds - fails) / 2;
        if binomial(n, p, k).1 <= risk {
            holds = k;
        } else {
            fails = k;
        }
    }
    (holds <= n).then(|| holds - 1)
}

/// The highest rank whose observation bounds the p-quantile of the law from below with one-sided `confidence`; `None` if
/// `n` is too small for any.
pub fn lower_rank(n: usize, p: f64, confidence: f64) -> Option<usize> {
    let risk = checked(p, confidence)?;
    let (mut holds, mut fails) = (0, n + 1);
    while fails - holds > 1 {
        let k = holds + (fails - holds) / 2;
        if binomial(n, p, k).0 <= risk {
            holds = k;
        } else {
            fails = k;
        }
    }
    holds.checked_sub(1)
}

/// The ranks of the equal-tailed interval for the p-quantile of the law with two-sided `confidence`; `None` if `n` is too
/// small for either end.
pub fn interval_ranks(n: usize, p: f64, confidence: f64) -> Option<(usize, usize)> {
    let one_sided = 1.0 - (1.0 - confidence) / 2.0;
    Some((lower_rank(n, p, one_sided)?, upper_rank(n, p, one_sided)?))
}

/// The pair of observations that encloses the p-quantile of the law with two-sided `confidence`; `None` if the sample is
/// too small.
pub fn interval<T: Copy>(sorted: &[T], p: f64, confidence: f64) -> Option<(T, T)> {
    let (low, high) = interval_ranks(sorted.len(), p, confidence)?;
    Some((*sorted.get(low)?, *sorted.get(high)?))
}

/// The observation that bounds the p-quantile of the law from above with one-sided `confidence`; `None` if the sample is
/// too small.
pub fn upper_bound<T: Copy>(sorted: &[T], p: f64, confidence: f64) -> Option<T> {
    upper_rank(sorted.len(), p, confidence).and_then(|rank| sorted.get(rank)).copied()
}

/// The observation that bounds the p-quantile of the law from below with one-sided `confidence`; `None` if the sample is
/// too small.
pub fn lower_bound<T: Copy>(sorted: &[T], p: f64, confidence: f64) -> Option<T> {
    lower_rank(sorted.len(), p, confidence).and_then(|rank| sorted.get(rank)).copied()
}

/// The smallest sample whose greatest observation bounds the p-quantile of the law from above with one-sided `confidence`:
/// the least n with `p^n <= 1 - confidence`. `None` for p or confidence outside (0, 1).
pub fn needed_for_upper(p: f64, confidence: f64) -> Option<usize> {
    let risk = checked(p, confidence)?;
    let about = (libm::log(risk) / libm::log(p)) as usize;
    (about.saturating_sub(1)..=about + 2).find(|n| upper_rank(*n, p, confidence).is_some())
}

/// The risk that goes with a confidence, if both it and p are inside (0, 1).
fn checked(p: f64, confidence: f64) -> Option<f64> {
    let inside = |x: f64| x > 0.0 && x < 1.0;
    (inside(p) && inside(confidence)).then_some(1.0 - confidence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use statrs::distribution::{Binomial, DiscreteCDF};

    #[test]
    fn a_quantile_is_the_least_observation_with_enough_at_or_below_it() {
        let hundred: Vec<u32> = (1..=100).collect();
        for percent in 1..=100u32 {
            assert_eq!(quantile(&hundred, f64::from(percent) / 100.0), Some(percent));
        }
        assert_eq!(quantile(&hundred, 0.071), Some(8));
        assert_eq!((quantile(&hundred, 0.0), quantile(&hundred, 1.1)), (Some(1), None));
        assert_eq!((median(&[1, 2, 3]), median(&[1, 2, 3, 4]), median::<u64>(&[])), (Some(2), Some(2), None));
    }

    #[test]
    fn a_bound_on_p95_takes_59_observations_on_p99_299_and_on_p999_2995() {
        for (p, needed) in [(0.95, 59), (0.99, 299), (0.999, 2_995)] {
            assert_eq!(upper_rank(needed, p, 0.95), Some(needed - 1), "the greatest of {needed} bounds p{p}");
            assert_eq!(upper_rank(needed - 1, p, 0.95), None, "{needed} - 1 are too few for p{p}");
            assert_eq!(needed_for_upper(p, 0.95), Some(needed));
        }
    }

    #[test]
    fn the_interval_of_the_median_is_the_textbooks() {
        // Conover, Practical Nonparametric Statistics: for n = 20, the 6th and 15th observations; for n = 10, the 2nd and 9th.
        assert_eq!(interval_ranks(20, 0.5, 0.95), Some((5, 14)));
        assert_eq!(interval_ranks(10, 0.5, 0.95), Some((1, 8)));
        assert_eq!(interval_ranks(6, 0.5, 0.95), Some((0, 5)));
        assert_eq!(interval_ranks(5, 0.5, 0.95), None);
        let sample: Vec<u64> = (0..20).map(|i| i * i).collect();
        assert_eq!(interval(&sample, 0.5, 0.95), Some((25, 196)));
    }

    #[test]
    fn nonsense_has_no_bound() {
        for (p, confidence) in [(0.0, 0.95), (1.0, 0.95), (0.5, 1.0), (0.5, 0.0), (f64::NAN, 0.95)] {
            assert_eq!(upper_rank(1_000, p, confidence), None);
            assert_eq!(lower_rank(1_000, p, confidence), None);
            assert_eq!(needed_for_upper(p, confidence), None);
        }
    }

    proptest! {
        #[test]
        fn ranks_are_the_tightest_that_keep_the_risk(
            n in 1usize..2_000, p in 0.01f64..0.99, confidence in 0.6f64..0.999,
        ) {
            let law = Binomial::new(p, n as u64).unwrap();
            let risk = 1.0 - confidence;
            // At least k of n below the quantile.
            let at_least = |k: usize| if k == 0 { 1.0 } else { law.sf(k as u64 - 1) };
            let near = |x: f64| (x - risk).abs() < 1e-9;
            match upper_rank(n, p, confidence) {
                Some(rank) => {
                    prop_assert!(at_least(rank + 1) <= risk || near(at_least(rank + 1)));
                    prop_assert!(at_least(rank) > risk || near(at_least(rank)));
                }
                None => prop_assert!(at_least(n) > risk || near(at_least(n))),
            }
            match lower_rank(n, p, confidence) {
                Some(rank) => {
                    let below = |k: usize| 1.0 - at_least(k);
                    prop_assert!(below(rank + 1) <= risk + 1e-9);
                    prop_assert!(below(rank + 2) > risk - 1e-9);
                }
                None => prop_assert!(law.cdf(0) > risk - 1e-9),
            }
        }
    }
}
