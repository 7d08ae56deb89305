//! The root-finder that both inverse functions share.

/// The point in (0, `end`) at which a rising function of known logarithmic slope reaches its target.
///
/// Newton's iteration on logarithms inside a shrinking bracket. At a point x, `probe` gives the step that Newton's method
/// would make in ln x: positive if x is too small, negative (or NaN) if it is too large.
pub(super) fn root(start: f64, end: f64, probe: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, end);
    let mut x = start;
    // Bisection alone needs about 1,100 rounds for the whole range of f64; Newton's steps make it 3 to 10.
    for _ in 0..1_200 {
        let step = probe(x);
        if step.abs() < 4e-16 {
            break;
        }
        if step > 0.0 {
            low = x;
        } else {
            high = x;
        }
        let next = x * libm::exp(step.clamp(-700.0, 2.0));
        let next = if next > low && next < high { next } else { between(low, high) };
        if next == x || high - low <= x * 2e-16 {
            break;
        }
        x = next;
    }
    x
}

/// The step of [`root`] on the logarithm of a lower tail, whose derivative by ln x is `slope`.
pub(super) fn up_to(target: f64, tail: f64, slope: f64) -> f64 {
    if tail > 0.0 { libm::log(target / tail) * tail / slope } else { 1.0 }
}

/// The step of [`root`] on the logarithm of an upper tail, whose derivative by ln x is minus `slope`.
pub(super) fn down_to(target: f64, tail: f64, slope: f64) -> f64 {
    if tail > 0.0 { libm::log(tail / target) * tail / slope } else { -1.0 }
}

/// A point well inside the bracket: its geometric middle where the ends are far apart, else its middle.
fn between(low: f64, high: f64) -> f64 {
    if high == f64::INFINITY {
        low * 8.0
    } else if low == 0.0 {
        high * 0.125
    } else if high > 2.0 * low {
        low.sqrt() * high.sqrt()
    } else {
        low + (high - low) / 2.0
    }
}
