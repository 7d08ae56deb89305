//! Bandwidths: `100Mbps` in bits, `12MB/s` in bytes.

use crate::base::units::bytes::unit_bytes;
use crate::base::units::number::{Decimal, out_of_range, unknown_unit};
use crate::base::units::{Kind, UnitError, UnitText, unit_text};
use std::fmt;

/// Bytes a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Bandwidth(pub f64);

fn bits(unit: &str) -> Option<f64> {
    Some(match unit {
        "bps" | "bit/s" => 1.0,
        "kbps" | "Kbps" | "kbit/s" => 1e3,
        "Mbps" | "Mbit/s" => 1e6,
        "Gbps" | "Gbit/s" => 1e9,
        "Tbps" | "Tbit/s" => 1e12,
        _ => return None,
    })
}

impl UnitText for Bandwidth {
    const KIND: Kind = Kind {
        name: "a bandwidth",
        example: "100Mbps",
        format: "geodes-bandwidth",
        units: &[
            "bps", "kbps", "Mbps", "Gbps", "Tbps", "B/s", "kB/s", "MB/s", "GB/s", "TB/s", "KiB/s", "MiB/s",
            "GiB/s",
        ],
    };

    fn parse(text: &str) -> Result<Self, UnitError> {
        let (number, unit) = Decimal::positive_with_unit(text, Self::KIND)?;
        let bytes = match (bits(unit), unit.strip_suffix("/s").and_then(unit_bytes)) {
            (Some(bits), _) => number.value() * bits / 8.0,
            (None, Some(bytes)) => number.value() * bytes as f64,
            (None, None) => return Err(unknown_unit(Self::KIND, unit)),
        };
        if bytes > 1e18 {
            return Err(out_of_range(Self::KIND, text, "bandwidths are below 10^18 bytes a second"));
        }
        Ok(Bandwidth(bytes))
    }
}

unit_text!(Bandwidth, "Bandwidth");

impl fmt::Display for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (size, unit) = match self.0 {
            n if n >= 1e9 => (1e9, "GB/s"),
            n if n >= 1e6 => (1e6, "MB/s"),
            n if n >= 1e3 => (1e3, "kB/s"),
            _ => (1.0, "B/s"),
        };
        f.pad(&format!("{}{unit}", self.0 / size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_and_bytes_are_told_apart() {
        assert_eq!(Bandwidth::parse("100Mbps"), Ok(Bandwidth(12_500_000.0)));
        assert_eq!(Bandwidth::parse("12MB/s"), Ok(Bandwidth(12_000_000.0)));
        assert_eq!(Bandwidth::parse("1 GiB/s"), Ok(Bandwidth(1_073_741_824.0)));
        assert_eq!(Bandwidth(12_500_000.0).to_string(), "12.5MB/s");
        assert!(matches!(Bandwidth::parse("12MB"), Err(UnitError::UnknownUnit { .. })));
    }
}
