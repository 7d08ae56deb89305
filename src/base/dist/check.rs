//! What makes a law's parameters wrong.

use super::Law;

/// Why a law cannot be drawn from. The texts name the parameter the way scenario files do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LawError {
    /// NaN or infinite.
    #[error("{law}: {parameter} must be a finite number, not {value}")]
    NotFinite {
        /// The law.
        law: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// What was given.
        value: f64,
    },
    /// Must be above 0.
    #[error("{law}: {parameter} must be above 0, not {value}")]
    NotPositive {
        /// The law.
        law: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// What was given.
        value: f64,
    },
    /// Must be at least 0.
    #[error("{law}: {parameter} must be at least 0, not {value}")]
    Negative {
        /// The law.
        law: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// What was given.
        value: f64,
    },
    /// A lognormal law whose quantiles cannot be.
    #[error("lognormal: the 95th percentile must be at least the median")]
    Sigma,
    /// Ends the wrong way round.
    #[error("uniform: from ({low}) must not be above to ({high})")]
    Reversed {
        /// The lower end as given.
        low: f64,
        /// The upper end as given.
        high: f64,
    },
    /// Nothing to draw from.
    #[error("{law}: there must be at least one entry")]
    Empty {
        /// The law.
        law: &'static str,
    },
    /// A table out of order.
    #[error("empirical: the {what} of entry {position} is out of order")]
    Unsorted {
        /// Value or probability.
        what: &'static str,
        /// The entry, counted from 1.
        position: usize,
    },
    /// A table's probability outside 0 to 1.
    #[error("empirical: the probability of entry {position} must lie between 0 and 1, not {value}")]
    Probability {
        /// The entry, counted from 1.
        position: usize,
        /// What was given.
        value: f64,
    },
    /// Something is wrong in one component of a mixture.
    #[error("mixture, entry {position}: {cause}")]
    Component {
        /// The entry, counted from 1.
        position: usize,
        /// What.
        cause: Box<LawError>,
    },
}

fn finite(law: &'static str, parameter: &'static str, value: f64) -> Result<(), LawError> {
    if value.is_finite() { Ok(()) } else { Err(LawError::NotFinite { law, parameter, value }) }
}

fn positive(law: &'static str, parameter: &'static str, value: f64) -> Result<(), LawError> {
    finite(law, parameter, value)?;
    if value > 0.0 { Ok(()) } else { Err(LawError::NotPositive { law, parameter, value }) }
}

fn not_negative(law: &'static str, parameter: &'static str, value: f64) -> Result<(), LawError> {
    finite(law, parameter, value)?;
    if value >= 0.0 { Ok(()) } else { Err(LawError::Negative { law, parameter, value }) }
}

impl Law {
    /// Whether every parameter is in its range: then no draw is NaN. An extreme law (a Pareto shape of 0.01) may still
    /// draw infinity, which [`Law::span`] makes 'for ever'.
    ///
    /// # Errors
    /// The first parameter that is not.
    pub fn check(&self) -> Result<(), LawError> {
        match self {
            Law::Constant(value) => finite("constant", "value", *value),
            Law::Uniform { low, high } => {
                finite("uniform", "from", *low)?;
                finite("uniform", "to", *high)?;
                if low <= high { Ok(()) } else { Err(LawError::Reversed { low: *low, high: *high }) }
            }
            Law::Exponential { mean } => positive("exponential", "mean", *mean),
            Law::Normal { mean, sd } => {
                finite("normal", "mean", *mean)?;
                not_negative("normal", "sd", *sd)
            }
            Law::Lognormal { median, sigma } => {
                positive("lognormal", "median", *median)?;
                finite("lognormal", "sigma", *sigma)?;
                if *sigma >= 0.0 { Ok(()) } else { Err(LawError::Sigma) }
            }
            Law::Weibull { shape, scale } => {
                positive("weibull", "shape", *shape)?;
                positive("weibull", "scale", *scale)
            }
            Law::Pareto { scale, shape } => {
                positive("pareto", "scale", *scale)?;
                positive("pareto", "shape", *shape)
            }
            Law::Gamma { shape, mean } => {
                positive("gamma", "shape", *shape)?;
                positive("gamma", "mean", *mean)
            }
            Law::Erlang { stages, mean } => {
                positive("erlang", "stages", f64::from(*stages))?;
                positive("erlang", "mean", *mean)
            }
            Law::Empirical(values) => values.check(),
            Law::Mixture(parts) => check_mixture(parts),
            Law::Shifted { by, law } => finite("shifted", "by", *by).and_then(|()| law.check()),
            Law::Scaled { by, law } => positive("scaled", "by", *by).and_then(|()| law.check()),
        }
    }
}

fn check_mixture(parts: &[(f64, Law)]) -> Result<(), LawError> {
    if parts.is_empty() {
        return Err(LawError::Empty { law: "mixture" });
    }
    for (i, (weight, law)) in parts.iter().enumerate() {
        let part = positive("mixture", "weight", *weight).and_then(|()| law.check());
        part.map_err(|cause| LawError::Component { position: i + 1, cause: Box::new(cause) })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::dist::Empirical;

    #[test]
    fn a_wrong_parameter_is_named_as_the_scenario_writes_it() {
        let wrong = |law: Law| law.check().map_err(|e| e.to_string()).expect_err("the law is wrong");
        let table = |points: &[(f64, f64)]| Law::Empirical(Empirical::Table(points.to_vec()));
        let cases = [
            (Law::Constant(f64::NAN), "constant: value must be a finite number, not NaN"),
            (Law::Uniform { low: 2.0, high: 1.0 }, "uniform: from (2) must not be above to (1)"),
            (Law::Exponential { mean: 0.0 }, "exponential: mean must be above 0, not 0"),
            (Law::Normal { mean: 0.0, sd: -1.0 }, "normal: sd must be at least 0, not -1"),
            (
                Law::lognormal_median_p95(5.0, 4.0),
                "lognormal: the 95th percentile must be at least the median",
            ),
            (Law::lognormal_median_p95(0.0, 4.0), "lognormal: median must be above 0, not 0"),
            (Law::lognormal_mean_cv(5.0, -1.0), "lognormal: median must be a finite number, not NaN"),
            (Law::Weibull { shape: 0.0, scale: 1.0 }, "weibull: shape must be above 0, not 0"),
            (Law::Pareto { scale: 1.0, shape: -1.0 }, "pareto: shape must be above 0, not -1"),
            (Law::Gamma { shape: 1.0, mean: f64::INFINITY }, "gamma: mean must be a finite number, not inf"),
            (Law::Erlang { stages: 0, mean: 1.0 }, "erlang: stages must be above 0, not 0"),
            (Law::Empirical(Empirical::Values(vec![])), "empirical: there must be at least one entry"),
            (table(&[(0.0, 2.0), (1.0, 1.0)]), "empirical: the value of entry 2 is out of order"),
            (table(&[(0.5, 1.0), (0.5, 2.0)]), "empirical: the probability of entry 2 is out of order"),
            (table(&[(1.5, 1.0)]), "empirical: the probability of entry 1 must lie between 0 and 1, not 1.5"),
            (Law::Mixture(vec![]), "mixture: there must be at least one entry"),
            (
                Law::Mixture(vec![(1.0, Law::Constant(1.0)), (0.0, Law::Constant(1.0))]),
                "mixture, entry 2: mixture: weight must be above 0, not 0",
            ),
            (
                Law::Mixture(vec![(1.0, Law::Exponential { mean: -1.0 }.shifted(1.0))]),
                "mixture, entry 1: exponential: mean must be above 0, not -1",
            ),
            (Law::Constant(1.0).scaled(0.0), "scaled: by must be above 0, not 0"),
        ];
        for (law, message) in cases {
            assert_eq!(wrong(law), message);
        }
    }
}
