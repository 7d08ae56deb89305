//! What a system measured inside itself: [`Change::Observed`](crate::engine::record::Change::Observed).

use crate::base::name::{Name, interned};
use hdrhistogram::Histogram;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// Values in one window above this many are kept as a histogram with four significant digits.
const EXACT: usize = 65_536;
/// Values are kept as whole billionths: nanoseconds where they are seconds.
const PER_UNIT: f64 = 1e9;
/// Sums are finer, so that they hold weights of rare events.
const IN_SUMS: f64 = 1e18;

/// All that was observed in one window, by what it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Observed {
    #[serde(deserialize_with = "named")]
    by_name: BTreeMap<Name, Observations>,
}

fn named<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<Name, Observations>, D::Error> {
    let read = BTreeMap::<String, Observations>::deserialize(from)?;
    Ok(read.into_iter().map(|(what, values)| (interned(&what), values)).collect())
}

impl Observed {
    /// Takes in one value.
    pub fn add(&mut self, what: &'static str, value: f64) {
        self.by_name.entry(what).or_default().add(value);
    }

    /// Takes in what another group of partitions observed.
    pub fn merge(&mut self, other: Observed) {
        for (what, theirs) in other.by_name {
            self.by_name.entry(what).or_default().merge(&theirs);
        }
    }

    /// Forgets what nobody asks for: the values of very many windows take room.
    pub fn retain(&mut self, wanted: impl Fn(&str) -> bool) {
        self.by_name.retain(|what, _| wanted(what));
    }

    /// The observations of one thing, if there were any.
    pub fn get(&self, what: &str) -> Option<&Observations> {
        self.by_name.get(what)
    }

    /// The names of what was observed, in order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.by_name.keys().copied()
    }
}

/// Values of one thing. The sum, the count and the largest are exact; quantiles are so to a billionth, unless there are very
/// many values. Merging in any order gives the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Observations {
    count: u64,
    sum: i128,
    largest: u64,
    values: Values,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
enum Values {
    Exact(Vec<u64>),
    Many(Box<Histogram<u64>>),
}

/// Values as they are stored: all of them, or how many there are of each that a histogram can tell apart.
#[derive(Serialize, Deserialize)]
enum Kept {
    Exact(Vec<u64>),
    Many(Vec<(u64, u64)>),
}

impl From<Values> for Kept {
    fn from(values: Values) -> Kept {
        match values {
            Values::Exact(values) => Kept::Exact(values),
            Values::Many(histogram) => {
                let all = histogram.iter_recorded();
                Kept::Many(all.map(|step| (step.value_iterated_to(), step.count_at_value())).collect())
            }
        }
    }
}

impl From<Kept> for Values {
    fn from(kept: Kept) -> Values {
        match kept {
            Kept::Exact(values) => Values::Exact(values),
            Kept::Many(all) => {
                let mut values = Values::default();
                if let Some(histogram) = values.as_histogram() {
                    // It resizes itself, so nothing is out of its range.
                    for (value, n) in all {
                        let _ = histogram.record_n(value, n);
                    }
                }
                values
            }
        }
    }
}

impl Default for Values {
    fn default() -> Self {
        Values::Exact(Vec::new())
    }
}

impl Observations {
    /// Takes in one value; one below zero, or none at all (NaN), counts as zero.
    pub fn add(&mut self, value: f64) {
        self.sum += libm::round(value.max(0.0) * IN_SUMS) as i128;
        let value = libm::round(value * PER_UNIT) as u64;
        self.count += 1;
        self.largest = self.largest.max(value);
        self.values.add(value);
    }

    /// Takes in the values of another one.
    pub fn merge(&mut self, other: &Observations) {
        self.count += other.count;
        self.sum += other.sum;
        self.largest = self.largest.max(other.largest);
        match &other.values {
            Values::Exact(values) => values.iter().for_each(|value| self.values.add(*value)),
            Values::Many(theirs) => {
                if let Some(mine) = self.values.as_histogram() {
                    // Both resize themselves and have the same precision, so the addition cannot be refused.
                    let _ = mine.add(&**theirs);
                }
            }
        }
    }

    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their sum.
    pub fn sum(&self) -> f64 {
        self.sum as f64 / IN_SUMS
    }

    /// Their mean; `None` of none.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64 / IN_SUMS)
    }

    /// The `q`-quantile by nearest rank; `None` of none.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        if self.count == 0 {
            return None;
        }
        if q >= 1.0 {
            return Some(self.largest as f64 / PER_UNIT);
        }
        let value = match &self.values {
            Values::Exact(values) => {
                let rank = libm::ceil(q * values.len() as f64 - 1e-9).max(1.0) as usize;
                let at = rank.min(values.len()) - 1;
                *values.clone().select_nth_unstable(at).1
            }
            Values::Many(histogram) => histogram.value_at_quantile(q).min(self.largest),
        };
        Some(value as f64 / PER_UNIT)
    }

    /// How many values are at most `bound`.
    pub fn at_most(&self, bound: f64) -> u64 {
        let bound = libm::round(bound * PER_UNIT) as u64;
        match &self.values {
            Values::Exact(values) => values.iter().filter(|value| **value <= bound).count() as u64,
            Values::Many(histogram) => histogram.count_between(0, bound),
        }
    }
}

impl Values {
    fn add(&mut self, value: u64) {
        if let Values::Exact(values) = self
            && values.len() < EXACT
        {
            return values.push(value);
        }
        if let Some(histogram) = self.as_histogram() {
            // It resizes itself, so nothing is out of its range.
            let _ = histogram.record(value);
        }
    }

    fn as_histogram(&mut self) -> Option<&mut Histogram<u64>> {
        if let Values::Exact(values) = self {
            let mut histogram = Box::new(Histogram::new(4).ok()?);
            for value in values {
                let _ = histogram.record(*value);
            }
            *self = Values::Many(histogram);
        }
        match self {
            Values::Many(histogram) => Some(histogram),
            Values::Exact(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = f64>) -> Observations {
        let mut observations = Observations::default();
        values.into_iter().for_each(|value| observations.add(value));
        observations
    }

    #[test]
    fn what_is_stored_and_read_back_answers_the_same() {
        for n in [0, 3, 200_000] {
            let mut observed = Observed::default();
            (0..n).for_each(|i| observed.add("outage", f64::from(i) * 0.017));
            let bytes = postcard::to_stdvec(&observed).expect("it can be stored");
            let back: Observed = postcard::from_bytes(&bytes).expect("it can be read");
            let (a, b) = (observed.get("outage"), back.get("outage"));
            let all = |o: Option<&Observations>| {
                o.map(|o| {
                    ([0.01, 0.5, 0.999, 1.0].map(|q| o.quantile(q)), o.sum(), o.count(), o.at_most(99.0))
                })
            };
            assert_eq!(all(a), all(b));
            assert_eq!(postcard::to_stdvec(&back).expect("it can be stored"), bytes);
        }
    }

    #[test]
    fn a_few_values_are_kept_to_the_nanosecond() {
        let seen = of((1..=1000).map(|i| f64::from(i) * 0.001));
        assert_eq!((seen.count(), seen.mean()), (1000, Some(0.5005)));
        assert_eq!(
            (seen.quantile(0.5), seen.quantile(0.999), seen.quantile(1.0)),
            (Some(0.5), Some(0.999), Some(1.0))
        );
        assert_eq!(seen.at_most(0.25), 250);
        assert_eq!(of([]).quantile(0.5), None);
    }

    #[test]
    fn very_many_values_keep_four_digits_whatever_the_order_of_merging() {
        let value = |i: u32| f64::from(i) * 0.01;
        let whole = of((1..=200_000).map(value));
        let (mut left, right) = (of((1..=60_000).map(value)), of((60_001..=200_000).map(value)));
        let mut right_first = right.clone();
        right_first.merge(&left);
        left.merge(&right);
        for q in [0.5, 0.95, 0.999, 1.0] {
            let exact = q * 2000.0;
            assert!(
                whole.quantile(q).is_some_and(|x| (x / exact - 1.0).abs() < 1e-3),
                "{q}: {:?}",
                whole.quantile(q)
            );
            assert_eq!((left.quantile(q), right_first.quantile(q)), (whole.quantile(q), whole.quantile(q)));
        }
        assert_eq!((left.mean(), right_first.mean()), (whole.mean(), whole.mean()));
        assert!((whole.at_most(500.0) as f64 / 50_000.0 - 1.0).abs() < 1e-3);
    }
}
