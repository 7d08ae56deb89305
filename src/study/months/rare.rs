//! Months that hardly ever miss a bound: importance sampling.
//!
//! A pilot draws months under many [tilts](super::tilt) of single hazards and of all together, and finds for each bound the
//! tilt under which the estimate would vary least. The final months are drawn under these tilts and, a share of them, under
//! the plain laws; a month's weight is its density under the plain laws over that under the whole mixture (the balance
//! heuristic, E. Veach and L. Guibas, SIGGRAPH 1995), so that no weight is above one over the plain share.

use super::tilt::{Lives, Month, Months, Tilt};
use super::{FEW, Kept, Promise, Tally, Tilted};
use crate::base::calendar::MONTH;
use crate::base::rng::Stream;
use crate::base::stats::{Interval, log_scale};
use crate::base::time::Span;
use crate::study::cluster::Cluster;
use crate::study::estimate::CONFIDENCE;
use crate::study::outcome::Outcome;
use crate::study::sampler::Study;
use crate::study::strata::is_endless;
use crate::study::weighted::kish;
use crate::study::window;
use crate::study::world::Window;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// A share of which more than this part rests on clusters that were never simulated is no better than a counted one.
const GUESSED: f64 = 0.05;
/// Clusters that no stratum has are simulated, for at most this part of the events of the study.
const EXTRA: f64 = 0.1;
/// Fewer misses than this are worth nothing.
const LEAST: f64 = 10.0;
/// Months of the pilot.
const PILOT: u64 = 4096;
/// One month in so many of the final ones is plain.
const PLAIN: u64 = 10;
/// Final months are drawn until every standard error is this small a part of its value.
const PRECISION: f64 = 0.02;
/// But no more than these.
const MOST_MONTHS: u64 = 200_000;
/// And no more than hold so many strikes.
const MOST_STRIKES: f64 = 2e6;
/// Months that are drawn at once.
const CHUNK: u64 = 256;
/// No tilt makes more strikes a month than this.
const BUSY: f64 = 64.0;

/// A month that missed something.
struct Missed {
    lives: Lives,
    promises: Vec<usize>,
    /// Windows that it is made of: stratum and number, in order, each as often as it was drawn.
    windows: Vec<(usize, usize)>,
    guessed: bool,
    /// Its density under the plain laws over that under the final mixture; 1 in the pilot.
    weight: f64,
}

/// Draws months of a study.
struct Draw<'s, 'a, 'p> {
    study: &'s mut Study<'a>,
    promises: &'p [Promise],
    quiet: &'p [Vec<f64>],
    /// By mode, cumulated: in which a month begins.
    modes: Vec<f64>,
    months: Months,
    before: Span,
    strikes: f64,
    /// Events that may still be spent on clusters no stratum has.
    events: f64,
}

/// What a cluster came to.
struct Loss {
    /// Seconds, by promise.
    lost: Vec<f64>,
    /// The mode it left the system in, if that is known.
    mode: Option<usize>,
    window: Option<(usize, usize)>,
    guessed: bool,
}

/// Replaces what few months say by what tilted ones say, where that is better known.
pub(super) fn improve(
    study: &mut Study<'_>,
    promises: &[Promise],
    quiet: &[Vec<f64>],
    tally: &Tally,
    kept: &mut [Kept],
) {
    let broken = |i: usize| tally.broken[i].iter().sum::<u64>();
    let wanted: Vec<usize> = (0..promises.len()).filter(|i| broken(*i) < FEW).collect();
    let before = longest_loss(study, promises);
    let Some(months) = Months::of(study.plan, before).filter(|_| !wanted.is_empty()) else { return };
    let tilts = tilts(&months.strikes());
    let all: u64 = tally.modes.iter().sum();
    let modes = tally.modes.iter().scan(0, |sum, n| {
        *sum += n;
        Some(*sum as f64 / all.max(1) as f64)
    });
    let modes = modes.collect();
    let mut draw = Draw { study, promises, quiet, modes, months, before, strikes: 0.0, events: 0.0 };
    let chosen = draw.pilot(&tilts, &wanted);
    if chosen.is_empty() {
        return;
    }
    let mixture: Vec<&Tilt> = chosen.values().collect();
    let mixture = mixture.iter().enumerate().filter(|(i, tilt)| !mixture[..*i].contains(tilt));
    let mixture: Vec<Tilt> = mixture.map(|(_, tilt)| (*tilt).clone()).collect();
    let (found, n) = draw.last(&mixture, chosen.keys().copied());
    for (promise, tilt) in chosen {
        let better = draw.kept(promise, &found, n, &tilt, (broken(promise), all));
        let old = &kept[promise];
        if let Some(better) = better
            && (old.missed <= 0.0 || better.is_better_than(old))
        {
            kept[promise] = better;
        }
    }
}

/// The longest time that a window lost, up to a month: so long before a month a loss may begin that reaches into it.
fn longest_loss(study: &Study<'_>, promises: &[Promise]) -> Span {
    let windows = study.samples.iter().flatten();
    let lost = windows.flat_map(|w| promises.iter().filter_map(|p| w.lost.get(p.target)));
    Span::from_secs_f64(lost.fold(0.0, |most, lost| most.max(*lost))).min(MONTH)
}

/// All tilts that the pilot tries, from the strikes a month of each hazard.
fn tilts(strikes: &[f64]) -> Vec<Tilt> {
    let some: Vec<usize> = (0..strikes.len()).filter(|h| strikes[*h] > 0.0).collect();
    let mut families: Vec<Vec<bool>> =
        some.iter().map(|one| (0..strikes.len()).map(|h| h == *one).collect()).collect();
    if some.len() > 1 {
        families.push(strikes.iter().map(|rate| *rate > 0.0).collect());
    }
    let mut tilts = Vec::new();
    for hazards in families {
        let rate: f64 = strikes.iter().zip(&hazards).filter(|(_, is)| **is).map(|(rate, _)| rate).sum();
        let mut thetas: Vec<f64> = [2.0, 4.0, 8.0, 16.0, 32.0].to_vec();
        thetas.extend([0.5, 1.0, 2.0, 4.0, 8.0, 16.0].map(|strikes| strikes / rate));
        thetas.retain(|theta| *theta >= 1.2 && theta * rate <= BUSY);
        thetas.sort_by(f64::total_cmp);
        thetas.dedup_by(|next, kept| *next < 1.4 * *kept);
        tilts.extend(thetas.into_iter().map(|theta| Tilt { hazards: hazards.clone(), theta }));
    }
    tilts
}

impl Kept {
    /// Whether it is known better than another, and rests on simulation.
    fn is_better_than(&self, other: &Kept) -> bool {
        let guessed = self.tilted.as_ref().map_or(0.0, |tilted| tilted.guessed);
        guessed <= GUESSED && self.error / self.missed < other.error / other.missed
    }
}

impl Draw<'_, '_, '_> {
    /// Draws months under a tilt each, on all cores, until they have had so many strikes: those that missed something.
    fn missed<'t>(
        &mut self,
        numbers: Range<u64>,
        tilt: impl Fn(u64) -> &'t Tilt + Sync,
        strikes: f64,
    ) -> Vec<Missed> {
        let mut missed = Vec::new();
        let mut from = numbers.start;
        while from < numbers.end && self.strikes < strikes {
            let to = (from + CHUNK).min(numbers.end);
            let drawn: Vec<Month> =
                (from..to).into_par_iter().map(|n| self.months.draw(n, tilt(n))).collect();
            for month in drawn {
                if self.strikes < strikes {
                    missed.extend(self.month(month));
                }
            }
            from = to;
        }
        missed
    }

    /// What a month missed; `None` when it keeps all promises.
    fn month(&mut self, (clusters, lives, mut stream): Month) -> Option<Missed> {
        let u = stream.uniform();
        let mut mode = self.modes.partition_point(|sum| *sum <= u).min(self.modes.len().saturating_sub(1));
        let mut lost = vec![0.0; self.promises.len()];
        let mut windows = Vec::new();
        let mut guessed = false;
        for cluster in clusters.iter().filter(|cluster| !is_endless(self.study.plan, cluster)) {
            self.strikes += cluster.occurrences.len() as f64;
            let from = (cluster.begins().0 as f64 - self.before.0 as f64) / 1e9;
            let inside = |lost: f64| ((from + lost).min(MONTH.seconds()) - from.max(0.0)).max(0.0);
            let loss = self.loss(mode, cluster, &mut stream);
            lost.iter_mut().zip(&loss.lost).for_each(|(sum, lost)| *sum += inside(*lost));
            windows.extend(loss.window);
            mode = loss.mode.unwrap_or(mode);
            guessed |= loss.guessed;
        }
        let share = |i: usize| lost[i] / MONTH.seconds() + self.quiet[mode][i];
        let promises: Vec<usize> =
            (0..self.promises.len()).filter(|i| self.promises[*i].is_missed(share(*i))).collect();
        if promises.is_empty() {
            return None;
        }
        windows.sort_unstable();
        Some(Missed { lives, promises, windows, guessed, weight: 1.0 })
    }

    /// What a cluster that begins in a mode loses: as much as one of the windows of its stratum. One that no stratum has is
    /// simulated, while there are events left for it; then it counts as the sum of its strikes.
    fn loss(&mut self, mode: usize, cluster: &Cluster, stream: &mut Stream) -> Loss {
        if let Some((stratum, number)) = self.choose(mode, cluster, stream) {
            let outcome = &self.study.samples[stratum][number];
            return self.outcome(outcome, Some((stratum, number)));
        }
        if self.events > 0.0 {
            let key = window::key(self.study.plan, cluster, 0);
            let mode = Arc::clone(&self.study.strata.modes[mode]);
            let window = Window { mode, cluster: Some(Arc::new(cluster.clone())), key };
            let outcome = self.study.world.outcome(&window);
            self.events -= outcome.events as f64;
            return self.outcome(&outcome, None);
        }
        let mut sum = Loss { lost: vec![0.0; self.promises.len()], mode: None, window: None, guessed: true };
        for one in &cluster.occurrences {
            let alone = Cluster { occurrences: vec![one.clone()], weight: 1.0 };
            let part = match self.choose(mode, &alone, stream) {
                Some((stratum, number)) => self.outcome(&self.study.samples[stratum][number], None).lost,
                None => vec![one.lasts.seconds(); self.promises.len()],
            };
            sum.lost.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
        sum
    }

    /// A window of a cluster's stratum.
    fn choose(&mut self, mode: usize, cluster: &Cluster, stream: &mut Stream) -> Option<(usize, usize)> {
        let stratum = self.study.stratum_of(mode, cluster)?;
        let count = self.study.samples[stratum].len();
        (count > 0).then(|| (stratum, stream.below(count as u64) as usize))
    }

    fn outcome(&self, outcome: &Outcome, window: Option<(usize, usize)>) -> Loss {
        let lost = |promise: &Promise| outcome.lost.get(promise.target).copied().unwrap_or(0.0);
        Loss {
            lost: self.promises.iter().map(lost).collect(),
            mode: self.study.strata.modes.iter().position(|m| **m == *outcome.mode),
            window,
            guessed: false,
        }
    }

    /// For each promise that some month missed, the tilt under which its estimate would vary least.
    fn pilot(&mut self, tilts: &[Tilt], wanted: &[usize]) -> BTreeMap<usize, Tilt> {
        let Some(first) = tilts.first() else { return BTreeMap::new() };
        let plain = Tilt { theta: 1.0, ..first.clone() };
        let each = |i: u64| (i as usize % (tilts.len() + 1)).checked_sub(1).map_or(&plain, |k| &tilts[k]);
        let missed = self.missed(0..PILOT, each, MOST_STRIKES);
        let densities: Vec<Vec<f64>> =
            missed.iter().map(|m: &Missed| tilts.iter().map(|t| t.density(&m.lives)).collect()).collect();
        let weight = |d: &Vec<f64>| (tilts.len() + 1) as f64 / (1.0 + d.iter().sum::<f64>());
        let weights: Vec<f64> = densities.iter().map(weight).collect();
        let part = 1.0 / PLAIN as f64;
        let mut chosen = BTreeMap::new();
        for promise in wanted {
            let of_months = densities.iter().zip(&weights);
            let rows: Vec<(&Vec<f64>, &f64)> = of_months
                .zip(&missed)
                .filter(|(_, month)| month.promises.contains(promise))
                .map(|(row, _)| row)
                .collect();
            // The mean of the square of the weight is that of the weight over the density it would be drawn with.
            let square = |k: usize| {
                rows.iter().map(|(d, weight)| **weight / (part + (1.0 - part) * d[k])).sum::<f64>()
            };
            let squares: Vec<f64> = (0..tilts.len()).map(square).collect();
            let best = (0..tilts.len()).min_by(|a, b| squares[*a].total_cmp(&squares[*b]));
            if let Some(best) = best.filter(|_| !rows.is_empty()) {
                chosen.insert(*promise, tilts[best].clone());
            }
        }
        chosen
    }

    /// The final months: those that missed something, and how many there were.
    fn last(&mut self, mixture: &[Tilt], promises: impl Iterator<Item = usize>) -> (Vec<Missed>, u64) {
        let promises: Vec<usize> = promises.collect();
        let round = PLAIN * mixture.len() as u64;
        let plain = Tilt { theta: 1.0, ..mixture[0].clone() };
        let mut found: Vec<Missed> = Vec::new();
        let mut sums = vec![Weights::default(); promises.len()];
        let mut n = 0_u64;
        self.strikes = 0.0;
        self.events = self.study.events as f64 * EXTRA;
        loop {
            let batch = (n / 4).max(2_000).div_ceil(round) * round;
            // Of each round as many under every tilt, and one in ten plain.
            let tilt = |number: u64| {
                let place = ((number - PILOT) % round) as usize;
                if place < mixture.len() { &plain } else { &mixture[place % mixture.len()] }
            };
            let missed = self.missed(PILOT + n..PILOT + n + batch, tilt, f64::INFINITY);
            let from = found.len();
            found.extend(missed.into_iter().map(|m| Missed { weight: weight(&m.lives, mixture), ..m }));
            n += batch;
            promises.iter().zip(&mut sums).for_each(|(promise, sum)| sum.add(&found[from..], *promise));
            let precise = |sum: &Weights| {
                let (p, variance, _) = sum.mean(n);
                p > 0.0 && variance.sqrt() <= PRECISION * p
            };
            if n >= MOST_MONTHS || self.strikes >= MOST_STRIKES || sums.iter().all(precise) {
                return (found, n);
            }
        }
    }

    /// What the final months say about a promise; `None` when they say too little.
    fn kept(&self, promise: usize, found: &[Missed], n: u64, tilt: &Tilt, plain: (u64, u64)) -> Option<Kept> {
        let mut weights = Weights::default();
        weights.add(found, promise);
        let (p, variance, effective) = weights.mean(n);
        if p <= 0.0 || effective < LEAST {
            return None;
        }
        let variance = variance + self.second_phase(found, promise, n);
        let factor = log_scale::factor(p, variance, effective - 1.0, CONFIDENCE);
        let guessed = |m: &&Missed| m.guessed && m.promises.contains(&promise);
        let guessed: f64 = found.iter().filter(guessed).map(|m| m.weight / n as f64).sum();
        let names = self.study.plan.hazards.iter().zip(&tilt.hazards).filter(|(_, is)| **is);
        Some(Kept {
            share: 1.0 - p,
            interval: Interval { low: (1.0 - p * factor).max(0.0), high: 1.0 - p / factor },
            months: n,
            missed: p,
            missed_interval: (p / factor, p * factor),
            error: variance.sqrt(),
            tilted: Some(Tilted {
                hazards: names.map(|((_, hazard), _)| hazard.name.clone()).collect(),
                theta: tilt.theta,
                plain,
                effective,
                guessed: (guessed / p).max(0.0),
            }),
        })
    }

    /// Variance because each stratum's law is known from its windows only: how the share would change with the part that
    /// each window has in its stratum, less what chance alone does to that.
    fn second_phase(&self, found: &[Missed], promise: usize, n: u64) -> f64 {
        let target = self.promises[promise].target;
        let mut sums: Vec<Vec<(f64, f64)>> =
            self.study.samples.iter().map(|windows| vec![(0.0, 0.0); windows.len()]).collect();
        for month in found.iter().filter(|m| m.promises.contains(&promise)) {
            let weight = month.weight / n as f64;
            for same in month.windows.chunk_by(|a, b| a == b) {
                let (stratum, number) = same[0];
                let (sum, count) = (&mut sums[stratum][number], same.len() as f64);
                sum.0 += weight * count;
                sum.1 += weight * weight * count * count;
            }
        }
        let mut variance = 0.0;
        for (stratum, windows) in self.study.samples.iter().enumerate() {
            let k = windows.len() as f64;
            let lost = |i: usize| windows[i].lost.get(target);
            if k < 2.0 || (1..windows.len()).all(|i| lost(i) == lost(0) && windows[i].mode == windows[0].mode)
            {
                continue;
            }
            let of = |i: usize| sums[stratum][i];
            let mean = (0..windows.len()).map(|i| of(i).0).sum::<f64>();
            let spread: f64 =
                (0..windows.len()).map(|i| k * of(i).0 - mean).map(|d| d * d).sum::<f64>() / (k - 1.0);
            let chance: f64 = (0..windows.len()).map(|i| k * of(i).1).sum();
            variance += (spread - chance).max(0.0) / k;
        }
        variance
    }
}

/// The density of a month under the plain laws over that under the mixture.
fn weight(lives: &Lives, mixture: &[Tilt]) -> f64 {
    let part = 1.0 / PLAIN as f64;
    let mean = mixture.iter().map(|tilt| tilt.density(lives)).sum::<f64>() / mixture.len() as f64;
    1.0 / (part + (1.0 - part) * mean)
}

/// Sums of weights, and of their squares, of months that missed a promise.
#[derive(Clone, Copy, Debug, Default)]
struct Weights {
    sum: f64,
    squares: f64,
}

impl Weights {
    fn add(&mut self, found: &[Missed], promise: usize) {
        for weight in found.iter().filter(|m| m.promises.contains(&promise)).map(|m| m.weight) {
            self.sum += weight;
            self.squares += weight * weight;
        }
    }

    /// The share of `n` months that miss the promise, the variance of that by chance, and how many misses it is worth.
    fn mean(&self, n: u64) -> (f64, f64, f64) {
        let n = n as f64;
        let p = self.sum / n;
        (p, ((self.squares / n - p * p) / n).max(0.0), kish(self.sum, self.squares))
    }
}
