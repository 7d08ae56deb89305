//! One process of a biased cluster: its laws, and how often it finds itself or is found quiet.

use super::BiasError;
use crate::base::dist::Law;
use crate::base::dist::residual::invert;
use crate::base::rng::Seed;
use crate::model::hazard::Process;
use crate::study::skeleton::Shared;
use crate::study::skeleton::renewal::{laws, unavailability};

/// Draws from which the time is estimated that hazards which come with a strike outlast its repair.
const OUTLASTING: u64 = 4096;

/// One scope of a hazard that fails and is repaired by itself.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub hazard: usize,
    pub scope: usize,
    /// Its part of what is shared evenly: by hazards, and by the scopes of each.
    pub share: f64,
    /// Its onsets a second that come after it was quiet for a margin.
    pub onsets: f64,
    /// The probability of finding it up, and quiet for a margin.
    pub quiet: f64,
    /// Seconds.
    margin: f64,
    to_failure: Law,
    pub repair: Law,
}

/// What is known of a process that is up: how long it has been. Times are seconds from the start of the cluster.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Up {
    /// Since before the cluster, and for a margin at least.
    Before,
    /// Since this repair.
    Since(f64),
}

/// The processes of all hazards, and what they share.
pub(super) fn all(shared: &Shared) -> Result<Vec<Unit>, BiasError> {
    let margin = shared.margin.seconds();
    let renewals: Vec<usize> =
        (0..shared.hazards.len()).filter(|i| laws(&shared.hazards[*i].process).is_some()).collect();
    let mut units = Vec::new();
    for (i, hazard) in shared.hazards.iter().enumerate() {
        let Some((to_failure, repair)) = laws(&hazard.process) else {
            match hazard.process {
                Process::With { .. } => continue,
                _ => return Err(BiasError::NoRenewal(hazard.name.clone())),
            }
        };
        let cycle = to_failure.span_mean() + repair.span_mean();
        let up = 1.0 - unavailability(to_failure, repair);
        let outlasting = outlasting(shared, i, repair);
        let mean = |of: &dyn Fn(f64) -> f64| {
            outlasting.iter().map(|e| of(margin + e)).sum::<f64>() / outlasting.len() as f64
        };
        let onsets = mean(&|quiet| 1.0 - before(to_failure, quiet)) / cycle;
        let quiet = up * mean(&|quiet| 1.0 - to_failure.residual_cdf(quiet));
        let share = 1.0 / (renewals.len() * hazard.scopes.len()) as f64;
        let (to_failure, repair) = (to_failure.clone(), repair.clone());
        let unit = Unit { hazard: i, scope: 0, share, onsets, quiet, margin, to_failure, repair };
        units.extend((0..hazard.scopes.len()).map(|scope| Unit { scope, ..unit.clone() }));
    }
    Ok(units)
}

/// The probability of a draw below `x`, none of which is below 0.
fn before(law: &Law, x: f64) -> f64 {
    if x <= 0.0 { 0.0 } else { law.cdf(x) }
}

/// Equally likely lengths of time by which what comes with a strike outlasts its repair.
fn outlasting(shared: &Shared, hazard: usize, repair: &Law) -> Vec<f64> {
    if shared.riders[hazard].is_empty() {
        return vec![0.0];
    }
    let one = |n: u64| {
        let mut stream = Seed { scenario: 0, window: n }.named(&shared.hazards[hazard].name, "outlasting");
        let repaired = repair.span(&mut stream).seconds();
        let mut most = 0.0f64;
        for rider in &shared.riders[hazard] {
            let Process::With { probability, lasts, .. } = &shared.hazards[*rider].process else { continue };
            for _ in &shared.hazards[*rider].scopes {
                if stream.chance(*probability) {
                    most = most.max(lasts.span(&mut stream).seconds() - repaired);
                }
            }
        }
        most
    };
    (0..OUTLASTING).map(one).collect()
}

impl Unit {
    /// The probability that a process that is up, and is known not to fail up to `from`, fails up to `to`.
    pub(super) fn chance(&self, up: Up, from: f64, to: f64) -> f64 {
        if let Law::Exponential { mean } = &self.to_failure {
            return -libm::expm1(-(to - from) / mean);
        }
        let (low, high) = self.levels(up, from, to);
        if low >= 1.0 { 1.0 } else { ((high - low) / (1.0 - low)).clamp(0.0, 1.0) }
    }

    /// When it fails, given that it does between `from` and `to`; `u` is uniform.
    pub(super) fn when(&self, up: Up, from: f64, to: f64, u: f64) -> f64 {
        if let Law::Exponential { mean } = &self.to_failure {
            return from - mean * libm::log1p(u * libm::expm1(-(to - from) / mean));
        }
        let (low, high) = self.levels(up, from, to);
        let level = low + u * (high - low);
        let at = match up {
            Up::Before => {
                let passed = |x: f64| self.to_failure.residual_cdf(self.margin + from + x);
                from + invert(passed, level, to - from)
            }
            Up::Since(repaired) => repaired + self.to_failure.quantile(level),
        };
        at.clamp(from, to)
    }

    /// How much of the law of the life under way has passed at two times.
    fn levels(&self, up: Up, from: f64, to: f64) -> (f64, f64) {
        match up {
            Up::Before => {
                let passed = |x: f64| self.to_failure.residual_cdf(self.margin + x);
                (passed(from), passed(to))
            }
            Up::Since(repaired) => {
                (before(&self.to_failure, from - repaired), self.to_failure.cdf(to - repaired))
            }
        }
    }
}
