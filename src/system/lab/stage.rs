//! Where a lab's actors stand: on the data nodes of the topology's regions, one after the other.

use crate::base::diagnostics::{Code, Diagnostics, Place};
use crate::base::ids::{Id, NodeId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::model::fault::Scope;
use crate::model::plan::Plan;

/// The data nodes of one region, dealt out in turn.
#[derive(Clone, Debug)]
pub struct Stage {
    nodes: Vec<NodeId>,
}

impl Stage {
    /// The node of the `i`-th actor.
    pub fn node(&self, i: usize) -> NodeId {
        self.nodes.get(i % self.nodes.len().max(1)).copied().unwrap_or_default()
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.nodes.len()
    }
}

/// The stages of the first `N` regions; an error at `place` when the topology has fewer.
pub fn regions<const N: usize>(
    lab: &str,
    plan: &Plan,
    place: Place,
    errors: &mut Diagnostics,
) -> Option<[Stage; N]> {
    let there = plan.topology.regions.len();
    if there < N {
        let message = format!("`{lab}` plays in {N} regions, and the topology has {there}");
        errors.error(Code::ImpossiblePlacement, place, message);
        return None;
    }
    let stage = |i: usize| {
        let zones = plan.topology.zones_of(RegionId::from_index(i));
        Stage { nodes: zones.flat_map(|zone| plan.topology.data_nodes_of(zone)).collect() }
    };
    Some(std::array::from_fn(stage))
}

/// When the faults of the window begin, in order: what a lab measures its answers from. No actor acts on it, unless the
/// lab's documentation says so.
pub fn onsets(plan: &Plan) -> Vec<SimTime> {
    let mut onsets: Vec<SimTime> = plan.faults.iter().map(|(_, fault)| fault.at).collect();
    onsets.sort_unstable();
    onsets
}

/// When the first fault of a whole region begins, if one does.
pub fn first_of_region(plan: &Plan, region: RegionId) -> Option<SimTime> {
    let of_region = |scope: &Scope| matches!(scope, Scope::Region(struck) if *struck == region);
    let struck = plan.faults.iter().filter(|(_, fault)| of_region(&fault.scope));
    struck.map(|(_, fault)| fault.at).min()
}

/// The last onset up to `now`, with how many there were.
pub fn last_onset(onsets: &[SimTime], now: SimTime) -> (usize, SimTime) {
    let n = onsets.partition_point(|at| *at <= now);
    (n, n.checked_sub(1).map_or(SimTime::ZERO, |last| onsets[last]))
}

/// Reports a number outside of a range, with what it counts.
pub fn check_count(
    what: &str,
    value: u32,
    range: std::ops::RangeInclusive<u32>,
    place: Place,
    errors: &mut Diagnostics,
) {
    if !range.contains(&value) {
        let message = format!("between {} and {} {what}, not {value}", range.start(), range.end());
        errors.error(Code::NumberOutOfRange, place, message);
    }
}

/// Reports a length of time that must be above zero.
pub fn check_positive(what: &str, value: Span, place: Place, errors: &mut Diagnostics) {
    if value == Span::ZERO {
        errors.error(Code::OutsideLimits, place, format!("`{what}` must be longer than nothing"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_onset_is_the_latest_that_has_come() {
        let at = |s| SimTime::ZERO + Span::secs(s);
        let onsets = [at(2), at(5)];
        assert_eq!(last_onset(&onsets, at(1)), (0, SimTime::ZERO));
        assert_eq!(last_onset(&onsets, at(2)), (1, at(2)));
        assert_eq!(last_onset(&onsets, at(9)), (2, at(5)));
    }
}
