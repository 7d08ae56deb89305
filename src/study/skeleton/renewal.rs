//! Alternating renewal: up, in repair, up again.

use super::Shared;
use crate::base::dist::Law;
use crate::base::time::Span;
use crate::model::hazard::Process;
use crate::study::cluster::Occurrence;

/// The process of one scope.
#[derive(Clone, Debug)]
pub(crate) struct Renewal {
    hazard: usize,
    scope: usize,
    /// The number of the next strike.
    number: u64,
    onset: u128,
    /// The residual repair of a strike that is under way when the process starts.
    under_way: Option<Span>,
}

/// The two laws of a hazard that fails and is repaired by itself.
pub(crate) fn laws(process: &Process) -> Option<(&Law, &Law)> {
    match process {
        Process::Renewal { to_failure, repair } => Some((to_failure, repair)),
        _ => None,
    }
}

/// Nanoseconds of a time in seconds, which may be longer than a [`Span`] can hold; 0 for negative ones.
pub(crate) fn nanos(seconds: f64) -> u128 {
    (seconds * 1e9).round() as u128
}

/// The share of time in repair: mean repair over mean cycle.
pub fn unavailability(to_failure: &Law, repair: &Law) -> f64 {
    let down = repair.span_mean();
    down / (to_failure.span_mean() + down)
}

impl Renewal {
    /// The stationary process: in repair with the share of time that it is, the rest of the life under way drawn from its
    /// residual law.
    pub(super) fn start(shared: &Shared, hazard: usize, scope: usize) -> Renewal {
        let mut renewal = Renewal { hazard, scope, number: 0, onset: 0, under_way: None };
        if let Some((to_failure, repair)) = laws(&shared.hazards[hazard].process) {
            let anatomy = &shared.anatomy[hazard][scope];
            let down = anatomy.stream(shared.seed, 0, "start").uniform() < unavailability(to_failure, repair);
            let rest = anatomy.stream(shared.seed, 0, "residual").uniform();
            let law = if down { repair } else { to_failure };
            let rest = law.residual_quantile(rest);
            match down {
                true => renewal.under_way = Some(Span::from_secs_f64(rest)),
                false => renewal.onset = nanos(rest),
            }
        }
        renewal
    }

    /// The onset of its next strike.
    pub(super) fn onset(&self) -> u128 {
        self.onset
    }

    /// Strikes, and draws the next onset.
    pub(super) fn strike(&mut self, shared: &Shared) -> Occurrence {
        let anatomy = &shared.anatomy[self.hazard][self.scope];
        let (number, at) = (self.number, self.onset);
        let mut lasts = Span::ZERO;
        if let Some((to_failure, repair)) = laws(&shared.hazards[self.hazard].process) {
            let drawn = || repair.span(&mut anatomy.stream(shared.seed, number, "repair"));
            lasts = self.under_way.take().unwrap_or_else(drawn);
            let up = to_failure.sample(&mut anatomy.stream(shared.seed, number + 1, "to-failure"));
            self.onset = at + u128::from(lasts.0) + nanos(up);
        }
        self.number += 1;
        anatomy.occurrence(shared, self.hazard, self.scope, number, at, lasts)
    }
}
