//! Two sides of one measure, and how sure it is that they differ by more than a margin.
//!
//! The rule, in this order:
//! - Where some value is infinite (service was not restored), only the order counts: a sign test over pairs, a rank test
//!   without pairs.
//! - An absolute margin is held against differences.
//! - Otherwise the logarithm of the ratio is tested. A pair of zeros is a pair without change. Where only one of a pair is
//!   zero no ratio exists: then the whole row is tested on differences, and a relative margin is taken of the base.
//!
//! Means are tested by Student's law (Welch's form without pairs). Values that repeat are not normal: no probability is then
//! taken to be less than what the signs alone (without pairs: the labels alone) could show.

use crate::base::special::{normal, student};
use crate::study::compare::stratified::Stratified;
use crate::study::estimate::Moments;

/// The values of a measure on both sides.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Of the same windows: (base, new).
    Paired(Vec<(f64, f64)>),
    /// Of windows that have nothing to do with each other: base, new.
    Apart(Vec<f64>, Vec<f64>),
    /// Of two studies over the same faults.
    Study(Stratified),
}

impl Values {
    /// Whether nothing differs: both of every pair are equal, or all windows of both sides.
    pub fn are_equal(&self) -> bool {
        match self {
            Values::Paired(pairs) => pairs.iter().all(|(a, b)| a == b),
            Values::Apart(base, new) => {
                let mut all = base.iter().chain(new);
                all.next().is_some_and(|first| all.all(|x| x == first))
            }
            Values::Study(study) => study.is_equal(),
        }
    }
}

/// A change that is still allowed; in the direction of larger values if positive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Margin {
    /// As a share of the base: 0.1 is a tenth more.
    Relative(f64),
    /// In the unit of the measure.
    Absolute(f64),
}

impl Margin {
    /// No change at all.
    pub const NONE: Margin = Margin::Relative(0.0);
}

/// What was tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// The logarithm of new over base.
    Ratio,
    /// New less base.
    Difference,
    /// Which of both is larger.
    Order,
}

/// The change of a measure less the margin: positive where it exceeds the margin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrast {
    /// What was tested.
    pub scale: Scale,
    /// The mean; on the scale of order the share of larger values less that of smaller ones.
    pub mean: f64,
    /// Its standard error; `None` where one window stands alone, or only the order is known.
    pub error: Option<f64>,
    /// Degrees of freedom of the error.
    pub freedom: f64,
    /// The probability of so much, or more, if the change did not exceed the margin; `None` where nothing can be said.
    pub exceeds: Option<f64>,
    /// The probability of so little, or less, if it did.
    pub within: Option<f64>,
    /// All pairs lie on one side of the margin: 1 beyond it, -1 within.
    pub unanimous: i32,
}

impl Contrast {
    /// The two-sided probability of such a change if there is none.
    pub fn two_sided(&self) -> Option<f64> {
        Some((2.0 * self.exceeds?.min(self.within?)).min(1.0))
    }

    /// The ends of the interval of the mean.
    pub fn interval(&self, confidence: f64) -> Option<(f64, f64)> {
        let reach = student::reach(confidence, self.freedom) * self.error?;
        Some((self.mean - reach, self.mean + reach))
    }
}

/// Holds both sides against each other; `None` without any values on one of them.
pub fn contrast(values: &Values, margin: Margin) -> Option<Contrast> {
    match values {
        Values::Paired(pairs) if pairs.is_empty() => None,
        Values::Apart(base, new) if base.is_empty() || new.is_empty() => None,
        Values::Paired(pairs) => Some(paired(pairs, margin)),
        Values::Apart(base, new) => Some(apart(base, new, margin)),
        Values::Study(study) => Some(study.contrast(margin)),
    }
}

/// The scale on which values are compared.
pub fn scale(values: &Values, margin: Margin) -> Scale {
    let (finite, ratio) = match values {
        Values::Study(study) => return study.scale(margin),
        Values::Paired(pairs) => (
            pairs.iter().all(|(a, b)| a.is_finite() && b.is_finite()),
            pairs.iter().all(|(a, b)| (*a > 0.0 && *b > 0.0) || (*a == 0.0 && *b == 0.0)),
        ),
        Values::Apart(base, new) => {
            let mut all = base.iter().chain(new);
            (all.clone().all(|x| x.is_finite()), all.all(|x| *x > 0.0))
        }
    };
    match margin {
        _ if !finite => Scale::Order,
        Margin::Relative(_) if ratio => Scale::Ratio,
        _ => Scale::Difference,
    }
}

/// The change of one pair less the margin.
fn change(scale: Scale, (a, b): (f64, f64), margin: Margin) -> f64 {
    match (scale, margin) {
        (Scale::Ratio, Margin::Relative(m)) => {
            let ratio = if a == 0.0 { 0.0 } else { libm::log(b / a) };
            ratio - libm::log1p(m)
        }
        (_, Margin::Relative(m)) => b - (1.0 + m) * a,
        (_, Margin::Absolute(m)) => b - a - m,
    }
}

fn paired(pairs: &[(f64, f64)], margin: Margin) -> Contrast {
    let scale = scale(&Values::Paired(pairs.to_vec()), margin);
    if scale == Scale::Order {
        return signs(pairs, margin);
    }
    let changes: Vec<f64> = pairs.iter().map(|pair| change(scale, *pair, margin)).collect();
    let n = changes.len() as f64;
    let moments = Moments::of(&changes, |_| true);
    // By the signs of those that are not zero alone, this much could come about by chance.
    let nonzero = changes.iter().filter(|x| **x != 0.0).count() as f64;
    let floor = if repeats(&changes) { libm::exp2(-nonzero) } else { 0.0 };
    let error = (n > 1.0).then(|| (moments.variance / n).sqrt());
    tested(scale, moments.mean, error, n - 1.0, floor, unanimous(&changes))
}

/// A sign test: infinite values have an order, and no size.
fn signs(pairs: &[(f64, f64)], margin: Margin) -> Contrast {
    let sign = |(a, b): &(f64, f64)| {
        let allowed = match margin {
            Margin::Relative(m) => (1.0 + m) * a,
            Margin::Absolute(m) => a + m,
        };
        // Both were not restored: no change, which lies within any margin.
        let unchanged = a.is_infinite() && b.is_infinite();
        let slack = matches!(margin, Margin::Relative(m) | Margin::Absolute(m) if m > 0.0);
        match b.partial_cmp(&allowed) {
            _ if unchanged && slack => -1,
            _ if unchanged => 0,
            Some(std::cmp::Ordering::Greater) => 1,
            Some(std::cmp::Ordering::Less) => -1,
            _ => 0,
        }
    };
    let signs: Vec<i32> = pairs.iter().map(sign).collect();
    let count = |wanted: i32| signs.iter().filter(|s| **s == wanted).count() as f64;
    let (more, less) = (count(1), count(-1));
    let several = pairs.len() > 1;
    Contrast {
        scale: Scale::Order,
        mean: (more - less) / pairs.len() as f64,
        error: None,
        freedom: 0.0,
        exceeds: several.then(|| coins(more, less)),
        within: several.then(|| coins(less, more)),
        unanimous: unanimous(&signs.iter().map(|s| f64::from(*s)).collect::<Vec<_>>()),
    }
}

/// The probability of at least `heads` heads in `heads + tails` throws of a fair coin.
fn coins(heads: f64, tails: f64) -> f64 {
    if heads == 0.0 { 1.0 } else { crate::base::special::beta::tails(heads, tails + 1.0, 0.5).0 }
}

fn apart(base: &[f64], new: &[f64], margin: Margin) -> Contrast {
    let scale = scale(&Values::Apart(base.to_vec(), new.to_vec()), margin);
    if scale == Scale::Order {
        return ranks(base, new, margin);
    }
    // The margin goes to the base: scaled, or moved.
    let moved: Vec<f64> = base.iter().map(|a| -change(scale, (*a, neutral(scale)), margin)).collect();
    let taken: Vec<f64> = new.iter().map(|b| change(scale, (neutral(scale), *b), Margin::NONE)).collect();
    let (a, b) = (Moments::of(&moved, |_| true), Moments::of(&taken, |_| true));
    let (n, m) = (base.len() as f64, new.len() as f64);
    let (va, vb) = (a.variance / n, b.variance / m);
    let enough = base.len() > 1 && new.len() > 1;
    let spread = va * va / (n - 1.0) + vb * vb / (m - 1.0);
    let freedom = if enough && spread > 0.0 { (va + vb) * (va + vb) / spread } else { n + m - 2.0 };
    let floor = if repeats(&moved) || repeats(&taken) { labels(n, m) } else { 0.0 };
    tested(scale, b.mean - a.mean, enough.then(|| (va + vb).sqrt()), freedom, floor, 0)
}

/// What a value is held against so that its change is the value itself on the scale.
fn neutral(scale: Scale) -> f64 {
    if scale == Scale::Ratio { 1.0 } else { 0.0 }
}

/// Mann and Whitney's rank test, in its normal approximation with ties.
fn ranks(base: &[f64], new: &[f64], margin: Margin) -> Contrast {
    let allowed = |a: &f64| match margin {
        Margin::Relative(m) => (1.0 + m) * a,
        Margin::Absolute(m) => a + m,
    };
    let mut all: Vec<(f64, bool)> = base.iter().map(|a| (allowed(a), false)).collect();
    all.extend(new.iter().map(|b| (*b, true)));
    all.sort_by(|x, y| x.0.total_cmp(&y.0));
    let (n, m) = (base.len() as f64, new.len() as f64);
    let (mut sum, mut ties, mut start) = (0.0, 0.0, 0);
    while start < all.len() {
        let length = all[start..].iter().take_while(|x| x.0 == all[start].0).count();
        let middle = start as f64 + (length as f64 + 1.0) / 2.0;
        sum += middle * all[start..start + length].iter().filter(|x| x.1).count() as f64;
        ties += (length as f64) * (length as f64) * (length as f64) - length as f64;
        start += length;
    }
    let (u, total) = (sum - m * (m + 1.0) / 2.0, n + m);
    let variance = n * m / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)));
    let distance = u - n * m / 2.0;
    let floor = labels(n, m);
    let tail = |d: f64| {
        let z = (d - 0.5) / variance.sqrt();
        if variance > 0.0 { normal::cdf(-z).max(floor) } else { 1.0 }
    };
    Contrast {
        scale: Scale::Order,
        mean: 2.0 * distance / (n * m),
        error: None,
        freedom: 0.0,
        exceeds: Some(tail(distance)),
        within: Some(tail(-distance)),
        unanimous: 0,
    }
}

/// The least probability that swapping the labels of two groups can show.
fn labels(n: f64, m: f64) -> f64 {
    libm::exp(libm::lgamma(n + 1.0) + libm::lgamma(m + 1.0) - libm::lgamma(n + m + 1.0))
}

pub(super) fn tested(
    scale: Scale,
    mean: f64,
    error: Option<f64>,
    freedom: f64,
    floor: f64,
    unanimous: i32,
) -> Contrast {
    let tail = |mean: f64| {
        let error = error?;
        let p = match mean {
            _ if error > 0.0 => student::above(mean / error, freedom),
            m if m > 0.0 => 0.0,
            _ => 1.0,
        };
        Some(p.max(floor).min(1.0))
    };
    Contrast { scale, mean, error, freedom, exceeds: tail(mean), within: tail(-mean), unanimous }
}

fn unanimous(changes: &[f64]) -> i32 {
    match () {
        () if changes.iter().all(|x| *x > 0.0) => 1,
        () if changes.iter().all(|x| *x <= 0.0) => -1,
        () => 0,
    }
}

/// Whether some value occurs twice.
pub(super) fn repeats(values: &[f64]) -> bool {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.windows(2).any(|pair| pair[0] == pair[1])
}

#[cfg(test)]
mod tests;
