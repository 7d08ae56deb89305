//! Why hazards give no skeleton.

use super::Shared;
use crate::base::dist::Law;
use crate::base::time::Span;
use crate::model::hazard::{Hazard, Process};
use crate::study::cluster::Occurrence;

/// Why hazards give no skeleton.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SkeletonError {
    /// Faults follow each other so closely that they never stop interacting.
    #[error(
        "hazard `{hazard}` strikes so often that the system never settles: {occurrences} strikes over {length} follow \
         each other closer than the margin of {margin}"
    )]
    NeverSettles {
        /// The hazard with the most strikes among them.
        hazard: String,
        /// How many strikes were drawn.
        occurrences: usize,
        /// From the first onset to the last repair so far.
        length: Span,
        /// The study's margin.
        margin: Span,
    },
    /// A law without a finite mean has no rate, and one without a positive mean no end.
    #[error("hazard `{hazard}`: the mean of `{what}` must be finite and above 0, not {mean}s")]
    Mean {
        /// The hazard.
        hazard: String,
        /// `to-failure`, `repair`, ...
        what: &'static str,
        /// The mean in seconds.
        mean: f64,
    },
}

impl SkeletonError {
    /// The report of a cluster that does not end.
    pub(crate) fn endless(shared: &Shared, strikes: &[Occurrence], length: u128) -> SkeletonError {
        let mut counts = vec![0usize; shared.hazards.len()];
        for strike in strikes {
            counts[strike.hazard.0 as usize] += 1;
        }
        let most = (0..counts.len()).max_by_key(|i| (counts[*i], std::cmp::Reverse(*i)));
        SkeletonError::NeverSettles {
            hazard: most.map(|i| shared.hazards[i].name.clone()).unwrap_or_default(),
            occurrences: strikes.len(),
            length: Span(u64::try_from(length).unwrap_or(u64::MAX)),
            margin: shared.margin,
        }
    }
}

/// Whether a hazard's laws have the means that a stationary process needs.
pub(super) fn check(hazard: &Hazard) -> Result<(), SkeletonError> {
    let positive = |what: &'static str, law: &Law| {
        let mean = law.span_mean();
        let fine = mean.is_finite() && mean > 0.0;
        if fine { Ok(()) } else { Err(SkeletonError::Mean { hazard: hazard.name.clone(), what, mean }) }
    };
    match &hazard.process {
        Process::Renewal { to_failure, repair } => {
            positive("to-failure", to_failure).and_then(|()| positive("repair", repair))
        }
        Process::With { lasts, .. } => positive("lasts", lasts),
        Process::Walk { every, each, .. } => positive("every", every).and_then(|()| positive("each", each)),
        Process::Trace { period, .. } => positive("period", &Law::Constant(period.seconds())),
    }
}
