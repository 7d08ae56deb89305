//! What a run came to over its windows: one value per measure path, with its interval.
//!
//! Shares pool their counts over windows; other numbers are means, largest values, or quantiles over all faults. Each has
//! the 95 % interval of what it estimates: of shares and means by Student's law on the log scale, of quantiles by order
//! statistics, from six windows on; of quantiles over faults other than the median, each end is a one-sided 95 % bound.

pub mod cause;
mod error;
pub mod window;

use crate::measure::histogram::Quantile;
use crate::measure::number::{Estimate, finite12, round12};
use crate::measure::observed::Observations;
use crate::measure::order_statistics::{interval, quantile};
use crate::measure::paths::{self, Path, PathError};
use crate::measure::timeline::Timeline;
pub use cause::{CauseFilter, CauseFinding, CauseSummary};
pub(crate) use error::FOR_INTERVAL;
use std::collections::BTreeSet;
pub use window::WindowFindings;

/// A measure's value in one window.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reading {
    /// A share, as counts that can be pooled.
    Ratio(f64, f64),
    /// A number.
    Number(f64),
    /// One number per fault; infinite when service was not restored.
    PerFault(Vec<f64>),
    /// This quantile of what was observed: over all windows together.
    Quantile(f64, Observations),
}

impl Reading {
    /// The value in a single window: of several faults, the worst.
    fn of_one_window(&self) -> Option<f64> {
        match self {
            Reading::Ratio(part, of) => (*of > 0.0).then(|| part / of),
            Reading::Number(value) => Some(*value),
            Reading::PerFault(values) => values.iter().copied().max_by(f64::total_cmp),
            Reading::Quantile(q, observations) => observations.quantile(*q),
        }
    }

    /// A share or a number as a sum over a sum.
    fn as_sums(&self) -> Option<(f64, f64)> {
        match self {
            Reading::Ratio(part, of) => Some((*part, *of)),
            Reading::Number(value) => Some((*value, 1.0)),
            Reading::PerFault(_) | Reading::Quantile(..) => None,
        }
    }

    /// The values per fault, if it has such.
    fn faults(&self) -> &[f64] {
        if let Reading::PerFault(values) = self { values } else { &[] }
    }
}

/// What the windows of a run came to, in their order.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    windows: Vec<WindowFindings>,
}

const TWO_SIDED: f64 = 0.025;
const ONE_SIDED: f64 = 0.05;

impl Findings {
    /// No window yet.
    pub fn new() -> Self {
        Findings::default()
    }

    /// Adds the next window. Only the first one keeps its timeline.
    pub fn push(&mut self, mut window: WindowFindings) {
        if !self.windows.is_empty() {
            window.timeline = Timeline::default();
        }
        self.windows.push(window);
    }

    /// The windows, in order.
    pub fn windows(&self) -> &[WindowFindings] {
        &self.windows
    }

    /// The value of a path; `Ok(None)` when no window has one.
    ///
    /// # Errors
    /// If the text is no measure path.
    pub fn value(&self, path: &str) -> Result<Option<Estimate>, PathError> {
        Ok(self.estimate(&paths::parse(path)?, None))
    }

    /// The value of a path, of the faults that `filter` lets through where the measure is per fault.
    pub fn estimate(&self, path: &Path, filter: Option<&CauseFilter>) -> Option<Estimate> {
        let readings: Vec<Reading> = self.windows.iter().filter_map(|w| w.reading(path, filter)).collect();
        summarise(path, &readings)
    }

    /// The value of each window that has one (of several faults in a window, the worst), with the window's number.
    pub fn per_window(&self, path: &Path, filter: Option<&CauseFilter>) -> Vec<(usize, f64)> {
        let windows = self.windows.iter().enumerate();
        windows.filter_map(|(i, w)| Some((i, w.value(path, filter)?))).collect()
    }

    /// The standard error of the value of a path over windows that are independent of each other; `None` for less than
    /// two windows, and for what is no mean and no quantile.
    ///
    /// It allows for observations within a window to depend on each other: each window counts as one, a mean is a ratio
    /// of two sums over windows, and the error of a quantile is half the distance of the two quantiles that lie one
    /// standard error of the share below it to either side (R. Woodruff, J. Amer. Statist. Assoc. 47, 1952).
    pub fn standard_error(&self, path: &Path) -> Option<f64> {
        let readings: Vec<Reading> = self.windows.iter().filter_map(|w| w.reading(path, None)).collect();
        error::standard_error(&readings)
    }

    /// Every path of the table that has a value, for the account and each client region.
    pub fn all(&self) -> Vec<(String, Estimate)> {
        let Some(first) = self.windows.first() else { return Vec::new() };
        let regions: Vec<&str> = first.client_regions().collect();
        let observed: BTreeSet<&str> = self.windows.iter().flat_map(|w| w.observed.names()).collect();
        let all = paths::all(&regions);
        let all = all.into_iter().chain(observed.into_iter().flat_map(Path::observed));
        all.filter_map(|path| Some((path.to_string(), self.estimate(&path, None)?))).collect()
    }

    /// Faults and actions by class, in order of name.
    pub fn classes(&self) -> Vec<CauseSummary> {
        CauseSummary::all(self)
    }

    /// Faults and actions of all windows that a filter lets through, with the number of their window.
    pub fn causes<'a>(&'a self, filter: &'a CauseFilter) -> impl Iterator<Item = (usize, &'a CauseFinding)> {
        let windows = self.windows.iter().enumerate();
        windows.flat_map(|(i, w)| w.causes.iter().map(move |c| (i, c))).filter(|(_, c)| filter.has(c))
    }
}

fn summarise(path: &Path, readings: &[Reading]) -> Option<Estimate> {
    if let Some((q, all)) = error::together(readings) {
        let sorted = sorted(readings.iter().filter_map(Reading::of_one_window).collect());
        return Some(finish(path, &sorted, all.quantile(q)?, error::quantile_interval(readings, q, &all)));
    }
    if path.is_worst() {
        return over_worst(path, sorted(readings.iter().filter_map(Reading::of_one_window).collect()));
    }
    let per_fault: Vec<f64> = readings.iter().flat_map(Reading::faults).copied().collect();
    if per_fault.is_empty() { over_windows(path, readings) } else { over_faults(path, sorted(per_fault)) }
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// The worst over all windows: from what a typical window may be to the worst one seen.
fn over_worst(path: &Path, sorted: Vec<f64>) -> Option<Estimate> {
    let most = *sorted.last()?;
    let (low, high) = interval(&sorted, 0.5, TWO_SIDED);
    Some(finish(path, &sorted, most, (low, high.map(|_| most))))
}

/// A share of all windows together, or a mean over them. The mean of numbers that are not all finite has an interval only
/// as far as their median has.
fn over_windows(path: &Path, readings: &[Reading]) -> Option<Estimate> {
    let sums: Vec<(f64, f64)> =
        readings.iter().filter_map(Reading::as_sums).filter(|(_, of)| *of > 0.0).collect();
    let sorted = sorted(sums.iter().map(|(part, of)| part / of).collect());
    let most = *sorted.last()?;
    let pooled = sums.iter().map(|s| s.0).sum::<f64>() / sums.iter().map(|s| s.1).sum::<f64>();
    let ends = if most.is_finite() {
        error::ratio_interval(&sums, path.measure.unit)
    } else {
        interval(&sorted, 0.5, TWO_SIDED)
    };
    Some(finish(path, &sorted, pooled, ends))
}

/// A quantile over all faults of all windows.
fn over_faults(path: &Path, values: Vec<f64>) -> Option<Estimate> {
    let q = path.quantile.unwrap_or(Quantile::P50).share();
    let tail = if q == 0.5 { TWO_SIDED } else { ONE_SIDED };
    let estimate = quantile(&values, q)?;
    Some(finish(path, &values, estimate, interval(&values, q, tail)))
}

fn finish(path: &Path, sorted: &[f64], estimate: f64, ends: (Option<f64>, Option<f64>)) -> Estimate {
    Estimate {
        estimate: finite12(estimate),
        low: ends.0.and_then(finite12),
        high: ends.1.and_then(finite12),
        confidence: 0.95,
        n: sorted.len() as u64,
        censored: sorted.iter().filter(|value| value.is_infinite()).count() as u64,
        unit: path.measure.unit,
        least: round12(sorted.first().copied().unwrap_or(estimate)),
        most: round12(sorted.last().copied().unwrap_or(estimate)),
    }
}
