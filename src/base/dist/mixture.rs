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

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Vec<(f64, Law)> {
        vec![(3.0, Law::Uniform { low: 0.0, high: 1.0 }), (1.0, Law::Uniform { low: 10.0, high: 20.0 })]
    }

    #[test]
    fn one_uniform_chooses_the_component_and_the_rest_of_it_the_value() {
        let drawn = |u| choose(&two(), u).map(|(law, rest)| law.quantile(rest));
        assert_eq!(drawn(0.375), Some(0.5));
        assert_eq!(drawn(0.75), Some(Law::Uniform { low: 10.0, high: 20.0 }.quantile(0.0)));
        assert_eq!(drawn(0.875), Some(15.0));
        assert_eq!(choose(&[], 0.5), None);
    }

    #[test]
    fn the_quantile_is_that_of_the_whole() {
        assert!((quantile(&two(), 0.375) - 0.5).abs() < 1e-12);
        assert!((quantile(&two(), 0.875) - 15.0).abs() < 1e-12);
        assert_eq!(quantile(&[(1.0, Law::Constant(1.0)), (1.0, Law::Constant(5.0))], 0.6), 5.0);
    }

    #[test]
    fn the_variance_counts_the_distance_between_components() {
        assert_eq!(mean(&two()), 0.75 * 0.5 + 0.25 * 15.0);
        let by_hand = 0.75 / 12.0 + 0.25 * 100.0 / 12.0 + 0.75 * 0.25 * 14.5 * 14.5;
        assert!((variance(&two()) - by_hand).abs() < 1e-12);
    }
}
