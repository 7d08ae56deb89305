//! Hazards that strike with another: a failover that gets stuck, a person who has to decide.

use super::Shared;
use crate::base::time::Span;
use crate::model::hazard::{Hazard, Process};
use crate::study::cluster::Occurrence;

/// By hazard: the hazards that come with it.
pub(super) fn by_base(hazards: &[Hazard]) -> Vec<Vec<usize>> {
    let with = |base: usize| {
        let rides =
            |h: &Hazard| matches!(h.process, Process::With { hazard, .. } if hazard.0 as usize == base);
        (0..hazards.len()).filter(|i| rides(&hazards[*i])).collect()
    };
    (0..hazards.len()).map(with).collect()
}

/// What the strikes of all such hazards last at most, but for one in a million: that far back the processes must start
/// for the calendar to know what is still under way.
pub(super) fn longest(hazards: &[Hazard]) -> Span {
    let lasts = |hazard: &Hazard| match &hazard.process {
        Process::With { lasts, .. } => Span::from_secs_f64(lasts.quantile(1.0 - 1e-6)),
        _ => Span::ZERO,
    };
    hazards.iter().map(lasts).max().unwrap_or(Span::ZERO)
}

/// Adds what comes with the strike that `all` begins with: every scope of such a hazard with its probability.
pub(crate) fn add(shared: &Shared, all: &mut Vec<Occurrence>) {
    let Some((base, at, number)) = all.first().map(|base| {
        let hazard = base.hazard.0 as usize;
        (hazard, base.at.0, shared.anatomy[hazard][base.scope].ridden(base.renewal))
    }) else {
        return;
    };
    for rider in &shared.riders[base] {
        let Process::With { probability, lasts, .. } = &shared.hazards[*rider].process else { continue };
        for (scope, anatomy) in shared.anatomy[*rider].iter().enumerate() {
            if anatomy.stream(shared.seed, number, "whether").chance(*probability) {
                let lasts = lasts.span(&mut anatomy.stream(shared.seed, number, "lasts"));
                all.push(anatomy.occurrence(shared, *rider, scope, number, at, lasts));
            }
        }
    }
}
