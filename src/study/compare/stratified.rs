//! One aspect of two studies over the same faults, window by window.
//!
//! Both sides are weighted sums over strata. Each window has an influence on either side's value; where it is the same window,
//! the difference of both influences is all that is left of its noise. What is left of the skeleton's is the spread of the
//! same difference between stretches of it. Long-run shares and rates are compared as such, measures per fault by their
//! weighted mean over faults, quantiles by the mean of the faults around them.

use crate::base::calendar::YEAR;
use crate::base::stats::round12;
use crate::measure::histogram::Quantile;
use crate::study::compare::aspect::{Aspect, FOR_TAIL};
use crate::study::compare::contrast::{Contrast, Margin, Scale, Values, repeats, tested};
use crate::study::compare::matched::{Matched, Stratum};
use crate::study::compare::sample::{Row, Sample};
use crate::study::estimate::{FEW, Moments};
use crate::study::interval::{self, Variance};
use crate::study::strata::BLOCKS;
use crate::study::weighted::Weighted;
use crate::study::weighted::kish;

/// One aspect of two studies.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stratified {
    /// What is compared on either side: base, new.
    pub means: [f64; 2],
    /// What is shown of either side.
    pub shown: [f64; 2],
    /// Pairs of windows behind it.
    pub pairs: u64,
    /// The influence of each window on either mean, stratum by stratum.
    windows: Vec<Vec<[f64; 2]>>,
    /// That of each stretch of the skeleton.
    stretches: Vec<[f64; 2]>,
    /// Windows in which there was something, on the side that has more of them.
    seen: u64,
    /// The number of equal windows that would say as much (Kish).
    effective: f64,
    /// Whether both sides of all pairs are equal.
    equal: bool,
}

/// The value of one window on either side, and how much it counts.
struct Item {
    stratum: usize,
    weights: [f64; 2],
    values: [Option<f64>; 2],
}

/// How an aspect is put together from windows.
enum Role {
    /// The sum of weight times value over all windows.
    Total,
    /// The weighted mean over the windows that have a value.
    Mean,
    /// The mean over windows without faults.
    Quiet,
}

fn role(aspect: &Aspect) -> Role {
    let column = aspect.column.as_str();
    let total = column.starts_with("availability.") || column.starts_with("observed.");
    match () {
        () if total => Role::Total,
        () if aspect.per_fault => Role::Mean,
        () => Role::Quiet,
    }
}

/// The values of an aspect in windows of both sides; `None` where there are none, or where some fault was never over and
/// only one side has its window.
pub fn values(aspect: &Aspect, base: &Sample, new: &Sample, matched: &Matched<'_>) -> Option<Values> {
    let role = role(aspect);
    let column = match role {
        Role::Total => aspect.bare_column(),
        _ => &aspect.column,
    };
    let at = [base, new].map(|sample| sample.columns.get_index_of(column));
    let value = |side: usize, row: Option<&Row>| row?.values.get(at[side]?).copied().flatten();
    let mut items = Vec::new();
    let kept = |stratum: &Stratum<'_>| match role {
        Role::Total => aspect.class.is_none() || stratum.signature == aspect.class.as_deref(),
        Role::Mean => stratum.signature.is_some(),
        Role::Quiet => stratum.signature.is_none(),
    };
    for (i, stratum) in matched.strata.iter().enumerate().filter(|(_, stratum)| kept(stratum)) {
        for pair in &stratum.windows {
            let values = [0, 1].map(|side| match role {
                // A window in which nothing of the kind happened counts all the same.
                Role::Total => pair[side].map(|row| value(side, Some(row)).unwrap_or(0.0)),
                _ => value(side, pair[side]),
            });
            if values != [None, None] {
                items.push(Item { stratum: i, weights: stratum.weights(pair), values });
            }
        }
    }
    let pairs = || items.iter().filter_map(|item| Some((item.values[0]?, item.values[1]?)));
    let never = items.iter().flat_map(|item| item.values).flatten().any(f64::is_infinite);
    match role {
        _ if pairs().next().is_none() => None,
        Role::Quiet => Some(Values::Paired(pairs().collect())),
        _ if never => Some(Values::Paired(pairs().collect())),
        Role::Total => Some(Values::Study(total(aspect, &items, matched))),
        Role::Mean => Some(Values::Study(mean(aspect.quantile, items, matched))),
    }
}

fn total(aspect: &Aspect, items: &[Item], matched: &Matched<'_>) -> Stratified {
    let unit = if aspect.column.ends_with(".per-year") { YEAR.seconds() } else { 1.0 };
    // Of an availability, what is not lost is meant.
    let rest = aspect.column.starts_with("availability.") && !aspect.complement && aspect.class.is_none();
    let sign = if rest { -unit } else { unit };
    let influence =
        |item: &Item| [0, 1].map(|side| sign * item.weights[side] * item.values[side].unwrap_or(0.0));
    let mut found = Stratified::of(items, matched, influence);
    let whole = f64::from(u8::from(rest));
    found.means = [0, 1].map(|side| whole + items.iter().map(|item| influence(item)[side]).sum::<f64>());
    found.shown = found.means.map(round12);
    found
}

fn mean(quantile: Option<Quantile>, items: Vec<Item>, matched: &Matched<'_>) -> Stratified {
    let shown = quantile.map(|q| [0, 1].map(|side| at(&items, side, q)));
    let items = match quantile {
        Some(quantile) => around(items, quantile),
        None => items,
    };
    let sum = |of: &dyn Fn(&Item) -> f64| items.iter().map(of).sum::<f64>();
    let weight = |item: &Item, side: usize| item.values[side].map_or(0.0, |_| item.weights[side]);
    let weights = [0, 1].map(|side| sum(&|item| weight(item, side)));
    let means = [0, 1].map(|side| {
        sum(&|item| weight(item, side) * item.values[side].unwrap_or(0.0))
            / weights[side].max(f64::MIN_POSITIVE)
    });
    let influence = |item: &Item| {
        [0, 1].map(|side| match item.values[side] {
            Some(x) => item.weights[side] * (x - means[side]) / weights[side].max(f64::MIN_POSITIVE),
            None => 0.0,
        })
    };
    let found = Stratified::of(&items, matched, influence);
    Stratified { means, shown: shown.unwrap_or(means.map(round12)), ..found }
}

/// The weighted quantile of one side.
fn at(items: &[Item], side: usize, quantile: Quantile) -> f64 {
    let mut all = Weighted::default();
    for item in items {
        item.values[side].into_iter().for_each(|x| all.push(x, item.weights[side]));
    }
    all.sort();
    all.quantile(quantile.share()).map_or(0.0, round12)
}

/// The pairs around a quantile: as in scripted scenarios, but by weight ([`around`](super::change::around)).
fn around(items: Vec<Item>, quantile: Quantile) -> Vec<Item> {
    let product = |item: &Item| {
        let [a, b] = item.values.map(|x| x.unwrap_or(0.0).max(f64::MIN_POSITIVE).sqrt());
        a * b
    };
    let weight = |item: &Item| item.weights[0] + item.weights[1];
    let mut items: Vec<Item> = items.into_iter().filter(|item| !item.values.contains(&None)).collect();
    items.sort_by(|x, y| product(x).total_cmp(&product(y)));
    let all: f64 = items.iter().map(weight).sum();
    let mut below = 0.0;
    let beyond = |item: &Item| {
        below += weight(item);
        below > (2.0 * quantile.share() - 1.0) * all
    };
    let first = items.iter().position(beyond).unwrap_or(items.len());
    items.split_off(first.min(items.len().saturating_sub(FOR_TAIL)))
}

impl Stratified {
    fn of(items: &[Item], matched: &Matched<'_>, influence: impl Fn(&Item) -> [f64; 2]) -> Stratified {
        let mut found = Stratified {
            windows: vec![Vec::new(); matched.strata.len()],
            stretches: vec![[0.0; 2]; BLOCKS],
            equal: items.iter().all(|item| item.values[0] == item.values[1]),
            ..Stratified::default()
        };
        for item in items {
            found.windows[item.stratum].push(influence(item));
            found.pairs += u64::from(!item.values.contains(&None));
        }
        let seen = |side: usize| {
            items.iter().filter(|item| item.values[side].is_some_and(|x| x != 0.0)).count() as u64
        };
        found.seen = seen(0).max(seen(1));
        found.effective = effective(items);
        for (stratum, windows) in matched.strata.iter().zip(&found.windows) {
            for side in [0, 1] {
                let clusters: f64 = stratum.stretches[side].iter().sum();
                let sum: f64 = windows.iter().map(|window| window[side]).sum();
                if clusters > 0.0 {
                    let stretches = found.stretches.iter_mut().zip(stratum.stretches[side]);
                    stretches.for_each(|(to, n)| to[side] += n / clusters * sum);
                }
            }
        }
        found
    }

    /// Whether nothing differs.
    pub fn is_equal(&self) -> bool {
        self.equal && self.means[0] == self.means[1]
    }

    /// On which scale it is compared.
    pub fn scale(&self, margin: Margin) -> Scale {
        let [base, new] = self.means;
        match margin {
            Margin::Relative(_) if base > 0.0 && new > 0.0 => Scale::Ratio,
            _ => Scale::Difference,
        }
    }

    /// The change less the margin.
    pub fn contrast(&self, margin: Margin) -> Contrast {
        let scale = self.scale(margin);
        let [base, new] = self.means;
        let of = |pair: &[f64; 2]| match (scale, margin) {
            (Scale::Ratio, _) => pair[1] / new - pair[0] / base,
            (_, Margin::Relative(m)) => pair[1] - (1.0 + m) * pair[0],
            (_, Margin::Absolute(_)) => pair[1] - pair[0],
        };
        let mean = match (scale, margin) {
            (Scale::Ratio, Margin::Relative(m)) => libm::log(new / base) - libm::log1p(m),
            (_, Margin::Relative(m)) => new - (1.0 + m) * base,
            (_, Margin::Absolute(m)) => new - base - m,
        };
        let changes: Vec<Vec<f64>> = self.windows.iter().map(|w| w.iter().map(of).collect()).collect();
        let stretches: Vec<f64> = self.stretches.iter().map(of).collect();
        let variance = variance(&changes, &stretches, self.effective);
        let all: Vec<f64> = changes.concat();
        let nonzero = all.iter().filter(|x| **x != 0.0).count() as f64;
        let floor = if repeats(&all) { libm::exp2(-nonzero) } else { 0.0 };
        let error = (self.pairs > 1 && self.seen >= FEW).then(|| variance.value.sqrt());
        tested(scale, mean, error, variance.dof.clamp(1.0, 1e6), floor, 0)
    }
}

/// The variance of a change: of the windows by stratum, and of the skeleton. How well it is known depends on how heavy the
/// tails are, and on how few windows make it up.
fn variance(changes: &[Vec<f64>], stretches: &[f64], effective: f64) -> Variance {
    let strata = changes.iter().filter(|changes| !changes.is_empty()).map(|changes| {
        let n = changes.len() as f64;
        let found = Moments::of(changes, |_| true);
        let normal = if n > 1.0 { (n - 3.0) / (n - 1.0) } else { 0.0 };
        let dof = 2.0 * n / (found.kurtosis - normal).max(0.1);
        Variance { value: n * found.variance, dof: dof.min(n - 1.0) }
    });
    let windows = interval::sum(&strata.collect::<Vec<_>>());
    let windows = Variance { dof: windows.dof.min(effective - 1.0), ..windows };
    let found = Moments::of(stretches, |_| true);
    let skeleton = Variance { value: found.variance * BLOCKS as f64, dof: (BLOCKS - 1) as f64 };
    interval::sum(&[windows, skeleton])
}

fn effective(items: &[Item]) -> f64 {
    let size = |item: &Item| {
        let of = |side: usize| item.weights[side] * item.values[side].unwrap_or(0.0).abs();
        of(0).max(of(1))
    };
    let (sum, squares) = items.iter().map(size).fold((0.0, 0.0), |(s, q), x| (s + x, q + x * x));
    kish(sum, squares)
}
