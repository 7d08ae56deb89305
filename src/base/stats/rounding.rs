//! Rounding of reported numbers.

/// `x` to 12 significant digits, so that results show no noise from the last bits of a sum. Infinities and NaN stay; a
/// negative zero becomes zero.
///
/// It goes through decimal text, whose writing and reading are exact, so it gives the same bits everywhere.
pub fn round12(x: f64) -> f64 {
    if !x.is_finite() {
        return x;
    }
    format!("{x:.11e}").parse::<f64>().unwrap_or(x) + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn twelve_digits_stay_and_the_noise_goes() {
        assert_eq!(round12(0.1 + 0.2), 0.3);
        assert_eq!(round12(123_456_789_012.6), 123_456_789_013.0);
        assert_eq!(round12(-1.000_000_000_004_9), -1.0);
        assert_eq!(round12(-1.000_000_000_005_1), -1.000_000_000_01);
        assert_eq!(round12(-0.0).to_bits(), 0);
        assert_eq!(round12(f64::INFINITY), f64::INFINITY);
        assert!(round12(f64::NAN).is_nan());
    }

    proptest! {
        #[test]
        fn rounding_twice_is_rounding_once_and_moves_by_at_most_half_a_digit(x in any::<f64>()) {
            let once = round12(x);
            prop_assert_eq!(round12(once).to_bits(), once.to_bits());
            if x.is_normal() && once.is_finite() {
                prop_assert!((once - x).abs() <= x.abs() * 5.000_1e-12);
            }
        }
    }
}
