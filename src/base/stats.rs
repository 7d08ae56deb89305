//! Estimates and intervals that need no assumption about the law they were drawn from, and sums that merge exactly.

pub mod log_scale;
pub mod order;
pub mod proportion;
pub mod rounding;
pub mod tally;

pub use crate::base::special::normal::quantile as inverse_normal;
pub use rounding::round12;
pub use tally::Tally;

/// A closed interval of estimates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Whether `x` lies inside, ends included.
    pub fn contains(self, x: f64) -> bool {
        self.low <= x && x <= self.high
    }
}
