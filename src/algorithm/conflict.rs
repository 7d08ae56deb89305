//! Which of several concurrent versions of a key stays.

use crate::algorithm::version_vector::VersionVector;
use std::cmp::{Ordering, Reverse};

/// How concurrent versions are settled (the two policies of Azure Cosmos DB, one of them by a chosen property).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Policy {
    /// The version with the greater system timestamp stays.
    LastWriterWins,
    /// The version with the greater value of a numeric property stays.
    NumericPath,
    /// A merge procedure decides; without one the versions wait in the conflict feed.
    Custom,
}

/// One version of a key, as far as settling a conflict needs to know it. (origin, seq) names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The timestamp, or the value at the numeric path: whichever the policy compares.
    pub stamp: u64,
    /// Where it was written.
    pub origin: u32,
    /// Its number among the writes of its origin, from 1.
    pub seq: u64,
    /// Whether it deletes the key.
    pub delete: bool,
    /// What its writer had seen of every origin (of this key, or of the whole partition).
    pub seen: VersionVector,
}

impl Candidate {
    /// Whether this version was written in knowledge of `other`, and so replaces it without any conflict.
    pub fn saw(&self, other: &Candidate) -> bool {
        self.seen.get(other.origin) >= other.seq && !self.same_as(other)
    }

    /// Whether both are the same version.
    pub fn same_as(&self, other: &Candidate) -> bool {
        (self.origin, self.seq) == (other.origin, other.seq)
    }

    /// Deletes win, then the greater stamp, then the lower origin, then its later write: a total order of versions.
    fn rank(&self) -> (bool, u64, Reverse<u32>, u64) {
        (self.delete, self.stamp, Reverse(self.origin), self.seq)
    }
}

/// Which of two versions stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Winner {
    /// The first.
    First,
    /// The second.
    Second,
    /// Neither by itself: a merge decides, or both wait in the conflict feed.
    Feed,
}

/// Which of two versions of a key stays: the one that was written in knowledge of the other, or by the policy when they
/// are concurrent. The same version twice is no conflict.
///
/// Among pairwise concurrent versions this is commutative, associative and idempotent, so that copies which meet them in
/// different orders agree. When some of them replace others, pairs are not enough (a version may beat one that an
/// already discarded one would have replaced): use [`settle`] on all of them, or let one copy decide the order.
pub fn resolve(policy: Policy, a: &Candidate, b: &Candidate) -> Winner {
    if a.same_as(b) || a.saw(b) {
        return Winner::First;
    }
    if b.saw(a) {
        return Winner::Second;
    }
    match (policy, a.rank().cmp(&b.rank())) {
        (Policy::Custom, _) => Winner::Feed,
        (_, Ordering::Less) => Winner::Second,
        (_, _) => Winner::First,
    }
}

/// Settles any number of versions of a key, in whatever order they come: versions that another one replaces drop out, and
/// the policy decides among the rest. The answer is the position of the version that stays; none when there is no
/// version, or when [`Policy::Custom`] leaves several. Of equal versions the first position is given.
pub fn settle(policy: Policy, versions: &[Candidate]) -> Option<usize> {
    let replaced = |version: &Candidate| versions.iter().any(|other| other.saw(version));
    let mut best: Option<usize> = None;
    for (at, version) in versions.iter().enumerate().filter(|(_, version)| !replaced(version)) {
        best = match best {
            None => Some(at),
            Some(held) => match resolve(policy, &versions[held], version) {
                Winner::First => Some(held),
                Winner::Second => Some(at),
                Winner::Feed => return None,
            },
        };
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(stamp: u64, origin: u32) -> Candidate {
        Candidate { stamp, origin, seq: 1, delete: false, seen: VersionVector::new() }
    }
    fn delete(stamp: u64, origin: u32) -> Candidate {
        Candidate { delete: true, ..version(stamp, origin) }
    }
    fn after(earlier: &Candidate, later: Candidate) -> Candidate {
        let mut seen = earlier.seen.clone();
        seen.advance(earlier.origin, earlier.seq);
        Candidate { seen, ..later }
    }

    #[test]
    fn of_two_concurrent_versions_the_greater_stamp_stays() {
        for policy in [Policy::LastWriterWins, Policy::NumericPath] {
            assert_eq!(resolve(policy, &version(5, 1), &version(6, 2)), Winner::Second);
            assert_eq!(resolve(policy, &version(6, 2), &version(5, 1)), Winner::First);
        }
    }

    #[test]
    fn a_delete_wins_over_a_greater_stamp_and_of_two_deletes_the_later_stays() {
        assert_eq!(resolve(Policy::LastWriterWins, &delete(1, 1), &version(9, 2)), Winner::First);
        assert_eq!(resolve(Policy::LastWriterWins, &delete(1, 1), &delete(9, 2)), Winner::Second);
    }

    #[test]
    fn equal_stamps_are_settled_by_origin() {
        assert_eq!(resolve(Policy::LastWriterWins, &version(5, 1), &version(5, 2)), Winner::First);
        assert_eq!(resolve(Policy::LastWriterWins, &version(5, 2), &version(5, 1)), Winner::Second);
    }

    #[test]
    fn a_version_written_in_knowledge_of_another_replaces_it_under_every_policy() {
        let old = delete(9, 1);
        let new = after(&old, version(1, 2));
        for policy in [Policy::LastWriterWins, Policy::NumericPath, Policy::Custom] {
            assert_eq!(resolve(policy, &old, &new), Winner::Second);
            assert_eq!(resolve(policy, &new, &old), Winner::First);
        }
    }

    #[test]
    fn concurrent_versions_under_a_custom_policy_wait_for_a_merge_but_a_repeat_does_not() {
        let (a, b) = (version(1, 1), version(2, 2));
        assert_eq!(resolve(Policy::Custom, &a, &b), Winner::Feed);
        assert_eq!(resolve(Policy::Custom, &a, &a), Winner::First);
        assert_eq!(settle(Policy::Custom, &[a.clone(), b]), None);
        assert_eq!(settle(Policy::Custom, &[a.clone(), a]), Some(0));
    }

    #[test]
    fn settling_drops_replaced_versions_first_so_that_the_order_of_arrival_does_not_matter() {
        // The delete beats the concurrent write 9, but was itself replaced by write 5: pairs would depend on order.
        let gone = delete(1, 1);
        let rewritten = after(&gone, version(5, 2));
        let concurrent = version(9, 3);
        let orders = [
            [&gone, &rewritten, &concurrent],
            [&gone, &concurrent, &rewritten],
            [&concurrent, &gone, &rewritten],
        ];
        for order in orders {
            let versions = order.map(Clone::clone);
            let stays = settle(Policy::LastWriterWins, &versions).map(|at| versions[at].stamp);
            assert_eq!(stays, Some(9));
        }
        assert_eq!(settle(Policy::LastWriterWins, &[]), None);
    }
}
