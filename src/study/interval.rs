//! Intervals of means that cannot be negative and are skewed.

use crate::base::special::student;

/// A variance and the degrees of freedom it was estimated with.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Variance {
    /// The variance.
    pub value: f64,
    /// Its degrees of freedom.
    pub dof: f64,
}

/// The sum of independent variances, and its degrees of freedom (F. E. Satterthwaite, Biometrics Bulletin 2, 1946).
pub fn sum(parts: &[Variance]) -> Variance {
    let value: f64 = parts.iter().map(|v| v.value).sum();
    let spread: f64 =
        parts.iter().filter(|v| v.value > 0.0).map(|v| v.value * v.value / v.dof.max(1.0)).sum();
    Variance { value, dof: if spread > 0.0 { value * value / spread } else { f64::INFINITY } }
}

/// The factor that leads from a positive estimate to either end of its interval on the log scale: the logarithm of a
/// skewed mean is nearer to normal than the mean itself, and no end is negative.
pub fn log_factor(estimate: f64, variance: Variance, confidence: f64) -> f64 {
    if variance.value <= 0.0 || estimate <= 0.0 {
        return 1.0;
    }
    let relative = variance.value / (estimate * estimate);
    let t = student::reach(confidence, variance.dof.clamp(1.0, 1e6));
    libm::exp(t * libm::log1p(relative).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_of_freedom_are_those_of_the_part_that_dominates() {
        let (large, small) = (Variance { value: 1.0, dof: 9.0 }, Variance { value: 1e-6, dof: 1.0 });
        let both = sum(&[large, small]);
        assert!((both.dof - 9.0).abs() < 0.001 && (both.value - 1.0).abs() < 1e-5);
    }
}
