//! The regularised incomplete gamma function and its inverse.

use crate::base::special::{normal, solve, stirling};

/// Terms after which a series is taken as converged whatever happens: never reached for shapes below 10^10.
const TERMS: u32 = 1_000_000;

/// Both tails of the gamma law of shape `a` and scale 1 at `x`: `(P(a, x), Q(a, x))`, which add up to 1.
///
/// The smaller one is computed, so neither loses relative precision. For `a` > 0; `x` at or below 0 gives (0, 1).
pub fn tails(a: f64, x: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if x == f64::INFINITY {
        return (1.0, 0.0);
    }
    let density = stirling::poisson(a, x);
    if x < a + 1.0 {
        let p = (density * series(a, x)).min(1.0);
        (p, 1.0 - p)
    } else {
        let q = (density * a * fraction(a, x)).min(1.0);
        (1.0 - q, q)
    }
}

/// The sum over k of `x^k / ((a + 1) ... (a + k))`.
fn series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut k) = (1.0, 1.0, a);
    for _ in 0..TERMS {
        k += 1.0;
        term *= x / k;
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum
}

/// Legendre's continued fraction for `Γ(a, x) e^x x^-a`, by Lentz's method.
fn fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut h = d;
    for i in 1..TERMS {
        let n = f64::from(i);
        let an = -n * (n - a);
        b += 2.0;
        let clamp = |v: f64| if v.abs() < TINY { TINY } else { v };
        d = 1.0 / clamp(an * d + b);
        c = clamp(b + an / c);
        let step = d * c;
        h *= step;
        if (step - 1.0).abs() < 3e-16 {
            break;
        }
    }
    h
}

/// The `p`-quantile of the gamma law of shape `a` and scale 1, for `a` > 0 and `p` in (0, 1).
///
/// Newton's iteration on the logarithm of the smaller tail, from the Wilson-Hilferty guess or, where that is better, the
/// leading term of the series. Values below the range of f64, which tiny shapes have, come out as 0 or nearly so.
pub fn quantile(a: f64, p: f64) -> f64 {
    if a == 1.0 {
        return -libm::log1p(-p);
    }
    solve::root(guess(a, p), f64::INFINITY, |x| {
        let (lower, upper) = tails(a, x);
        let slope = stirling::poisson(a, x) * a;
        if p <= 0.9 { solve::up_to(p, lower, slope) } else { solve::down_to(1.0 - p, upper, slope) }
    })
}

fn guess(a: f64, p: f64) -> f64 {
    // P(a, x) is close to x^a / Γ(a + 1) while x is small.
    let leading = libm::exp((libm::log(p) + libm::lgamma(a + 1.0)) / a);
    if leading < 0.2 * (a + 1.0) {
        return leading.max(f64::MIN_POSITIVE);
    }
    let t = 1.0 - 1.0 / (9.0 * a) + normal::quantile(p) / (3.0 * a.sqrt());
    let cubed = a * t * t * t;
    if cubed > 0.01 * a { cubed } else { leading.min(a) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::function::gamma::{gamma_lr, gamma_ur};

    #[test]
    fn both_tails_agree_with_an_independent_implementation() {
        for a in [0.05, 0.3, 1.0, 2.5, 9.0, 40.0, 300.0] {
            for f in [0.01, 0.2, 0.7, 0.95, 1.0, 1.05, 1.5, 3.0] {
                let x = a * f;
                let (p, q) = tails(a, x);
                let (op, oq) = (gamma_lr(a, x), gamma_ur(a, x));
                assert!((p - op).abs() <= 1e-10 * op + 1e-14, "P({a}, {x}): {p} against {op}");
                assert!((q - oq).abs() <= 1e-10 * oq + 1e-14, "Q({a}, {x}): {q} against {oq}");
            }
        }
    }

    #[test]
    fn the_quantile_undoes_the_distribution_for_shapes_from_tiny_to_huge() {
        for a in [0.01, 0.1, 0.5, 0.99, 1.0, 1.5, 2.0, 7.0, 33.3, 1e3, 1e6] {
            for p in [1e-12, 1e-6, 0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.999, 0.999_999] {
                let x = quantile(a, p);
                if x <= f64::MIN_POSITIVE {
                    continue; // below the range of f64: the law has no smaller representable value
                }
                let (lower, upper) = tails(a, x);
                let error = if p < 0.5 { lower / p - 1.0 } else { upper / (1.0 - p) - 1.0 };
                assert!(error.abs() < 1e-9, "shape {a}, p {p}: x {x} is off by {error}");
            }
        }
    }
}
