//! Sizes: `2KiB`, `10MB`, `50 GB`.

use crate::base::units::number::{Decimal, out_of_range, unknown_unit};
use crate::base::units::{Kind, UnitError, UnitText, unit_text};
use std::fmt;

/// Bytes in a decimal or binary unit; `KB` is taken as `kB`, 1000 bytes.
pub(super) fn unit_bytes(unit: &str) -> Option<u64> {
    Some(match unit {
        "B" => 1,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        _ => return None,
    })
}

/// A number of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

impl UnitText for Bytes {
    const KIND: Kind = Kind {
        name: "a size",
        example: "2KiB",
        format: "geodes-size",
        units: &["B", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"],
    };

    fn parse(text: &str) -> Result<Self, UnitError> {
        let (number, unit) = Decimal::positive_with_unit(text, Self::KIND)?;
        let unit = unit_bytes(unit).ok_or_else(|| unknown_unit(Self::KIND, unit))?;
        let bytes = number.times(u128::from(unit)).and_then(|n| u64::try_from(n).ok());
        bytes.map(Bytes).ok_or_else(|| out_of_range(Self::KIND, text, "sizes are below 16 EiB"))
    }
}

unit_text!(Bytes, "Size");

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for unit in ["TiB", "TB", "GiB", "GB", "MiB", "MB", "KiB", "kB"] {
            let size = unit_bytes(unit).unwrap_or(1);
            if self.0 >= size && self.0.is_multiple_of(size) {
                return f.pad(&format!("{}{unit}", self.0 / size));
            }
        }
        f.pad(&format!("{}B", self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_and_binary_units_differ() {
        assert_eq!(Bytes::parse("2KiB"), Ok(Bytes(2048)));
        assert_eq!(Bytes::parse("10MB"), Ok(Bytes(10_000_000)));
        assert_eq!(Bytes::parse("50 GB"), Ok(Bytes(50_000_000_000)));
        assert_eq!(Bytes::parse("0.5KiB"), Ok(Bytes(512)));
        assert!(matches!(Bytes::parse("99999999TiB"), Err(UnitError::OutOfRange { .. })));
    }

    proptest::proptest! {
        #[test]
        fn a_size_survives_being_written_and_read(n: u64) {
            proptest::prop_assert_eq!(Bytes::parse(&Bytes(n).to_string()), Ok(Bytes(n)));
        }
    }
}
