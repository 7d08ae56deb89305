//! What produces strikes: one process of one hazard.

use super::renewal::Renewal;
use super::trace::Trace;
use super::walk::Walk;
use super::{Shared, is_base};
use crate::model::hazard::Process;
use crate::study::cluster::Occurrence;

/// One process: of one scope, or of all the scopes that a hazard strikes one after the other.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// Fails and is repaired by itself.
    Renewal(Renewal),
    /// As recorded.
    Trace(Trace),
    /// From scope to scope.
    Walk(Walk),
}

impl Source {
    /// The onset of its next strike, counted from the start of the processes; `None` when it never strikes.
    pub(crate) fn onset(&self, shared: &Shared) -> Option<u128> {
        match self {
            Source::Renewal(source) => Some(source.onset()),
            Source::Trace(source) => source.onset(shared),
            Source::Walk(source) => Some(source.onset()),
        }
    }

    /// Strikes, and moves on to the next onset. The strike's time is counted from the start of the processes.
    pub(crate) fn strike(&mut self, shared: &Shared) -> Option<Occurrence> {
        match self {
            Source::Renewal(source) => Some(source.strike(shared)),
            Source::Trace(source) => source.strike(shared),
            Source::Walk(source) => source.strike(shared),
        }
    }
}

/// The stationary processes of one hazard; none for one that only strikes with another.
pub(crate) fn of_hazard(shared: &Shared, i: usize) -> Vec<Source> {
    let hazard = &shared.hazards[i];
    match &hazard.process {
        _ if hazard.scopes.is_empty() => Vec::new(),
        Process::Renewal { .. } => {
            (0..hazard.scopes.len()).map(|scope| Source::Renewal(Renewal::start(shared, i, scope))).collect()
        }
        Process::Trace { .. } => vec![Source::Trace(Trace::start(shared, i))],
        Process::Walk { .. } => vec![Source::Walk(Walk::start(shared, i))],
        Process::With { .. } => Vec::new(),
    }
}

/// The stationary processes of all hazards that strike by themselves, in the order of the plan.
pub(crate) fn all(shared: &Shared) -> Vec<Source> {
    let bases = (0..shared.hazards.len()).filter(|i| is_base(&shared.hazards[*i]));
    bases.flat_map(|i| of_hazard(shared, i)).collect()
}
