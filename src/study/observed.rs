//! What systems observe inside themselves, over all time.

use crate::study::estimate::{Evidence, Extent, LongRun};
use crate::study::outcome::Outcome;
use std::collections::BTreeSet;

/// One observed quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// What it is.
    pub name: String,
    /// The sum of its values in seconds, over all time.
    pub share: LongRun,
    /// How often it was observed, a second.
    pub rate: LongRun,
    /// Its mean and the variance of that; `None` when it was never observed.
    pub mean: Option<(f64, f64)>,
}

/// The sum of its values in one window.
pub fn sum(name: &str, window: &Outcome) -> f64 {
    let observed = window.findings.as_ref().and_then(|findings| findings.observed.get(name));
    observed.map_or(0.0, |values| values.sum())
}

/// How often it was observed in one window.
pub fn count(name: &str, window: &Outcome) -> f64 {
    let observed = window.findings.as_ref().and_then(|findings| findings.observed.get(name));
    observed.map_or(0.0, |values| values.count() as f64)
}

/// What was observed in any of these windows.
pub fn names(samples: &[Vec<Outcome>]) -> BTreeSet<&str> {
    let windows = samples.iter().flatten().filter_map(|window| window.findings.as_deref());
    windows.flat_map(|findings| findings.observed.names()).collect()
}

/// Everything that was observed in windows with faults, by name.
pub fn all(evidence: &Evidence<'_>) -> Vec<Seen> {
    let names = names(evidence.samples);
    let one = |name: &str| {
        let share = evidence.rate(&|w| sum(name, w), Extent::Sum);
        let rate = evidence.rate(&|w| count(name, w), Extent::Count);
        // The ratio of two means; its variance is that of the residuals (Cochran 1977, 6.4).
        let mean = (rate.mean > 0.0).then(|| {
            let ratio = share.mean / rate.mean;
            let residual = evidence.rate(&|w| sum(name, w) - ratio * count(name, w), Extent::Sum);
            let error = residual.standard_error() / rate.mean;
            (ratio, error * error)
        });
        Seen { name: name.to_owned(), share, rate, mean }
    };
    names.into_iter().map(one).collect()
}
