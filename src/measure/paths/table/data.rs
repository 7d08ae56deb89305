//! What happened to the data: losses, exposures, conflicts, staleness.

use crate::measure::findings::{Reading, WindowFindings};
use crate::measure::histogram::{Quantile, Summary};
use crate::measure::number::Unit;
use crate::measure::paths::table::causes;
use crate::measure::paths::{Ask, Kinds, Measure, Quantiles, Scopes, Statistic};
use crate::measure::staleness::StalenessFinding;

/// Measures of this part.
pub(super) static TABLE: &[Measure] = &[
    Measure {
        name: "rpo.writes",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: acknowledged writes lost. The harness computes the lost set from \
                     acknowledgements and durable state, at every promotion and every permanent loss. A write \
                     counts as superseded, not lost, only if a later one in the surviving lineage or a recorded \
                     conflict decision overruled it; conflict losers are counted apart.",
        read: |w, a| causes(w, a, |c| Some(c.rpo.all.writes as f64)),
    },
    Measure {
        name: "rpo.bytes",
        unit: Unit::Bytes,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: bytes of the acknowledged writes lost.",
        read: |w, a| causes(w, a, |c| Some(c.rpo.all.bytes as f64)),
    },
    Measure {
        name: "rpo.time",
        unit: Unit::Seconds,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: max(onset, acknowledgement of the newest) - acknowledgement of the oldest of \
                     the writes lost; 0 if there are none. An isolated old primary may go on acknowledging \
                     after the onset: that is split brain, and it shows.",
        read: |w, a| causes(w, a, |c| Some(c.rpo.all.time.seconds())),
    },
    Measure {
        name: "rpo.recoverable.writes",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: acknowledged writes lost, but still on a disk that exists: they may come back \
                     through the conflict feed or a merge. The harness computes the lost set from \
                     acknowledgements and durable state, at every promotion and every permanent loss. A write \
                     counts as superseded, not lost, only if a later one in the surviving lineage or a recorded \
                     conflict decision overruled it; conflict losers are counted apart.",
        read: |w, a| causes(w, a, |c| Some(c.rpo.recoverable.writes as f64)),
    },
    Measure {
        name: "rpo.recoverable.bytes",
        unit: Unit::Bytes,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: bytes of the acknowledged writes lost, but still on a disk that exists: they \
                     may come back through the conflict feed or a merge.",
        read: |w, a| causes(w, a, |c| Some(c.rpo.recoverable.bytes as f64)),
    },
    Measure {
        name: "rpo.recoverable.time",
        unit: Unit::Seconds,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: max(onset, acknowledgement of the newest) - acknowledgement of the oldest of \
                     the writes lost, but still on a disk that exists: they may come back through the conflict \
                     feed or a merge; 0 if there are none. An isolated old primary may go on acknowledging \
                     after the onset: that is split brain, and it shows.",
        read: |w, a| causes(w, a, |c| Some(c.rpo.recoverable.time.seconds())),
    },
    Measure {
        name: "rpo.permanent.writes",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: acknowledged writes lost for good. The harness computes the lost set from \
                     acknowledgements and durable state, at every promotion and every permanent loss. A write \
                     counts as superseded, not lost, only if a later one in the surviving lineage or a recorded \
                     conflict decision overruled it; conflict losers are counted apart.",
        read: |w, a| causes(w, a, |c| Some(c.rpo.permanent.writes as f64)),
    },
    Measure {
        name: "rpo.permanent.bytes",
        unit: Unit::Bytes,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: bytes of the acknowledged writes lost for good.",
        read: |w, a| causes(w, a, |c| Some(c.rpo.permanent.bytes as f64)),
    },
    Measure {
        name: "rpo.permanent.time",
        unit: Unit::Seconds,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: max(onset, acknowledgement of the newest) - acknowledgement of the oldest of \
                     the writes lost for good; 0 if there are none. An isolated old primary may go on \
                     acknowledging after the onset: that is split brain, and it shows.",
        read: |w, a| causes(w, a, |c| Some(c.rpo.permanent.time.seconds())),
    },
    Measure {
        name: "exposed.writes",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault, at its onset: acknowledged writes that no reachable region holds. Rows about \
                     several write regions and about failover switched off are judged on it: nothing is lost \
                     yet, but nothing can be read either.",
        read: |w, a| causes(w, a, |c| c.is_fault().then_some(c.exposed.all.writes as f64)),
    },
    Measure {
        name: "exposed.bytes",
        unit: Unit::Bytes,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault, at its onset: bytes of acknowledged writes that no reachable region holds. Rows \
                     about several write regions and about failover switched off are judged on it: nothing is \
                     lost yet, but nothing can be read either.",
        read: |w, a| causes(w, a, |c| c.is_fault().then_some(c.exposed.all.bytes as f64)),
    },
    Measure {
        name: "exposed.time",
        unit: Unit::Seconds,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault, at its onset: time from the oldest acknowledged write that no reachable region \
                     holds to the onset. Rows about several write regions and about failover switched off are \
                     judged on it: nothing is lost yet, but nothing can be read either.",
        read: |w, a| causes(w, a, |c| c.is_fault().then_some(c.exposed.all.time.seconds())),
    },
    Measure {
        name: "exposed.returned",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: of the writes that no reachable region held at its onset, how many came back in \
                     their place when their region returned by the end of the window.",
        read: |w, a| causes(w, a, |c| c.is_fault().then_some(c.exposed.returned as f64)),
    },
    Measure {
        name: "exposed.conflict-feed",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: of the writes that no reachable region held at its onset, how many were put \
                     into the conflict feed and left there by the end of the window.",
        read: |w, a| causes(w, a, |c| c.is_fault().then_some(c.exposed.conflict_feed as f64)),
    },
    Measure {
        name: "exposed.merged",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: of the writes that no reachable region held at its onset, how many were \
                     replaced by the result of a merge by the end of the window.",
        read: |w, a| causes(w, a, |c| c.is_fault().then_some(c.exposed.merged as f64)),
    },
    Measure {
        name: "exposed.conflict-lost",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: of the writes that no reachable region held at its onset, how many were \
                     overruled by a recorded conflict decision by the end of the window.",
        read: |w, a| causes(w, a, |c| c.is_fault().then_some(c.exposed.conflict_lost as f64)),
    },
    Measure {
        name: "exposed.lost",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: of the writes that no reachable region held at its onset, how many are gone for \
                     good by the end of the window.",
        read: |w, a| causes(w, a, |c| c.is_fault().then_some(c.exposed.permanently_lost as f64)),
    },
    Measure {
        name: "conflicts.lost",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::None,
        definition: "Writes overruled by a recorded conflict decision in which both took part. They are no \
                     losses, and are counted apart from them.",
        read: |w, _| Some(Reading::Number(w.conflict_losers as f64)),
    },
    Measure {
        name: "conflicts.merged",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::None,
        definition: "Conflicts settled by a merge procedure, whose result replaced the writes in conflict.",
        read: |w, _| Some(Reading::Number(w.merges as f64)),
    },
    Measure {
        name: "staleness.time",
        unit: Unit::Seconds,
        kinds: Kinds::ReadOnly,
        scopes: Scopes::Regions,
        quantiles: Quantiles::Operations,
        definition: "Of a read: the age, at its invocation, of the oldest acknowledged write to its key that it \
                     missed; 0 if it missed none.",
        read: |w, a| staleness(w, a, |f| f.time),
    },
    Measure {
        name: "staleness.versions",
        unit: Unit::Count,
        kinds: Kinds::ReadOnly,
        scopes: Scopes::Regions,
        quantiles: Quantiles::Operations,
        definition: "Of a read: how many acknowledged writes to its key it missed.",
        read: |w, a| staleness(w, a, |f| f.versions),
    },
    Measure {
        name: "staleness.current",
        unit: Unit::Fraction,
        kinds: Kinds::ReadOnly,
        scopes: Scopes::Regions,
        quantiles: Quantiles::None,
        definition: "Share of reads that missed no acknowledged write to their key.",
        read: |w, a| w.staleness.get(&a.scope).map(|f| Reading::Ratio(f.current as f64, f.time.count as f64)),
    },
    Measure {
        name: "observed",
        unit: Unit::Observed,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Operations,
        definition: "`observed.<what>.<statistic>` is what a system measured inside itself, in seconds or as a pure \
                     number: waits in a queue, times to detect a crash. Statistics are `mean`, the quantiles and \
                     `count`; over several windows all observations are taken together, and `count` is that of a \
                     window.",
        read: |w, a| observed(w, a),
    },
];

fn observed(w: &WindowFindings, ask: &Ask) -> Option<Reading> {
    let observations = w.observed.get(ask.fact?)?;
    Some(match (ask.statistic, ask.quantile) {
        (Some(Statistic::Count), _) => Reading::Number(observations.count() as f64),
        (_, Some(Quantile::Max)) => Reading::Number(observations.quantile(1.0)?),
        (_, Some(quantile)) => Reading::Quantile(quantile.share(), observations.clone()),
        _ => Reading::Ratio(observations.sum(), observations.count() as f64),
    })
}

fn staleness(w: &WindowFindings, ask: &Ask, of: impl Fn(&StalenessFinding) -> Summary) -> Option<Reading> {
    let summary = of(w.staleness.get(&ask.scope)?);
    Some(Reading::Number(summary.quantile(ask.quantile.unwrap_or(Quantile::Max))))
}
