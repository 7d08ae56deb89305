//! Virtual time: integer nanoseconds from a window's start.
//!
//! [`SimTime`] is an instant, [`Span`] a length. Arithmetic saturates, so that debug and release builds agree.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, AddAssign, Mul, Sub};

/// An instant of a window: nanoseconds since its clock started at 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SimTime(pub u64);

/// A length of virtual time in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub u64);

impl SimTime {
    /// The start of a window.
    pub const ZERO: SimTime = SimTime(0);
    /// Later than every event: 'never'.
    pub const MAX: SimTime = SimTime(u64::MAX);

    /// Seconds since the start, for display and plots only.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// Time since `earlier`; zero when `earlier` is in fact later.
    pub fn since(self, earlier: SimTime) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);
    /// Longer than any window.
    pub const MAX: Span = Span(u64::MAX);

    /// `n` nanoseconds.
    pub const fn nanos(n: u64) -> Span {
        Span(n)
    }
    /// `n` microseconds.
    pub const fn micros(n: u64) -> Span {
        Span(n.saturating_mul(1_000))
    }
    /// `n` milliseconds.
    pub const fn millis(n: u64) -> Span {
        Span(n.saturating_mul(1_000_000))
    }
    /// `n` seconds.
    pub const fn secs(n: u64) -> Span {
        Span(n.saturating_mul(1_000_000_000))
    }
    /// `n` minutes.
    pub const fn mins(n: u64) -> Span {
        Span::secs(n.saturating_mul(60))
    }
    /// `n` hours.
    pub const fn hours(n: u64) -> Span {
        Span::mins(n.saturating_mul(60))
    }
    /// Seconds as a float, rounded to the nearest nanosecond; negative and NaN give zero, overflow saturates.
    pub fn from_secs_f64(s: f64) -> Span {
        Span((s * 1e9).round() as u64)
    }
    /// Length in seconds, for display, statistics and plots.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e9
    }
    /// This span times a factor of at least 0, rounded to the nearest nanosecond.
    pub fn scale(self, factor: f64) -> Span {
        Span((self.0 as f64 * factor).round() as u64)
    }
    /// The difference, or zero.
    pub fn saturating_sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl Add<Span> for SimTime {
    type Output = SimTime;
    fn add(self, rhs: Span) -> SimTime {
        SimTime(self.0.saturating_add(rhs.0))
    }
}
impl AddAssign<Span> for SimTime {
    fn add_assign(&mut self, rhs: Span) {
        *self = *self + rhs;
    }
}
impl Sub<Span> for SimTime {
    type Output = SimTime;
    fn sub(self, rhs: Span) -> SimTime {
        SimTime(self.0.saturating_sub(rhs.0))
    }
}
impl Add for Span {
    type Output = Span;
    fn add(self, rhs: Span) -> Span {
        Span(self.0.saturating_add(rhs.0))
    }
}
impl AddAssign for Span {
    fn add_assign(&mut self, rhs: Span) {
        *self = *self + rhs;
    }
}
impl Mul<u64> for Span {
    type Output = Span;
    fn mul(self, rhs: u64) -> Span {
        Span(self.0.saturating_mul(rhs))
    }
}

impl Span {
    /// This span to the precision at which results are read: microseconds below 1 ms, tenths of a millisecond below
    /// 1 s, hundredths of a second below 1 min, then whole seconds; a half is rounded up.
    pub fn rounded(self) -> Span {
        match self.0 {
            0..1_000_000 => self.to_nearest(1_000),
            1_000_000..1_000_000_000 => self.to_nearest(100_000),
            1_000_000_000..60_000_000_000 => self.to_nearest(10_000_000),
            u64::MAX => self,
            _ => self.to_nearest(1_000_000_000),
        }
    }

    fn to_nearest(self, unit: u64) -> Span {
        Span(self.0.saturating_add(unit / 2) / unit * unit)
    }
}

/// Writes the span with the largest unit that keeps it readable: `2h 5min`, `940ms`, `12.5s`. What is not shown is
/// rounded, a half up: there are three decimals at most, and whole seconds from a minute on.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = match self.0 {
            1_000_000..1_000_000_000 => self.to_nearest(1_000),
            1_000_000_000..60_000_000_000 => self.to_nearest(1_000_000),
            0..1_000_000 | u64::MAX => *self,
            _ => self.to_nearest(1_000_000_000),
        };
        let n = exact.0;
        let decimal = |f: &mut fmt::Formatter<'_>, unit: u64, name: &str| {
            let digits = format!("{:03}", n % unit / (unit / 1_000));
            let digits = digits.trim_end_matches('0');
            let dot = if digits.is_empty() { "" } else { "." };
            f.pad(&format!("{}{dot}{digits}{name}", n / unit))
        };
        match n {
            0 => f.pad("0s"),
            u64::MAX => f.pad("forever"),
            1..1_000 => f.pad(&format!("{n}ns")),
            1_000..1_000_000 => decimal(f, 1_000, "us"),
            1_000_000..1_000_000_000 => decimal(f, 1_000_000, "ms"),
            1_000_000_000..60_000_000_000 => decimal(f, 1_000_000_000, "s"),
            _ => {
                let secs = n / 1_000_000_000;
                let parts = [
                    (secs / 86_400, "d"),
                    (secs / 3_600 % 24, "h"),
                    (secs / 60 % 60, "min"),
                    (secs % 60, "s"),
                ];
                let shown: Vec<String> =
                    parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect();
                f.pad(&shown.join(" "))
            }
        }
    }
}

impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Span(self.0).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_written_as_a_person_would() {
        let shown = |s: Span| s.to_string();
        assert_eq!(shown(Span::ZERO), "0s");
        assert_eq!(shown(Span::millis(940)), "940ms");
        assert_eq!(shown(Span::millis(12_500)), "12.5s");
        assert_eq!(shown(Span::mins(125)), "2h 5min");
        assert_eq!(shown(Span::MAX), "forever");
    }

    #[test]
    fn what_is_not_shown_is_rounded_into_the_next_unit_if_need_be() {
        let shown = |nanos: u64| (Span(nanos).to_string(), Span(nanos).rounded().to_string());
        let both = |text: &str| (text.to_string(), text.to_string());
        assert_eq!(shown(311_500_000_000), both("5min 12s"));
        assert_eq!(shown(311_499_999_999), both("5min 11s"));
        assert_eq!(shown(59_999_600_000), both("1min"));
        assert_eq!(shown(999_999_600), both("1s"));
        assert_eq!(shown(7_623_500_000), ("7.624s".to_string(), "7.62s".to_string()));
        assert_eq!(shown(211_649_999), ("211.65ms".to_string(), "211.6ms".to_string()));
        assert_eq!(shown(268_499), ("268.499us".to_string(), "268us".to_string()));
        assert_eq!(Span::MAX.rounded(), Span::MAX);
    }

    #[test]
    fn arithmetic_saturates_instead_of_wrapping() {
        assert_eq!(SimTime::MAX + Span::secs(1), SimTime::MAX);
        assert_eq!(SimTime::ZERO.since(SimTime(5)), Span::ZERO);
    }
}
