//! Planned work: from one scope to the next, round after round.

use super::Shared;
use super::renewal::nanos;
use crate::base::dist::Law;
use crate::base::rng::{Seed, Stream};
use crate::base::time::Span;
use crate::model::hazard::Process;
use crate::study::cluster::Occurrence;

/// The rounds of one hazard over all its scopes.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    hazard: usize,
    round: u64,
    /// The next scope of the round.
    scope: usize,
    onset: u128,
    /// What is left of the work that is under way when the process starts.
    under_way: Option<Span>,
}

/// The laws of a walk: from round to round, the work on one scope, the pause between two.
pub(crate) fn laws(process: &Process) -> Option<(&Law, &Law, Span)> {
    match process {
        Process::Walk { every, each, pause } => Some((every, each, *pause)),
        _ => None,
    }
}

impl Walk {
    /// The stationary walk: a cycle is a wait, then work and pauses in turn; each part is met as often as its mean length
    /// says, and its rest has its residual law.
    pub(super) fn start(shared: &Shared, hazard: usize) -> Walk {
        let mut walk = Walk { hazard, round: 0, scope: 0, onset: 0, under_way: None };
        let Some((every, each, pause)) = laws(&shared.hazards[hazard].process) else { return walk };
        let scopes = shared.hazards[hazard].scopes.len() as f64;
        let (wait, work, pause) = (every.span_mean(), each.span_mean() * scopes, pause.seconds());
        let u = walk.round_stream(shared, "start").uniform() * (wait + work + pause * (scopes - 1.0));
        let rest = walk.round_stream(shared, "residual").uniform();
        let within = |u: f64, length: f64| {
            ((u / length * scopes) as usize).min(shared.hazards[hazard].scopes.len() - 1)
        };
        if u < wait {
            walk.onset = nanos(every.residual_quantile(rest));
        } else if u < wait + work {
            walk.scope = within(u - wait, work);
            walk.under_way = Some(Span::from_secs_f64(each.residual_quantile(rest)));
        } else {
            walk.scope = 1 + within(u - wait - work, pause * scopes);
            walk.onset = u128::from(Span::from_secs_f64(pause * rest).0);
        }
        walk
    }

    fn round_stream(&self, shared: &Shared, purpose: &str) -> Stream {
        let name = format!("hazard:{}", shared.hazards[self.hazard].name);
        Seed { scenario: shared.seed, window: self.round }.named(&name, purpose)
    }

    /// The onset of the next work.
    pub(super) fn onset(&self) -> u128 {
        self.onset
    }

    /// Works on one scope, and moves on to the next. `None` for a walk over nothing.
    pub(super) fn strike(&mut self, shared: &Shared) -> Option<Occurrence> {
        let (every, each, pause) = laws(&shared.hazards[self.hazard].process)?;
        let anatomy = shared.anatomy[self.hazard].get(self.scope)?;
        let (round, scope, at) = (self.round, self.scope, self.onset);
        let drawn = || each.span(&mut anatomy.stream(shared.seed, round, "work"));
        let lasts = self.under_way.take().unwrap_or_else(drawn);
        self.scope += 1;
        let mut gap = u128::from(pause.0);
        if self.scope == shared.hazards[self.hazard].scopes.len() {
            (self.scope, self.round) = (0, round + 1);
            gap = nanos(every.sample(&mut self.round_stream(shared, "wait")));
        }
        self.onset = at + u128::from(lasts.0) + gap;
        Some(anatomy.occurrence(shared, self.hazard, scope, round, at, lasts))
    }
}
