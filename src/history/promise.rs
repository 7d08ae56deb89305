//! Which losses the promise to lose nothing covers (COS-9): those of one region while others have the same writes.

use crate::base::ids::{FaultId, PartitionId, RegionId};
use std::collections::{BTreeMap, BTreeSet};

/// Tells a loss that breaks the promise from one that is beyond it: a *double fault*. Beyond it is what a fault costs
/// that strikes when fewer than two regions are left in the quorum of the partition, and what is lost while every
/// region of that quorum is struck at once.
#[derive(Clone, Debug, Default)]
pub struct Promise {
    /// Regions of the account at the start, for partitions whose quorum has not been told; 0: not known.
    regions: usize,
    /// The quorum of each partition, from its last change.
    quorums: BTreeMap<PartitionId, BTreeSet<RegionId>>,
    /// Open faults and the regions they hold.
    open: BTreeMap<FaultId, Vec<RegionId>>,
    /// Faults that found a partition with fewer than two regions in its quorum.
    second: BTreeSet<(FaultId, PartitionId)>,
}

impl Promise {
    /// A promise of an account that replicates over so many regions at the start; 0 where that is not known.
    pub fn over(regions: u32) -> Promise {
        Promise { regions: regions as usize, ..Promise::default() }
    }

    /// The quorum of a partition changed.
    pub fn on_quorum(&mut self, partition: PartitionId, regions: &[RegionId]) {
        self.quorums.insert(partition, regions.iter().copied().collect());
    }

    /// A fault began, and holds these regions whole.
    pub fn on_fault(&mut self, fault: FaultId, regions: &[RegionId]) {
        self.open.insert(fault, regions.to_vec());
        let alone = self.quorums.iter().filter(|(_, quorum)| quorum.len() < 2);
        self.second.extend(alone.map(|(partition, _)| (fault, *partition)));
    }

    /// A fault ended.
    pub fn on_repair(&mut self, fault: FaultId) {
        self.open.remove(&fault);
    }

    /// Whether the promise covers what this partition loses now, to this fault.
    pub fn covers(&self, fault: Option<FaultId>, partition: PartitionId) -> bool {
        let second = fault.is_some_and(|fault| self.second.contains(&(fault, partition)));
        !second && !self.all_struck(partition)
    }

    fn all_struck(&self, partition: PartitionId) -> bool {
        let struck: BTreeSet<RegionId> = self.open.values().flatten().copied().collect();
        match self.quorums.get(&partition) {
            Some(quorum) => !quorum.is_empty() && quorum.is_subset(&struck),
            None => self.regions > 0 && struck.len() >= self.regions,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: PartitionId = PartitionId(0);
    const FIRST: FaultId = FaultId(0);
    const SECOND: FaultId = FaultId(1);
    const WEST: RegionId = RegionId(0);
    const EAST: RegionId = RegionId(1);

    #[test]
    fn the_loss_of_one_region_of_two_is_covered() {
        let mut promise = Promise::over(2);
        promise.on_fault(FIRST, &[WEST]);
        assert!(promise.covers(Some(FIRST), P));
        promise.on_quorum(P, &[EAST]);
        assert!(promise.covers(Some(FIRST), P), "the quorum was whole when the fault struck");
    }

    #[test]
    fn a_second_loss_after_a_shrink_to_one_region_is_a_double_fault_of_that_partition() {
        let mut promise = Promise::over(2);
        promise.on_fault(FIRST, &[WEST]);
        promise.on_quorum(P, &[EAST]);
        promise.on_repair(FIRST);
        promise.on_fault(SECOND, &[EAST]);
        assert!(!promise.covers(Some(SECOND), P));
        assert!(promise.covers(Some(SECOND), PartitionId(1)), "its quorum had not shrunk");
        assert!(promise.covers(None, PartitionId(1)));
    }

    #[test]
    fn once_the_quorum_has_grown_again_the_promise_holds_again() {
        let mut promise = Promise::over(2);
        promise.on_fault(FIRST, &[WEST]);
        promise.on_quorum(P, &[EAST]);
        promise.on_repair(FIRST);
        promise.on_quorum(P, &[WEST, EAST]);
        promise.on_fault(SECOND, &[EAST]);
        assert!(promise.covers(Some(SECOND), P));
    }

    #[test]
    fn what_is_lost_with_every_region_at_once_is_beyond_the_promise() {
        let mut promise = Promise::over(2);
        promise.on_fault(FIRST, &[WEST]);
        promise.on_fault(SECOND, &[EAST]);
        assert!(!promise.covers(Some(SECOND), P) && !promise.covers(None, P));
        promise.on_repair(FIRST);
        assert!(promise.covers(Some(SECOND), P), "a region that came back holds all");
        assert!(Promise::default().covers(Some(FIRST), P));
    }
}
