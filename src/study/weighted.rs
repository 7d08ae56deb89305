//! Quantiles of values that stand for more than themselves.

use crate::measure::histogram::Quantile;
use crate::measure::number::{Estimate, Unit, finite12, round12};
use crate::measure::order_statistics::ranks;
use std::collections::BTreeMap;

/// The number of equal weights that would say as much as unequal ones with this sum and this sum of squares (L. Kish, Survey
/// Sampling, 1965).
pub fn kish(sum: f64, squares: f64) -> f64 {
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

/// Values, each with how many of its kind it stands for.
#[derive(Clone, Debug, Default)]
pub struct Weighted {
    values: Vec<(f64, f64)>,
    /// The stratum and the window that each comes from, if it is known, in the order of the values.
    origins: Vec<(usize, usize)>,
}

/// What the values of a stratum say of the share below a quantile.
#[derive(Clone, Debug, Default)]
struct Below {
    weight: f64,
    values: f64,
    below: f64,
    windows: BTreeMap<usize, f64>,
}

impl Below {
    /// Variance of the weight below the quantile, by the spread between windows; as long as nearly all or hardly any values
    /// lie below it, as if one more did and one did not.
    fn variance(&self, careful: bool) -> f64 {
        let n = self.windows.len() as f64;
        let mean = self.windows.values().sum::<f64>() / n;
        let spread: f64 = self.windows.values().map(|z| (z - mean) * (z - mean)).sum();
        let p = (self.below + 1.0) / (self.values + 2.0);
        let least = if careful { self.values * p * (1.0 - p) } else { 0.0 };
        self.weight * self.weight * spread.max(least)
    }
}

impl Weighted {
    /// Adds a value that is independent of all others.
    pub fn push(&mut self, value: f64, weight: f64) {
        self.push_from(value, weight, (0, self.values.len()));
    }

    /// Adds a value of a stratum and a window there: values of one window may depend on each other.
    pub fn push_from(&mut self, value: f64, weight: f64, origin: (usize, usize)) {
        if weight > 0.0 && !value.is_nan() {
            self.values.push((value, weight));
            self.origins.push(origin);
        }
    }

    /// Puts them in order.
    pub fn sort(&mut self) {
        let mut order: Vec<usize> = (0..self.values.len()).collect();
        order.sort_by(|a, b| self.values[*a].0.total_cmp(&self.values[*b].0));
        self.values = order.iter().map(|i| self.values[*i]).collect();
        self.origins = order.iter().map(|i| self.origins[*i]).collect();
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// How many values are infinite.
    pub fn infinite(&self) -> u64 {
        self.values.iter().filter(|(value, _)| value.is_infinite()).count() as u64
    }

    /// The sum of all weights.
    pub fn weight(&self) -> f64 {
        self.values.iter().map(|(_, weight)| weight).sum()
    }

    /// The least value with a share `q` of all weight at or below it; sorted values only.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let needed = q * self.weight() * (1.0 - 1e-12);
        let mut sum = 0.0;
        for (value, weight) in &self.values {
            sum += weight;
            if sum >= needed {
                return Some(*value);
            }
        }
        self.values.last().map(|(value, _)| *value)
    }

    /// Kish's effective number of values.
    pub fn effective(&self) -> f64 {
        let squares: f64 = self.values.iter().map(|(_, weight)| weight * weight).sum();
        kish(self.weight(), squares)
    }

    /// How many independent values of equal weight would know the share below a quantile as well (R. Woodruff, J. Amer.
    /// Statist. Assoc. 47, 1952): a stratum of great weight and few windows, all of whose values are far out, leaves more
    /// doubt than the weights alone tell.
    fn worth(&self, q: f64, value: f64) -> f64 {
        let mut strata: BTreeMap<usize, Below> = BTreeMap::new();
        for ((x, weight), (stratum, window)) in self.values.iter().zip(&self.origins) {
            let below = f64::from(u8::from(*x <= value));
            let entry = strata.entry(*stratum).or_default();
            entry.weight = *weight;
            entry.values += 1.0;
            entry.below += below;
            *entry.windows.entry(*window).or_default() += below - q;
        }
        let several = strata.len() > 1;
        let variance: f64 = strata.values().map(|below| below.variance(several)).sum();
        let all = self.weight();
        let worth = if variance > 0.0 { q * (1.0 - q) * all * all / variance } else { f64::INFINITY };
        self.effective().min(worth)
    }

    /// A quantile with its interval by order statistics, of as many values as they are worth; sorted values only.
    pub fn estimate(&self, quantile: Quantile, unit: Unit) -> Option<Estimate> {
        let q = quantile.share();
        let value = self.quantile(q)?;
        let worth = (self.worth(q, value) * (1.0 + 1e-12)) as u64;
        let tail = if q == 0.5 { 0.025 } else { 0.05 };
        let (low, high) = if q < 1.0 { ranks(worth, q, tail) } else { (None, None) };
        let at = |rank: u64| self.quantile((rank as f64 - 0.5) / worth as f64);
        Some(Estimate {
            estimate: finite12(value),
            low: low.and_then(at).and_then(finite12),
            high: high.and_then(at).and_then(finite12),
            confidence: 0.95,
            n: self.len() as u64,
            censored: self.infinite(),
            unit,
            least: self.values.first().map_or(value, |(v, _)| round12(*v)),
            most: self.values.last().map_or(value, |(v, _)| round12(*v)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[(f64, f64)]) -> Weighted {
        let mut all = Weighted::default();
        values.iter().for_each(|(value, weight)| all.push(*value, *weight));
        all.sort();
        all
    }

    #[test]
    fn equal_weights_give_ordinary_quantiles() {
        let all: Vec<(f64, f64)> = (1..=100).map(|i| (f64::from(i), 3.0)).collect();
        let all = of(&all);
        assert_eq!([0.5, 0.99, 1.0].map(|q| all.quantile(q)), [Some(50.0), Some(99.0), Some(100.0)]);
        assert!((all.effective() - 100.0).abs() < 1e-9);
        let median = all.estimate(Quantile::P50, Unit::Seconds).unwrap();
        assert_eq!((median.low, median.high), (Some(40.0), Some(61.0)));
    }

    #[test]
    fn what_was_sampled_too_often_counts_less() {
        let mut all: Vec<(f64, f64)> = (0..90).map(|_| (1.0, 0.1)).collect();
        all.extend((0..10).map(|_| (2.0, 9.1)));
        assert_eq!((of(&all).quantile(0.05), of(&all).quantile(0.5)), (Some(1.0), Some(2.0)));
    }
}
