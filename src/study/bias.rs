//! Clusters drawn from biased laws, each with its likelihood ratio: for what the skeleton meets too rarely.
//!
//! # What is estimated
//! A cluster begins with an onset that finds every process up and quiet for a margin: `P(quiet)` of an independent
//! stationary process with mean up time `u`, mean repair `d` and residual law `G` is `u / (u + d) * (1 - G(margin))`, and
//! its own onsets come after an up time longer than the margin at a rate of `P(X > margin) / (u + d)`. So the clusters
//! that process `i` begins come at the rate
//!
//! ```text
//! rate(i) = P(X_i > margin) / (u_i + d_i) * product over j != i of P(j quiet)
//! ```
//!
//! exactly, and given that `i` begins one, every other process `j` fails after its residual life beyond the margin,
//! independent of the others: `P(T_j > x) = (1 - G_j(margin + x)) / (1 - G_j(margin))`. What happens until the cluster is
//! over depends on nothing before it. By Palm's formula the long-run mean of anything that is a sum over clusters is the
//! number of clusters a year times its mean over one cluster drawn in this way: [`Bias::clusters_per_year`] times the
//! mean of `weight * f(cluster)` over [`Bias::draw`]s. That is what the skeleton counts, too.
//!
//! # How it is drawn
//! The initiating process is chosen half by rate and half evenly over hazards. The extent of the cluster so far, and a
//! margin, is offered to every process that is up: it fails within it with its true probability `p`, or, until as many
//! further failures as the depth asks for have happened, with a larger one `q`, shared evenly by hazards and by the scopes
//! of each (balanced failure biasing); when, is drawn from its conditional law. Each decision multiplies the likelihood
//! ratio by `p / q` or `(1 - p) / (1 - q)`. What fails makes the extent longer, and the longer extent is offered again,
//! also to what was repaired in between, until nothing more fails. Repairs are biased towards long ones while failures
//! are missing, with their exact ratio of densities.
//!
//! A [share](DEFENSIVE) of the draws follows the plain law, and the weight is that of the whole mixture: no weight is
//! larger than one over that share, whatever the biased law missed.
//!
//! # Limits
//! Records and planned walks are no renewals of single scopes: a plan with them is refused, and its rare strata are left
//! to the skeleton. Where a hazard comes with another and outlasts its repair, the law of the next failure is taken as if
//! it did not; that is exact for exponential times to failure, and otherwise off by the share of time that it outlasts.

mod growth;
mod unit;

use crate::base::calendar::YEAR;
use crate::base::rng::{Seed, Stream};
use crate::model::plan::Plan;
use crate::study::cluster::Cluster;
use crate::study::skeleton::{Shared, SkeletonError};
use growth::Growth;
use unit::Unit;

/// The share of draws from the plain law.
pub const DEFENSIVE: f64 = 0.15;
/// The share of biased draws whose first failure is chosen by rate; the others choose evenly over hazards.
const BY_RATE: f64 = 0.5;

/// Why a plan's clusters cannot be drawn from biased laws.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BiasError {
    /// A hazard that is neither a renewal nor comes with one.
    #[error(
        "hazard `{0}` is a record or a walk: only processes that fail and are repaired by themselves can be biased"
    )]
    NoRenewal(String),
    /// No process ever begins a cluster.
    #[error("no hazard ever finds the others quiet for a margin")]
    NeverQuiet,
    /// The hazards give no skeleton either.
    #[error(transparent)]
    Skeleton(#[from] SkeletonError),
}

/// Draws clusters of at least a wanted depth far more often than they happen.
#[derive(Clone, Debug)]
pub struct Bias {
    shared: Shared,
    units: Vec<Unit>,
    depth: usize,
    /// Clusters a second.
    rate: f64,
    /// By unit, cumulated: who begins a cluster, by rate.
    by_rate: Vec<f64>,
    /// By unit, cumulated: who begins a biased one.
    biased: Vec<f64>,
}

impl Bias {
    /// Biases a plan's hazards towards clusters of `depth` failures after the first. At depth 0 nothing is biased but
    /// the first failure.
    ///
    /// # Errors
    /// When some hazard is no renewal, or the hazards give no skeleton.
    pub fn new(plan: &Plan, seed: u64, depth: usize) -> Result<Bias, BiasError> {
        let shared = Shared::new(plan, seed)?;
        let units = unit::all(&shared)?;
        // The rates have the product over all processes in common: each then leaves out its own factor.
        let all_quiet: f64 = units.iter().map(|unit| libm::log(unit.quiet)).sum();
        let rates: Vec<f64> = units.iter().map(|unit| unit.onsets / unit.quiet).collect();
        let total: f64 = rates.iter().sum();
        if !(total > 0.0 && all_quiet.is_finite()) {
            return Err(BiasError::NeverQuiet);
        }
        let hazards = units.iter().filter(|unit| unit.onsets > 0.0).map(|unit| unit.share).sum::<f64>();
        let even = |unit: &Unit| if unit.onsets > 0.0 { unit.share / hazards } else { 0.0 };
        let pairs = units.iter().zip(&rates);
        let biased = pairs.map(|(unit, rate)| BY_RATE * rate / total + (1.0 - BY_RATE) * even(unit));
        Ok(Bias {
            rate: total * libm::exp(all_quiet),
            by_rate: cumulated(rates.iter().map(|rate| rate / total)),
            biased: cumulated(biased),
            shared,
            units,
            depth,
        })
    }

    /// How many clusters begin in a year under the plain laws.
    pub fn clusters_per_year(&self) -> f64 {
        self.rate * YEAR.seconds()
    }

    /// How many processes there are: the work of a draw is in proportion to it.
    pub fn processes(&self) -> usize {
        self.units.len()
    }

    /// Draw number `n`: a pure function of the plan's hazards and margin, the seed, the depth and `n`. The cluster begins
    /// at the start of the calendar.
    ///
    /// # Errors
    /// When it would not end.
    pub fn draw(&self, n: u64) -> Result<Cluster, SkeletonError> {
        let mut stream = Seed { scenario: self.shared.seed, window: n }.named("bias", "draw");
        let plain = stream.uniform() < DEFENSIVE;
        let first = choose(if plain { &self.by_rate } else { &self.biased }, &mut stream);
        let mut growth = Growth::new(&self.shared, &self.units, n, plain);
        // How much more likely the biased law draws this cluster than the plain one.
        growth.ratio = probability(&self.biased, first) / probability(&self.by_rate, first);
        growth.grow(first, self.depth, &mut stream)?;
        let weight = 1.0 / (DEFENSIVE + (1.0 - DEFENSIVE) * growth.ratio);
        Ok(Cluster { occurrences: growth.finish(), weight })
    }
}

fn cumulated(shares: impl Iterator<Item = f64>) -> Vec<f64> {
    shares
        .scan(0.0, |sum, share| {
            *sum += share;
            Some(*sum)
        })
        .collect()
}

fn choose(cumulated: &[f64], stream: &mut Stream) -> usize {
    let u = stream.uniform() * cumulated.last().copied().unwrap_or(0.0);
    cumulated.partition_point(|sum| *sum <= u).min(cumulated.len().saturating_sub(1))
}

fn probability(cumulated: &[f64], i: usize) -> f64 {
    cumulated[i] - if i > 0 { cumulated[i - 1] } else { 0.0 }
}

#[cfg(test)]
mod tests;
