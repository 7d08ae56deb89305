//! Shares: `80%`. A plain number is refused: 0.8 and 80 are too easily mixed up.

use crate::base::units::number::{Decimal, out_of_range, unknown_unit};
use crate::base::units::{Kind, UnitError, UnitText, unit_text};
use std::fmt;

/// A share of a whole, in 0..=1.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Share(pub f64);

impl UnitText for Share {
    const KIND: Kind = Kind { name: "a share", example: "80%", format: "geodes-share", units: &["%"] };

    fn parse(text: &str) -> Result<Self, UnitError> {
        let (number, unit) = Decimal::positive_with_unit(text, Self::KIND)?;
        if unit != "%" {
            return Err(unknown_unit(Self::KIND, unit));
        }
        let percent = number.value();
        if percent > 100.0 {
            return Err(out_of_range(Self::KIND, text, "a share is at most 100%"));
        }
        Ok(Share(percent / 100.0))
    }
}

unit_text!(Share, "Share");

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Twelve digits hide the rounding of a division by 100.
        f.pad(&format!("{}%", trimmed(format!("{:.10}", self.0 * 100.0))))
    }
}

/// A fraction as a percentage with two significant digits of whatever is smaller, it or its complement: 99.9912%.
pub fn percent(x: f64) -> String {
    let rare = if x < 0.5 { x } else { 1.0 - x };
    if rare == 0.0 {
        return format!("{}%", trimmed(format!("{:.1}", x * 100.0)));
    }
    let mut decimals = 0;
    let mut left = rare.abs() * 100.0;
    while left < 10.0 && decimals < 7 {
        left *= 10.0;
        decimals += 1;
    }
    let text = format!("{:.decimals$}", x * 100.0);
    format!("{}%", trimmed(text))
}

/// Removes zeros at the end of a decimal fraction, and the point when nothing is left.
pub fn trimmed(text: String) -> String {
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_percentages() {
        assert_eq!(Share::parse("80%"), Ok(Share(0.8)));
        assert_eq!(Share::parse("0.5 %"), Ok(Share(0.005)));
        assert_eq!(Share(0.07).to_string(), "7%");
        assert!(matches!(Share::parse("0.8"), Err(UnitError::MissingUnit { .. })));
        assert!(matches!(Share::parse("101%"), Err(UnitError::OutOfRange { .. })));
    }
}
