//! Times: `100ms`, `10min`, `1h 30min`.

use crate::base::time::Span;
use crate::base::units::number::{Decimal, out_of_range, unknown_unit};
use crate::base::units::{Kind, UnitError, UnitText, from_text, unit_text};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const UNITS: &[&str] = &["ns", "us", "ms", "s", "min", "h", "d", "w", "y"];

/// Nanoseconds in a unit.
fn nanos(unit: &str) -> Option<u128> {
    Some(match unit {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "min" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "d" => 86_400_000_000_000,
        "w" => 604_800_000_000_000,
        // Of 365 days: twelve months of 730 hours.
        "y" => 31_536_000_000_000_000,
        _ => return None,
    })
}

/// Reads one or several `number unit` parts and adds them: the sign of the first counts for all.
pub(super) fn read(text: &str, kind: Kind) -> Result<(bool, u64), UnitError> {
    const LIMIT: &str = "times are below 584 years, in whole nanoseconds";
    let (mut negative, mut total, mut rest) = (None, 0u128, text);
    loop {
        let (number, after) = Decimal::read(rest, kind)?;
        let after = after.trim_start();
        let end = after.find(|c: char| c.is_whitespace() || c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, next) = after.split_at(end);
        if unit.is_empty() {
            return Err(UnitError::MissingUnit { kind, number: number.signed() });
        }
        let unit = nanos(unit).ok_or_else(|| unknown_unit(kind, unit))?;
        if negative.is_some() && number.negative {
            return Err(UnitError::Negative { kind });
        }
        negative = negative.or(Some(number.negative));
        let part = number.times(unit).ok_or_else(|| out_of_range(kind, text, LIMIT))?;
        total = total.checked_add(part).ok_or_else(|| out_of_range(kind, text, LIMIT))?;
        rest = next;
        if rest.trim().is_empty() {
            break;
        }
    }
    // The largest value is `Span::MAX`, which means 'for ever'.
    let total = u64::try_from(total).ok().filter(|&n| n < u64::MAX);
    Ok((negative == Some(true), total.ok_or_else(|| out_of_range(kind, text, LIMIT))?))
}

impl UnitText for Span {
    const KIND: Kind = Kind { name: "a time", example: "10min", format: "geodes-time", units: UNITS };

    fn parse(text: &str) -> Result<Self, UnitError> {
        match read(text, Self::KIND)? {
            (true, _) => Err(UnitError::Negative { kind: Self::KIND }),
            (false, nanos) => Ok(Span(nanos)),
        }
    }
}

unit_text!(schema Span, "Time");

/// A text in scenarios, and nanoseconds in compact formats.
impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if from.is_human_readable() { from_text(from) } else { u64::deserialize(from).map(Span) }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() {
            to.collect_str(&format_args!("{}ns", self.0))
        } else {
            to.serialize_u64(self.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_exact_and_add_up() {
        let span = |text: &str| Span::parse(text);
        assert_eq!(span("10min"), Ok(Span::mins(10)));
        assert_eq!(span("0.1s"), Ok(Span::millis(100)));
        assert_eq!(span("1h 30min"), Ok(Span::mins(90)));
        assert_eq!(span("0.5y"), Ok(Span::hours(4380)));
        assert_eq!(span("1h30min"), Ok(Span::mins(90)));
        assert_eq!(span(" 1 d "), Ok(Span::hours(24)));
        assert_eq!(span("0s"), Ok(Span::ZERO));
        assert!(matches!(span("1h 30"), Err(UnitError::MissingUnit { .. })));
        assert!(matches!(span("1h -30min"), Err(UnitError::Negative { .. })));
        assert!(matches!(span("30000000d"), Err(UnitError::OutOfRange { .. })));
    }

    proptest::proptest! {
        #[test]
        fn whole_milliseconds_survive_being_written_and_read(ms in 0u64..60_000) {
            let span = Span::millis(ms);
            proptest::prop_assert_eq!(Span::parse(&span.to_string()), Ok(span));
        }

        #[test]
        fn whole_seconds_survive_being_written_and_read(s in 0u64..100_000_000) {
            let span = Span::secs(s);
            proptest::prop_assert_eq!(Span::parse(&span.to_string()), Ok(span));
        }
    }
}
