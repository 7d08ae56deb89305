//! Popularity of keys.

/// Zipf-distributed choice among `n` keys, by inversion over a precomputed table; key 0 is the most popular.
#[derive(Clone, Debug)]
pub(crate) struct KeyTable {
    n: u64,
    cumulative: Vec<f64>,
}

impl KeyTable {
    /// Key `k` has weight `1 / (k + 1)^skew`; a skew of 0 needs no table.
    pub fn new(n: u32, skew: f64) -> Self {
        let mut cumulative = Vec::new();
        if skew > 0.0 {
            let mut sum = 0.0;
            cumulative.extend((1..=n).map(|rank| {
                sum += libm::pow(f64::from(rank), -skew);
                sum
            }));
            cumulative.iter_mut().for_each(|c| *c /= sum);
        }
        KeyTable { n: u64::from(n), cumulative }
    }

    /// How many keys there are.
    pub fn len(&self) -> u64 {
        self.n
    }

    /// The key that a uniform draw stands for; 0 if there are none.
    pub fn pick(&self, u: f64) -> u64 {
        if self.cumulative.is_empty() {
            return scale(u, self.n);
        }
        (self.cumulative.partition_point(|c| *c <= u) as u64).min(self.n.saturating_sub(1))
    }
}

/// The integer in `0..n` that a uniform draw stands for; 0 when `n` is 0.
pub(crate) fn scale(u: f64, n: u64) -> u64 {
    ((u * n as f64) as u64).min(n.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_popularity_follows_zipf() {
        let table = KeyTable::new(3, 1.0);
        let total = 1.0 + 0.5 + 1.0 / 3.0;
        assert_eq!([0.0, 0.54, 0.55, 0.81, 0.82, 0.999_999].map(|u| table.pick(u)), [0, 0, 1, 1, 2, 2]);
        assert!(table.pick(1.0 / total - 1e-9) == 0 && table.pick(1.0 / total + 1e-9) == 1);
        let even = KeyTable::new(4, 0.0);
        assert_eq!([0.0, 0.24, 0.25, 0.99].map(|u| even.pick(u)), [0, 0, 1, 3]);
        assert_eq!(KeyTable::new(0, 1.0).pick(0.5), 0);
    }
}
