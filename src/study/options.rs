//! When a study has seen enough.

use crate::model::plan::Plan;

/// What a study is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// Length of the skeleton; by default as many years as hold two million strikes, within 10^4..10^6.
    pub years: Option<u64>,
    /// Stop at exactly so many windows, but never before the pilot is complete: 0 is the pilot and no more.
    pub windows: Option<u64>,
    /// Stop at the first checkpoint at which every goal is known this well: half the interval over the unavailability.
    pub precision: Option<f64>,
    /// Stop at the first checkpoint by which so many events were simulated.
    pub budget: Option<u64>,
    /// An unavailability below this need not be known any better than this would have to be.
    pub floor: f64,
    /// Paths of the availabilities to be precise about.
    pub goals: Vec<String>,
}

/// Events of a study that is told nothing else.
pub const BUDGET: u64 = 200_000_000;
/// Precision of a study that is told nothing else.
pub const PRECISION: f64 = 0.1;
/// Strikes in a skeleton whose length is not given.
const STRIKES: f64 = 2e6;

impl Options {
    /// The precision and the budget to stop at: the defaults unless something was asked for.
    pub fn limits(&self) -> (Option<f64>, Option<u64>) {
        match (self.windows, self.precision, self.budget) {
            (None, None, None) => (Some(PRECISION), Some(BUDGET)),
            (_, precision, budget) => (precision, budget),
        }
    }

    /// Length of the skeleton of a plan.
    pub fn years_of(&self, plan: &Plan) -> u64 {
        self.years.unwrap_or_else(|| {
            let years = STRIKES / strikes_a_year(plan).max(1e-9);
            (years.clamp(1e4, 1e6)) as u64
        })
    }
}

/// Strikes a year of all hazards together.
pub(crate) fn strikes_a_year(plan: &Plan) -> f64 {
    use crate::base::calendar::YEAR;
    use crate::model::hazard::Process;
    let year = YEAR.seconds();
    let of = |process: &Process, scopes: f64| match process {
        Process::Renewal { to_failure, repair } => {
            scopes * year / (to_failure.mean() + repair.mean()).max(1.0)
        }
        Process::Trace { outages, period } => outages.len() as f64 * year / period.seconds().max(1.0),
        Process::Walk { every, each, pause } => {
            let round = every.mean() + scopes * (each.mean() + pause.seconds());
            scopes * year / round.max(1.0)
        }
        Process::With { .. } => 0.0,
    };
    plan.hazards.iter().map(|(_, hazard)| of(&hazard.process, hazard.scopes.len() as f64)).sum()
}
