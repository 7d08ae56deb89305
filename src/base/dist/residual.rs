//! Residual lives: how long what is under way at a random instant still lasts.
//!
//! At an instant that knows nothing of a renewal process, the life under way has the equilibrium law
//! `G(x) = (1 / m) * integral from 0 to x of P(X > t) dt`, where `m` is the mean of `X`: long lives are met more often.
//! All laws here have that integral in closed form.

use super::Law;
use crate::base::special::{gamma, normal};

impl Law {
    /// The expected value of the lesser of a draw and `x`. Finite for every `x`, also where the mean is not.
    pub fn limited_mean(&self, x: f64) -> f64 {
        match self {
            Law::Constant(value) => value.min(x),
            Law::Uniform { low, .. } if x <= *low => x,
            Law::Uniform { high, .. } if x >= *high => self.mean(),
            Law::Uniform { low, high } => x - (x - low) * (x - low) / (2.0 * (high - low)),
            Law::Normal { mean, sd: 0.0 } => mean.min(x),
            Law::Normal { mean, sd } => {
                let z = (x - mean) / sd;
                let density = libm::exp(-z * z / 2.0) / (2.0 * std::f64::consts::PI).sqrt();
                mean * normal::cdf(z) - sd * density + x * normal::cdf(-z)
            }
            Law::Empirical(values) => values.limited_mean(x),
            Law::Mixture(parts) => {
                let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
                parts.iter().map(|(weight, law)| weight * law.limited_mean(x)).sum::<f64>() / total
            }
            Law::Shifted { by, law } => by + law.limited_mean(x - by),
            Law::Scaled { by, law } => by * law.limited_mean(x / by),
            // The remaining laws start at 0 or later.
            _ if x <= 0.0 => x,
            Law::Exponential { mean } => -mean * libm::expm1(-x / mean),
            Law::Lognormal { median, sigma: 0.0 } => median.min(x),
            Law::Lognormal { median, sigma } => {
                let z = libm::log(x / median) / sigma;
                self.mean() * normal::cdf(z - sigma) + x * normal::cdf(-z)
            }
            Law::Weibull { shape, scale } => self.mean() * started(*shape, *scale, x),
            Law::Pareto { scale, .. } if x <= *scale => x,
            Law::Pareto { scale, shape: 1.0 } => scale + scale * libm::log(x / scale),
            Law::Pareto { scale, shape } => {
                let more = shape - 1.0;
                scale - scale / more * libm::expm1(more * libm::log(scale / x))
            }
            Law::Gamma { shape, mean } => limited_gamma(*shape, *mean, x),
            Law::Erlang { stages, mean } => limited_gamma(f64::from(*stages), *mean, x),
        }
    }

    /// The mean of the draws as spans of time, which cut off at 0 what is negative. Infinite where [`Law::mean`] is.
    pub fn span_mean(&self) -> f64 {
        self.mean() - self.limited_mean(0.0)
    }

    /// The probability that what is under way at a random instant lasts at most `x` more.
    pub fn residual_cdf(&self, x: f64) -> f64 {
        if x <= 0.0 {
            return 0.0;
        }
        if let Law::Weibull { shape, scale } = self {
            // The mean takes longest, and is on both sides.
            let mean = self.mean();
            return (mean * started(*shape, *scale, x) / mean).clamp(0.0, 1.0);
        }
        ((self.limited_mean(x) - self.limited_mean(0.0)) / self.span_mean()).clamp(0.0, 1.0)
    }

    /// How much longer a share `u` of what is under way at random instants lasts at most. By bisection on
    /// [`Law::residual_cdf`], except where the inverse is known.
    pub fn residual_quantile(&self, u: f64) -> f64 {
        match self {
            Law::Exponential { .. } => self.quantile(u),
            Law::Constant(value) => value.max(0.0) * u.clamp(0.0, 1.0),
            _ => invert(|x| self.residual_cdf(x), u, self.span_mean()),
        }
    }
}

/// The share of a Weibull law's mean that lies below `x`.
fn started(shape: f64, scale: f64, x: f64) -> f64 {
    gamma::tails(1.0 / shape, libm::pow(x / scale, shape)).0
}

fn limited_gamma(shape: f64, mean: f64, x: f64) -> f64 {
    let z = x * shape / mean;
    mean * gamma::tails(shape + 1.0, z).0 + x * gamma::tails(shape, z).1
}

/// The least `x` above 0 at which the rising function `cdf` reaches `u`, to the last bits; `scale` is where to look first.
/// The largest finite value where it never does.
pub fn invert(cdf: impl Fn(f64) -> f64, u: f64, scale: f64) -> f64 {
    let mut high = if scale > 0.0 && scale.is_finite() { scale } else { 1.0 };
    while cdf(high) < u {
        high *= 2.0;
        if !high.is_finite() {
            return f64::MAX;
        }
    }
    let mut low = 0.0;
    while high - low > 4.0 * f64::EPSILON * high && high > f64::MIN_POSITIVE {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if cdf(middle) < u {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::dist::Empirical;

    fn laws() -> Vec<Law> {
        vec![
            Law::Constant(3.0),
            Law::Uniform { low: -1.0, high: 4.0 },
            Law::Exponential { mean: 2.5 },
            Law::Normal { mean: 1.0, sd: 1.5 },
            Law::Lognormal { median: 2.0, sigma: 0.8 },
            Law::Weibull { shape: 0.7, scale: 2.0 },
            Law::Weibull { shape: 2.2, scale: 2.0 },
            Law::Pareto { scale: 1.0, shape: 2.5 },
            Law::Pareto { scale: 1.0, shape: 1.0 },
            Law::Gamma { shape: 0.6, mean: 3.0 },
            Law::Erlang { stages: 3, mean: 3.0 },
            Law::Empirical(Empirical::values(vec![1.0, 2.0, 5.0])),
            Law::Empirical(Empirical::Table(vec![(0.2, 1.0), (0.7, 2.0), (0.9, 6.0)])),
            Law::Mixture(vec![(3.0, Law::Exponential { mean: 1.0 }), (1.0, Law::Constant(4.0))]),
            Law::Exponential { mean: 1.0 }.shifted(2.0),
            Law::Exponential { mean: 3.0 }.shifted(-1.0),
            Law::Weibull { shape: 1.5, scale: 1.0 }.scaled(3.0),
        ]
    }

    #[test]
    fn the_limited_mean_is_the_integral_of_the_survival() {
        for law in laws() {
            for (from, to) in [(0.0, 0.7), (0.7, 2.9), (2.9, 9.0)] {
                let steps = 200_000;
                let h = (to - from) / f64::from(steps);
                let sum: f64 = (0..steps).map(|i| 1.0 - law.cdf(from + (f64::from(i) + 0.5) * h)).sum();
                let difference = law.limited_mean(to) - law.limited_mean(from);
                assert!(
                    (difference - sum * h).abs() < 3e-5,
                    "{law}, {from} to {to}: {difference} {}",
                    sum * h
                );
            }
        }
    }

    #[test]
    fn the_residual_quantile_inverts_the_residual_law() {
        for law in laws().into_iter().filter(|law| law.mean().is_finite()) {
            for u in [1e-9, 0.01, 0.3, 0.9, 0.999] {
                let x = law.residual_quantile(u);
                assert!((law.residual_cdf(x) - u).abs() < 1e-9 * u + 1e-15, "{law} at {u}: {x}");
            }
        }
    }

    #[test]
    fn what_is_met_at_a_random_instant_is_memoryless_or_longer_or_shorter_as_the_variance_says() {
        // The mean residual life is E[X^2] / (2 E[X]): 1.5 / 2 for a constant 1.5, the mean for an exponential.
        let mean_residual = |law: &Law| {
            let n = 20_000;
            (0..n).map(|i| law.residual_quantile((f64::from(i) + 0.5) / f64::from(n))).sum::<f64>()
                / f64::from(n)
        };
        for law in [Law::Constant(1.5), Law::Exponential { mean: 2.0 }, Law::Erlang { stages: 4, mean: 2.0 }]
        {
            let exact = (law.variance() + law.mean() * law.mean()) / (2.0 * law.mean());
            assert!((mean_residual(&law) / exact - 1.0).abs() < 1e-3, "{law}");
        }
    }
}
