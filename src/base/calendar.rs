//! The calendar of a study: nanoseconds from its start, over as many years as it takes.

use crate::base::time::Span;
use std::fmt;
use std::ops::Add;

/// Hours of a calendar month, as providers count them.
pub const MONTH: Span = Span::hours(730);
/// Hours of a year: twelve months of 730.
pub const YEAR: Span = Span::hours(8760);

/// An instant of a study.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Calendar(pub u128);

impl Calendar {
    /// The start of a study.
    pub const ZERO: Calendar = Calendar(0);

    /// The start of year `n`, from 0.
    pub fn year(n: u64) -> Calendar {
        Calendar(u128::from(n) * u128::from(YEAR.0))
    }

    /// Years since the start, for rates and display.
    pub fn years(self) -> f64 {
        self.0 as f64 / YEAR.0 as f64
    }

    /// Time since `earlier`: zero when `earlier` is in fact later, and the longest span when it is further away.
    pub fn since(self, earlier: Calendar) -> Span {
        Span(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(u64::MAX))
    }

    /// The calendar month it lies in, from 0.
    pub fn month(self) -> u64 {
        u64::try_from(self.0 / u128::from(MONTH.0)).unwrap_or(u64::MAX)
    }
}

impl Add<Span> for Calendar {
    type Output = Calendar;
    fn add(self, span: Span) -> Calendar {
        Calendar(self.0.saturating_add(u128::from(span.0)))
    }
}

impl fmt::Display for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = self.0 / u128::from(Span::hours(1).0);
        write!(f, "year {} hour {}", hours / 8760, hours % 8760)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_has_twelve_months_of_730_hours() {
        let start = Calendar::year(3);
        assert_eq!(start.month(), 36);
        assert_eq!((start + MONTH).month(), 37);
        assert_eq!((start + YEAR).since(start), YEAR);
        assert_eq!(start.since(start + MONTH), Span::ZERO);
        assert_eq!((start + Span::hours(5)).to_string(), "year 3 hour 5");
    }
}
