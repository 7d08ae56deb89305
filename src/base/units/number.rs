//! The decimal number at the start of a quantity, kept exact.

use crate::base::units::{Kind, UnitError};

/// A decimal number: `digits / 10^scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal<'a> {
    pub negative: bool,
    digits: u128,
    scale: u32,
    /// As written, without its sign.
    text: &'a str,
}

impl<'a> Decimal<'a> {
    /// Reads a number from the start of `text` and returns it with what follows. At most 30 digits.
    pub fn read(text: &'a str, kind: Kind) -> Result<(Decimal<'a>, &'a str), UnitError> {
        let not = || UnitError::NotAQuantity { kind, text: text.to_string() };
        let trimmed = text.trim_start();
        let (negative, rest) = match trimmed.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, trimmed),
        };
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let dotless = fraction.is_empty() && number.contains('.');
        if whole.is_empty() || fraction.contains('.') || dotless {
            return Err(not());
        }
        let fraction = fraction.trim_end_matches('0');
        if whole.trim_start_matches('0').len() + fraction.len() > 30 {
            return Err(out_of_range(kind, text, "at most 30 digits can be read"));
        }
        let digits = whole.bytes().chain(fraction.bytes()).fold(0u128, |n, b| n * 10 + u128::from(b - b'0'));
        Ok((Decimal { negative, digits, scale: fraction.len() as u32, text: number }, after))
    }

    /// A number followed by one unit and nothing else.
    pub fn with_unit(text: &'a str, kind: Kind) -> Result<(Decimal<'a>, &'a str), UnitError> {
        let (number, rest) = Decimal::read(text, kind)?;
        let unit = rest.trim();
        if unit.is_empty() {
            return Err(UnitError::MissingUnit { kind, number: number.signed() });
        }
        Ok((number, unit))
    }

    /// The same, refusing numbers below zero.
    pub fn positive_with_unit(text: &'a str, kind: Kind) -> Result<(Decimal<'a>, &'a str), UnitError> {
        let (number, unit) = Decimal::with_unit(text, kind)?;
        if number.negative { Err(UnitError::Negative { kind }) } else { Ok((number, unit)) }
    }

    /// As written, with its sign.
    pub fn signed(&self) -> String {
        format!("{}{}", if self.negative { "-" } else { "" }, self.text)
    }

    /// The size times a whole number, rounded to the nearest whole number; `None` if it does not fit.
    pub fn times(&self, unit: u128) -> Option<u128> {
        let scale = 10u128.checked_pow(self.scale)?;
        let product = self.digits.checked_mul(unit)?;
        Some(product.checked_add(scale / 2)? / scale)
    }

    /// The nearest float, with its sign.
    pub fn value(&self) -> f64 {
        let size: f64 = self.text.parse().unwrap_or(f64::INFINITY);
        if self.negative { -size } else { size }
    }
}

pub(super) fn out_of_range(kind: Kind, text: &str, limit: &'static str) -> UnitError {
    UnitError::OutOfRange { kind, text: text.trim().to_string(), limit }
}

pub(super) fn unknown_unit(kind: Kind, unit: &str) -> UnitError {
    UnitError::UnknownUnit { kind, unit: unit.to_string() }
}
