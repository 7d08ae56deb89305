//! Calendar months, put together from the skeleton and from the outcomes of windows: a mean hides how losses clump.
//!
//! Every cluster of the skeleton gets the outcome of a window of its stratum, chosen by the cluster's key; what it lost is
//! counted from its first onset on. The mode that the window ended in is the one the next cluster meets.
//!
//! Where hardly any of these months misses a bound, further ones are drawn in which hazards strike more often, each with
//! its exact likelihood ratio.

mod rare;
mod tilt;

use crate::base::calendar::{Calendar, MONTH};
use crate::base::digest::{Digest, mix, text_hash};
use crate::base::special::beta;
use crate::base::stats::Interval;
use crate::study::estimate::CONFIDENCE;
use crate::study::outcome::Outcome;
use crate::study::sampler::Study;
use crate::study::strata::{BLOCKS, block_of, is_endless};
use crate::study::window;
use std::collections::VecDeque;

/// Below so many plain months that miss a bound, further ones are drawn: then the share is known to no better than 5 %.
pub const FEW: u64 = 400;

/// A bound that months are held to.
#[derive(Clone, Debug, PartialEq)]
pub struct Promise {
    /// Index of the target.
    pub target: usize,
    /// The least availability.
    pub bound: f64,
}

impl Promise {
    /// Whether losing this share of a month breaks it. A loss just as large as allowed keeps it, whatever the last bit of
    /// 1 - bound is.
    fn is_missed(&self, lost: f64) -> bool {
        lost > (1.0 - self.bound) * (1.0 + 1e-9)
    }
}

/// The share of months that keep a promise.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// The share.
    pub share: f64,
    /// Its interval (Clopper and Pearson's, with as many months as the spread is worth).
    pub interval: Interval,
    /// Months synthesised.
    pub months: u64,
    /// The share of months that do not.
    pub missed: f64,
    /// Its interval: the lower end and the upper one.
    pub missed_interval: (f64, f64),
    /// The standard error of both.
    pub error: f64,
    /// How it was found, if not by counting the months of the skeleton.
    pub tilted: Option<Tilted>,
}

/// Months in which hazards struck more often than they do.
#[derive(Clone, Debug, PartialEq)]
pub struct Tilted {
    /// The hazards.
    pub hazards: Vec<String>,
    /// What their rates were multiplied by.
    pub theta: f64,
    /// How many months of the skeleton missed the bound, and how many there were.
    pub plain: (u64, u64),
    /// How many misses the drawn ones are worth (Kish).
    pub effective: f64,
    /// The part of the share that comes from months with clusters that were never simulated: those count as the sum of
    /// their strikes.
    pub guessed: f64,
}

/// How promises fared.
struct Tally {
    /// Months that broke each promise, by stretch of the skeleton.
    broken: Vec<Vec<u64>>,
    months: Vec<u64>,
    /// Months that ended in each mode.
    modes: Vec<u64>,
    /// By stratum and window: how often it was chosen, and how often it lay in a month that broke a promise.
    uses: Vec<Vec<u64>>,
    blamed: Vec<Vec<Vec<u64>>>,
}

/// A month that is not over yet.
#[derive(Clone, Debug, Default)]
struct Month {
    lost: Vec<f64>,
    windows: Vec<(usize, usize)>,
}

/// The share of months that keep each promise.
pub fn synthesise(study: &mut Study<'_>, promises: &[Promise]) -> Vec<Kept> {
    let quiet: Vec<Vec<f64>> = study.quiet.iter().map(|windows| quiet_rates(windows, promises)).collect();
    let (years, months) = (study.years, study.years * 12);
    let mut tally = Tally::new(&study.samples, promises.len(), quiet.len());
    let mut open: VecDeque<Month> = VecDeque::new();
    let (mut first, mut mode) = (0u64, 0usize);
    for cluster in study.source.of_years(years).map_while(Result::ok) {
        if is_endless(study.plan, &cluster) {
            continue;
        }
        let at = cluster.begins();
        while first < at.month().min(months) {
            let month = open.pop_front().unwrap_or_default();
            tally.close(&month, first, years, promises, (mode, &quiet[mode]));
            first += 1;
        }
        let Some(stratum) = study.stratum_of(mode, &cluster) else { continue };
        let windows = &study.samples[stratum];
        if windows.is_empty() {
            continue;
        }
        let chosen = choice(window::key(study.plan, &cluster, 0), study.plan.seed, windows.len());
        tally.uses[stratum][chosen] += 1;
        spread(&mut open, at, &windows[chosen], promises, (stratum, chosen));
        mode = study.strata.modes.iter().position(|m| **m == *windows[chosen].mode).unwrap_or(mode);
    }
    while first < months {
        let month = open.pop_front().unwrap_or_default();
        tally.close(&month, first, years, promises, (mode, &quiet[mode]));
        first += 1;
    }
    let mut kept: Vec<Kept> = (0..promises.len()).map(|i| tally.kept(i)).collect();
    rare::improve(study, promises, &quiet, &tally, &mut kept);
    kept
}

/// What fails in each second when nothing is broken.
fn quiet_rates(windows: &[Outcome], promises: &[Promise]) -> Vec<f64> {
    let load: f64 = windows.iter().map(|w| w.load).sum();
    let lost = |target: usize| windows.iter().filter_map(|w| w.lost.get(target)).sum::<f64>();
    promises.iter().map(|p| if load > 0.0 { lost(p.target) / load } else { 0.0 }).collect()
}

/// Which of the windows of its stratum stands for a cluster.
fn choice(key: u64, seed: u64, windows: usize) -> usize {
    let mut digest = Digest::EMPTY;
    [text_hash("months"), seed, key].iter().for_each(|word| digest.fold(*word));
    ((u128::from(mix(digest.value())) * windows as u128) >> 64) as usize
}

/// Adds what a window lost to the months it lies in, from the onset on.
fn spread(
    open: &mut VecDeque<Month>,
    at: Calendar,
    outcome: &Outcome,
    promises: &[Promise],
    id: (usize, usize),
) {
    let month = MONTH.seconds();
    let into = (at.0 % u128::from(MONTH.0)) as f64 / 1e9;
    for (i, promise) in promises.iter().enumerate() {
        let mut rest = outcome.lost.get(promise.target).copied().unwrap_or(0.0);
        let mut room = month - into;
        let mut number = 0;
        while rest > 0.0 {
            while open.len() <= number {
                open.push_back(Month::default());
            }
            let part = rest.min(room);
            let there = &mut open[number];
            there.lost.resize(promises.len(), 0.0);
            there.lost[i] += part;
            if !there.windows.contains(&id) {
                there.windows.push(id);
            }
            (rest, room, number) = (rest - part, month, number + 1);
        }
    }
}

impl Tally {
    fn new(samples: &[Vec<Outcome>], promises: usize, modes: usize) -> Tally {
        let none: Vec<Vec<u64>> = samples.iter().map(|windows| vec![0; windows.len()]).collect();
        Tally {
            broken: vec![vec![0; BLOCKS]; promises],
            months: vec![0; BLOCKS],
            modes: vec![0; modes],
            blamed: vec![none.clone(); promises],
            uses: none,
        }
    }

    fn close(
        &mut self,
        month: &Month,
        number: u64,
        years: u64,
        promises: &[Promise],
        (mode, quiet): (usize, &[f64]),
    ) {
        let at = Calendar(u128::from(number) * u128::from(MONTH.0));
        let block = block_of(at, years);
        self.months[block] += 1;
        self.modes[mode] += 1;
        for (i, promise) in promises.iter().enumerate() {
            if promise.is_missed(month.lost.get(i).copied().unwrap_or(0.0) / MONTH.seconds() + quiet[i]) {
                self.broken[i][block] += 1;
                month.windows.iter().for_each(|(stratum, window)| self.blamed[i][*stratum][*window] += 1);
            }
        }
    }

    fn kept(&self, promise: usize) -> Kept {
        let months: u64 = self.months.iter().sum();
        let broken: u64 = self.broken[promise].iter().sum();
        let (m, p) = (months.max(1) as f64, broken as f64 / months.max(1) as f64);
        let variance = self.first_phase(promise, p).max(p * (1.0 - p) / m) + self.second_phase(promise, m);
        let worth = if p > 0.0 && p < 1.0 { p * (1.0 - p) / variance } else { self.least_worth(m) };
        let missed = share_interval(p, worth.min(m));
        Kept {
            share: 1.0 - p,
            interval: Interval { low: 1.0 - missed.high, high: 1.0 - missed.low },
            months,
            missed: p,
            missed_interval: (missed.low, missed.high),
            error: variance.sqrt(),
            tilted: None,
        }
    }

    /// Variance of the share by the spread between stretches of the skeleton.
    fn first_phase(&self, promise: usize, p: f64) -> f64 {
        let blocks = self.broken[promise].iter().zip(&self.months).filter(|(_, n)| **n > 0);
        let squares: Vec<f64> = blocks.map(|(k, n)| *k as f64 / *n as f64 - p).map(|d| d * d).collect();
        let n = squares.len() as f64;
        if n < 2.0 { 0.0 } else { squares.iter().sum::<f64>() / (n - 1.0) / n }
    }

    /// Variance because each stratum's law is known from its windows only.
    fn second_phase(&self, promise: usize, months: f64) -> f64 {
        let one = |(uses, blamed): (&Vec<u64>, &Vec<u64>)| {
            let (n, all) = (uses.len() as f64, uses.iter().sum::<u64>() as f64);
            if n < 2.0 || all == 0.0 {
                return 0.0;
            }
            let shares: Vec<f64> =
                uses.iter().zip(blamed).map(|(u, b)| *b as f64 / (*u).max(1) as f64).collect();
            let mean = shares.iter().sum::<f64>() / n;
            let squares: f64 = shares.iter().map(|x| (x - mean) * (x - mean)).sum();
            // Chance alone spreads the shares, too: each is known from a few months only.
            let chance = mean * (1.0 - mean) * uses.iter().map(|u| 1.0 / (*u).max(1) as f64).sum::<f64>() / n;
            (all / months) * (all / months) * (squares / (n - 1.0) - chance).max(0.0) / n
        };
        self.uses.iter().zip(&self.blamed[promise]).map(one).sum()
    }

    /// How many months a share of none is worth: no more than the windows behind them.
    fn least_worth(&self, months: f64) -> f64 {
        let worth = self.uses.iter().filter(|uses| !uses.is_empty()).map(|uses| {
            let all = uses.iter().sum::<u64>().max(1) as f64;
            uses.len() as f64 * months / all
        });
        worth.fold(months, f64::min)
    }
}

/// Clopper and Pearson's interval of a share that is worth so many trials, which need not be whole.
pub fn share_interval(p: f64, trials: f64) -> Interval {
    let tail = (1.0 - CONFIDENCE) / 2.0;
    let (hits, misses) = (p * trials, (1.0 - p) * trials);
    Interval {
        low: if hits <= 0.0 { 0.0 } else { beta::quantile(hits, misses + 1.0, tail) },
        high: if misses <= 0.0 { 1.0 } else { beta::quantile(hits + 1.0, misses, 1.0 - tail) },
    }
}
