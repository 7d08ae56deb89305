//! Loader's saddle-point form of the Poisson and binomial densities: no cancellation between large log-gammas.
//!
//! C. Loader, 'Fast and accurate computation of binomial probabilities' (2000). All arguments may be real.

use std::f64::consts::TAU;

/// The error of Stirling's formula: `ln Γ(n + 1) - ln(sqrt(2πn) (n/e)^n)`, for `n` > 0.
pub fn error(n: f64) -> f64 {
    if n <= 15.0 {
        return libm::lgamma(n + 1.0) - (n + 0.5) * libm::log(n) + n - 0.5 * libm::log(TAU);
    }
    let nn = n * n;
    // Coefficients of the asymptotic series: Bernoulli numbers B(2k) / (2k (2k - 1)).
    let series = [1.0 / 12.0, 1.0 / 360.0, 1.0 / 1_260.0, 1.0 / 1_680.0, 1.0 / 1_188.0, 691.0 / 360_360.0];
    series.iter().rev().fold(0.0, |sum, c| c - sum / nn) / n
}

/// The deviance `x ln(x / m) + m - x`, for `x` and `m` > 0, accurate where `x` is close to `m`.
pub fn deviance(x: f64, m: f64) -> f64 {
    let difference = x - m;
    if difference.abs() >= 0.1 * (x + m) {
        return x * libm::log(x / m) + m - x;
    }
    let v = difference / (x + m);
    let mut sum = difference * v;
    let mut term = 2.0 * x * v;
    let mut k = 1.0;
    loop {
        term *= v * v;
        k += 2.0;
        let next = sum + term / k;
        if next == sum {
            return sum;
        }
        sum = next;
    }
}

/// `x^a e^-x / Γ(a + 1)`: the Poisson density of mean `x` at `a`, for `a` > 0 and `x` > 0.
pub fn poisson(a: f64, x: f64) -> f64 {
    if a < 1.0 {
        return libm::exp(a * libm::log(x) - x - libm::lgamma(a + 1.0));
    }
    libm::exp(-error(a) - deviance(a, x)) / (TAU * a).sqrt()
}

/// `Γ(a + b + 1) / (Γ(a + 1) Γ(b + 1)) x^a y^b` with `y = 1 - x`: the binomial density, for `a` and `b` > 0 and `x` in (0, 1).
pub fn binomial(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let n = a + b;
    let log = error(n) - error(a) - error(b) - deviance(a, n * x) - deviance(b, n * y);
    libm::exp(log) * (n / (TAU * a * b)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_series_and_the_definition_of_the_error_meet_at_their_border() {
        let series = error(15.000_000_1);
        let definition = error(15.0);
        assert!((series - definition).abs() < 1e-9, "{series} against {definition}");
    }

    #[test]
    fn densities_agree_with_exact_small_cases() {
        // 3^2 e^-3 / 2! and C(5, 2) 0.3^2 0.7^3.
        assert!((poisson(2.0, 3.0) / (4.5 * libm::exp(-3.0)) - 1.0).abs() < 1e-13);
        assert!((binomial(2.0, 3.0, 0.3, 0.7) / 0.3087 - 1.0).abs() < 1e-13);
    }
}
