//! Laws of random quantities, sampled by inversion from one 53-bit uniform each, on `libm`.
//!
//! One uniform a draw keeps streams in step: replacing a law by another leaves every later draw of the same stream
//! where it was, which is what makes paired comparison of two configurations cheap.

mod check;
pub mod empirical;
mod inverse;
mod mixture;
mod moments;
pub mod residual;
mod show;
pub mod text;

pub use check::LawError;
pub use empirical::Empirical;

use crate::base::rng::Stream;
use crate::base::special::normal;
use crate::base::time::Span;

/// A law of one quantity; the unit is the user's (delays: seconds).
///
/// Every law is usable as it is; [`Law::check`] says whether its parameters make sense. A law that fails the check
/// draws something (perhaps NaN) and never panics.
#[derive(Clone, Debug, PartialEq)]
pub enum Law {
    /// Always this value.
    Constant(f64),
    /// Every value between the two ends equally likely.
    Uniform {
        /// The smallest value.
        low: f64,
        /// The largest value, at least `low`.
        high: f64,
    },
    /// Memoryless.
    Exponential {
        /// Above 0.
        mean: f64,
    },
    /// The bell curve; it has negative values, which [`Law::span`] turns into 0.
    Normal {
        /// The centre.
        mean: f64,
        /// The standard deviation, at least 0.
        sd: f64,
    },
    /// The exponential of a normal variate.
    Lognormal {
        /// Half the draws lie below; above 0.
        median: f64,
        /// The standard deviation of the logarithm, at least 0.
        sigma: f64,
    },
    /// Survival `exp(-(x / scale)^shape)`: a shape below 1 means many early and few very late events.
    Weibull {
        /// Above 0.
        shape: f64,
        /// Above 0.
        scale: f64,
    },
    /// Survival `(scale / x)^shape` from `scale` on. The mean is infinite up to shape 1, the variance up to shape 2.
    Pareto {
        /// The smallest value, above 0.
        scale: f64,
        /// The tail index, above 0.
        shape: f64,
    },
    /// The gamma law, by its mean instead of its scale.
    Gamma {
        /// Above 0.
        shape: f64,
        /// Above 0.
        mean: f64,
    },
    /// The sum of equal exponential stages.
    Erlang {
        /// How many, at least 1.
        stages: u32,
        /// The mean of the whole sum, above 0.
        mean: f64,
    },
    /// Observed values.
    Empirical(Empirical),
    /// One of several laws, with probability proportional to its weight.
    Mixture(Vec<(f64, Law)>),
    /// Another law's draws, all later by a constant.
    Shifted {
        /// What is added.
        by: f64,
        /// The law it is added to.
        law: Box<Law>,
    },
    /// Another law's draws times a factor.
    Scaled {
        /// The factor, above 0.
        by: f64,
        /// The law it multiplies.
        law: Box<Law>,
    },
}

impl Default for Law {
    fn default() -> Self {
        Law::Constant(0.0)
    }
}

impl Law {
    /// The lognormal law of this mean and coefficient of variation (standard deviation over mean).
    pub fn lognormal_mean_cv(mean: f64, cv: f64) -> Law {
        let square = if cv >= 0.0 { cv * cv } else { f64::NAN };
        Law::Lognormal { median: mean / (1.0 + square).sqrt(), sigma: libm::log1p(square).sqrt() }
    }

    /// The lognormal law of this median and 95th percentile. A percentile below the median fails [`Law::check`].
    pub fn lognormal_median_p95(median: f64, p95: f64) -> Law {
        Law::Lognormal { median, sigma: libm::log(p95 / median) / normal::quantile(0.95) }
    }

    /// This law with `by` added to every draw.
    pub fn shifted(self, by: f64) -> Law {
        Law::Shifted { by, law: Box::new(self) }
    }

    /// This law with every draw multiplied by `by`, which must be above 0.
    pub fn scaled(self, by: f64) -> Law {
        Law::Scaled { by, law: Box::new(self) }
    }

    /// One draw. Takes exactly one uniform from the stream, whatever the law.
    pub fn sample(&self, stream: &mut Stream) -> f64 {
        self.draw(stream.uniform())
    }

    /// The largest of the draws that belong to these uniforms; one at least.
    pub fn largest(&self, uniforms: &[f64]) -> f64 {
        match self {
            // A component is chosen first: the largest draw need not belong to the largest uniform.
            Law::Mixture(_) | Law::Shifted { .. } | Law::Scaled { .. } => {
                uniforms.iter().map(|u| self.draw(*u)).fold(f64::NEG_INFINITY, f64::max)
            }
            _ => self.draw(uniforms.iter().copied().fold(0.0, f64::max)),
        }
    }

    /// One draw of a law in seconds, as a span; negative draws give zero.
    pub fn span(&self, stream: &mut Stream) -> Span {
        Span::from_secs_f64(self.sample(stream))
    }

    /// The draw that belongs to the uniform `u`: the quantile, except that a mixture spends the leading part of `u` on
    /// the choice of its component, which is cheaper than inverting the whole and follows the same law.
    fn draw(&self, u: f64) -> f64 {
        match self {
            Law::Mixture(parts) => match mixture::choose(parts, u) {
                Some((law, rest)) => law.draw(rest),
                None => 0.0,
            },
            Law::Shifted { by, law } => by + law.draw(u),
            Law::Scaled { by, law } => by * law.draw(u),
            _ => self.quantile(u),
        }
    }
}
