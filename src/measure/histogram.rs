//! A histogram of whole numbers with three significant digits, which saturates and says how often.

use crate::base::time::Span;
use crate::measure::recent::{Recent, credited};
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// Quantiles that are kept of every histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quantile {
    /// The median.
    P50,
    /// 90 %
    P90,
    /// 95 %
    P95,
    /// 99 %
    P99,
    /// 99.9 %
    P999,
    /// The largest value.
    Max,
}

impl Quantile {
    /// All of them, ascending.
    pub const ALL: [Quantile; 6] =
        [Quantile::P50, Quantile::P90, Quantile::P95, Quantile::P99, Quantile::P999, Quantile::Max];

    /// `p50`, ..., `p99.9`, `max`.
    pub fn name(self) -> &'static str {
        ["p50", "p90", "p95", "p99", "p99.9", "max"][self as usize]
    }

    /// The share of values at or below it.
    pub fn share(self) -> f64 {
        [0.5, 0.9, 0.95, 0.99, 0.999, 1.0][self as usize]
    }
}

/// Counts of values from 0 to a day in nanoseconds (or as many versions).
#[derive(Clone, Debug, Default)]
pub struct Counts {
    values: Values,
    saturated: u64,
    count: u64,
    sum: u128,
    largest: u64,
    /// The values of the last probe intervals, once there is one.
    recent: Option<Box<Recent<Vec<u64>>>>,
}

/// Most windows see few operations of a kind, and a histogram takes a third of a megabyte.
#[derive(Clone, Debug)]
enum Values {
    /// As they came, none of them above the range.
    Few(Vec<u64>),
    Many(Box<Histogram<u64>>),
}

impl Default for Values {
    fn default() -> Values {
        Values::Few(Vec::new())
    }
}

/// So many values are few.
const FEW: usize = 1024;
const SMALLEST: u64 = 1;
const LARGEST: u64 = 86_400_000_000_000;

/// Without values; also, what rounds them.
static EMPTY: LazyLock<Histogram<u64>> =
    LazyLock::new(|| match Histogram::new_with_bounds(SMALLEST, LARGEST, 3) {
        Ok(histogram) => histogram,
        Err(why) => unreachable!("the bounds are constants: {why}"),
    });

impl Values {
    fn add(&mut self, value: u64) {
        match self {
            Values::Few(all) if all.len() < FEW && value <= LARGEST => all.push(value),
            _ => self.many().saturating_record(value),
        }
    }

    /// The histogram of all of them.
    fn many(&mut self) -> &mut Histogram<u64> {
        if let Values::Few(all) = self {
            let mut histogram = Box::new(EMPTY.clone());
            all.iter().for_each(|value| histogram.saturating_record(*value));
            *self = Values::Many(histogram);
        }
        match self {
            Values::Many(histogram) => histogram,
            Values::Few(_) => unreachable!("it is one by now"),
        }
    }

    fn merge(&mut self, other: &Values) {
        match other {
            Values::Few(theirs) => theirs.iter().for_each(|value| self.add(*value)),
            // Both have the same bounds, so the addition cannot be refused.
            Values::Many(theirs) => _ = self.many().add(&**theirs),
        }
    }

    /// The values at these shares, to three digits.
    fn quantiles<const N: usize>(&self, shares: [f64; N]) -> [u64; N] {
        match self {
            Values::Many(histogram) => shares.map(|share| histogram.value_at_quantile(share)),
            Values::Few(all) => {
                let mut sorted = all.clone();
                sorted.sort_unstable();
                shares.map(|share| {
                    let rank = (share * sorted.len() as f64).ceil() as usize;
                    sorted.get(rank.max(1) - 1).map_or(0, |value| EMPTY.highest_equivalent(*value))
                })
            }
        }
    }
}

impl Counts {
    /// Takes in one value.
    pub fn add(&mut self, value: u64) {
        if let Some(recent) = &mut self.recent {
            recent.now().push(value);
        }
        self.count += 1;
        self.sum += u128::from(value);
        self.largest = self.largest.max(value);
        self.saturated += u64::from(value > LARGEST);
        self.values.add(value);
    }

    /// A probe interval is over.
    pub fn probed(&mut self) {
        self.recent.get_or_insert_default().turn();
    }

    /// A stretch of length `by` was jumped over: the values of the last two probe intervals come again, as often as it
    /// is longer than they are.
    pub fn jumped(&mut self, by: Span) {
        let Some(recent) = self.recent.as_ref().filter(|_| self.count > 0) else { return };
        let inner = self.values.many();
        let values = recent.last_two().into_iter().flatten();
        for (before, value) in (0..).zip(values) {
            let times = credited(before + 1, by) - credited(before, by);
            self.count += times;
            self.sum += u128::from(*value) * u128::from(times);
            self.saturated += if *value > LARGEST { times } else { 0 };
            inner.saturating_record_n(*value, times);
        }
    }

    /// Adds the values of another one.
    pub fn merge(&mut self, other: &Counts) {
        self.count += other.count;
        self.sum += other.sum;
        self.largest = self.largest.max(other.largest);
        self.saturated += other.saturated;
        self.values.merge(&other.values);
    }

    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The summary, with values multiplied by `scale` (1e-9 for nanoseconds); `None` without a value.
    pub fn summary(&self, scale: f64) -> Option<Summary> {
        if self.count == 0 {
            return None;
        }
        let at = self.values.quantiles(Quantile::ALL.map(Quantile::share));
        let quantiles = Quantile::ALL.map(|quantile| match quantile {
            Quantile::Max => self.largest as f64 * scale,
            other => at[other as usize].min(self.largest) as f64 * scale,
        });
        let mean = self.sum as f64 / self.count as f64 * scale;
        Some(Summary { count: self.count, saturated: self.saturated, mean, quantiles })
    }
}

/// What a histogram came to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Values.
    pub count: u64,
    /// Of these, how many were beyond its range.
    pub saturated: u64,
    /// Their mean.
    pub mean: f64,
    quantiles: [f64; 6],
}

impl Summary {
    /// One of its quantiles.
    pub fn quantile(&self, quantile: Quantile) -> f64 {
        self.quantiles[quantile as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_hold_three_digits_and_saturated_values_are_counted() {
        let mut counts = Counts::default();
        for i in 1..=1000 {
            counts.add(i * 1_000_000);
        }
        counts.add(u64::MAX);
        let summary = counts.summary(1e-9).expect("there are values");
        assert!((summary.quantile(Quantile::P50) - 0.501).abs() < 0.001);
        assert!((summary.quantile(Quantile::P99) - 0.991).abs() < 0.001);
        assert_eq!(summary.saturated, 1);
        assert_eq!(summary.count, 1001);
    }

    #[test]
    fn few_values_come_to_what_a_histogram_of_them_does() {
        let mut few = Counts::default();
        let mut value = 7u64;
        for i in 0..FEW as u64 {
            value = value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(i) % LARGEST;
            few.add(if i % 5 == 0 { i } else { value >> (i % 40) });
            let mut many = few.clone();
            many.values.many();
            assert!(matches!((&few.values, &many.values), (Values::Few(_), Values::Many(_))));
            assert_eq!(few.summary(1e-9), many.summary(1e-9));
        }
        few.add(0);
        assert!(matches!(few.values, Values::Many(_)));
        let mut beyond = Counts::default();
        beyond.add(LARGEST + 1);
        assert!(matches!(beyond.values, Values::Many(_)));
    }

    #[test]
    fn merged_halves_equal_the_whole() {
        let (mut whole, mut left, mut right) = (Counts::default(), Counts::default(), Counts::default());
        for i in 0..3_000u64 {
            whole.add(i * i);
            if i % 3 == 0 { left.add(i * i) } else { right.add(i * i) }
        }
        left.merge(&right);
        assert_eq!(left.summary(1.0), whole.summary(1.0));
    }
}
