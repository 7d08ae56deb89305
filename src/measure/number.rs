//! Units, estimates, and how numbers are rounded in results.

pub use crate::base::stats::round12;
use serde::Serialize;

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Unit {
    /// A share in 0..=1.
    #[serde(rename = "fraction")]
    Fraction,
    /// Seconds.
    #[serde(rename = "s")]
    Seconds,
    /// Things: writes, operations, versions.
    #[serde(rename = "count")]
    Count,
    /// Bytes.
    #[serde(rename = "bytes")]
    Bytes,
    /// Bytes a second of virtual time.
    #[serde(rename = "bytes/s")]
    BytesPerSecond,
    /// US dollars.
    #[serde(rename = "USD")]
    Dollars,
    /// What the system that observed it says: seconds, or a pure number.
    #[serde(rename = "as observed")]
    Observed,
}

impl Unit {
    /// The name used in results.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Fraction => "fraction",
            Unit::Seconds => "s",
            Unit::Count => "count",
            Unit::Bytes => "bytes",
            Unit::BytesPerSecond => "bytes/s",
            Unit::Dollars => "USD",
            Unit::Observed => "as observed",
        }
    }
}

/// A value over one or several windows, with its interval where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The value; `None` when it is infinite, because service was not restored within the window.
    pub estimate: Option<f64>,
    /// Lower end of the interval; `None` without one.
    pub low: Option<f64>,
    /// Upper end of the interval; `None` without one.
    pub high: Option<f64>,
    /// Confidence of the interval.
    pub confidence: f64,
    /// Windows behind it, or faults where the measure is per fault.
    pub n: u64,
    /// How many of those were infinite.
    pub censored: u64,
    /// The unit of all its values.
    pub unit: Unit,
    /// The smallest value of a single window (fault); infinite ones are above all others.
    #[serde(skip)]
    pub least: f64,
    /// The largest value of a single window (fault); infinite when one was.
    #[serde(skip)]
    pub most: f64,
}

impl Estimate {
    /// The value as a number: infinite when service was not restored.
    pub fn value(&self) -> f64 {
        self.estimate.unwrap_or(f64::INFINITY)
    }
}

/// A rounded number, or `None` when it is not finite.
pub fn finite12(x: f64) -> Option<f64> {
    x.is_finite().then(|| round12(x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_hold_twelve_digits() {
        assert_eq!(round12(0.1 + 0.2), 0.3);
        assert_eq!(round12(123_456_789.012_345), 123_456_789.012);
        assert_eq!(round12(0.0), 0.0);
        assert_eq!(finite12(f64::INFINITY), None);
    }
}
