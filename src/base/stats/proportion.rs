//! Intervals for a probability, from how often something happened in independent trials.
//!
//! Verdicts use Clopper and Pearson's interval, which never covers less than it promises; screens use Wilson's, which is
//! narrower and right on average. `confidence` is the two-sided coverage unless a function says otherwise, in (0, 1).
//! Zero trials know nothing: the interval is 0 to 1. A count of hits above that of trials is taken as all of them.

use super::Interval;
use crate::base::special::{beta, normal};

/// The exact interval of C. Clopper and E. Pearson, Biometrika 26 (1934): half of `1 - confidence` in either tail.
pub fn clopper_pearson(hits: u64, trials: u64, confidence: f64) -> Interval {
    let one_sided = 1.0 - (1.0 - confidence) / 2.0;
    Interval { low: lower_bound(hits, trials, one_sided), high: upper_bound(hits, trials, one_sided) }
}

/// The exact upper bound that holds with one-sided `confidence`.
pub fn upper_bound(hits: u64, trials: u64, confidence: f64) -> f64 {
    if hits >= trials {
        return 1.0;
    }
    if hits == 0 {
        return -libm::expm1(libm::log(1.0 - confidence) / trials as f64);
    }
    beta::quantile(hits as f64 + 1.0, (trials - hits) as f64, confidence)
}

/// The exact lower bound that holds with one-sided `confidence`.
pub fn lower_bound(hits: u64, trials: u64, confidence: f64) -> f64 {
    if hits == 0 || trials == 0 {
        return 0.0;
    }
    if hits >= trials {
        return libm::exp(libm::log(1.0 - confidence) / trials as f64);
    }
    beta::quantile(hits as f64, (trials - hits) as f64 + 1.0, 1.0 - confidence)
}

/// What none in `trials` still allows, with one-sided `confidence`: `1 - (1 - confidence)^(1 / trials)`, which at 95 % is
/// the well-known 3/n. 1 if there were no trials.
pub fn rule_of_three(trials: u64, confidence: f64) -> f64 {
    upper_bound(0, trials, confidence)
}

/// The score interval of E. B. Wilson, J. Amer. Statist. Assoc. 22 (1927).
pub fn wilson(hits: u64, trials: u64, confidence: f64) -> Interval {
    if trials == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let (k, n) = (hits.min(trials) as f64, trials as f64);
    let z = normal::quantile(1.0 - (1.0 - confidence) / 2.0);
    let p = k / n;
    let scale = 1.0 + z * z / n;
    let centre = (p + z * z / (2.0 * n)) / scale;
    let half = z / scale * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    Interval {
        low: if hits == 0 { 0.0 } else { (centre - half).max(0.0) },
        high: if hits >= trials { 1.0 } else { (centre + half).min(1.0) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use statrs::distribution::{Binomial, DiscreteCDF};

    /// Checks an exact interval against its definition, by someone else's binomial distribution: at either end, the
    /// outcome seen or a more extreme one has just probability 2.5 %.
    fn assert_exact(hits: u64, trials: u64) {
        let interval = clopper_pearson(hits, trials, 0.95);
        let tail = |p: f64| Binomial::new(p, trials).expect("p is a probability");
        if hits > 0 {
            let at_least = tail(interval.low).sf(hits - 1);
            assert!((at_least / 0.025 - 1.0).abs() < 1e-8, "{hits}/{trials}, low: {at_least}");
        }
        if hits < trials {
            let at_most = tail(interval.high).cdf(hits);
            assert!((at_most / 0.025 - 1.0).abs() < 1e-8, "{hits}/{trials}, high: {at_most}");
        }
    }

    #[test]
    fn the_exact_interval_leaves_just_its_share_in_either_tail() {
        for (hits, trials) in [
            (0, 1),
            (1, 1),
            (0, 30),
            (1, 10),
            (5, 10),
            (9, 10),
            (30, 30),
            (3, 10_000),
            (9_990, 10_000),
            (7, 1_000_000),
        ] {
            assert_exact(hits, trials);
        }
    }

    #[test]
    fn published_intervals_come_out() {
        // Agresti and Coull, The American Statistician 52 (1998): 5 of 10 gives 0.187 to 0.813 exactly, and Wilson's
        // gives 0.237 to 0.763.
        let (exact, score) = (clopper_pearson(5, 10, 0.95), wilson(5, 10, 0.95));
        assert!((exact.low - 0.1871).abs() < 1e-4 && (exact.high - 0.8129).abs() < 1e-4, "{exact:?}");
        assert!((score.low - 0.2366).abs() < 1e-4 && (score.high - 0.7634).abs() < 1e-4, "{score:?}");
    }

    #[test]
    fn none_in_n_trials_allows_three_in_n() {
        for n in [100u64, 1_000, 1_000_000_000] {
            let bound = rule_of_three(n, 0.95) * n as f64;
            assert!((2.95..3.0).contains(&bound), "{bound}");
        }
        assert_eq!(rule_of_three(0, 0.95), 1.0);
    }

    #[test]
    fn nothing_tried_is_nothing_known() {
        let all = Interval { low: 0.0, high: 1.0 };
        assert_eq!((clopper_pearson(0, 0, 0.95), wilson(0, 0, 0.95)), (all, all));
    }

    proptest! {
        #[test]
        fn intervals_enclose_the_share_seen_and_mirror_when_hits_and_misses_swap(
            trials in 1u64..5_000, part in any::<prop::sample::Index>(), confidence in 0.5f64..0.999,
        ) {
            let hits = part.index(trials as usize + 1) as u64;
            let share = hits as f64 / trials as f64;
            for interval in [clopper_pearson, wilson] {
                let (here, mirrored) = (interval(hits, trials, confidence), interval(trials - hits, trials, confidence));
                prop_assert!(here.low <= share + 1e-12 && share <= here.high + 1e-12, "{:?} misses {}", here, share);
                prop_assert!((here.low - (1.0 - mirrored.high)).abs() < 1e-10, "{:?} and {:?}", here, mirrored);
            }
        }
    }
}
