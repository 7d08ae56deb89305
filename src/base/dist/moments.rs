//! Means and variances.

use super::{Law, mixture};

/// The gamma function, for arguments above 0.
fn gamma(x: f64) -> f64 {
    libm::tgamma(x)
}

impl Law {
    /// The expected value; infinite for a Pareto law of shape at most 1. That of the law itself: [`Law::span`], which
    /// cuts draws off at 0, has a larger one if the law has negative values.
    pub fn mean(&self) -> f64 {
        match self {
            Law::Constant(value) => *value,
            Law::Uniform { low, high } => low + (high - low) / 2.0,
            Law::Exponential { mean } | Law::Normal { mean, .. } => *mean,
            Law::Gamma { mean, .. } | Law::Erlang { mean, .. } => *mean,
            Law::Lognormal { median, sigma } => median * libm::exp(sigma * sigma / 2.0),
            Law::Weibull { shape, scale } => scale * gamma(1.0 + 1.0 / shape),
            Law::Pareto { scale, shape } if *shape > 1.0 => scale * shape / (shape - 1.0),
            Law::Pareto { .. } => f64::INFINITY,
            Law::Empirical(values) => values.mean(),
            Law::Mixture(parts) => mixture::mean(parts),
            Law::Shifted { by, law } => by + law.mean(),
            Law::Scaled { by, law } => by * law.mean(),
        }
    }

    /// The variance (unit squared); infinite for a Pareto law of shape at most 2.
    pub fn variance(&self) -> f64 {
        match self {
            Law::Constant(_) => 0.0,
            Law::Uniform { low, high } => (high - low) * (high - low) / 12.0,
            Law::Exponential { mean } => mean * mean,
            Law::Normal { sd, .. } => sd * sd,
            Law::Lognormal { sigma, .. } => {
                let mean = self.mean();
                mean * mean * libm::expm1(sigma * sigma)
            }
            Law::Weibull { shape, scale } => {
                let (first, second) = (gamma(1.0 + 1.0 / shape), gamma(1.0 + 2.0 / shape));
                // Out of the range of f64 for shapes below about 0.012: then infinite, not the difference of infinities.
                if second.is_finite() { scale * scale * (second - first * first) } else { f64::INFINITY }
            }
            Law::Pareto { scale, shape } if *shape > 2.0 => {
                let below = shape - 1.0;
                scale * scale * shape / (below * below * (shape - 2.0))
            }
            Law::Pareto { .. } => f64::INFINITY,
            Law::Gamma { shape, mean } => mean * mean / shape,
            Law::Erlang { stages, mean } => mean * mean / f64::from(*stages),
            Law::Empirical(values) => values.variance(),
            Law::Mixture(parts) => mixture::variance(parts),
            Law::Shifted { law, .. } => law.variance(),
            Law::Scaled { by, law } => by * by * law.variance(),
        }
    }
}
