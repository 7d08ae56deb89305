//! Bounds as profiles write them: `>= 99.99%`, `< 15 min`, `= 0`, `<= 10 ms`.

use crate::base::time::Span;
use crate::base::units::percent;
use crate::measure::number::{Unit, round12};
use crate::model::sla::Compare;

/// Why a text is no bound for a measure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BoundError {
    /// It does not begin with a comparison.
    #[error("`{0}` does not begin with `>=`, `<=`, `<` or `= 0`")]
    Compare(String),
    /// The number cannot be read.
    #[error("`{0}` is no number")]
    Number(String),
    /// `=` is only for 0.
    #[error("`=` is only for 0: `{0}`")]
    Equal(String),
    /// The unit is unknown, or not one the measure has.
    #[error("unit `{unit}` does not suit a measure in {measure}")]
    Unit {
        /// The unit as written.
        unit: String,
        /// The unit of the measure.
        measure: &'static str,
    },
}

/// Reads a bound for a measure of this unit; the value comes in the measure's unit. `= 0` is the promise that nothing
/// happens at all, and is the same as `<= 0`.
///
/// # Errors
/// If the text is no bound, or in another unit.
pub fn parse(text: &str, unit: Unit) -> Result<(Compare, f64), BoundError> {
    let signs =
        [(">=", Compare::AtLeast), ("<=", Compare::AtMost), ("<", Compare::Below), ("=", Compare::AtMost)];
    let found = signs.into_iter().find_map(|(sign, op)| Some((sign, op, text.trim().strip_prefix(sign)?)));
    let Some((sign, op, rest)) = found else { return Err(BoundError::Compare(text.to_owned())) };
    let rest = rest.trim();
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(rest.len());
    let (digits, name) = (rest[..end].replace('_', ""), rest[end..].trim());
    let number: f64 = digits.parse().map_err(|_| BoundError::Number(rest.to_owned()))?;
    if sign == "=" && number != 0.0 {
        return Err(BoundError::Equal(text.to_owned()));
    }
    let factor = factor(name, unit, number)
        .ok_or_else(|| BoundError::Unit { unit: name.to_owned(), measure: unit.name() })?;
    Ok((op, round12(number * factor)))
}

fn factor(name: &str, unit: Unit, number: f64) -> Option<f64> {
    Some(match (unit, name) {
        (_, "") if number == 0.0 => 1.0,
        (Unit::Fraction, "%") => 0.01,
        (
            Unit::Fraction
            | Unit::Count
            | Unit::Bytes
            | Unit::BytesPerSecond
            | Unit::Dollars
            | Unit::Observed,
            "",
        ) => 1.0,
        // What is observed is in seconds, or a pure number.
        (Unit::Seconds | Unit::Observed, "ms") => 0.001,
        (Unit::Seconds | Unit::Observed, "s") => 1.0,
        (Unit::Seconds | Unit::Observed, "min") => 60.0,
        (Unit::Seconds | Unit::Observed, "h") => 3_600.0,
        (Unit::Seconds | Unit::Observed, "d") => 86_400.0,
        (Unit::Seconds | Unit::Observed, "week") => 604_800.0,
        _ => return None,
    })
}

/// Whether a value keeps a bound.
pub fn keeps(value: f64, op: Compare, bound: f64) -> bool {
    match op {
        Compare::AtLeast => value >= bound,
        Compare::AtMost => value <= bound,
        Compare::Below => value < bound,
    }
}

/// A bound as results show it: `>= 99.99%`, `< 15min`, `= 0`.
pub fn show(op: Compare, value: f64, unit: Unit) -> String {
    let sign = match op {
        Compare::AtLeast => ">=",
        Compare::AtMost if value == 0.0 => "=",
        Compare::AtMost => "<=",
        Compare::Below => "<",
    };
    match value {
        0.0 => format!("{sign} 0"),
        _ => format!("{sign} {}", show_value(value, unit)),
    }
}

/// A value with its unit: `99.99%`, `15min`, `3`.
pub fn show_value(value: f64, unit: Unit) -> String {
    match unit {
        _ if value.is_infinite() => "not restored".to_owned(),
        Unit::Fraction => format!("{}%", round12(value * 100.0)),
        Unit::Seconds => Span::from_secs_f64(value).rounded().to_string(),
        Unit::Count | Unit::Observed => format!("{}", round12(value)),
        Unit::Dollars => format!("{} USD", round12(value)),
        Unit::Bytes => format!("{} B", round12(value)),
        Unit::BytesPerSecond => format!("{} B/s", round12(value)),
    }
}

/// A measured value with its unit, as exact as it is of use: `99.9912%`.
pub fn show_measured(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Fraction => percent(value),
        _ => show_value(value, unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_read_in_the_unit_of_its_measure() {
        assert_eq!(parse(">= 99.995%", Unit::Fraction), Ok((Compare::AtLeast, 0.99995)));
        assert_eq!(parse("< 15 min", Unit::Seconds), Ok((Compare::Below, 900.0)));
        assert_eq!(parse("<= 10 ms", Unit::Seconds), Ok((Compare::AtMost, 0.01)));
        assert_eq!(parse("< 1 week", Unit::Seconds), Ok((Compare::Below, 604_800.0)));
        assert_eq!(parse("= 0", Unit::Seconds), Ok((Compare::AtMost, 0.0)));
        assert_eq!(parse("<= 100_000", Unit::Count), Ok((Compare::AtMost, 100_000.0)));
    }

    #[test]
    fn a_bound_in_the_wrong_unit_is_refused() {
        assert!(parse("< 15", Unit::Seconds).is_err());
        assert!(parse(">= 99.9%", Unit::Seconds).is_err());
        assert!(parse("= 3", Unit::Count).is_err());
        assert!(parse("about 3", Unit::Count).is_err());
    }

    #[test]
    fn a_bound_is_shown_as_it_is_written() {
        assert_eq!(show(Compare::AtLeast, 0.99995, Unit::Fraction), ">= 99.995%");
        assert_eq!(show(Compare::Below, 900.0, Unit::Seconds), "< 15min");
        assert_eq!(show(Compare::AtMost, 0.0, Unit::Seconds), "= 0");
    }
}
