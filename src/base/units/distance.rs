//! Distances: `8000km`.

use crate::base::units::number::{Decimal, out_of_range, unknown_unit};
use crate::base::units::{Kind, UnitError, UnitText, unit_text};
use std::fmt;

/// Kilometres.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Distance(pub f64);

impl UnitText for Distance {
    const KIND: Kind =
        Kind { name: "a distance", example: "8000km", format: "geodes-distance", units: &["km", "m", "mi"] };

    fn parse(text: &str) -> Result<Self, UnitError> {
        let (number, unit) = Decimal::positive_with_unit(text, Self::KIND)?;
        let km = match unit {
            "km" => number.value(),
            "m" => number.value() / 1_000.0,
            "mi" => number.value() * 1.609_344,
            _ => return Err(unknown_unit(Self::KIND, unit)),
        };
        if km > 1e6 {
            Err(out_of_range(Self::KIND, text, "distances are below 1,000,000 km"))
        } else {
            Ok(Distance(km))
        }
    }
}

unit_text!(Distance, "Distance");

impl fmt::Display for Distance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}km", self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_kilometres() {
        assert_eq!(Distance::parse("8000km"), Ok(Distance(8000.0)));
        assert_eq!(Distance::parse("500 m"), Ok(Distance(0.5)));
        assert_eq!(Distance(8000.0).to_string(), "8000km");
    }
}
