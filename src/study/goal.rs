//! What windows are shared out for, and what is known of it.

use crate::study::allocate::Need;
use crate::study::estimate::{Evidence, Extent, LongRun, Moments};
use crate::study::observed;
use crate::study::outcome::Outcome;

/// The square of the factor from a standard error to the half-width of an interval.
const REACH: f64 = 4.0;
/// Losses that none in n windows still allows, at 95 %.
const THREE: f64 = 3.0;

/// A quantity to be precise about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aim {
    /// An availability, by its index.
    Lost(usize),
    /// The sum of what a system observes, over all time.
    Share(String),
    /// How often it is observed.
    Rate(String),
    /// How often writes are lost, or lost for good.
    Loss(usize),
}

/// Paths of how often writes are lost, and lost for good.
const LOSSES: [&str; 2] = ["data-loss.p_year", "data-loss.permanent.p_year"];

impl Aim {
    /// The aim with this path: `availability.request.write`, `observed.outage.share`, `observed.outage.per-year` (also for
    /// `.mean`, which is the share over the rate), `data-loss.p_year`. `None` if there is none.
    pub fn of(path: &str, targets: &[String]) -> Option<Aim> {
        if let Some(observed) = path.strip_prefix("observed.") {
            let (what, statistic) = observed.rsplit_once('.')?;
            return match statistic {
                "share" | "mean" => Some(Aim::Share(what.to_owned())),
                "per-year" => Some(Aim::Rate(what.to_owned())),
                _ => None,
            };
        }
        let loss = LOSSES.iter().position(|known| *known == path).map(Aim::Loss);
        loss.or_else(|| targets.iter().position(|known| known == path).map(Aim::Lost))
    }

    /// Its path.
    pub fn path(&self, targets: &[String]) -> String {
        match self {
            Aim::Lost(target) => targets.get(*target).cloned().unwrap_or_default(),
            Aim::Share(what) => format!("observed.{what}.share"),
            Aim::Rate(what) => format!("observed.{what}.per-year"),
            Aim::Loss(which) => LOSSES[*which].to_owned(),
        }
    }

    /// What a window adds to it.
    pub fn value(&self, window: &Outcome) -> f64 {
        match self {
            Aim::Lost(target) => window.lost.get(*target).copied().unwrap_or(0.0),
            Aim::Share(what) => observed::sum(what, window),
            Aim::Rate(what) => observed::count(what, window),
            Aim::Loss(which) => f64::from(u8::from(window.loses_data[*which])),
        }
    }

    /// Its long-run mean.
    pub fn long_run(&self, evidence: &Evidence<'_>) -> LongRun {
        match self {
            Aim::Lost(target) => evidence.long_run(*target),
            _ => evidence.rate(&|window| self.value(window), self.extent()),
        }
    }

    /// Mean and spread in each stratum.
    pub fn moments(&self, evidence: &Evidence<'_>) -> Vec<Moments> {
        evidence.moments(&|_, window| self.value(window), &|window| self.value(window) > 0.0)
    }

    fn extent(&self) -> Extent {
        match self {
            Aim::Lost(_) => Extent::Time,
            Aim::Share(_) => Extent::Sum,
            Aim::Rate(_) | Aim::Loss(_) => Extent::Count,
        }
    }
}

/// One aim, as far as it is known.
pub struct Goal {
    aim: Aim,
    moments: Vec<Moments>,
    /// How much there is of it in the years of the skeleton; 1 when nothing was seen.
    total: f64,
    /// By stratum: what a cluster may do where nothing was seen yet.
    hidden: Vec<f64>,
    /// What windows do not lower, of the square of the relative half-width.
    pub fixed: f64,
}

impl Goal {
    /// What is known so far.
    pub fn of(evidence: &Evidence<'_>, aim: &Aim) -> Goal {
        let moments = aim.moments(evidence);
        let pairs = evidence.weights.clusters.iter().zip(&moments);
        let total: f64 = pairs.map(|(n, m)| n * m.share() * m.mean_seen).sum();
        let loss = evidence.usual(&moments);
        let known = loss.is_some() && total > 0.0;
        let first_phase = evidence.of_stretches(&moments) + evidence.of_draws(&moments).0;
        Goal {
            fixed: if known { REACH * first_phase / (total * total) } else { 0.0 },
            aim: aim.clone(),
            total: if known { total } else { 1.0 },
            hidden: (0..moments.len()).map(|i| evidence.hidden(i, loss, aim.extent())).collect(),
            moments,
        }
    }

    /// Adds what a stratum of so many clusters does to the relative half-width.
    pub fn of_stratum(&self, need: Need, clusters: f64, stratum: usize) -> Need {
        let m = &self.moments[stratum];
        let scale = clusters / self.total;
        if m.seen == 0 {
            let bound = THREE * scale * self.hidden[stratum];
            return Need { bound: hypot(need.bound, bound), ..need };
        }
        Need { spread: need.spread + REACH * scale * scale * m.spread(), ..need }
    }

    /// Adds what windows without faults do, in a mode that takes so many seconds of all.
    pub fn of_quiet(
        &self,
        need: Need,
        windows: &[Outcome],
        time: f64,
        spared: &dyn Fn(usize) -> u64,
    ) -> Need {
        let Aim::Lost(target) = self.aim else { return need };
        let lost: Vec<f64> = windows.iter().map(|w| self.aim.value(w)).collect();
        let m = Moments::of(&lost, |i| lost[i] > 0.0);
        let load: f64 = windows.iter().map(|w| w.load).sum();
        let operations: u64 = windows.iter().filter_map(|w| w.operations.get(target)).sum();
        if load <= 0.0 || operations == 0 {
            return need;
        }
        let each = operations as f64 / m.n as f64;
        if m.seen == 0 {
            let bound = THREE * time / each / self.total;
            return Need { bound: hypot(need.bound, bound), spared: spared(target) as f64 / each, ..need };
        }
        let scale = time / (load / m.n as f64) / self.total;
        Need { spread: need.spread + REACH * scale * scale * m.variance, ..need }
    }
}

fn hypot(a: f64, b: f64) -> f64 {
    (a * a + b * b).sqrt()
}
