//! Which keys changed by what: what to send to a copy that has seen so much.

use crate::algorithm::version_vector::VersionVector;
use std::collections::BTreeMap;

/// Changes, numbered from 1; of each key only the last is kept, with all events that may have changed it since it is
/// remembered, and of all keys only those that changed last. Whoever has seen the events of a key needs nothing of it, from
/// whomever he has them. (V. Enes, P. S. Almeida, C. Baquero and J. Leitão, Efficient synchronization of state-based CRDTs,
/// 2019: nothing is sent back, and nothing is noted but what is new.)
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeLog<K> {
    last: u64,
    keys: BTreeMap<u64, (K, VersionVector)>,
    changed: BTreeMap<K, u64>,
    /// Whoever has not seen these needs everything: nobody knows any more which keys they changed.
    forgotten: VersionVector,
}

impl<K: Ord + Copy> Default for ChangeLog<K> {
    fn default() -> Self {
        let (keys, changed) = (BTreeMap::new(), BTreeMap::new());
        ChangeLog { last: 0, keys, changed, forgotten: VersionVector::new() }
    }
}

impl<K: Ord + Copy> ChangeLog<K> {
    /// A key was changed by some of these events; the last `most` keys are remembered.
    pub fn note(&mut self, key: K, mut by: VersionVector, most: usize) {
        self.last += 1;
        let before = self.changed.insert(key, self.last).and_then(|before| self.keys.remove(&before));
        if let Some((_, before)) = before {
            by.merge(&before);
        }
        self.keys.insert(self.last, (key, by));
        while self.keys.len() > most
            && let Some((_, (key, by))) = self.keys.pop_first()
        {
            self.changed.remove(&key);
            self.forgotten.merge(&by);
        }
    }

    /// These events happened, and nobody can say which keys they changed.
    pub fn forget(&mut self, by: &VersionVector) {
        self.forgotten.merge(by);
    }

    /// How many keys are remembered.
    pub fn remembered(&self) -> usize {
        self.keys.len()
    }

    /// Keys that changed after change number `from` by events that a copy has not seen, with the events of each that are
    /// new to it; `None`: nobody knows any more.
    pub fn since<'a>(
        &'a self,
        from: u64,
        seen: &'a VersionVector,
    ) -> Option<impl Iterator<Item = (K, VersionVector)> + 'a> {
        let new = |(key, by): &(K, VersionVector)| (!seen.covers(by)).then(|| (*key, by.beyond(seen)));
        seen.covers(&self.forgotten)
            .then(|| self.keys.range(from + 1..).filter_map(move |(_, noted)| new(noted)))
    }

    /// The number up to which a copy has seen all changes, if it has seen all up to `from`.
    pub fn seen_up_to(&self, from: u64, seen: &VersionVector) -> u64 {
        let lacking = self.keys.range(from + 1..).find(|(_, (_, by))| !seen.covers(by));
        lacking.map_or(self.last, |(at, _)| at - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(events: &[(u32, u64)]) -> VersionVector {
        events.iter().copied().collect()
    }

    fn since(log: &ChangeLog<char>, from: u64, by: &[(u32, u64)]) -> Option<String> {
        let seen = seen(by);
        log.since(from, &seen).map(|keys| keys.map(|(key, _)| key).collect())
    }

    /// Changes by origin 1, and remembers so many.
    fn noted(keys: &str, most: usize) -> ChangeLog<char> {
        let mut log = ChangeLog::default();
        keys.chars().zip(1..).for_each(|(key, seq)| log.note(key, seen(&[(1, seq)]), most));
        log
    }

    #[test]
    fn a_key_is_listed_once_with_its_last_change() {
        let log = noted("abac", 10);
        assert_eq!(since(&log, 0, &[]).as_deref(), Some("bac"));
        assert_eq!(since(&log, 0, &[(1, 2)]).as_deref(), Some("ac"));
        assert_eq!(since(&log, 2, &[]).as_deref(), Some("ac"));
        assert_eq!(since(&log, 0, &[(1, 4)]).as_deref(), Some(""));
    }

    #[test]
    fn whoever_lacks_a_forgotten_change_needs_everything() {
        let mut log = noted("abcd", 2);
        let lists = |log: &_| [0, 1, 2, 3].map(|seq| since(log, 0, &[(1, seq)]));
        assert_eq!(lists(&log), [None, None, Some("cd".into()), Some("d".into())]);
        log.forget(&seen(&[(2, 1)]));
        assert_eq!(lists(&log), [const { None }; 4]);
        assert_eq!(since(&log, 0, &[(1, 3), (2, 1)]).as_deref(), Some("d"));
    }

    #[test]
    fn what_a_copy_has_seen_is_not_listed_whoever_told_it() {
        let mut log = noted("ab", 10);
        log.note('b', seen(&[(2, 7)]), 10);
        log.note('c', seen(&[(2, 8)]), 10);
        assert_eq!(since(&log, 0, &[(2, 8)]).as_deref(), Some("ab"));
        assert_eq!(since(&log, 0, &[(1, 2)]).as_deref(), Some("bc"));
        let (one, both) = (seen(&[(1, 1)]), seen(&[(1, 2), (2, 7)]));
        let new: Vec<_> = log.since(0, &one).into_iter().flatten().collect();
        assert_eq!(new, [('b', seen(&[(1, 2), (2, 7)])), ('c', seen(&[(2, 8)]))]);
        assert_eq!((log.seen_up_to(0, &one), log.seen_up_to(0, &both)), (2, 3));
        assert_eq!(log.seen_up_to(3, &seen(&[(1, 2), (2, 8)])), 4);
    }
}
