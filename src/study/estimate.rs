//! From windows and weights to long-run means with their intervals.
//!
//! `U = (1/T) * sum_h N_h * mean_h`, double sampling for stratification (J. Neyman, J. Amer. Statist. Assoc. 33, 1938;
//! Cochran, Sampling Techniques, 1977, chapter 12): the skeleton is the first phase, windows of a sample of each stratum
//! the second. Rare strata have draws from biased laws for a first phase. What fails when nothing is broken is taken off the
//! windows, and added for all of the time.

use crate::base::calendar::YEAR;
use crate::base::special::gamma;
use crate::study::interval::{self, Variance};
use crate::study::outcome::Outcome;
use crate::study::strata::{BLOCKS, Strata, Stratum};
use crate::study::walk::{self, Weights};
use crate::study::weighted::kish;

/// Coverage of all intervals.
pub const CONFIDENCE: f64 = 0.95;
/// Below so many windows with a loss nothing can be concluded.
pub const FEW: u64 = 10;
/// Below so many the interval is rough.
pub const ROUGH: u64 = 50;
/// Groups of windows that are left out in turn.
const GROUPS: usize = 16;

/// Everything an estimate is made of.
pub struct Evidence<'a> {
    /// The strata.
    pub strata: &'a Strata,
    /// Windows of each stratum, in order.
    pub samples: &'a [Vec<Outcome>],
    /// Windows without faults of each mode, in order.
    pub quiet: &'a [Vec<Outcome>],
    /// How often strata are met.
    pub weights: &'a Weights,
    /// Length of the skeleton.
    pub years: u64,
}

/// A share of time, with its interval and what it is made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LongRun {
    /// The share: an unavailability.
    pub mean: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Variance from the skeleton, and from the draws of rare strata.
    pub first_phase: f64,
    /// Variance from the windows.
    pub second_phase: f64,
    /// Third cumulant, of both phases.
    pub third: f64,
    /// What strata in which nothing was seen add to the upper end.
    pub unseen: f64,
    /// Windows in which something was lost.
    pub seen: u64,
    /// Equally costly clusters that would say as much as those that lose something (Kish).
    pub events: f64,
    /// The same of bursts: fewer, where clusters come together.
    pub bursts: f64,
    /// Mean share over the windows without faults.
    pub quiet: f64,
    /// What each stratum adds to the mean.
    pub parts: Vec<f64>,
    /// The number of independent losses that would give the same interval (Kish).
    pub effective: f64,
    /// Operations (or observations) behind it.
    pub n: u64,
}

impl LongRun {
    /// Half the interval's width over the mean; infinite without a mean.
    pub fn relative_half_width(&self) -> f64 {
        if self.mean > 0.0 { (self.high - self.low) / 2.0 / self.mean } else { f64::INFINITY }
    }

    /// The standard error of the mean.
    pub fn standard_error(&self) -> f64 {
        (self.first_phase + self.second_phase).sqrt()
    }

    /// Losses seen that say something each: of some that come together, or of many small ones, fewer than were met.
    pub fn losses(&self) -> u64 {
        self.seen.min(self.bursts as u64)
    }

    /// Whether so little was seen that the interval is only rough.
    pub fn is_rough(&self) -> bool {
        self.losses() < ROUGH
    }

    /// Whether too little was seen to conclude anything.
    pub fn is_scarce(&self) -> bool {
        self.losses() < FEW
    }
}

/// Mean and spread of one quantity over the windows of a stratum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// Windows.
    pub n: u64,
    /// Windows in which it was not zero.
    pub seen: u64,
    /// Mean.
    pub mean: f64,
    /// Unbiased variance; of a single window its square.
    pub variance: f64,
    /// Mean of those that were not zero.
    pub mean_seen: f64,
    /// The third central moment.
    pub third: f64,
    /// The fourth over the square of the second: 3 for a normal law, more with heavy tails.
    pub kurtosis: f64,
}

impl Moments {
    /// Of these values; `real` says which of them count as seen.
    pub fn of(values: &[f64], real: impl Fn(usize) -> bool) -> Moments {
        let n = values.len() as f64;
        if values.is_empty() {
            return Moments::default();
        }
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
        let fourth: f64 = values.iter().map(|x| libm::pow(x - mean, 4.0)).sum();
        let cubes: f64 = values.iter().map(|x| (x - mean) * (x - mean) * (x - mean)).sum();
        let seen: Vec<f64> = values.iter().enumerate().filter(|(i, _)| real(*i)).map(|(_, x)| *x).collect();
        Moments {
            n: values.len() as u64,
            seen: seen.len() as u64,
            mean,
            variance: if values.len() > 1 { squares / (n - 1.0) } else { mean * mean },
            third: cubes / n,
            kurtosis: if squares > 0.0 { n * fourth / (squares * squares) } else { 3.0 },
            mean_seen: if seen.is_empty() { 0.0 } else { seen.iter().sum::<f64>() / seen.len() as f64 },
        }
    }
}

/// What a quantity is of: how much a cluster may add to it where nothing was ever seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Time that is lost: no more than a window of the stratum is long, on average.
    Time,
    /// A sum of times that systems observe: as long as the faults are, where nothing was seen of any stratum.
    Sum,
    /// How often something happens: once.
    Count,
}

/// What one draw from a biased law adds to a total.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OneDraw {
    mean: f64,
    square: f64,
}

impl OneDraw {
    /// Its variance.
    pub fn variance(&self) -> f64 {
        (self.square - self.mean * self.mean).max(0.0)
    }
}

impl Moments {
    /// The variance, as long as few windows were run: what was seen in all or in hardly any of them may not be so in the
    /// others. One more window is taken to have seen something, and one more nothing (P. Laplace, 1774).
    pub fn spread(&self) -> f64 {
        let p = (self.seen as f64 + 1.0) / (self.n as f64 + 2.0);
        self.variance.max(self.mean_seen * self.mean_seen * p * (1.0 - p))
    }

    /// The share of windows that saw something.
    pub fn share(&self) -> f64 {
        self.seen as f64 / self.n.max(1) as f64
    }
}

impl Evidence<'_> {
    /// The skeleton's length in seconds.
    pub fn seconds(&self) -> f64 {
        self.years as f64 * YEAR.seconds()
    }

    /// The long-run share of time lost, of one target.
    pub fn long_run(&self, target: usize) -> LongRun {
        let modes = self.quiet.iter().enumerate();
        let quiet: Vec<Quiet> =
            modes.map(|(mode, windows)| Quiet::of(windows, target, self.spared(target, mode))).collect();
        let value = |mode: usize, w: &Outcome| {
            let rate = quiet.get(mode).map_or(0.0, |q| q.rate);
            w.lost.get(target).copied().unwrap_or(0.0) - rate * w.load
        };
        let real = |w: &Outcome| w.lost.get(target).is_some_and(|lost| *lost > 0.0);
        let n = self.samples.iter().flatten().filter_map(|w| w.operations.get(target)).sum();
        let mut run = self.mean_of(&value, &real, Extent::Time);
        self.add_quiet(&mut run, &quiet);
        LongRun { n, ..run }
    }

    /// Operations of windows with faults that nevertheless lost nothing, by the mode they began in: no more of them would
    /// have failed without faults.
    pub fn spared(&self, target: usize, mode: usize) -> u64 {
        let strata = self.strata.all.iter().zip(self.samples).filter(|(stratum, _)| stratum.mode == mode);
        let whole = |w: &&Outcome| w.lost.get(target).is_some_and(|lost| *lost <= 0.0) && !w.censored;
        let windows = strata.flat_map(|(_, windows)| windows).filter(whole);
        windows.filter_map(|w| w.operations.get(target)).sum()
    }

    /// The long-run rate of something that windows count, a second.
    pub fn rate(&self, value: &dyn Fn(&Outcome) -> f64, extent: Extent) -> LongRun {
        let real = |w: &Outcome| value(w) != 0.0;
        let mut run = self.mean_of(&|_, w| value(w), &real, extent);
        self.close(&mut run, 0.0, f64::INFINITY);
        run.n = self.samples.iter().map(|windows| windows.len() as u64).sum();
        run
    }

    fn mean_of(
        &self,
        value: &dyn Fn(usize, &Outcome) -> f64,
        real: &dyn Fn(&Outcome) -> bool,
        extent: Extent,
    ) -> LongRun {
        let moments = self.moments(value, real);
        let time = self.seconds();
        let share = |(n, m): (&f64, &Moments)| n * m.mean / time;
        let parts: Vec<f64> = self.weights.clusters.iter().zip(&moments).map(share).collect();
        let (stretches, draws) = (self.of_stretches(&moments), self.of_draws(&moments));
        let together = self.dispersion(&moments, stretches);
        let mut run = LongRun {
            mean: parts.iter().sum(),
            seen: moments.iter().map(|m| m.seen).sum(),
            events: self.events(&moments, 1.0),
            bursts: self.events(&moments, surely(together)),
            unseen: self.unseen(&moments, extent) / time,
            parts,
            ..LongRun::default()
        };
        run.second_phase = (self.second_phase(&moments) + self.of_modes(&moments)) / (time * time);
        run.first_phase = (stretches + draws.0) / (time * time);
        run.third = (self.third(&moments, together) + draws.1) / (time * time * time);
        run.effective = self.effective(value);
        run
    }

    /// Mean and spread of a quantity in each stratum.
    pub fn moments(
        &self,
        value: &dyn Fn(usize, &Outcome) -> f64,
        real: &dyn Fn(&Outcome) -> bool,
    ) -> Vec<Moments> {
        let one = |(i, windows): (usize, &Vec<Outcome>)| {
            let values: Vec<f64> = windows.iter().map(|w| value(self.strata.all[i].mode, w)).collect();
            Moments::of(&values, |j| real(&windows[j]))
        };
        self.samples.iter().enumerate().map(one).collect()
    }

    /// The sum over strata that were met and tried: of how many clusters, the mean, and on how many windows it rests.
    fn with_weights(&self, moments: &[Moments], part: impl Fn(f64, &Moments, f64) -> f64) -> f64 {
        let rows = self.weights.clusters.iter().zip(moments).zip(&self.strata.all);
        let used = rows.filter(|((n, m), _)| **n > 0.0 && m.n > 0);
        let sums = used.map(|((n, m), stratum)| {
            // More windows than clusters of the skeleton say nothing more about it.
            let most = if stratum.rare.is_some() { f64::INFINITY } else { n.max(1.0) };
            part(*n, m, (m.n as f64).min(most))
        });
        sums.sum()
    }

    /// Equally costly clusters that would say as much as those with a loss; or bursts, if so many of the skeleton's say no more
    /// than one.
    fn events(&self, moments: &[Moments], burst: f64) -> f64 {
        let (mut sum, mut squares) = (0.0, 0.0);
        for ((stratum, n), m) in self.strata.all.iter().zip(&self.weights.clusters).zip(moments) {
            let worth = m.share() * self.draws_of(stratum).unwrap_or(*n / burst);
            if worth > 0.0 {
                let loss = n * m.share() * m.mean_seen.abs();
                sum += loss;
                squares += loss * loss / worth;
            }
        }
        kish(sum, squares)
    }

    /// The effective number of draws of a rare stratum.
    fn draws_of(&self, stratum: &Stratum) -> Option<f64> {
        Some(stratum.rare.as_ref()?.effective(&self.strata.drawing.as_ref()?.draws))
    }

    /// Variance of the total from the windows.
    fn second_phase(&self, moments: &[Moments]) -> f64 {
        self.with_weights(moments, |n, m, windows| n * n * m.spread() / windows)
    }

    /// Variance of the total from the skeleton, by the spread between its stretches (right for bursts too, where that of
    /// a Poisson process would be too small).
    pub fn of_stretches(&self, moments: &[Moments]) -> f64 {
        let of = |block: usize| {
            let strata = self.weights.blocks.iter().zip(moments);
            strata.map(|(blocks, m)| blocks[block] * m.mean).sum::<f64>()
        };
        let sums: Vec<f64> = (0..BLOCKS).map(of).collect();
        Moments::of(&sums, |_| true).variance * BLOCKS as f64
    }

    /// Variance and third cumulant of the total from the draws of rare strata. Of the third moment of one draw only a lower
    /// bound is known: that of equal draws with its mean and mean square.
    pub fn of_draws(&self, moments: &[Moments]) -> (f64, f64) {
        let draws = self.strata.drawing.iter().flat_map(|drawing| &drawing.draws);
        let each = self.of_one_draw(moments).into_iter().zip(draws).map(|(one, n)| {
            let n = *n as f64;
            let third = if one.mean > 0.0 { one.square * one.square / one.mean } else { 0.0 };
            (one.variance() / n, third / (n * n))
        });
        each.fold((0.0, 0.0), |(a, b), (c, d)| (a + c, b + d))
    }

    /// The sum of a power of the mean loss over the clusters of the skeleton.
    fn counted(&self, moments: &[Moments], power: f64) -> f64 {
        let rows = self.weights.clusters.iter().zip(&self.strata.all).zip(moments);
        let counted = rows.filter(|((_, stratum), _)| stratum.rare.is_none());
        counted.map(|((n, _), m)| n * libm::pow(m.mean.abs(), power)).sum()
    }

    /// How many clusters of the skeleton come together: the variance of the total between stretches over that of a Poisson
    /// process.
    fn dispersion(&self, moments: &[Moments], stretches: f64) -> f64 {
        let poisson = self.counted(moments, 2.0);
        if poisson > 0.0 { stretches / poisson } else { 0.0 }
    }

    /// The third cumulant of the total, but for draws of rare strata: that of a compound Poisson process where every cluster
    /// was simulated. Where clusters come in bursts, they are so much larger.
    fn third(&self, moments: &[Moments], burst: f64) -> f64 {
        let rows = self.weights.clusters.iter().zip(&self.strata.all).zip(moments);
        let windows = self.with_weights(moments, |n, m, windows| n * n * n * m.third / (windows * windows));
        let both: f64 = rows
            .filter(|((n, stratum), m)| stratum.rare.is_none() && **n > 0.0 && m.n > 0)
            .map(|((n, _), m)| 3.0 * n * n * m.mean.abs() * m.variance / (m.n as f64).min(*n).max(1.0))
            .sum();
        burst * burst * self.counted(moments, 3.0) + burst * both + windows
    }

    /// What one draw of each depth alone would add to the total. A draw belongs to one stratum in each mode; what it does in
    /// several of them is taken to go together.
    pub fn of_one_draw(&self, moments: &[Moments]) -> Vec<OneDraw> {
        let Some(drawing) = &self.strata.drawing else { return Vec::new() };
        let all = self.years as f64 * drawing.per_year;
        let mut sums = vec![OneDraw::default(); drawing.draws.len()];
        for (stratum, m) in self.strata.all.iter().zip(moments) {
            let share = self.weights.modes.get(stratum.mode).copied().unwrap_or(0.0);
            for (depth, drawn) in stratum.rare.iter().flat_map(|rare| rare.sums()).enumerate() {
                let each = share / drawing.draws[depth] as f64;
                sums[depth].mean += all * each * drawn.weight * m.mean;
                sums[depth].square += all * all * each * drawn.square * (m.mean * m.mean + m.variance);
            }
        }
        sums
    }

    /// Variance of the total because the probabilities of the next modes are only estimated: the jackknife over groups
    /// of windows (B. Efron, The Jackknife, the Bootstrap and Other Resampling Plans, 1982).
    fn of_modes(&self, moments: &[Moments]) -> f64 {
        if self.strata.modes.len() < 2 {
            return 0.0;
        }
        let without = |group: usize| {
            let next = walk::next_modes(self.strata, self.samples, Some((group, GROUPS)));
            let weights = walk::mixed(self.strata, &next);
            weights.clusters.iter().zip(moments).map(|(n, m)| n * m.mean).sum::<f64>()
        };
        let sums: Vec<f64> = (0..GROUPS).map(without).collect();
        let mean = sums.iter().sum::<f64>() / GROUPS as f64;
        let squares: f64 = sums.iter().map(|x| (x - mean) * (x - mean)).sum();
        squares * (GROUPS - 1) as f64 / GROUPS as f64
    }

    /// How large a loss is, by those seen: the mean that a stratum loses when it does, weighted by what it loses in all, so that
    /// many small losses of one stratum do not make those small that another may hide. `None` when none was seen.
    pub fn usual(&self, moments: &[Moments]) -> Option<f64> {
        let total = self.with_weights(moments, |n, m, _| n * m.share() * m.mean_seen.max(0.0));
        let squares =
            self.with_weights(moments, |n, m, _| n * m.share() * m.mean_seen.max(0.0) * m.mean_seen);
        (total > 0.0).then(|| squares / total)
    }

    /// How large a loss may be that a stratum hides in which none was seen: as large as those seen usually are; as its clusters are
    /// long, when none was seen of any. The crash of a machine that is over in minutes hides no outage of a day.
    pub fn hidden(&self, stratum: usize, usual: Option<f64>, extent: Extent) -> f64 {
        let length = self.strata.all[stratum].length();
        match extent {
            Extent::Time => {
                let windows = &self.samples[stratum];
                let each = windows.iter().map(|w| w.load).sum::<f64>() / windows.len() as f64;
                // Of no windows at all the minimum with NaN is the other one.
                usual.unwrap_or(length).min(each)
            }
            Extent::Sum => usual.unwrap_or(length),
            Extent::Count => usual.unwrap_or(1.0),
        }
    }

    /// What strata without a loss may still hide, in the unit of the total. With none in n_h windows of each of several
    /// strata, the sum over them of N_h times the probability of a loss is at 95 % below the largest of 3 N_h / n_h: no loss in
    /// any has the probability prod (1 - p_h)^n_h, which is 5 % where sum n_h p_h is 3, and a sum of N_h p_h under that
    /// condition is largest where all of it is in one stratum (for one: J. Hanley and A. Lippman-Hand, J. Amer. Med. Assoc. 249, 1983).
    /// How large such a loss is taken to be, [`hidden`](Self::hidden) says.
    fn unseen(&self, moments: &[Moments], extent: Extent) -> f64 {
        let usual = self.usual(moments);
        let rows = moments.iter().zip(&self.weights.clusters).enumerate();
        let bounds = rows
            .filter(|(_, (m, n))| m.seen == 0 && **n > 0.0)
            .map(|(i, (m, n))| n * (3.0 / m.n.max(1) as f64).min(1.0) * self.hidden(i, usual, extent));
        bounds.fold(0.0, f64::max)
    }

    /// The effective number of losses.
    fn effective(&self, value: &dyn Fn(usize, &Outcome) -> f64) -> f64 {
        let (mut sum, mut squares) = (0.0, 0.0);
        for (i, windows) in self.samples.iter().enumerate() {
            let weight = self.weights.clusters[i] / windows.len().max(1) as f64;
            for window in windows {
                let x = weight * value(self.strata.all[i].mode, window).max(0.0);
                sum += x;
                squares += x * x;
            }
        }
        kish(sum, squares)
    }

    /// Adds what fails when nothing is broken, and closes the interval.
    fn add_quiet(&self, run: &mut LongRun, quiet: &[Quiet]) {
        let (mut variance, mut unseen, mut dof) = (0.0, 0.0f64, f64::INFINITY);
        for (share, q) in self.weights.modes.iter().zip(quiet) {
            run.quiet += share * q.rate;
            variance += share * share * q.variance;
            unseen = unseen.max(share * q.unseen);
            dof = dof.min(q.windows as f64 - 1.0);
        }
        run.mean = (run.mean + run.quiet).max(0.0);
        run.second_phase += variance;
        run.unseen = (run.unseen * run.unseen + unseen * unseen).sqrt();
        self.close(run, variance, dof);
    }

    /// The interval: of a total of losses that come by chance, and upwards also by what was not seen.
    fn close(&self, run: &mut LongRun, quiet: f64, quiet_dof: f64) {
        let first_dof = (run.events - 1.0).clamp(1.0, (BLOCKS - 1) as f64);
        let variance = interval::sum(&[
            Variance { value: run.first_phase, dof: first_dof },
            Variance { value: run.second_phase - quiet, dof: (run.effective - 1.0).max(1.0) },
            Variance { value: quiet, dof: quiet_dof },
        ]);
        let (low, high) = interval::of_total(run.mean, variance, run.third, CONFIDENCE);
        let up = high - run.mean;
        run.low = low;
        run.high = run.mean + (up * up + run.unseen * run.unseen).sqrt();
    }
}

/// How many clusters come together at least, if the stretches say `dispersion`: with 95 % confidence, as of a variance with so
/// many degrees of freedom. One, where single ones are as likely.
fn surely(dispersion: f64) -> f64 {
    let dof = (BLOCKS - 1) as f64;
    (dispersion * dof / (2.0 * gamma::quantile(dof / 2.0, CONFIDENCE))).max(1.0)
}

/// What fails in windows without faults, in one mode.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Quiet {
    windows: u64,
    rate: f64,
    variance: f64,
    unseen: f64,
}

impl Quiet {
    fn of(windows: &[Outcome], target: usize, spared: u64) -> Quiet {
        let load: f64 = windows.iter().map(|w| w.load).sum();
        let lost = |w: &Outcome| w.lost.get(target).copied().unwrap_or(0.0);
        let operations: u64 = windows.iter().filter_map(|w| w.operations.get(target)).sum();
        if load <= 0.0 {
            return Quiet { windows: windows.len() as u64, ..Quiet::default() };
        }
        let n = windows.len() as f64;
        let rate = windows.iter().map(lost).sum::<f64>() / load;
        let residuals: Vec<f64> = windows.iter().map(|w| lost(w) - rate * w.load).collect();
        let spread = residuals.iter().map(|r| r * r).sum::<f64>() / (n - 1.0).max(1.0);
        let spared = operations + spared;
        let unseen = if rate > 0.0 { 0.0 } else { (3.0 / spared.max(1) as f64).min(1.0) };
        Quiet { windows: windows.len() as u64, rate, variance: n * spread / (load * load), unseen }
    }
}
