//! Intervals of positive numbers on the log scale.

use crate::base::special::student;

/// The factor that leads from a positive estimate to either end of its interval of two-sided `confidence`: the logarithm of a
/// skewed mean is nearer to normal than the mean itself, and no end is negative. 1 for an estimate that has no `variance`.
pub fn factor(estimate: f64, variance: f64, freedom: f64, confidence: f64) -> f64 {
    if variance <= 0.0 || estimate <= 0.0 {
        return 1.0;
    }
    let relative = variance / (estimate * estimate);
    libm::exp(student::reach(confidence, freedom.clamp(1.0, 1e6)) * libm::log1p(relative).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_error_reaches_as_far_as_students_interval() {
        let (reach, error) = (student::reach(0.95, 19.0), 1e-4);
        let factor = factor(2.0, 4.0 * error * error, 19.0, 0.95);
        assert!((factor - 1.0 - reach * error).abs() < 1e-7, "{factor}");
    }

    #[test]
    fn what_has_no_spread_or_was_not_seen_stays_as_it_is() {
        assert_eq!((factor(2.0, 0.0, 19.0, 0.95), factor(0.0, 1.0, 19.0, 0.95)), (1.0, 1.0));
    }
}
