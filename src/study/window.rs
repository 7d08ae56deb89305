//! From a cluster to the plan of a window.

use crate::base::digest::{Digest, text_hash};
use crate::base::ids::IdVec;
use crate::base::rng::Seed;
use crate::base::time::{SimTime, Span};
use crate::model::fault::{Fault, FaultKind};
use crate::model::hazard::Hazard;
use crate::model::plan::Plan;
use crate::study::cluster::{Cluster, Part};

/// The key of a window: what its faults are (paths, kinds and renewals) and how often these very faults were simulated
/// before. No index and no digest of the plan goes in, so that adding a region leaves the windows of others as they were.
pub fn key(plan: &Plan, cluster: &Cluster, ordinal: u64) -> u64 {
    let mut digest = Digest::EMPTY;
    for occurrence in &cluster.occurrences {
        if let Some(hazard) = plan.hazards.get(occurrence.hazard) {
            digest.fold(text_hash(&hazard.name));
            digest.fold(text_hash(hazard.kind.name()));
        }
        digest.fold(occurrence.renewal);
        occurrence.faults.iter().for_each(|part| digest.fold(text_hash(&part.path)));
    }
    digest.fold(ordinal);
    digest.value()
}

/// The key of a window without faults.
pub fn quiet_key(ordinal: u64) -> u64 {
    let mut digest = Digest::EMPTY;
    digest.fold(text_hash("quiet"));
    digest.fold(ordinal);
    digest.value()
}

/// The faults of a cluster, the first of them `from` after the window's start.
pub fn faults(plan: &Plan, cluster: &Cluster, from: SimTime) -> Vec<Fault> {
    let mut faults = Vec::new();
    for occurrence in &cluster.occurrences {
        let Some(hazard) = plan.hazards.get(occurrence.hazard) else { continue };
        let onset = from + occurrence.at.since(cluster.begins());
        faults.extend(occurrence.faults.iter().map(|part| fault(hazard, part, onset + part.after)));
    }
    faults.sort_by_key(|fault| fault.at);
    faults
}

/// One fault of a hazard.
pub fn fault(hazard: &Hazard, part: &Part, at: SimTime) -> Fault {
    let endless = hazard.kind == FaultKind::Destroyed;
    Fault {
        label: part.path.to_string(),
        scope: part.scope.clone(),
        kind: hazard.kind,
        at,
        lasts: (!endless).then_some(part.lasts),
    }
}

/// The plan of a window: the study's, with the faults of the cluster after the warm-up and a random phase, so that they
/// meet heartbeats, expiries and recovery points at any point of their period.
pub fn plan(base: &Plan, cluster: Option<&Cluster>, mode: &str, key: u64) -> Plan {
    let phase = Seed { scenario: base.seed, window: key }.named("study", "phase").uniform();
    let from = SimTime::ZERO + base.study.warm_up + base.study.phase.scale(phase);
    let mut plan = Plan { mode: mode.to_owned(), hazards: IdVec::new(), ..base.clone() };
    if let Some(cluster) = cluster {
        plan.faults = faults(base, cluster, from).into_iter().collect();
        let long = cluster.ends().since(cluster.begins()) + from.since(SimTime::ZERO);
        plan.limits.cap += long;
    } else {
        plan.faults = IdVec::new();
        plan.limits.at_least = plan.limits.at_least.max(QUIET);
    }
    plan
}

/// The least length of a window without faults.
const QUIET: Span = Span::mins(20);
