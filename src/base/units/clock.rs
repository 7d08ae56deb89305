//! Clock errors: steps, `-30s`, and drifts, `50ppm`. Both may be negative.

use crate::base::time::Span;
use crate::base::units::number::{Decimal, out_of_range, unknown_unit};
use crate::base::units::{Kind, UnitError, UnitText, span, unit_text};
use std::fmt;

/// A signed length of time in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignedSpan(pub i64);

impl UnitText for SignedSpan {
    const KIND: Kind = Kind {
        name: "a signed time",
        example: "-30s",
        format: "geodes-signed-time",
        units: Span::KIND.units,
    };

    fn parse(text: &str) -> Result<Self, UnitError> {
        let (negative, nanos) = span::read(text, Self::KIND)?;
        let size = i64::try_from(nanos)
            .map_err(|_| out_of_range(Self::KIND, text, "signed times are below 292 years"))?;
        Ok(SignedSpan(if negative { -size } else { size }))
    }
}

unit_text!(SignedSpan, "SignedTime");

impl fmt::Display for SignedSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        f.pad(&format!("{sign}{}", Span(self.0.unsigned_abs())))
    }
}

/// A clock's drift in parts per million: positive runs fast.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Ppm(pub f64);

impl UnitText for Ppm {
    const KIND: Kind = Kind { name: "a drift", example: "50ppm", format: "geodes-drift", units: &["ppm"] };

    fn parse(text: &str) -> Result<Self, UnitError> {
        let (number, unit) = Decimal::with_unit(text, Self::KIND)?;
        if unit != "ppm" {
            return Err(unknown_unit(Self::KIND, unit));
        }
        if number.value().abs() > 1e6 {
            return Err(out_of_range(Self::KIND, text, "a clock cannot run backwards or at twice its speed"));
        }
        Ok(Ppm(number.value()))
    }
}

unit_text!(Ppm, "Drift");

impl fmt::Display for Ppm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}ppm", self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_may_go_wrong_in_both_directions() {
        assert_eq!(SignedSpan::parse("-1min 30s"), Ok(SignedSpan(-90_000_000_000)));
        assert_eq!(SignedSpan::parse("30s").map(|s| s.to_string()), Ok("30s".to_string()));
        assert_eq!(SignedSpan(-5).to_string(), "-5ns");
        assert_eq!(Ppm::parse("-12.5ppm"), Ok(Ppm(-12.5)));
        assert!(matches!(Ppm::parse("2000000ppm"), Err(UnitError::OutOfRange { .. })));
    }
}
