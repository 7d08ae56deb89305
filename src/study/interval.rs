//! Intervals of means that cannot be negative and are skewed.

use crate::base::special::{gamma, normal, student};

/// What was seen shows too little of a long tail, and the less of it the less was seen: the first of these, and the second over
/// the degrees of freedom (of which no fewer than the third are counted), multiply the size of a loss.
const TAIL: (f64, f64, f64) = (1.2, 10.0, 4.0);
/// Beyond this shape a gamma law is as good as lognormal.
const LARGE: f64 = 1e7;

/// A variance and the degrees of freedom it was estimated with.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Variance {
    /// The variance.
    pub value: f64,
    /// Its degrees of freedom.
    pub dof: f64,
}

/// The sum of independent variances, and its degrees of freedom (F. E. Satterthwaite, Biometrics Bulletin 2, 1946).
pub fn sum(parts: &[Variance]) -> Variance {
    let value: f64 = parts.iter().map(|v| v.value).sum();
    let spread: f64 =
        parts.iter().filter(|v| v.value > 0.0).map(|v| v.value * v.value / v.dof.max(1.0)).sum();
    Variance { value, dof: if spread > 0.0 { value * value / spread } else { f64::INFINITY } }
}

/// The interval of a positive total of losses that come by chance: its ends are quantiles of gamma laws, exact where all losses
/// are equal and their number is Poisson. At the upper end one more loss is counted, as M. Fay and E. Feuer do (Statistics in
/// Medicine 16, 1997, who take the largest weight; with the third cumulant over the variance, which is the size of a loss
/// where all are equal, intervals are hardly wider than they must be). Both ends reach further by Student's law, because
/// the variance is only estimated; the lower one on the log scale, so that it is positive.
pub fn of_total(total: f64, variance: Variance, third: f64, confidence: f64) -> (f64, f64) {
    if variance.value <= 0.0 || total <= 0.0 {
        return (total, total);
    }
    let one = (TAIL.0 + TAIL.1 / variance.dof.max(TAIL.2)) * (third / variance.value).max(0.0);
    let tail = (1.0 - confidence) / 2.0;
    let reach = student::reach(confidence, variance.dof.clamp(1.0, 1e6)) / normal::quantile(1.0 - tail);
    let low = quantile(total, variance.value, tail) / total;
    let high = quantile(total + one, variance.value + one * one, 1.0 - tail);
    (total * libm::pow(low, reach).max(f64::EPSILON), total + (high - total) * reach)
}

/// The quantile of the gamma law with this mean and variance.
fn quantile(mean: f64, variance: f64, p: f64) -> f64 {
    let shape = mean * mean / variance;
    if shape < LARGE {
        return mean / shape * gamma::quantile(shape, p);
    }
    mean * libm::exp(normal::quantile(p) / shape.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_count_is_garwoods() {
        // F. Garwood, Biometrika 28, 1936: 10 events, 4.795 .. 18.39; ours counts half an event more at the upper end.
        let (low, high) = of_total(10.0, Variance { value: 10.0, dof: 1e6 }, 10.0, 0.95);
        assert!((low - 4.795).abs() < 0.001 && (18.39..19.5).contains(&high), "{low} {high}");
    }

    #[test]
    fn the_interval_of_a_well_known_total_is_the_normal_one() {
        for relative in [1e-2, 1e-3, 1e-5, 1e-8] {
            let variance = Variance { value: relative * relative, dof: 1e6 };
            let (low, high) = of_total(1.0, variance, 0.0, 0.95);
            let z = [(1.0 - low) / relative, (high - 1.0) / relative];
            assert!(z.iter().all(|z| (z - 1.96).abs() < 0.03 + relative), "{relative}: {z:?}");
        }
    }

    #[test]
    fn the_unit_of_a_loss_changes_nothing_and_the_lower_end_is_positive() {
        for dof in [1.0, 4.0, 40.0] {
            for value in [1e-3, 0.3, 2.0, 50.0] {
                let (low, high) = of_total(1.0, Variance { value, dof }, value * value, 0.95);
                let (k, scaled) = (3600.0, Variance { value: value * 3600.0 * 3600.0, dof });
                let (a, b) = of_total(k, scaled, value * value * k * k * k, 0.95);
                assert!((a / low / k - 1.0).abs() < 1e-9 && (b / high / k - 1.0).abs() < 1e-9);
                assert!(low > 0.0 && low < 1.0 && high > 1.0, "{value} {dof}: {low} {high}");
            }
        }
    }

    #[test]
    fn degrees_of_freedom_are_those_of_the_part_that_dominates() {
        let (large, small) = (Variance { value: 1.0, dof: 9.0 }, Variance { value: 1e-6, dof: 1.0 });
        let both = sum(&[large, small]);
        assert!((both.dof - 9.0).abs() < 0.001 && (both.value - 1.0).abs() < 1e-5);
    }
}
