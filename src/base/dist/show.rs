//! A law in a few words, for resolved plans and reports.

use super::{Empirical, Law};
use std::fmt;

/// A number to four significant digits.
struct Short(f64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded = format!("{:.3e}", self.0).parse::<f64>().unwrap_or(self.0);
        write!(f, "{rounded}")
    }
}

/// Unit-free: `exponential, mean 300`.
impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Law::Constant(value) => write!(f, "constant {}", Short(*value)),
            Law::Uniform { low, high } => write!(f, "uniform, {} to {}", Short(*low), Short(*high)),
            Law::Exponential { mean } => write!(f, "exponential, mean {}", Short(*mean)),
            Law::Normal { mean, sd } => write!(f, "normal, mean {}, sd {}", Short(*mean), Short(*sd)),
            Law::Lognormal { median, sigma } => {
                write!(f, "lognormal, median {}, sigma {}", Short(*median), Short(*sigma))
            }
            Law::Weibull { shape, scale } => {
                write!(f, "weibull, shape {}, scale {}", Short(*shape), Short(*scale))
            }
            Law::Pareto { scale, shape } => {
                write!(f, "pareto, scale {}, shape {}", Short(*scale), Short(*shape))
            }
            Law::Gamma { shape, mean } => write!(f, "gamma, shape {}, mean {}", Short(*shape), Short(*mean)),
            Law::Erlang { stages, mean } => write!(f, "erlang, {stages} stages, mean {}", Short(*mean)),
            Law::Empirical(Empirical::Values(values)) => {
                write!(f, "one of {} values, mean {}", values.len(), Short(self.mean()))
            }
            Law::Empirical(Empirical::Table(points)) => {
                write!(f, "table of {} quantiles, mean {}", points.len(), Short(self.mean()))
            }
            Law::Mixture(parts) => {
                let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
                for (i, (weight, law)) in parts.iter().enumerate() {
                    let join = if i == 0 { "" } else { " or " };
                    write!(f, "{join}{}% ({law})", Short(100.0 * weight / total))?;
                }
                Ok(())
            }
            Law::Shifted { by, law } => write!(f, "{} plus ({law})", Short(*by)),
            Law::Scaled { by, law } => write!(f, "{} times ({law})", Short(*by)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_law_is_shown_in_a_few_words() {
        let cases = [
            (Law::Exponential { mean: 300.0 }, "exponential, mean 300"),
            (Law::lognormal_median_p95(300.0, 840.0), "lognormal, median 300, sigma 0.626"),
            (Law::Erlang { stages: 3, mean: 1.0 / 3.0 }, "erlang, 3 stages, mean 0.3333"),
            (Law::Empirical(Empirical::Values(vec![1.0, 3.0])), "one of 2 values, mean 2"),
            (
                Law::Mixture(vec![(3.0, Law::Constant(1.0)), (1.0, Law::Uniform { low: 0.0, high: 2.0 })]),
                "75% (constant 1) or 25% (uniform, 0 to 2)",
            ),
            (
                Law::Exponential { mean: 2.0 }.scaled(0.5).shifted(10.0),
                "10 plus (0.5 times (exponential, mean 2))",
            ),
        ];
        for (law, text) in cases {
            assert_eq!(law.to_string(), text);
        }
    }
}
