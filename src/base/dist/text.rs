//! How scenario files write the law of a length of time.

use super::{Empirical, Law};
use crate::base::time::Span;
use schemars::JsonSchema;
use serde::Deserialize;

/// The law of a length of time, as written in a scenario: `{ lognormal = { median = "5min", p95 = "14min" } }`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SpanLaw {
    /// Always this long: `{ constant = "5s" }`.
    Constant(Span),
    /// Every length between two ends equally likely.
    Uniform {
        /// The shortest.
        from: Span,
        /// The longest.
        to: Span,
    },
    /// Memoryless.
    Exponential {
        /// The mean length.
        mean: Span,
    },
    /// The bell curve, cut off at zero: what would be negative takes no time.
    Normal {
        /// The centre.
        mean: Span,
        /// The standard deviation.
        sd: Span,
    },
    /// Lognormal, by its median and either `p95` or `sigma`.
    Lognormal {
        /// Half are shorter.
        median: Span,
        /// 95 of 100 are shorter.
        p95: Option<Span>,
        /// The standard deviation of the logarithm.
        sigma: Option<f64>,
    },
    /// Lognormal, by its mean and coefficient of variation.
    LognormalMean {
        /// The mean length.
        mean: Span,
        /// Standard deviation over mean, at least 0.
        cv: f64,
    },
    /// Weibull, by its shape and either `scale` or `mean`: a shape below 1 means many short and few very long ones.
    Weibull {
        /// Above 0.
        shape: f64,
        /// The length that a share 1/e exceeds.
        scale: Option<Span>,
        /// The mean length.
        mean: Option<Span>,
    },
    /// Pareto: a heavy tail from `scale` on.
    Pareto {
        /// The shortest.
        scale: Span,
        /// The tail index: the mean is infinite up to 1, the variance up to 2.
        shape: f64,
    },
    /// Gamma.
    Gamma {
        /// Above 0.
        shape: f64,
        /// The mean length.
        mean: Span,
    },
    /// The sum of equal exponential stages.
    Erlang {
        /// How many, at least 1.
        stages: u32,
        /// The mean length of the whole.
        mean: Span,
    },
    /// Observed lengths, each equally likely: `{ empirical = ["4h", "11.6h"] }`.
    Empirical(Vec<Span>),
    /// Quantiles joined by straight lines: `{ table = [{ p = 0.5, value = "4h" }, { p = 0.95, value = "12h" }] }`.
    Table(Vec<TablePoint>),
    /// One of several laws, by weight.
    Mixture(Vec<MixturePart>),
    /// Another law plus a fixed length.
    Shifted {
        /// The fixed length.
        by: Span,
        /// The law of the rest.
        law: Box<SpanLaw>,
    },
}

/// One quantile of a table.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TablePoint {
    /// The share of lengths up to `value`, between 0 and 1.
    pub p: f64,
    /// The length.
    pub value: Span,
}

/// One component of a mixture.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MixturePart {
    /// Its probability relative to the other weights, above 0.
    pub weight: f64,
    /// Its law.
    pub law: SpanLaw,
}

impl SpanLaw {
    /// What is wrong with how it is written, where two ways to write it exclude each other.
    pub fn misspelt(&self) -> Option<&'static str> {
        match self {
            SpanLaw::Lognormal { p95, sigma, .. } if p95.is_some() == sigma.is_some() => {
                Some("lognormal: give either `p95` or `sigma`")
            }
            SpanLaw::Weibull { scale, mean, .. } if scale.is_some() == mean.is_some() => {
                Some("weibull: give either `scale` or `mean`")
            }
            SpanLaw::Mixture(parts) => parts.iter().find_map(|part| part.law.misspelt()),
            SpanLaw::Shifted { law, .. } => law.misspelt(),
            _ => None,
        }
    }

    /// The law it stands for, in seconds. Whether its parameters make sense is for [`Law::check`] to say.
    pub fn law(&self) -> Law {
        match self {
            SpanLaw::Constant(value) => Law::Constant(value.seconds()),
            SpanLaw::Uniform { from, to } => Law::Uniform { low: from.seconds(), high: to.seconds() },
            SpanLaw::Exponential { mean } => Law::Exponential { mean: mean.seconds() },
            SpanLaw::Normal { mean, sd } => Law::Normal { mean: mean.seconds(), sd: sd.seconds() },
            SpanLaw::Lognormal { median, p95, sigma } => match (p95, sigma) {
                (Some(p95), None) => Law::lognormal_median_p95(median.seconds(), p95.seconds()),
                (_, sigma) => Law::Lognormal { median: median.seconds(), sigma: sigma.unwrap_or(f64::NAN) },
            },
            SpanLaw::LognormalMean { mean, cv } => Law::lognormal_mean_cv(mean.seconds(), *cv),
            SpanLaw::Weibull { shape, scale, mean } => {
                let scale = scale.map(Span::seconds);
                let by_mean =
                    |mean: &Span| mean.seconds() / Law::Weibull { shape: *shape, scale: 1.0 }.mean();
                let scale = scale.or(mean.as_ref().map(by_mean)).unwrap_or(f64::NAN);
                Law::Weibull { shape: *shape, scale }
            }
            SpanLaw::Pareto { scale, shape } => Law::Pareto { scale: scale.seconds(), shape: *shape },
            SpanLaw::Gamma { shape, mean } => Law::Gamma { shape: *shape, mean: mean.seconds() },
            SpanLaw::Erlang { stages, mean } => Law::Erlang { stages: *stages, mean: mean.seconds() },
            SpanLaw::Empirical(values) => {
                Law::Empirical(Empirical::values(values.iter().map(|v| v.seconds()).collect()))
            }
            SpanLaw::Table(points) => {
                Law::Empirical(Empirical::Table(points.iter().map(|t| (t.p, t.value.seconds())).collect()))
            }
            SpanLaw::Mixture(parts) => Law::Mixture(parts.iter().map(|p| (p.weight, p.law.law())).collect()),
            SpanLaw::Shifted { by, law } => law.law().shifted(by.seconds()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Holder {
        law: SpanLaw,
    }

    fn read(text: &str) -> Result<Law, String> {
        let holder: Holder = toml::from_str(&format!("law = {text}")).map_err(|e| e.message().to_owned())?;
        Ok(holder.law.law())
    }

    #[test]
    fn every_law_is_written_with_its_units_and_read_in_seconds() {
        let cases = [
            (r#"{ constant = "5s" }"#, Law::Constant(5.0)),
            (r#"{ uniform = { from = "1s", to = "2s" } }"#, Law::Uniform { low: 1.0, high: 2.0 }),
            (r#"{ exponential = { mean = "5min" } }"#, Law::Exponential { mean: 300.0 }),
            (r#"{ normal = { mean = "1s", sd = "10ms" } }"#, Law::Normal { mean: 1.0, sd: 0.01 }),
            (
                r#"{ lognormal = { median = "5min", p95 = "14min" } }"#,
                Law::lognormal_median_p95(300.0, 840.0),
            ),
            (r#"{ lognormal-mean = { mean = "1h", cv = 1.5 } }"#, Law::lognormal_mean_cv(3600.0, 1.5)),
            (r#"{ weibull = { shape = 0.7, scale = "1d" } }"#, Law::Weibull { shape: 0.7, scale: 86_400.0 }),
            (
                r#"{ lognormal = { median = "5min", sigma = 0.8 } }"#,
                Law::Lognormal { median: 300.0, sigma: 0.8 },
            ),
            (
                r#"{ weibull = { shape = 2, mean = "1d" } }"#,
                Law::Weibull { shape: 2.0, scale: 86_400.0 / libm::tgamma(1.5) },
            ),
            (r#"{ pareto = { scale = "1s", shape = 1.5 } }"#, Law::Pareto { scale: 1.0, shape: 1.5 }),
            (r#"{ gamma = { shape = 2.5, mean = "1s" } }"#, Law::Gamma { shape: 2.5, mean: 1.0 }),
            (r#"{ erlang = { stages = 3, mean = "1s" } }"#, Law::Erlang { stages: 3, mean: 1.0 }),
            (
                r#"{ empirical = ["11.6h", "4h"] }"#,
                Law::Empirical(Empirical::Values(vec![14_400.0, 41_760.0])),
            ),
            (
                r#"{ table = [{ p = 0, value = "0s" }, { p = 1, value = "9s" }] }"#,
                Law::Empirical(Empirical::Table(vec![(0.0, 0.0), (1.0, 9.0)])),
            ),
            (
                r#"{ mixture = [{ weight = 0.9, law = { constant = "1s" } }, { weight = 0.1, law = { constant = "2s" } }] }"#,
                Law::Mixture(vec![(0.9, Law::Constant(1.0)), (0.1, Law::Constant(2.0))]),
            ),
            (
                r#"{ shifted = { by = "1s", law = { exponential = { mean = "2s" } } } }"#,
                Law::Exponential { mean: 2.0 }.shifted(1.0),
            ),
        ];
        for (text, law) in cases {
            assert_eq!(read(text), Ok(law.clone()), "{text}");
            assert_eq!(law.check(), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_law_is_written_in_one_way_and_not_in_two() {
        for text in [
            r#"{ lognormal = { median = "5min" } }"#,
            r#"{ lognormal = { median = "5min", p95 = "9min", sigma = 1 } }"#,
            r#"{ weibull = { shape = 1 } }"#,
            r#"{ shifted = { by = "1s", law = { weibull = { shape = 1, scale = "1s", mean = "1s" } } } }"#,
        ] {
            let holder: Holder = toml::from_str(&format!("law = {text}")).expect("it has the shape of a law");
            assert!(holder.law.misspelt().is_some_and(|why| why.contains("either")), "{text}");
        }
    }

    #[test]
    fn a_key_that_no_law_has_is_refused() {
        for text in [
            r#"{ exponential = { mean = "5s", median = "5s" } }"#,
            r#"{ exponental = { mean = "5s" } }"#,
            r#"{ mixture = [{ wieght = 1, law = { constant = "1s" } }] }"#,
            r#"{ constant = 5 }"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_schema_names_every_law() {
        let schema = serde_json::to_string(&schemars::schema_for!(SpanLaw)).expect("a schema is JSON");
        for name in ["constant", "lognormal-mean", "erlang", "mixture", "shifted", "weight"] {
            assert!(schema.contains(&format!("\"{name}\"")), "{name} is missing from {schema}");
        }
    }
}
