//! Student's law: the mean of a small normal sample over its estimated standard error.

use crate::base::special::beta;

/// The probability that a Student variate with `freedom` > 0 degrees of freedom exceeds `t`.
pub fn above(t: f64, freedom: f64) -> f64 {
    if t.is_infinite() {
        return if t > 0.0 { 0.0 } else { 1.0 };
    }
    let both = beta::tails(freedom / 2.0, 0.5, freedom / (freedom + t * t)).0;
    if t > 0.0 { both / 2.0 } else { 1.0 - both / 2.0 }
}

/// How many standard errors an interval of two-sided `confidence` (in (0, 1)) reaches to either side.
pub fn reach(confidence: f64, freedom: f64) -> f64 {
    let x = beta::quantile(freedom / 2.0, 0.5, 1.0 - confidence);
    (freedom * (1.0 / x - 1.0)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF, StudentsT};

    #[test]
    fn the_law_agrees_with_an_independent_implementation() {
        for freedom in [1.0, 2.0, 3.5, 7.0, 19.0, 299.0, 10_000.0] {
            let law = StudentsT::new(0.0, 1.0, freedom).unwrap();
            for t in [-40.0, -3.0, -0.5, 0.0, 0.1, 1.0, 2.5, 12.0] {
                let (ours, theirs) = (above(t, freedom), law.sf(t));
                assert!((ours - theirs).abs() <= 1e-9 * theirs + 1e-14, "{t}, {freedom}: {ours}, {theirs}");
            }
            for confidence in [0.5, 0.9, 0.95, 0.999] {
                let risk = 2.0 * above(reach(confidence, freedom), freedom);
                assert!((risk - (1.0 - confidence)).abs() < 1e-9, "{confidence}, {freedom}: {risk}");
            }
        }
    }

    #[test]
    fn quantiles_of_students_law_agree_with_an_independent_implementation() {
        let quantile =
            |dof, p: f64| if p < 0.5 { -reach(1.0 - 2.0 * p, dof) } else { reach(2.0 * p - 1.0, dof) };
        for dof in [1.0, 2.5, 9.0, 63.0, 1_000.0] {
            let law = StudentsT::new(0.0, 1.0, dof).unwrap();
            for p in [0.025, 0.3, 0.9, 0.975, 0.999] {
                let (ours, theirs) = (quantile(dof, p), law.inverse_cdf(p));
                assert!((ours - theirs).abs() < 1e-6 * theirs.abs().max(1.0), "{dof} {p}: {ours} {theirs}");
            }
        }
    }

    #[test]
    fn textbook_values_come_out() {
        for (freedom, expected) in [(1.0, 12.706_2), (4.0, 2.776_45), (19.0, 2.093_02), (1e6, 1.959_97)] {
            assert!((reach(0.95, freedom) - expected).abs() < 1e-4, "{freedom}: {}", reach(0.95, freedom));
        }
        assert_eq!((above(f64::INFINITY, 3.0), above(f64::NEG_INFINITY, 3.0)), (0.0, 1.0));
    }
}
