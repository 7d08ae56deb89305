//! Outages as they were recorded, again and again.

use super::Shared;
use crate::base::rng::Seed;
use crate::base::time::Span;
use crate::model::hazard::{Process, Recorded};
use crate::study::cluster::Occurrence;

/// The record of one hazard, over all its scopes. The processes start at a random instant of the record, so that every
/// part of it is met as often as its length says.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    hazard: usize,
    /// The next outage, counted on over all rounds of the record.
    number: u64,
    /// Where in the record the processes start.
    phase: u128,
}

/// The record of a hazard, if it has one.
pub(crate) fn record(process: &Process) -> Option<(&[Recorded], Span)> {
    match process {
        Process::Trace { outages, period } => Some((outages, *period)),
        _ => None,
    }
}

impl Trace {
    /// The record from a random instant on. Of an outage under way there counts what is left of it.
    pub(super) fn start(shared: &Shared, hazard: usize) -> Trace {
        let hazard_drawn = &shared.hazards[hazard];
        let name = format!("hazard:{}", hazard_drawn.name);
        let u = Seed { scenario: shared.seed, window: 0 }.named(&name, "phase").uniform();
        let period = record(&hazard_drawn.process).map_or(Span::ZERO, |(_, period)| period);
        let mut trace = Trace { hazard, number: 0, phase: u128::from(period.scale(u).0) };
        trace.skip(shared);
        trace
    }

    /// The next outage, its onset and its end, counted from the start of the record's first round.
    fn outage(&self, shared: &Shared) -> Option<(Recorded, u128, u128)> {
        let (outages, period) = record(&shared.hazards[self.hazard].process)?;
        let count = outages.len() as u64;
        let outage = *outages.get(usize::try_from(self.number.checked_rem(count)?).ok()?)?;
        let onset = outage.at.0 + u128::from(self.number / count) * u128::from(period.0);
        Some((outage, onset, onset + u128::from(outage.lasts.0)))
    }

    /// Leaves out what was over before the processes start.
    fn skip(&mut self, shared: &Shared) {
        while self.outage(shared).is_some_and(|(_, _, end)| end <= self.phase) {
            self.number += 1;
        }
    }

    /// The onset of the next outage; `None` for an empty record.
    pub(super) fn onset(&self, shared: &Shared) -> Option<u128> {
        self.outage(shared).map(|(_, onset, _)| onset.saturating_sub(self.phase))
    }

    /// Strikes, and moves on to the next outage. `None` for an empty record.
    pub(super) fn strike(&mut self, shared: &Shared) -> Option<Occurrence> {
        let (outage, onset, end) = self.outage(shared)?;
        let number = self.number;
        self.number += 1;
        self.skip(shared);
        let (at, end) = (onset.saturating_sub(self.phase), end - self.phase);
        let lasts = Span(u64::try_from(end - at).unwrap_or(u64::MAX));
        let anatomy = shared.anatomy[self.hazard].get(outage.scope)?;
        Some(anatomy.occurrence(shared, self.hazard, outage.scope, number, at, lasts))
    }
}
