//! Which keys changed since when: what to send to a copy that has everything up to a point.

use std::collections::BTreeMap;

/// Changes, numbered from 1; of each key only the last is kept, and of all keys only the newest so many. Older changes are
/// forgotten: whoever lacks one of those needs everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeLog<K> {
    last: u64,
    /// No change up to this one is known any more.
    forgotten: u64,
    keys: BTreeMap<u64, K>,
    changed: BTreeMap<K, u64>,
}

impl<K: Ord + Copy> Default for ChangeLog<K> {
    fn default() -> Self {
        ChangeLog { last: 0, forgotten: 0, keys: BTreeMap::new(), changed: BTreeMap::new() }
    }
}

impl<K: Ord + Copy> ChangeLog<K> {
    /// A key changed; the last `most` keys are remembered.
    pub fn note(&mut self, key: K, most: usize) {
        self.last += 1;
        if let Some(before) = self.changed.insert(key, self.last) {
            self.keys.remove(&before);
        }
        self.keys.insert(self.last, key);
        while self.keys.len() > most
            && let Some((at, key)) = self.keys.pop_first()
        {
            self.changed.remove(&key);
            self.forgotten = at;
        }
    }

    /// Something changed, and nobody can say which keys.
    pub fn forget(&mut self) {
        self.last += 1;
        self.forgotten = self.last;
        self.keys.clear();
        self.changed.clear();
    }

    /// The number of the last change.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// The keys that changed after change number `from`; `None`: nobody knows any more.
    pub fn since(&self, from: u64) -> Option<impl Iterator<Item = K>> {
        (from >= self.forgotten).then(|| self.keys.range(from + 1..).map(|(_, key)| *key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn since(log: &ChangeLog<char>, from: u64) -> Option<String> {
        log.since(from).map(|keys| keys.collect())
    }

    #[test]
    fn a_key_is_listed_once_with_its_last_change() {
        let mut log = ChangeLog::default();
        "abac".chars().for_each(|key| log.note(key, 10));
        assert_eq!(log.last(), 4);
        assert_eq!(since(&log, 0).as_deref(), Some("bac"));
        assert_eq!(since(&log, 2).as_deref(), Some("ac"));
        assert_eq!(since(&log, 4).as_deref(), Some(""));
    }

    #[test]
    fn whoever_lacks_a_forgotten_change_needs_everything() {
        let mut log = ChangeLog::default();
        "abcd".chars().for_each(|key| log.note(key, 2));
        assert_eq!(
            [0, 1, 2, 3].map(|from| since(&log, from)),
            [None, None, Some("cd".into()), Some("d".into())]
        );
        log.forget();
        assert_eq!((since(&log, 4), since(&log, 5).as_deref()), (None, Some("")));
    }
}
