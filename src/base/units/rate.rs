//! Rates: operations, `40/s`, and request units, `400 RU/s`.

use crate::base::units::number::{Decimal, out_of_range, unknown_unit};
use crate::base::units::{Kind, UnitError, UnitText, unit_text};
use std::fmt;

const FASTEST: f64 = 1e12;
const LIMIT: &str = "rates are below 10^12 a second";

/// Events a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Rate(pub f64);

impl UnitText for Rate {
    const KIND: Kind =
        Kind { name: "a rate", example: "40/s", format: "geodes-rate", units: &["/s", "/min", "/h", "/d"] };

    fn parse(text: &str) -> Result<Self, UnitError> {
        let (number, unit) = Decimal::positive_with_unit(text, Self::KIND)?;
        let unit_is = |name: &str| unit.strip_prefix('/').is_some_and(|per| per.trim_start() == name);
        let seconds = match unit {
            _ if unit_is("s") => 1.0,
            _ if unit_is("min") => 60.0,
            _ if unit_is("h") => 3_600.0,
            _ if unit_is("d") => 86_400.0,
            _ => return Err(unknown_unit(Self::KIND, unit)),
        };
        within(number.value() / seconds, text, Self::KIND).map(Rate)
    }
}

unit_text!(Rate, "Rate");

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/s", self.0))
    }
}

/// Provisioned throughput in request units a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct RequestUnits(pub f64);

impl UnitText for RequestUnits {
    const KIND: Kind =
        Kind { name: "a throughput", example: "400 RU/s", format: "geodes-request-units", units: &["RU/s"] };

    fn parse(text: &str) -> Result<Self, UnitError> {
        let (number, unit) = Decimal::positive_with_unit(text, Self::KIND)?;
        if unit != "RU/s" {
            return Err(unknown_unit(Self::KIND, unit));
        }
        within(number.value(), text, Self::KIND).map(RequestUnits)
    }
}

unit_text!(RequestUnits, "RequestUnits");

impl fmt::Display for RequestUnits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} RU/s", self.0))
    }
}

fn within(rate: f64, text: &str, kind: Kind) -> Result<f64, UnitError> {
    if rate <= FASTEST { Ok(rate) } else { Err(out_of_range(kind, text, LIMIT)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_a_second_whatever_they_are_written_in() {
        assert_eq!(Rate::parse("40/s"), Ok(Rate(40.0)));
        assert_eq!(Rate::parse("2400 / min"), Ok(Rate(40.0)));
        assert_eq!(Rate::parse("0.5/h"), Ok(Rate(0.5 / 3600.0)));
        assert_eq!(RequestUnits::parse("400 RU/s"), Ok(RequestUnits(400.0)));
        assert!(matches!(Rate::parse("40/fortnight"), Err(UnitError::UnknownUnit { .. })));
    }
}
