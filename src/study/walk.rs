//! How often each stratum is met, when a window may leave the system in another mode than it began in.
//!
//! The skeleton says when clusters come; the windows of each stratum say which mode follows. A distribution over modes is
//! carried along the skeleton: nothing is drawn, so that the walk adds no noise of its own. Rare strata, of which the
//! skeleton counts none, come evenly, as often as is expected of them.

use crate::base::calendar::Calendar;
use crate::model::plan::Plan;
use crate::study::outcome::Outcome;
use crate::study::signature::Signatures;
use crate::study::strata::{BLOCKS, Strata, Stratum, block_of, is_endless};
use crate::study::world::Clusters;

/// How often strata are met, and how long each mode lasts.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Clusters of each stratum in the years of the skeleton.
    pub clusters: Vec<f64>,
    /// The same, by stretch of the skeleton.
    pub blocks: Vec<Vec<f64>>,
    /// The share of time in each mode.
    pub modes: Vec<f64>,
}

/// The probability of each next mode after a window of each stratum: `next[stratum]` lists (mode, probability).
pub type Next = Vec<Vec<(usize, f64)>>;

/// Estimates which modes follow from the windows that settled; without any, the mode stays. `left_out` drops each window
/// whose number leaves this remainder: (remainder, of how many).
pub fn next_modes(strata: &Strata, samples: &[Vec<Outcome>], left_out: Option<(usize, usize)>) -> Next {
    let number = |name: &str| strata.modes.iter().position(|mode| &**mode == name);
    let one = |(stratum, windows): (&Stratum, &Vec<Outcome>)| {
        let kept = |i: usize| left_out.is_none_or(|(rest, of)| i % of != rest);
        let used = windows.iter().enumerate().filter(|(i, w)| kept(*i) && !w.censored);
        let ends: Vec<usize> = used.filter_map(|(_, w)| number(&w.mode)).collect();
        if ends.is_empty() {
            return vec![(stratum.mode, 1.0)];
        }
        let share = |mode: usize| ends.iter().filter(|end| **end == mode).count() as f64 / ends.len() as f64;
        (0..strata.modes.len()).map(|m| (m, share(m))).filter(|(_, p)| *p > 0.0).collect()
    };
    strata.all.iter().zip(samples).map(one).collect()
}

/// The weights when the system never leaves its first mode.
pub fn one_mode(strata: &Strata) -> Weights {
    Weights {
        clusters: strata.all.iter().map(|s| s.clusters).collect(),
        blocks: strata.all.iter().map(|s| s.blocks.iter().map(|n| f64::from(*n)).collect()).collect(),
        modes: vec![1.0],
    }
}

/// The weights by stretches: within each, clusters of all kinds are taken to come evenly mixed. Needs no pass over the
/// skeleton, and is near enough to plan with.
pub fn mixed(strata: &Strata, next: &Next) -> Weights {
    let modes = strata.modes.len();
    let mut weights = Weights::none(strata);
    let mut here: Vec<f64> = (0..modes).map(|m| f64::from(u8::from(m == 0))).collect();
    let mut there = here.clone();
    for block in 0..BLOCKS {
        let all = strata.of_mode(0).map(|(_, s)| expected(s, block)).sum::<f64>();
        let flow = flows(strata, next, block, all);
        let steps = (all as u64).clamp(1, 2_000);
        let leaving = leaving(&flow, all / steps as f64);
        let mut during = vec![0.0; modes];
        for _ in 0..steps {
            during.iter_mut().zip(&here).for_each(|(sum, p)| *sum += p / steps as f64);
            step(&here, &mut there, &flow, &leaving);
            std::mem::swap(&mut here, &mut there);
        }
        weights.modes.iter_mut().zip(&during).for_each(|(sum, p)| *sum += p / BLOCKS as f64);
        for (blocks, stratum) in weights.blocks.iter_mut().zip(&strata.all) {
            blocks[block] = during[stratum.mode] * f64::from(stratum.blocks[block]);
        }
    }
    for (sum, blocks) in weights.clusters.iter_mut().zip(&weights.blocks) {
        *sum = blocks.iter().sum();
    }
    weights.add_rare(strata);
    weights
}

/// Clusters of a stratum in a stretch of the skeleton: counted there, or expected.
fn expected(stratum: &Stratum, block: usize) -> f64 {
    match stratum.rare {
        Some(_) => stratum.clusters / BLOCKS as f64,
        None => f64::from(stratum.blocks[block]),
    }
}

/// The probability of each next mode after one cluster of a stretch, by mode.
fn flows(strata: &Strata, next: &Next, block: usize, all: f64) -> Vec<Vec<f64>> {
    let modes = strata.modes.len();
    let mut flow = vec![vec![0.0; modes]; modes];
    for (stratum, ends) in strata.all.iter().zip(next) {
        for (end, p) in ends.iter().filter(|(end, _)| *end != stratum.mode) {
            flow[stratum.mode][*end] += expected(stratum, block) / all.max(f64::MIN_POSITIVE) * p;
        }
    }
    flow
}

/// The share of each mode that so many clusters leave, and where to, if few of them change it; relaxed when many do.
fn leaving(flow: &[Vec<f64>], clusters: f64) -> Vec<f64> {
    flow.iter().map(|row| -libm::expm1(-row.iter().sum::<f64>() * clusters)).collect()
}

/// The distribution over modes after a step, from that before it.
fn step(before: &[f64], there: &mut [f64], flow: &[Vec<f64>], leaving: &[f64]) {
    there.copy_from_slice(before);
    for ((here, row), (from, share)) in before.iter().zip(flow).zip(leaving.iter().enumerate()) {
        let out: f64 = row.iter().sum();
        if out > 0.0 {
            let leaves = here * share;
            there[from] -= leaves;
            row.iter().enumerate().for_each(|(to, p)| there[to] += leaves * p / out);
        }
    }
}

/// The weights by walking the skeleton in order of time.
pub fn in_order(
    strata: &Strata,
    next: &Next,
    plan: &Plan,
    years: u64,
    clusters: &dyn Clusters,
    names: &mut Signatures<'_>,
) -> Weights {
    let mut weights = Weights::none(strata);
    let mut here: Vec<f64> = (0..strata.modes.len()).map(|m| f64::from(u8::from(m == 0))).collect();
    let (mut last, all) = (Calendar::ZERO, Calendar::year(years));
    let rare = rare_flow(strata, next);
    for cluster in clusters.of_years(years).map_while(Result::ok) {
        if is_endless(plan, &cluster) {
            continue;
        }
        let (begins, block) = (cluster.begins(), block_of(cluster.begins(), years));
        let passed = begins.0.saturating_sub(last.0) as f64;
        pass(&mut weights.modes, &here, passed);
        step(&here.clone(), &mut here, &rare, &leaving(&rare, passed / all.0 as f64));
        last = begins;
        let mut there = vec![0.0; here.len()];
        for (mode, p) in here.iter().enumerate().filter(|(_, p)| **p > 0.0) {
            let signature = names.of(mode, &strata.modes[mode], &cluster);
            let common = strata.find(mode, &signature, &cluster).filter(|i| strata.all[*i].rare.is_none());
            let Some(stratum) = common else {
                there[mode] += p;
                continue;
            };
            weights.clusters[stratum] += p;
            weights.blocks[stratum][block] += p;
            next[stratum].iter().for_each(|(end, share)| there[*end] += p * share);
        }
        here = there;
    }
    pass(&mut weights.modes, &here, all.0.saturating_sub(last.0) as f64);
    weights.modes.iter_mut().for_each(|time| *time /= all.0 as f64);
    weights.add_rare(strata);
    weights
}

/// How often rare strata lead from mode to mode in all years together.
fn rare_flow(strata: &Strata, next: &Next) -> Vec<Vec<f64>> {
    let mut flow = vec![vec![0.0; strata.modes.len()]; strata.modes.len()];
    for (stratum, ends) in strata.all.iter().zip(next).filter(|(stratum, _)| stratum.rare.is_some()) {
        for (end, p) in ends.iter().filter(|(end, _)| *end != stratum.mode) {
            flow[stratum.mode][*end] += stratum.clusters * p;
        }
    }
    flow
}

fn pass(modes: &mut [f64], here: &[f64], time: f64) {
    modes.iter_mut().zip(here).for_each(|(sum, p)| *sum += p * time);
}

/// Modes other than the first that no window led out of, though some led in.
pub fn absorbing(strata: &Strata, next: &Next) -> Vec<usize> {
    let leaves = |mode: usize| {
        strata.of_mode(mode).any(|(i, _)| next[i].iter().any(|(end, p)| *end != mode && *p > 0.0))
    };
    (1..strata.modes.len()).filter(|mode| !leaves(*mode)).collect()
}

impl Weights {
    fn none(strata: &Strata) -> Weights {
        Weights {
            clusters: vec![0.0; strata.all.len()],
            blocks: vec![vec![0.0; BLOCKS]; strata.all.len()],
            modes: vec![0.0; strata.modes.len()],
        }
    }

    /// Rare strata are met in proportion to the time spent in their mode.
    fn add_rare(&mut self, strata: &Strata) {
        for (i, stratum) in strata.all.iter().enumerate().filter(|(_, stratum)| stratum.rare.is_some()) {
            self.clusters[i] = stratum.clusters * self.modes[stratum.mode];
        }
    }
}
