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
    /// Whether every parameter is in its range: then every draw is a finite number.
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
