//! What can be wrong with a written quantity.

use crate::base::diagnostics::{Code, shown};
use crate::base::suggest;
use crate::base::units::Kind;

/// Why a text is not a quantity of the expected kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// There is no number where one must be.
    #[error("`{}` is not {}", shown(text), kind.name)]
    NotAQuantity {
        /// What was expected.
        kind: Kind,
        /// What was written.
        text: String,
    },
    /// A number without a unit.
    #[error("`{}` has no unit", shown(number))]
    MissingUnit {
        /// What was expected.
        kind: Kind,
        /// The number.
        number: String,
    },
    /// A unit of another kind, or of none.
    #[error("`{}` is not a unit of {}", shown(unit), kind.name)]
    UnknownUnit {
        /// What was expected.
        kind: Kind,
        /// The unit.
        unit: String,
    },
    /// Below zero.
    #[error("{} cannot be negative", kind.name)]
    Negative {
        /// What was expected.
        kind: Kind,
    },
    /// Beyond what can be represented or makes sense.
    #[error("`{}` is out of range: {limit}", shown(text))]
    OutOfRange {
        /// What was expected.
        kind: Kind,
        /// What was written.
        text: String,
        /// The range in words.
        limit: &'static str,
    },
}

impl UnitError {
    /// The diagnostic's code.
    pub fn code(&self) -> Code {
        match self {
            UnitError::NotAQuantity { .. } => Code::NotAQuantity,
            UnitError::MissingUnit { .. } => Code::MissingUnit,
            UnitError::UnknownUnit { .. } => Code::UnknownUnit,
            UnitError::Negative { .. } => Code::NegativeQuantity,
            UnitError::OutOfRange { .. } => Code::QuantityOutOfRange,
        }
    }

    /// What to write instead.
    pub fn hint(&self) -> String {
        match self {
            UnitError::NotAQuantity { kind, .. } => written_like(kind),
            UnitError::MissingUnit { kind, number } => {
                let unit =
                    kind.example.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
                format!(
                    "write `\"{}{unit}\"` if that is what you mean; units: {}",
                    shown(number),
                    kind.units.join(", ")
                )
            }
            UnitError::UnknownUnit { kind, unit } => match meant(unit, kind) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("units: {}", kind.units.join(", ")),
            },
            UnitError::Negative { kind } => written_like(kind),
            UnitError::OutOfRange { kind, .. } => written_like(kind),
        }
    }
}

fn written_like(kind: &Kind) -> String {
    format!("{} is written like `\"{}\"`", kind.name, kind.example)
}

/// The unit that a common other spelling stands for.
fn meant<'a>(unit: &str, kind: &Kind) -> Option<&'a str> {
    const SPELLINGS: &[(&str, &[&str])] = &[
        ("ns", &["nsec", "nanosecond", "nanoseconds", "nanos"]),
        ("us", &["µs", "μs", "usec", "microsecond", "microseconds", "micros"]),
        ("ms", &["msec", "msecs", "millisecond", "milliseconds", "millis"]),
        ("s", &["sec", "secs", "second", "seconds"]),
        ("min", &["m", "mins", "minute", "minutes"]),
        ("h", &["hr", "hrs", "hour", "hours"]),
        ("d", &["day", "days"]),
        ("w", &["week", "weeks"]),
        ("/s", &["/sec", "/second", "per second", "rps", "qps", "ops/s", "tps", "req/s", "Hz"]),
        ("/min", &["/m", "/minute", "per minute", "rpm"]),
        ("/h", &["/hour", "per hour"]),
        ("/d", &["/day", "per day"]),
        ("RU/s", &["RU", "RUs", "RUps", "RU/sec", "RU/second", "/s"]),
        ("B", &["b", "byte", "bytes"]),
        ("%", &["percent", "pct", "per cent"]),
        ("ppm", &["PPM", "us/s"]),
        ("km", &["kilometer", "kilometers", "kilometre", "kilometres"]),
    ];
    let listed = |name: &&str| kind.units.contains(name);
    let spelling = SPELLINGS
        .iter()
        .find(|(unit_, others)| listed(unit_) && others.contains(&unit))
        .map(|(unit_, _)| *unit_);
    let short = || kind.units.iter().copied().find(|known| known.eq_ignore_ascii_case(unit));
    let close =
        || if unit.chars().count() > 2 { suggest::closest(unit, kind.units.iter().copied()) } else { None };
    spelling.or_else(short).or_else(close)
}

#[cfg(test)]
mod tests {
    use crate::base::time::Span;
    use crate::base::units::{Bandwidth, UnitText};

    #[test]
    fn a_usual_spelling_leads_to_the_unit() {
        let hint = |text: &str| Span::parse(text).map_err(|e| e.hint());
        assert_eq!(hint("5 seconds"), Err("did you mean `s`?".to_string()));
        assert_eq!(hint("5m"), Err("did you mean `min`?".to_string()));
        assert!(hint("5").is_err_and(|h| h.contains("`\"5min\"`")));
        let hint = Bandwidth::parse("5mb/s").map_err(|e| e.hint());
        assert_eq!(hint, Err("did you mean `MB/s`?".to_string()));
    }
}
