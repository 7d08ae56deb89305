//! Laws read off observations.

use super::LawError;

/// The law of observed values, in one of two readings.
#[derive(Clone, Debug, PartialEq)]
pub enum Empirical {
    /// These values, in ascending order, each equally likely, and nothing between them.
    Values(Vec<f64>),
    /// Quantiles: points (probability, value), ascending, joined by straight lines. Probability below the first point
    /// or above the last sits on that point's value.
    Table(Vec<(f64, f64)>),
}

impl Empirical {
    /// Equally likely values, in any order.
    pub fn values(mut values: Vec<f64>) -> Empirical {
        values.sort_by(f64::total_cmp);
        Empirical::Values(values)
    }

    /// The value below which a share `u` of the draws lies, for `u` in (0, 1); 0 when there are no observations.
    pub fn quantile(&self, u: f64) -> f64 {
        match self {
            Empirical::Values(values) => {
                let i = (u * values.len() as f64) as usize;
                values.get(i).or(values.last()).copied().unwrap_or(0.0)
            }
            Empirical::Table(points) => {
                let next = points.partition_point(|(p, _)| *p < u);
                match (next.checked_sub(1).and_then(|i| points.get(i)), points.get(next)) {
                    (Some((p, a)), Some((q, b))) => a + (b - a) * (u - p) / (q - p),
                    (None, Some((_, value))) | (Some((_, value)), None) => *value,
                    (None, None) => 0.0,
                }
            }
        }
    }

    /// The probability of a draw of at most `x`.
    pub fn cdf(&self, x: f64) -> f64 {
        match self {
            Empirical::Values(values) => {
                values.partition_point(|v| *v <= x) as f64 / (values.len() as f64).max(1.0)
            }
            Empirical::Table(points) => {
                let next = points.partition_point(|(_, value)| *value <= x);
                match (next.checked_sub(1).and_then(|i| points.get(i)), points.get(next)) {
                    (Some((p, a)), Some((q, b))) => p + (q - p) * (x - a) / (b - a),
                    (None, Some(_)) => 0.0,
                    (_, None) => 1.0,
                }
            }
        }
    }

    /// The expected value; 0 when there are no observations.
    pub fn mean(&self) -> f64 {
        self.expect(|a, b| (a + b) / 2.0)
    }

    /// The expected value of the lesser of a draw and `x`; 0 when there are no observations.
    pub fn limited_mean(&self, x: f64) -> f64 {
        self.expect(|a, b| match () {
            () if x >= b => (a + b) / 2.0,
            () if x <= a => x,
            () => {
                let below = (x - a) / (b - a);
                below * (a + x) / 2.0 + (1.0 - below) * x
            }
        })
    }

    /// The variance of the law (not an estimate of a population's).
    pub fn variance(&self) -> f64 {
        let m = self.mean();
        self.expect(|a, b| ((a - m) * (a - m) + (a - m) * (b - m) + (b - m) * (b - m)) / 3.0)
    }

    /// The sum over pieces of their probability times `average(a, b)`, which is a function's average over the values from
    /// `a` to `b`.
    fn expect(&self, average: impl Fn(f64, f64) -> f64) -> f64 {
        match self {
            Empirical::Values(values) => {
                values.iter().map(|v| average(*v, *v)).sum::<f64>() / (values.len() as f64).max(1.0)
            }
            Empirical::Table(points) => {
                let (Some((p, first)), Some((q, last))) = (points.first(), points.last()) else {
                    return 0.0;
                };
                let pieces = points.windows(2).map(|w| (w[1].0 - w[0].0) * average(w[0].1, w[1].1));
                p * average(*first, *first) + (1.0 - q) * average(*last, *last) + pieces.sum::<f64>()
            }
        }
    }

    /// Whether there are observations, all finite and in order, at probabilities that rise within 0 to 1.
    pub fn check(&self) -> Result<(), LawError> {
        let values: Vec<f64> = match self {
            Empirical::Values(values) => values.clone(),
            Empirical::Table(points) => points.iter().map(|(_, value)| *value).collect(),
        };
        if values.is_empty() {
            return Err(LawError::Empty { law: "empirical" });
        }
        if let Some(value) = values.iter().find(|v| !v.is_finite()) {
            return Err(LawError::NotFinite { law: "empirical", parameter: "value", value: *value });
        }
        if let Some(i) = values.windows(2).position(|w| w[0] > w[1]) {
            return Err(LawError::Unsorted { what: "value", position: i + 2 });
        }
        if let Empirical::Table(points) = self {
            if let Some(i) = points.iter().position(|(p, _)| !(0.0..=1.0).contains(p)) {
                return Err(LawError::Probability { position: i + 1, value: points[i].0 });
            }
            if let Some(i) = points.windows(2).position(|w| w[0].0 >= w[1].0) {
                return Err(LawError::Unsorted { what: "probability", position: i + 2 });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_equally_likely_and_nothing_lies_between_them() {
        let law = Empirical::values(vec![3.0, 1.0, 2.0, 2.0]);
        let drawn = [0.1, 0.26, 0.6, 0.74, 0.76, 0.999].map(|u| law.quantile(u));
        assert_eq!(drawn, [1.0, 2.0, 2.0, 2.0, 3.0, 3.0]);
        assert_eq!([0.9, 1.0, 2.0, 2.5, 3.0].map(|x| law.cdf(x)), [0.0, 0.25, 0.75, 0.75, 1.0]);
        assert_eq!((law.mean(), law.variance()), (2.0, 0.5));
    }

    #[test]
    fn a_table_is_joined_by_straight_lines_and_its_ends_hold_what_is_left() {
        let law = Empirical::Table(vec![(0.2, 10.0), (0.6, 20.0), (0.9, 50.0)]);
        let drawn = [0.1, 0.2, 0.4, 0.6, 0.75, 0.95].map(|u| law.quantile(u));
        let expected = [10.0, 10.0, 15.0, 20.0, 35.0, 50.0];
        assert!(drawn.iter().zip(expected).all(|(d, e)| (d - e).abs() < 1e-12), "{drawn:?}");
        let shares = [9.9, 10.0, 15.0, 35.0, 50.0].map(|x| law.cdf(x));
        assert!(
            shares.iter().zip([0.0, 0.2, 0.4, 0.75, 1.0]).all(|(s, e)| (s - e).abs() < 1e-12),
            "{shares:?}"
        );
        // By hand: 0.2 * 10 + 0.4 * 15 + 0.3 * 35 + 0.1 * 50.
        assert!((law.mean() - 23.5).abs() < 1e-12);
    }

    #[test]
    fn a_table_from_0_to_1_over_two_points_is_uniform() {
        let law = Empirical::Table(vec![(0.0, 0.0), (1.0, 12.0)]);
        assert!((law.mean() - 6.0).abs() < 1e-12 && (law.variance() - 12.0).abs() < 1e-12);
    }
}
