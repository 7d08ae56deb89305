//! How one aspect changed: both sides, the change with its interval, and how sure it is.

use crate::base::stats::{order, round12};
use crate::measure::histogram::Quantile;
use crate::study::compare::aspect::{Aspect, FOR_TAIL};
use crate::study::compare::contrast::{Contrast, Margin, Scale, Values, contrast, scale};
use crate::study::compare::sample::Sample;
use std::collections::BTreeMap;

/// Coverage of intervals.
pub const CONFIDENCE: f64 = 0.95;

/// How one aspect changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// On which scale it was tested.
    pub scale: Scale,
    /// Pairs behind it; without pairs the windows of the smaller side.
    pub n: u64,
    /// The base's value: the geometric mean on the scale of ratios, the mean on that of differences, the median on that of
    /// order; the quantile if one was asked for; of a study the long-run value. Infinite when not restored.
    pub base: f64,
    /// The new side's.
    pub new: f64,
    /// The change as a share of the base on the scale of ratios, else in the measure's unit; `None` where only the order is
    /// known.
    pub change: Option<f64>,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end of its interval.
    pub high: Option<f64>,
    /// The probability of such a change, one way or the other, if there is none.
    pub p: Option<f64>,
    /// Which way it goes: -1, 0 or 1.
    pub sign: i32,
}

/// The values of an aspect in both samples: of common windows if there are any, else of all.
pub fn values(aspect: &Aspect, base: &Sample, new: &Sample, paired: bool) -> Values {
    let side = |sample: &Sample| -> BTreeMap<u64, f64> {
        let column = sample.column(&aspect.column).into_iter().flatten();
        column.map(|(row, value)| (row.key, aspect.value(value))).collect()
    };
    let (base, new) = (side(base), side(new));
    if paired {
        Values::Paired(base.iter().filter_map(|(key, a)| Some((*a, *new.get(key)?))).collect())
    } else {
        Values::Apart(base.into_values().collect(), new.into_values().collect())
    }
}

/// The change of an aspect; `None` without values, or for a tail of windows that are not paired ([`tails_apart`]).
pub fn change(aspect: &Aspect, values: &Values) -> Option<Change> {
    match (values, aspect.quantile) {
        (Values::Paired(pairs), Some(quantile)) => {
            let near = Values::Paired(around(pairs, quantile));
            let found = contrast(&near, Margin::NONE)?;
            let side = |pick: fn(&(f64, f64)) -> f64| at(pairs.iter().map(pick).collect(), quantile);
            Some(summed(&near, &found, (side(|p| p.0)?, side(|p| p.1)?)))
        }
        (Values::Study(study), _) => {
            let found = study.contrast(Margin::NONE);
            Some(summed(values, &found, (study.shown[0], study.shown[1])))
        }
        (Values::Apart(..), Some(_)) => None,
        (_, None) => {
            let found = contrast(values, Margin::NONE)?;
            let (base, new) = sides(values);
            let scale = scale(values, Margin::NONE);
            Some(summed(values, &found, (middle(scale, base)?, middle(scale, new)?)))
        }
    }
}

/// The contrast of an aspect with a margin: of the pairs around its quantile, if it has one.
pub fn beyond(aspect: &Aspect, values: &Values, margin: Margin) -> Option<Contrast> {
    match (values, aspect.quantile) {
        (Values::Paired(pairs), Some(quantile)) => contrast(&Values::Paired(around(pairs, quantile)), margin),
        (Values::Apart(..), Some(_)) => None,
        _ => contrast(values, margin),
    }
}

/// An estimate with the ends of its interval; no end where the sample is too small for one.
pub type Bounds = (f64, Option<f64>, Option<f64>);

/// The quantile of either side by itself, with the order statistics that enclose it: no pairs, so no finer comparison.
pub fn tails_apart(aspect: &Aspect, values: &Values) -> Option<(Bounds, Bounds)> {
    let q = aspect.quantile?;
    let bounds = |mut side: Vec<f64>| {
        side.sort_by(f64::total_cmp);
        let (p, confidence) = (q.share().min(0.999_999), 1.0 - (1.0 - CONFIDENCE) / 2.0);
        let ends = (order::lower_bound(&side, p, confidence), order::upper_bound(&side, p, confidence));
        Some((at(side, q)?, ends.0, ends.1))
    };
    let (base, new) = sides(values);
    Some((bounds(base)?, bounds(new)?))
}

/// The pairs around a quantile over all windows: a share of twice the rest above it, or [`FOR_TAIL`] if that is more. They
/// are chosen by the product of both sides, which prefers neither, so that without a change as many grow as shrink. Among
/// few pairs these are all.
pub fn around(pairs: &[(f64, f64)], quantile: Quantile) -> Vec<(f64, f64)> {
    let n = pairs.len();
    let share = libm::ceil(2.0 * (1.0 - quantile.share()) * n as f64) as usize;
    let size = share.max(FOR_TAIL).min(n);
    let mut sorted = pairs.to_vec();
    let product =
        |pair: &(f64, f64)| pair.0.max(f64::MIN_POSITIVE).sqrt() * pair.1.max(f64::MIN_POSITIVE).sqrt();
    sorted.sort_by(|x, y| product(x).total_cmp(&product(y)));
    let centre = order::quantile_rank(n, quantile.share()).unwrap_or(0);
    let first = centre.saturating_sub(size / 2).min(n - size);
    sorted[first..first + size].to_vec()
}

fn sides(values: &Values) -> (Vec<f64>, Vec<f64>) {
    match values {
        Values::Paired(pairs) => pairs.iter().copied().unzip(),
        Values::Apart(base, new) => (base.clone(), new.clone()),
        Values::Study(study) => (vec![study.shown[0]], vec![study.shown[1]]),
    }
}

fn at(mut side: Vec<f64>, quantile: Quantile) -> Option<f64> {
    side.sort_by(f64::total_cmp);
    order::quantile(&side, quantile.share()).map(round12)
}

/// The middle that goes with a scale: its change is the one that is tested.
fn middle(scale: Scale, side: Vec<f64>) -> Option<f64> {
    let n = side.len() as f64;
    match scale {
        _ if side.is_empty() => None,
        Scale::Order => at(side, Quantile::P50),
        Scale::Difference => Some(round12(side.iter().sum::<f64>() / n)),
        Scale::Ratio => {
            let logs: Vec<f64> = side.iter().filter(|x| **x > 0.0).map(|x| libm::log(*x)).collect();
            let mean = logs.iter().sum::<f64>() / (logs.len().max(1)) as f64;
            Some(if logs.is_empty() { 0.0 } else { round12(libm::exp(mean)) })
        }
    }
}

fn summed(values: &Values, found: &Contrast, (base, new): (f64, f64)) -> Change {
    let n = match values {
        Values::Paired(pairs) => pairs.len(),
        Values::Apart(base, new) => base.len().min(new.len()),
        Values::Study(study) => study.pairs as usize,
    };
    let shown = |x: f64| match found.scale {
        Scale::Ratio => round12(libm::expm1(x)),
        _ => round12(x),
    };
    let ends = found.interval(CONFIDENCE);
    Change {
        scale: found.scale,
        n: n as u64,
        base,
        new,
        change: (found.scale != Scale::Order).then(|| shown(found.mean)),
        low: ends.map(|ends| shown(ends.0)).filter(|x| x.is_finite()),
        high: ends.map(|ends| shown(ends.1)).filter(|x| x.is_finite()),
        p: found.two_sided().map(round12),
        sign: (found.mean > 0.0) as i32 - (found.mean < 0.0) as i32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_pairs_are_all_around_any_quantile_and_many_are_the_nearest() {
        let pairs: Vec<(f64, f64)> = (0..200).map(|i| (f64::from(i), f64::from(i))).collect();
        let ends = |n: usize, quantile| {
            let near = around(&pairs[..n], quantile);
            (near.len(), near[0].0 as usize, near[near.len() - 1].0 as usize)
        };
        assert_eq!(ends(9, Quantile::P99), (9, 0, 8));
        assert_eq!(ends(100, Quantile::P99), (12, 88, 99));
        assert_eq!(ends(100, Quantile::P50), (100, 0, 99));
        assert_eq!(ends(200, Quantile::P90), (40, 159, 198));
        assert_eq!(ends(200, Quantile::Max), (12, 188, 199));
    }

    #[test]
    fn what_is_shown_of_both_sides_goes_with_the_change() {
        let aspect = Aspect::parse("rto.write").expect("a measure");
        let found = change(&aspect, &Values::Paired(vec![(1.0, 2.0), (4.0, 8.0)])).expect("pairs");
        assert_eq!((found.base, found.new, found.change), (2.0, 4.0, Some(1.0)));
        let found = change(&aspect, &Values::Paired(vec![(0.0, 2.0), (4.0, 8.0)])).expect("pairs");
        assert_eq!((found.base, found.new, found.change), (2.0, 5.0, Some(3.0)));
        let found = change(&aspect, &Values::Paired(vec![(1.0, f64::INFINITY)])).expect("a pair");
        assert_eq!((found.new, found.change, found.sign), (f64::INFINITY, None, 1));
    }

    #[test]
    fn a_tail_that_grew_shows_in_the_tail_alone() {
        let pairs: Vec<(f64, f64)> = (1..=200)
            .map(f64::from)
            .map(|a| (a, if a > 185.0 { a * 1.5 } else { a * (1.0 + 0.001 * (a % 7.0 - 3.0)) }))
            .collect();
        let of = |text: &str| {
            let aspect = Aspect::parse(text).expect("a measure");
            change(&aspect, &Values::Paired(pairs.clone())).and_then(|c| c.change).expect("a ratio")
        };
        assert!(of("rto.write.p50").abs() < 0.05 && of("rto.write.p99") > 0.45);
    }
}
