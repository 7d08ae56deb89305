//! What a copy keeps of one key when several may write it: the versions of which none replaces another.

use crate::algorithm::conflict::Candidate;
use crate::algorithm::version_vector::VersionVector;
use crate::base::digest::Digest;

/// One version of a key, and how it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version<V> {
    /// What was written.
    pub value: V,
    /// Its dot (origin, seq), its stamp and what its writer had seen: a dotted version vector (Preguiça et al., 2010).
    pub made: Candidate,
}

impl<V> Version<V> {
    /// A total order of versions: the greater stamp, then the greater dot.
    pub fn rank(&self) -> (u64, u32, u64) {
        (self.made.stamp, self.made.origin, self.made.seq)
    }
}

/// What replaces what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// The greater stamp replaces all others: one version is kept.
    #[default]
    LastWriterWins,
    /// A version replaces those that its writer had seen; others are kept side by side.
    Causal,
}

/// The versions of one key that are kept side by side, by dot. Merging is commutative, associative and idempotent,
/// so copies that have met the same versions, in whatever order, are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Siblings<V> {
    versions: Vec<Version<V>>,
}

impl<V> Default for Siblings<V> {
    fn default() -> Self {
        Siblings { versions: Vec::new() }
    }
}

impl<V: Clone> Siblings<V> {
    /// A single version.
    pub fn one(version: Version<V>) -> Self {
        Siblings { versions: vec![version] }
    }

    /// Takes in what another copy keeps; whether that changed anything.
    pub fn merge(&mut self, other: &Siblings<V>, rule: Rule) -> bool {
        let mut changed = false;
        for version in &other.versions {
            changed |= self.add(version, rule);
        }
        changed
    }

    fn add(&mut self, version: &Version<V>, rule: Rule) -> bool {
        if self.covers_one(version, rule) {
            return false;
        }
        match rule {
            Rule::LastWriterWins => self.versions.clear(),
            Rule::Causal => self.versions.retain(|old| !version.made.saw(&old.made)),
        }
        let dot = |v: &Version<V>| (v.made.origin, v.made.seq);
        let at = self.versions.partition_point(|old| dot(old) < dot(version));
        self.versions.insert(at, version.clone());
        true
    }

    fn covers_one(&self, version: &Version<V>, rule: Rule) -> bool {
        self.versions.iter().any(|mine| match rule {
            Rule::LastWriterWins => mine.rank() >= version.rank(),
            Rule::Causal => mine.made.same_as(&version.made) || mine.made.saw(&version.made),
        })
    }

    /// Whether merging `other` would change nothing.
    pub fn covers(&self, other: &Siblings<V>, rule: Rule) -> bool {
        other.versions.iter().all(|version| self.covers_one(version, rule))
    }

    /// The version that a reader who wants only one is given: that of the highest rank.
    pub fn current(&self) -> Option<&Version<V>> {
        self.versions.iter().max_by_key(|version| version.rank())
    }

    /// Everything that was seen by whoever sees these versions: what a write that is to replace all of them carries.
    pub fn context(&self) -> VersionVector {
        let mut context = VersionVector::new();
        for version in &self.versions {
            context.merge(&version.made.seen);
            context.advance(version.made.origin, version.made.seq);
        }
        context
    }

    /// The versions, by dot.
    pub fn iter(&self) -> impl Iterator<Item = &Version<V>> {
        self.versions.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.versions.len()
    }

    /// Whether nothing was ever written.
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    /// A digest of which versions these are.
    pub fn fingerprint(&self) -> u64 {
        let mut digest = Digest::EMPTY;
        for version in &self.versions {
            digest.fold(version.made.stamp);
            digest.fold(u64::from(version.made.origin));
            digest.fold(version.made.seq);
        }
        digest.value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(origin: u32, seq: u64, stamp: u64, seen: &[(u32, u64)]) -> Version<u64> {
        let seen = seen.iter().copied().collect();
        let made = Candidate { stamp, origin, seq, delete: false, seen };
        Version { value: u64::from(origin) * 100 + seq, made }
    }

    fn siblings(versions: &[Version<u64>], rule: Rule) -> Siblings<u64> {
        let mut all = Siblings::default();
        versions.iter().for_each(|v| _ = all.merge(&Siblings::one(v.clone()), rule));
        all
    }

    fn values(of: &Siblings<u64>) -> Vec<u64> {
        of.iter().map(|v| v.value).collect()
    }

    #[test]
    fn the_last_writer_wins_whatever_it_had_seen() {
        let all = [version(1, 1, 5, &[]), version(2, 1, 9, &[]), version(1, 2, 7, &[(1, 1), (2, 1)])];
        let kept = siblings(&all, Rule::LastWriterWins);
        assert_eq!(values(&kept), [201]);
        assert!(kept.covers(&Siblings::one(all[2].clone()), Rule::LastWriterWins));
    }

    #[test]
    fn versions_that_did_not_see_each_other_stay_side_by_side_until_one_has_seen_both() {
        let (a, b) = (version(1, 1, 5, &[]), version(2, 1, 9, &[]));
        let both = siblings(&[a.clone(), b.clone()], Rule::Causal);
        assert_eq!((values(&both), both.current().map(|v| v.value)), (vec![101, 201], Some(201)));
        let next = version(1, 2, 10, &[(1, 1), (2, 1)]);
        assert_eq!(both.context(), next.made.seen);
        let mut after = both.clone();
        assert!(after.merge(&Siblings::one(next), Rule::Causal));
        assert_eq!(values(&after), [102]);
        assert!(after.covers(&both, Rule::Causal) && !both.covers(&after, Rule::Causal));
        assert!(!after.merge(&both, Rule::Causal), "what was replaced does not come back");
    }

    #[test]
    fn copies_that_met_the_same_versions_in_any_order_are_equal() {
        let all = [
            version(1, 1, 5, &[]),
            version(2, 1, 9, &[]),
            version(1, 2, 6, &[(1, 1)]),
            version(3, 1, 3, &[(2, 1)]),
        ];
        for rule in [Rule::LastWriterWins, Rule::Causal] {
            let first = siblings(&all, rule);
            for turn in 1..all.len() {
                let mut turned = all.clone();
                turned.rotate_left(turn);
                turned.swap(0, 1);
                let other = siblings(&turned, rule);
                assert_eq!(first, other);
                assert_eq!(first.fingerprint(), other.fingerprint());
            }
        }
        assert_eq!(values(&siblings(&all, Rule::Causal)), [102, 301]);
    }
}
