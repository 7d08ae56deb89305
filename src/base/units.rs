//! Quantities written with their units: `10min`, `40/s`, `12MB/s`, `80%`.
//!
//! Each type implements [`UnitText`]: it parses its text, and its JSON Schema carries its format, by which the shape
//! check of a document finds the parser again ([`format()`]).

mod bandwidth;
mod bytes;
mod clock;
mod distance;
mod error;
mod number;
mod rate;
mod share;
mod span;

pub use bandwidth::Bandwidth;
pub use bytes::Bytes;
pub use clock::{Ppm, SignedSpan};
pub use distance::Distance;
pub use error::UnitError;
pub use rate::{Rate, RequestUnits};
pub use share::{Share, percent, trimmed};

use crate::base::time::Span;

/// What kind of quantity a type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// With its article, `a time`.
    pub name: &'static str,
    /// How one is written, `10min`.
    pub example: &'static str,
    /// The `format` of its JSON Schema.
    pub format: &'static str,
    /// The units it knows, as written.
    pub units: &'static [&'static str],
}

/// A quantity that is written as a text with a unit.
pub trait UnitText: Sized {
    /// What kind it is.
    const KIND: Kind;

    /// Reads it.
    ///
    /// # Errors
    /// No number, no unit, an unknown unit, a negative or too large quantity: each is told apart.
    fn parse(text: &str) -> Result<Self, UnitError>;
}

/// A [`Kind`] with its parser.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// The kind.
    pub kind: Kind,
    /// Reads a text and forgets the value.
    pub check: fn(&str) -> Result<(), UnitError>,
}

const FORMATS: &[Format] = &[
    of::<Span>(),
    of::<SignedSpan>(),
    of::<Rate>(),
    of::<RequestUnits>(),
    of::<Bytes>(),
    of::<Bandwidth>(),
    of::<Share>(),
    of::<Ppm>(),
    of::<Distance>(),
];

const fn of<T: UnitText>() -> Format {
    Format { kind: T::KIND, check: |text| T::parse(text).map(drop) }
}

/// The kind of quantity that a JSON Schema `format` stands for; `None` for other formats.
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|f| f.kind.format == name)
}

/// Reads a quantity from its text.
pub(crate) fn from_text<'de, T: UnitText, D: serde::Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(from)?;
    T::parse(&text).map_err(serde::de::Error::custom)
}

/// Implements `FromStr`, `Deserialize` and `JsonSchema` for a [`UnitText`]; with `schema`, all but `Deserialize`.
macro_rules! unit_text {
    ($name:ty, $title:literal) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::base::units::from_text(from)
            }
        }

        unit_text!(schema $name, $title);
    };
    (schema $name:ty, $title:literal) => {
        impl std::str::FromStr for $name {
            type Err = $crate::base::units::UnitError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                <$name as $crate::base::units::UnitText>::parse(text)
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                false
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $title.into()
            }
            fn schema_id() -> std::borrow::Cow<'static, str> {
                concat!(module_path!(), "::", $title).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let kind = <$name as $crate::base::units::UnitText>::KIND;
                schemars::json_schema!({
                    "type": "string",
                    "format": kind.format,
                    "description": format!("{}, written like `{}`.", kind.name, kind.example),
                    "examples": [kind.example],
                })
            }
        }
    };
}
pub(crate) use unit_text;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::diagnostics::Code;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_reads_its_own_example_and_has_a_format_of_its_own() {
        let names: BTreeSet<&str> = FORMATS.iter().map(|f| f.kind.format).collect();
        assert_eq!(names.len(), FORMATS.len());
        for f in FORMATS {
            assert!((f.check)(f.kind.example).is_ok(), "{:?}", f.kind);
        }
        assert!(format("uint32").is_none());
    }

    #[test]
    fn each_kind_of_mistake_has_its_own_error() {
        for f in FORMATS {
            let code = |text: &str| (f.check)(text).map_err(|e| e.code());
            assert_eq!(code("12"), Err(Code::MissingUnit), "{:?}", f.kind);
            assert_eq!(code("12 parsec"), Err(Code::UnknownUnit), "{:?}", f.kind);
            assert_eq!(code("soon"), Err(Code::NotAQuantity), "{:?}", f.kind);
            assert_eq!(code(""), Err(Code::NotAQuantity), "{:?}", f.kind);
            let huge = format!("{}{}", "9".repeat(40), f.kind.units[0]);
            assert_eq!(code(&huge), Err(Code::QuantityOutOfRange), "{:?}", f.kind);
            let negative = code(&format!("-5{}", f.kind.units[0]));
            let signed = f.kind == SignedSpan::KIND || f.kind == Ppm::KIND;
            assert_eq!(negative, if signed { Ok(()) } else { Err(Code::NegativeQuantity) }, "{:?}", f.kind);
        }
    }

    #[test]
    fn no_text_makes_a_parser_panic() {
        let parts = [
            "", "-", "1", ".", "1.", ".5", "é", "1é", "1h1", "h1", "1h -5min", "٣s", "1\u{0}s", "%", "1e9s",
            "+1s",
        ];
        for f in FORMATS {
            for a in parts {
                for b in parts {
                    let _ = (f.check)(&format!("{a}{b}"));
                    let _ = (f.check)(&format!("{a} {b}"));
                }
            }
        }
    }
}
