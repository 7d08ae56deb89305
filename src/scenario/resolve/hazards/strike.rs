//! How much of its scope a strike takes.

use super::Context;
use crate::base::diagnostics::Code;
use crate::base::dist::{Empirical, Law};
use crate::base::time::Span;
use crate::base::units::Share;
use crate::model::hazard::{Extent, Strike};
use crate::scenario::text::{CountLaw, HazardText, StrikeText};

/// The strike, with its defaults noted.
pub(super) fn resolve(cx: &mut Context<'_>, text: &HazardText, key: &str) -> Strike {
    let extent = match text.strike.as_ref().map(|strike| (&strike.value, strike.place)) {
        None => {
            cx.assume(format!("{key}.strike"), "whole", "default");
            Extent::Whole
        }
        Some((StrikeText::Whole, _)) => Extent::Whole,
        Some((StrikeText::Share(Share(share)), place)) => {
            if *share <= 0.0 {
                cx.errors.error(Code::HazardLaw, place, "a strike takes more than 0% of its scope");
            }
            Extent::Share(*share)
        }
        Some((StrikeText::Nodes(count), place)) => match law(count) {
            Ok(law) => Extent::Nodes(law),
            Err(why) => {
                cx.errors.error(Code::HazardLaw, place, why);
                Extent::Whole
            }
        },
    };
    let within = cx.or_default(format!("{key}.within"), text.within.map(|within| within.value), Span::ZERO);
    if let Some(within) = text.within.filter(|w| extent == Extent::Whole && w.value > Span::ZERO) {
        let error =
            cx.errors.error(Code::HazardProcess, within.place, "a strike at a whole scope is one fault");
        error.hint("give `strike = { share = ... }`, or leave `within` out");
    }
    Strike { extent, within }
}

/// A law whose draws, rounded, are the numbers.
fn law(count: &CountLaw) -> Result<Law, &'static str> {
    match count {
        CountLaw::Constant(0) => Err("a strike takes at least 1 node"),
        CountLaw::Constant(n) => Ok(Law::Constant(f64::from(*n))),
        CountLaw::Uniform { from, to } if *from == 0 || from > to => {
            Err("`from` is at least 1 and at most `to`")
        }
        CountLaw::Uniform { from, to } => {
            Ok(Law::Uniform { low: f64::from(*from) - 0.5, high: f64::from(*to) + 0.5 })
        }
        CountLaw::Geometric { mean } if *mean == 1.0 => Ok(Law::Constant(1.0)),
        CountLaw::Geometric { mean } if mean.is_finite() && *mean > 1.0 => {
            // One more than the whole part of an exponential variate is geometric.
            Ok(Law::Exponential { mean: -1.0 / libm::log1p(-1.0 / mean) }.shifted(0.5))
        }
        CountLaw::Geometric { .. } => Err("the mean number of nodes is at least 1"),
        CountLaw::Empirical(numbers) if numbers.is_empty() || numbers.contains(&0) => {
            Err("the observed numbers of nodes are at least 1")
        }
        CountLaw::Empirical(numbers) => {
            Ok(Law::Empirical(Empirical::values(numbers.iter().map(|n| f64::from(*n)).collect())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_nodes_have_the_law_that_is_written() {
        let share = |count: &CountLaw, n: f64| {
            let law = law(count).expect("it is a law");
            law.cdf(n + 0.5 - 1e-9) - law.cdf(n - 0.5 - 1e-9)
        };
        let geometric = CountLaw::Geometric { mean: 2.0 };
        for (n, expected) in [(1.0, 0.5), (2.0, 0.25), (3.0, 0.125)] {
            assert!((share(&geometric, n) - expected).abs() < 1e-6, "{n}: {}", share(&geometric, n));
        }
        let uniform = CountLaw::Uniform { from: 2, to: 5 };
        assert!((share(&uniform, 2.0) - 0.25).abs() < 1e-6 && (share(&uniform, 5.0) - 0.25).abs() < 1e-6);
        for wrong in [
            CountLaw::Constant(0),
            CountLaw::Uniform { from: 3, to: 2 },
            CountLaw::Geometric { mean: 0.5 },
            CountLaw::Empirical(vec![]),
        ] {
            assert!(law(&wrong).is_err());
        }
    }
}
