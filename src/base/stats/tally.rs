//! Mean and variance from integer sums.

/// Count, sum and sum of squares of integers (nanoseconds, bytes). Tallies of parts, merged in any order, equal the tally
/// of the whole bit by bit, which floating sums do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    count: u64,
    sum: i128,
    squares: i128,
}

impl Tally {
    /// Takes one observation in.
    pub fn push(&mut self, value: u64) {
        self.add(i128::from(value));
    }

    /// Takes one observation in that may be negative: the difference of a pair.
    pub fn push_signed(&mut self, value: i64) {
        self.add(i128::from(value));
    }

    fn add(&mut self, value: i128) {
        self.count += 1;
        self.sum += value;
        self.squares = self.squares.saturating_add(value.saturating_mul(value));
    }

    /// Takes in everything that another tally holds.
    pub fn merge(&mut self, other: &Tally) {
        self.count += other.count;
        self.sum += other.sum;
        self.squares = self.squares.saturating_add(other.squares);
    }

    /// How many observations there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their exact sum.
    pub fn sum(&self) -> i128 {
        self.sum
    }

    /// Their mean; `None` of nothing.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// The unbiased variance (divided by n - 1); `None` below two observations. Infinite when the sum of squares
    /// outgrew 127 bits, as a single observation of `u64::MAX` ('never') makes it.
    pub fn variance(&self) -> Option<f64> {
        if self.count < 2 {
            return None;
        }
        if self.squares == i128::MAX {
            return Some(f64::INFINITY);
        }
        // Squares about the whole part of the mean: exact, and none of the cancellation of 'mean square minus square of
        // the mean'. What the fraction rest / n adds is taken off afterwards.
        let n = i128::from(self.count);
        let (whole, rest) = (self.sum.div_euclid(n), self.sum.rem_euclid(n));
        let about = self.squares - whole * (self.sum + rest);
        let (n, rest) = (n as f64, rest as f64);
        Some(((about as f64 - rest * rest / n) / (n - 1.0)).max(0.0))
    }

    /// The standard error of the mean; `None` below two observations.
    pub fn standard_error(&self) -> Option<f64> {
        self.variance().map(|v| (v / self.count as f64).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use statrs::statistics::Statistics;

    fn tally(values: &[u64]) -> Tally {
        let mut tally = Tally::default();
        values.iter().for_each(|v| tally.push(*v));
        tally
    }

    #[test]
    fn mean_and_variance_agree_with_an_independent_implementation() {
        let values = [3u64, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5];
        let floats = values.map(|v| v as f64);
        let ours = tally(&values);
        assert!((ours.mean().unwrap() - floats.mean()).abs() < 1e-14);
        assert!((ours.variance().unwrap() - floats.variance()).abs() < 1e-12);
    }

    #[test]
    fn a_nanosecond_of_spread_survives_on_top_of_a_year() {
        let year = 31_557_600_000_000_000u64;
        let ours = tally(&[year, year + 1, year + 2]);
        assert_eq!(ours.variance(), Some(1.0));
        assert_eq!(tally(&[year; 5]).variance(), Some(0.0));
    }

    #[test]
    fn differences_may_be_negative() {
        let mut ours = Tally::default();
        [-5, -3, -4].into_iter().for_each(|v| ours.push_signed(v));
        assert_eq!((ours.mean(), ours.variance()), (Some(-4.0), Some(1.0)));
    }

    #[test]
    fn too_few_observations_have_no_variance_and_never_has_an_infinite_one() {
        assert_eq!((tally(&[]).mean(), tally(&[7]).variance()), (None, None));
        assert_eq!(tally(&[u64::MAX, u64::MAX]).variance(), Some(f64::INFINITY));
        assert_eq!(tally(&[u64::MAX, 0]).mean(), Some(u64::MAX as f64 / 2.0));
    }

    proptest! {
        #[test]
        fn merging_in_any_order_gives_the_same_bits(
            values in prop::collection::vec(any::<u64>(), 1..40),
            cut in any::<prop::sample::Index>(),
        ) {
            let (a, b) = values.split_at(cut.index(values.len()));
            let (mut forth, mut back) = (tally(a), tally(b));
            forth.merge(&tally(b));
            back.merge(&tally(a));
            prop_assert_eq!(forth, back);
            prop_assert_eq!(forth, tally(&values));
        }

        #[test]
        fn the_variance_is_that_of_the_definition(values in prop::collection::vec(0u64..1_000_000_000_000, 2..60)) {
            let n = values.len() as f64;
            let mean = values.iter().sum::<u64>() as f64 / n;
            let direct = values.iter().map(|v| (*v as f64 - mean) * (*v as f64 - mean)).sum::<f64>() / (n - 1.0);
            let ours = tally(&values).variance().unwrap();
            prop_assert!((ours - direct).abs() <= 1e-9 * direct + 1e-9, "{} against {}", ours, direct);
        }
    }
}
