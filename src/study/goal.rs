//! What is known of an availability that windows are shared out for.

use crate::study::allocate::Need;
use crate::study::estimate::{Evidence, Moments};
use crate::study::outcome::Outcome;

/// The square of the factor from a standard error to the half-width of an interval.
const REACH: f64 = 4.0;
/// Losses that none in n windows still allows, at 95 %.
const THREE: f64 = 3.0;

/// One availability, as far as it is known.
pub struct Goal {
    /// Its index.
    pub target: usize,
    moments: Vec<Moments>,
    /// Seconds of the skeleton lost in all; at least one.
    total: f64,
    /// A loss where none was seen yet.
    loss: Option<f64>,
}

impl Goal {
    /// What is known so far.
    pub fn of(evidence: &Evidence<'_>, target: usize) -> Goal {
        let lost = |w: &Outcome| w.lost.get(target).copied().unwrap_or(0.0);
        let moments = evidence.moments(&|_, w| lost(w), &|w| lost(w) > 0.0);
        let seen = |(n, m): (&f64, &Moments)| n * m.seen as f64 / m.n.max(1) as f64;
        let pairs = || evidence.weights.clusters.iter().zip(&moments);
        let events: f64 = pairs().map(seen).sum();
        let total: f64 = pairs().map(|(n, m)| seen((n, m)) * m.mean_seen).sum();
        Goal { target, total: total.max(1.0), loss: (events > 0.0).then(|| total / events), moments }
    }

    /// Adds what a stratum of so many clusters, of this mean length, does to the relative half-width.
    pub fn of_stratum(&self, need: Need, clusters: f64, stratum: usize, length: f64) -> Need {
        let m = &self.moments[stratum];
        let scale = clusters / self.total;
        if m.seen == 0 {
            let bound = THREE * scale * self.loss.unwrap_or(length);
            return Need { bound: hypot(need.bound, bound), ..need };
        }
        let p = (m.seen as f64 + 1.0) / (m.n as f64 + 2.0);
        let variance = m.variance.max(m.mean_seen * m.mean_seen * p * (1.0 - p));
        Need { spread: need.spread + REACH * scale * scale * variance, ..need }
    }

    /// Adds what windows without faults do, in a mode that takes so many seconds. `others` is the number of operations that
    /// windows with faults have spared.
    pub fn of_quiet(&self, need: Need, windows: &[Outcome], time: f64, others: u64) -> Need {
        let lost: Vec<f64> =
            windows.iter().map(|w| w.lost.get(self.target).copied().unwrap_or(0.0)).collect();
        let m = Moments::of(&lost, |i| lost[i] > 0.0);
        let load: f64 = windows.iter().map(|w| w.load).sum();
        let operations: u64 = windows.iter().filter_map(|w| w.operations.get(self.target)).sum();
        if load <= 0.0 || operations == 0 {
            return need;
        }
        let each = operations as f64 / m.n as f64;
        if m.seen == 0 {
            let bound = THREE * time / each / self.total;
            return Need { bound: hypot(need.bound, bound), spared: others as f64 / each, ..need };
        }
        let scale = time / (load / m.n as f64) / self.total;
        Need { spread: need.spread + REACH * scale * scale * m.variance, ..need }
    }
}

fn hypot(a: f64, b: f64) -> f64 {
    (a * a + b * b).sqrt()
}
