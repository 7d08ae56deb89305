//! Distribution functions and their inverses.

use super::{Law, mixture};
use crate::base::special::{gamma, normal};

/// The uniform moved into the open interval that draws come from, so that no quantile is infinite.
fn inside(u: f64) -> f64 {
    u.clamp(1.0 / (1u64 << 54) as f64, 1.0 - f64::EPSILON / 2.0)
}

impl Law {
    /// The value below which a share `u` of the draws lies. `u` is moved into the open interval (0, 1).
    pub fn quantile(&self, u: f64) -> f64 {
        let u = inside(u);
        match self {
            Law::Constant(value) => *value,
            Law::Uniform { low, high } => low + (high - low) * u,
            Law::Exponential { mean } => -mean * libm::log1p(-u),
            Law::Normal { mean, sd } => mean + sd * normal::quantile(u),
            Law::Lognormal { median, sigma } => median * libm::exp(sigma * normal::quantile(u)),
            Law::Weibull { shape, scale } => scale * libm::pow(-libm::log1p(-u), 1.0 / shape),
            Law::Pareto { scale, shape } => scale * libm::exp(-libm::log1p(-u) / shape),
            Law::Gamma { shape, mean } => mean / shape * gamma::quantile(*shape, u),
            Law::Erlang { stages, mean } => {
                let shape = f64::from(*stages);
                mean / shape * gamma::quantile(shape, u)
            }
            Law::Empirical(values) => values.quantile(u),
            Law::Mixture(parts) => mixture::quantile(parts, u),
            Law::Shifted { by, law } => by + law.quantile(u),
            Law::Scaled { by, law } => by * law.quantile(u),
        }
    }

    /// The probability of a draw of at most `x`.
    pub fn cdf(&self, x: f64) -> f64 {
        let step = |at: f64| if x >= at { 1.0 } else { 0.0 };
        match self {
            Law::Constant(value) => step(*value),
            Law::Uniform { low, high } if x < *high => ((x - low) / (high - low)).max(0.0),
            Law::Uniform { .. } => 1.0,
            Law::Normal { mean, sd: 0.0 } => step(*mean),
            Law::Normal { mean, sd } => normal::cdf((x - mean) / sd),
            Law::Lognormal { median, sigma: 0.0 } => step(*median),
            Law::Empirical(values) => values.cdf(x),
            Law::Mixture(parts) => mixture::cdf(parts, x),
            Law::Shifted { by, law } => law.cdf(x - by),
            Law::Scaled { by, law } => law.cdf(x / by),
            Law::Pareto { scale, shape } if x > *scale => -libm::expm1(shape * libm::log(scale / x)),
            Law::Pareto { .. } => 0.0,
            // The remaining laws start at 0.
            _ if x <= 0.0 => 0.0,
            Law::Exponential { mean } => -libm::expm1(-x / mean),
            Law::Lognormal { median, sigma } => normal::cdf(libm::log(x / median) / sigma),
            Law::Weibull { shape, scale } => -libm::expm1(-libm::pow(x / scale, *shape)),
            Law::Gamma { shape, mean } => gamma::tails(*shape, x * shape / mean).0,
            Law::Erlang { stages, mean } => {
                let shape = f64::from(*stages);
                gamma::tails(shape, x * shape / mean).0
            }
        }
    }
}
