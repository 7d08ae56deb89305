//! Two runs against each other.
//!
//! Windows are paired by common random numbers: by seed in scripted scenarios, by key in studies. What both share cancels,
//! so that a tenth of a change shows in a few pairs, where independent windows would need hundreds. Equal fingerprints need
//! no statistics. Several rows looked at together are corrected by Holm's method.

pub mod aspect;
pub mod change;
pub mod contrast;
pub mod gate;
pub mod holm;
pub mod matched;
pub mod sample;
pub mod sampled;
pub mod stratified;

use aspect::{Aspect, Worse};
use change::{Bounds, Change};
use contrast::{Contrast, Values};
use gate::{Gate, Held};
use matched::Matched;
use sample::Sample;
use std::collections::{BTreeMap, BTreeSet};

/// The risk that any row is called different although none is.
pub const RISK: f64 = 0.05;

/// One of both runs.
pub struct Side<'a> {
    /// Fingerprint of all its windows.
    pub digest: &'a str,
    /// The values of its windows, if they are known.
    pub sample: Option<&'a Sample>,
    /// Its estimates by measure path, with the ends of their intervals.
    pub estimates: BTreeMap<String, Bounds>,
}

/// What is compared with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairing {
    /// The same windows: this many.
    Paired(u64),
    /// Windows that have nothing in common: so many of either side.
    Apart(u64, u64),
    /// Estimates and their intervals alone: the windows of one side are not known, or faults of studies were drawn apart.
    Estimates,
}

/// What a row shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It got worse.
    Worse,
    /// It got better.
    Better,
    /// It changed, and neither way is better.
    Changed,
    /// No difference was shown, which does not mean that there is none.
    Nothing,
    /// All pairs are equal.
    Equal,
    /// One pair of windows shows a change, and not whether it is chance.
    Untested,
}

impl Shown {
    /// As it is written in results.
    pub fn name(self) -> &'static str {
        match self {
            Shown::Worse => "worse",
            Shown::Better => "better",
            Shown::Changed => "changed",
            Shown::Nothing => "no difference shown",
            Shown::Equal => "equal",
            Shown::Untested => "not tested",
        }
    }
}

/// One aspect and how it changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What is compared.
    pub aspect: Aspect,
    /// How it changed.
    pub change: Change,
    /// The probability of it if nothing changed, corrected for the other rows.
    pub adjusted: Option<f64>,
    /// What it shows.
    pub shown: Shown,
}

/// One gate and what it came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Gated {
    /// The gate.
    pub gate: Gate,
    /// How its aspect changed; `None` where there is nothing to compare.
    pub change: Option<Change>,
    /// Either side's own interval, where windows cannot be paired.
    pub bounds: Option<(Bounds, Bounds)>,
    /// The verdict.
    pub held: Held,
}

/// What a comparison came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// Whether both runs are the same, event by event.
    pub identical: bool,
    /// What was compared with what.
    pub pairing: Pairing,
    /// Pairs of windows that are the same, event by event.
    pub same: u64,
    /// The rows.
    pub rows: Vec<Row>,
    /// The gates, in the order given.
    pub gates: Vec<Gated>,
}

/// What the windows of both sides have in common.
struct Meeting<'a> {
    pairing: Pairing,
    same: u64,
    /// Of studies.
    matched: Option<Matched<'a>>,
}

/// Holds two runs against each other: the headlines, or all that is known of their windows; and the gates.
pub fn compare(base: &Side<'_>, new: &Side<'_>, gates: &[Gate], all: bool) -> Compared {
    let meeting = meeting(base, new);
    let whole = [base, new].iter().all(|side| side.sample.is_some_and(|sample| sample.left_out == 0));
    let of_windows = whole && meeting.matched.as_ref().is_some_and(Matched::is_identical);
    let identical = of_windows || (!base.digest.is_empty() && base.digest == new.digest);
    let rows = if identical { Vec::new() } else { rows(base, new, &meeting, all) };
    let gates = match identical {
        true => gates.iter().map(kept).collect(),
        false => gated(base, new, &meeting, gates),
    };
    let Meeting { pairing, same, .. } = meeting;
    Compared { identical, pairing, same, rows, gates }
}

/// A gate over runs that are the same.
fn kept(gate: &Gate) -> Gated {
    Gated { gate: gate.clone(), change: None, bounds: None, held: Held::Kept }
}

fn meeting<'a>(base: &Side<'a>, new: &Side<'a>) -> Meeting<'a> {
    let unmatched = |pairing, same| Meeting { pairing, same, matched: None };
    let (Some(base), Some(new)) = (base.sample, new.sample) else { return unmatched(Pairing::Estimates, 0) };
    if base.origin.is_some() || new.origin.is_some() {
        let matched = Matched::of(base, new).filter(|matched| matched.pairs().next().is_some());
        let Some(matched) = matched else { return unmatched(Pairing::Estimates, 0) };
        let same = matched.pairs().filter(|(a, b)| a.digest == b.digest).count() as u64;
        let pairing = Pairing::Paired(matched.pairs().count() as u64);
        return Meeting { pairing, same, matched: Some(matched) };
    }
    let digests: BTreeMap<u64, u64> = base.rows.iter().map(|row| (row.key, row.digest)).collect();
    let keys: BTreeSet<u64> = new.rows.iter().map(|row| row.key).collect();
    let common = keys.iter().filter(|key| digests.contains_key(key)).count() as u64;
    let same = new.rows.iter().filter(|row| digests.get(&row.key) == Some(&row.digest)).count() as u64;
    match common {
        0 => unmatched(Pairing::Apart(base.rows.len() as u64, new.rows.len() as u64), 0),
        n => unmatched(Pairing::Paired(n), same),
    }
}

fn values(aspect: &Aspect, base: &Side<'_>, new: &Side<'_>, meeting: &Meeting<'_>) -> Option<Values> {
    let (base, new) = (base.sample?, new.sample?);
    match (&meeting.matched, meeting.pairing) {
        (Some(matched), _) => stratified::values(aspect, base, new, matched),
        (None, Pairing::Estimates) => None,
        (None, pairing) => Some(change::values(aspect, base, new, matches!(pairing, Pairing::Paired(_)))),
    }
}

fn rows(base: &Side<'_>, new: &Side<'_>, meeting: &Meeting<'_>, all: bool) -> Vec<Row> {
    let (Some(a), Some(b), true) = (base.sample, new.sample, meeting.pairing != Pairing::Estimates) else {
        return by_estimates(base, new, all);
    };
    let aspects = if all { aspect::everything([a, b]) } else { aspect::headlines([a, b]) };
    let found = |aspect: Aspect| {
        let change = change::change(&aspect, &values(&aspect, base, new, meeting)?)?;
        Some((aspect, change))
    };
    let found: Vec<(Aspect, Change)> = aspects.into_iter().filter_map(found).collect();
    // A row without any difference could not have shown one, and does not count (R. Tarone, Biometrics 46, 1990).
    let differing: Vec<bool> = found.iter().map(|(_, change)| !is_equal(change)).collect();
    let counted = found.iter().zip(&differing).filter(|(_, differs)| **differs);
    let mut corrected =
        holm::adjusted(&counted.map(|((_, change), _)| change.p).collect::<Vec<_>>()).into_iter();
    let adjusted = differing.iter().zip(&found).map(|(differs, (_, change))| match differs {
        true => corrected.next().flatten(),
        false => change.p,
    });
    let adjusted: Vec<Option<f64>> = adjusted.collect();
    let row = |((aspect, change), adjusted): ((Aspect, Change), Option<f64>)| {
        let shown = shown(&aspect, &change, adjusted);
        Row { aspect, change, adjusted, shown }
    };
    found.into_iter().zip(adjusted).map(row).collect()
}

fn shown(aspect: &Aspect, change: &Change, adjusted: Option<f64>) -> Shown {
    match adjusted {
        _ if is_equal(change) => Shown::Equal,
        None => Shown::Untested,
        Some(p) if p > RISK => Shown::Nothing,
        Some(_) => direction(aspect, change.sign),
    }
}

/// Whether all pairs are equal.
fn is_equal(change: &Change) -> bool {
    change.sign == 0 && change.base == change.new && change.low == change.high
}

fn direction(aspect: &Aspect, sign: i32) -> Shown {
    match (aspect.worse, sign) {
        (_, 0) => Shown::Nothing,
        (Worse::Neither, _) => Shown::Changed,
        (Worse::Higher, 1) | (Worse::Lower, -1) => Shown::Worse,
        _ => Shown::Better,
    }
}

/// Without windows: a row differs when the intervals of both sides do not meet.
fn by_estimates(base: &Side<'_>, new: &Side<'_>, all: bool) -> Vec<Row> {
    let known = |side: &Side<'_>| Sample {
        columns: side.estimates.keys().filter_map(|path| Some(Aspect::parse(path).ok()?.column)).collect(),
        ..Sample::default()
    };
    let (a, b) = (known(base), known(new));
    let aspects = if all { aspect::everything([&a, &b]) } else { aspect::headlines([&a, &b]) };
    let found: Vec<(Aspect, Bounds, Bounds)> = aspects
        .into_iter()
        .filter_map(|aspect| {
            let (base, new) = bounds(&aspect, base, new)?;
            Some((aspect, base, new))
        })
        .collect();
    // Two intervals at 95 % that just do not meet are 2.77 standard errors apart; many rows ask for more.
    let share = 1.0 - RISK / (2.0 * found.len().max(1) as f64);
    let wider = (crate::base::special::normal::quantile(share) / 2.77).max(1.0);
    found.into_iter().map(|(aspect, base, new)| row_of_bounds(aspect, base, new, wider)).collect()
}

fn row_of_bounds(aspect: Aspect, base: Bounds, new: Bounds, wider: f64) -> Row {
    let low = |b: &Bounds| b.1.map(|low| b.0 - (b.0 - low) * wider);
    let high = |b: &Bounds| b.2.map(|high| b.0 + (high - b.0) * wider);
    let over = |a: Option<f64>, b: Option<f64>| a.zip(b).is_some_and(|(a, b)| a > b);
    let sign = i32::from(over(low(&new), high(&base))) - i32::from(over(low(&base), high(&new)));
    let ratio = base.0 > 0.0 && new.0.is_finite() && base.0.is_finite();
    let change = Change {
        scale: if ratio { contrast::Scale::Ratio } else { contrast::Scale::Difference },
        n: 0,
        base: base.0,
        new: new.0,
        change: Some(if ratio { new.0 / base.0 - 1.0 } else { new.0 - base.0 })
            .filter(|change| change.is_finite())
            .map(crate::base::stats::round12),
        low: None,
        high: None,
        p: None,
        sign,
    };
    let unknown = base.1.is_none() || base.2.is_none() || new.1.is_none() || new.2.is_none();
    let shown = match sign {
        0 if unknown => Shown::Untested,
        _ => direction(&aspect, sign),
    };
    Row { aspect, change, adjusted: None, shown }
}

/// The estimates of an aspect on both sides; turned over where what lacks of 1 is meant.
fn bounds(aspect: &Aspect, base: &Side<'_>, new: &Side<'_>) -> Option<(Bounds, Bounds)> {
    let of = |side: &Side<'_>| {
        let (estimate, low, high) = *side.estimates.get(&aspect.path)?;
        Some(match aspect.complement {
            true => {
                let turned = |x: Option<f64>| x.map(|x| aspect.value(x));
                (aspect.value(estimate), turned(high), turned(low))
            }
            false => (estimate, low, high),
        })
    };
    if aspect.class.is_some() {
        return None;
    }
    Some((of(base)?, of(new)?))
}

fn gated(base: &Side<'_>, new: &Side<'_>, meeting: &Meeting<'_>, gates: &[Gate]) -> Vec<Gated> {
    let values: Vec<Option<Values>> =
        gates.iter().map(|gate| values(&gate.aspect, base, new, meeting)).collect();
    let found: Vec<Option<Contrast>> = gates
        .iter()
        .zip(&values)
        .map(|(gate, values)| change::beyond(&gate.aspect, values.as_ref()?, gate.margin))
        .collect();
    let probabilities: Vec<Option<f64>> =
        gates.iter().zip(&found).map(|(gate, found)| gate.probability(found.as_ref()?)).collect();
    let adjusted = holm::adjusted(&probabilities);
    let judged = |i: usize| {
        let gate = gates[i].clone();
        if let (Some(found), Some(values)) = (&found[i], &values[i]) {
            let pairs = match values {
                Values::Paired(pairs) => Some(pairs.len() as u64),
                Values::Apart(..) | Values::Study(_) => None,
            };
            let held = match values.are_equal() {
                true => Held::Kept,
                false => gate.judge(found, adjusted[i], pairs),
            };
            return Gated { change: change::change(&gate.aspect, values), bounds: None, held, gate };
        }
        let bounds = match &values[i] {
            Some(values) => change::tails_apart(&gate.aspect, values),
            None => bounds(&gate.aspect, base, new),
        };
        let held = bounds.map_or(Held::Inconclusive, |(base, new)| gate.judge_bounds(base, new));
        Gated { change: None, bounds, held, gate }
    };
    (0..gates.len()).map(judged).collect()
}

/// Whether an aspect is known of either side at all; if not, its name or scope is wrong.
pub fn knows(aspect: &Aspect, base: &Side<'_>, new: &Side<'_>) -> bool {
    let has = |side: &Side<'_>| match side.sample {
        Some(sample) => sample.knows(aspect),
        None => side.estimates.contains_key(&aspect.path),
    };
    has(base) || has(new)
}
