//! A mixture: one of several laws, chosen by weight.

use super::Law;

fn total(parts: &[(f64, Law)]) -> f64 {
    parts.iter().map(|(weight, _)| weight).sum()
}

/// The component that the uniform `u` selects, and what is left of `u`, spread over the whole unit interval again.
/// `None` only if there are no components.
///
/// A component of weight w is left with 53 + log2(w) bits, which is plenty for any weight worth writing down.
pub(super) fn choose(parts: &[(f64, Law)], u: f64) -> Option<(&Law, f64)> {
    let mut rest = u * total(parts);
    let (last, others) = parts.split_last()?;
    for (weight, law) in others {
        if rest < *weight {
            return Some((law, rest / weight));
        }
        rest -= weight;
    }
    Some((&last.1, rest / last.0))
}

pub(super) fn cdf(parts: &[(f64, Law)], x: f64) -> f64 {
    parts.iter().map(|(weight, law)| weight * law.cdf(x)).sum::<f64>() / total(parts)
}

/// Bisection on [`cdf`]; 0 if there are no components. The components' own quantiles enclose the answer.
pub(super) fn quantile(parts: &[(f64, Law)], u: f64) -> f64 {
    let ends = parts.iter().map(|(_, law)| law.quantile(u));
    let Some((mut low, mut high)) = ends.fold(None, |ends, q| match ends {
        None => Some((q, q)),
        Some((low, high)) => Some((q.min(low), q.max(high))),
    }) else {
        return 0.0;
    };
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high || middle.is_nan() {
            return high;
        }
        if cdf(parts, middle) < u {
            low = middle;
        } else {
            high = middle;
        }
    }
}

pub(super) fn mean(parts: &[(f64, Law)]) -> f64 {
    parts.iter().map(|(weight, law)| weight * law.mean()).sum::<f64>() / total(parts)
}

/// The mean variance of the components plus the variance of their means.
pub(super) fn variance(parts: &[(f64, Law)]) -> f64 {
    let centre = mean(parts);
    if centre.is_infinite() {
        return f64::INFINITY;
    }
    let spread = |law: &Law| {
        let off = law.mean() - centre;
        law.variance() + off * off
    };
    parts.iter().map(|(weight, law)| weight * spread(law)).sum::<f64>() / total(parts)
}
