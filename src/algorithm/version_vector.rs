//! Version vectors: how far a copy has seen each origin's writes.

use std::cmp::Ordering;

/// For each origin, the last of its writes that was seen; each origin numbers its own from 1. An origin never heard of
/// stands at 0. (Parker et al., Detection of mutual inconsistency in distributed systems, 1983.)
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct VersionVector {
    /// Sorted by origin, no zeroes: equal vectors have equal representations.
    seen: Vec<(u32, u64)>,
}

impl VersionVector {
    /// Nothing was seen.
    pub const fn new() -> Self {
        VersionVector { seen: Vec::new() }
    }

    /// The last write of `origin` that was seen; 0 when none was.
    pub fn get(&self, origin: u32) -> u64 {
        self.place(origin).map_or(0, |at| self.seen[at].1)
    }

    /// Everything of `origin` up to `seq` was seen. Never goes back.
    pub fn advance(&mut self, origin: u32, seq: u64) {
        match self.place(origin) {
            Ok(at) => self.seen[at].1 = self.seen[at].1.max(seq),
            Err(at) if seq > 0 => self.seen.insert(at, (origin, seq)),
            Err(_) => {}
        }
    }

    /// Sees what `other` has seen, too: the least vector that covers both.
    pub fn merge(&mut self, other: &VersionVector) {
        for (origin, seq) in other.iter() {
            self.advance(origin, seq);
        }
    }

    /// Whether everything `other` has seen was seen here.
    pub fn covers(&self, other: &VersionVector) -> bool {
        other.iter().all(|(origin, seq)| self.get(origin) >= seq)
    }

    /// Of those origins of which more was seen here than by `other`, the last writes seen here.
    pub fn beyond(&self, other: &VersionVector) -> VersionVector {
        VersionVector { seen: self.iter().filter(|(origin, seq)| other.get(*origin) < *seq).collect() }
    }

    /// How this vector relates to `other`; none when each has seen something that the other has not.
    pub fn compare(&self, other: &VersionVector) -> Option<Ordering> {
        match (self.covers(other), other.covers(self)) {
            (true, true) => Some(Ordering::Equal),
            (true, false) => Some(Ordering::Greater),
            (false, true) => Some(Ordering::Less),
            (false, false) => None,
        }
    }

    /// What was seen here and is missing from `other`, as (origin, first, last) with both ends included: what to send
    /// to a peer that stands at `other`.
    pub fn missing_from(&self, other: &VersionVector) -> Vec<(u32, u64, u64)> {
        self.iter()
            .map(|(origin, upto)| (origin, other.get(origin) + 1, upto))
            .filter(|(_, from, upto)| from <= upto)
            .collect()
    }

    /// Origins with the last write seen of each, by rising origin.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u64)> {
        self.seen.iter().copied()
    }

    /// Whether nothing was seen.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    fn place(&self, origin: u32) -> Result<usize, usize> {
        self.seen.binary_search_by_key(&origin, |(o, _)| *o)
    }
}

impl FromIterator<(u32, u64)> for VersionVector {
    fn from_iter<T: IntoIterator<Item = (u32, u64)>>(iter: T) -> Self {
        let mut vector = VersionVector::new();
        for (origin, seq) in iter {
            vector.advance(origin, seq);
        }
        vector
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(seen: &[(u32, u64)]) -> VersionVector {
        seen.iter().copied().collect()
    }

    #[test]
    fn a_vector_never_goes_back_and_an_unknown_origin_stands_at_zero() {
        let v = vector(&[(2, 5), (1, 3), (2, 4), (7, 0)]);
        assert_eq!([1, 2, 7].map(|o| v.get(o)), [3, 5, 0]);
        assert_eq!(v, vector(&[(1, 3), (2, 5)]));
        assert!(vector(&[(7, 0)]).is_empty());
    }

    #[test]
    fn a_merge_covers_both_and_nothing_more() {
        let (a, b) = (vector(&[(1, 3), (2, 1)]), vector(&[(2, 4), (3, 1)]));
        let mut m = a.clone();
        m.merge(&b);
        assert_eq!(m, vector(&[(1, 3), (2, 4), (3, 1)]));
        assert!(m.covers(&a) && m.covers(&b) && !a.covers(&m));
    }

    #[test]
    fn vectors_that_each_saw_something_the_other_did_not_are_concurrent() {
        let a = vector(&[(1, 3), (2, 1)]);
        assert_eq!(a.compare(&a), Some(Ordering::Equal));
        assert_eq!(a.compare(&vector(&[(1, 3)])), Some(Ordering::Greater));
        assert_eq!(a.compare(&vector(&[(1, 4), (2, 1)])), Some(Ordering::Less));
        assert_eq!(a.compare(&vector(&[(1, 2), (2, 2)])), None);
    }

    #[test]
    fn what_a_peer_misses_is_listed_by_origin_with_both_ends() {
        let (mine, theirs) = (vector(&[(1, 5), (2, 2), (3, 4)]), vector(&[(1, 3), (2, 2), (4, 9)]));
        assert_eq!(mine.missing_from(&theirs), vec![(1, 4, 5), (3, 1, 4)]);
        assert_eq!(theirs.missing_from(&mine), vec![(4, 1, 9)]);
        assert_eq!(mine.missing_from(&mine), vec![]);
    }
}
