//! A replicated map without tombstones: an observed-remove set whose elements carry values, and where adding wins.
//!
//! Every update, a removal too, is an event with a *dot* (origin, number); a copy keeps the values that are live, each with
//! the dot of the update that made it, and one *causal context*: all events that it has seen. A value that one copy has and
//! another lacks was removed if the other has seen its dot, and is new to it if not: nothing needs to be kept of what was
//! removed. An update replaces, or removes, what its copy had seen; values made beside each other both stay.
//!
//! Sources: A. Bieniusa and others, An optimized conflict-free replicated set (2012); P. S. Almeida, A. Shoker and
//! C. Baquero, Delta state replicated data types (2018).

use crate::algorithm::version_vector::VersionVector;
use std::collections::BTreeMap;

/// The name of an event: who made it, and its number among those that it made, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dot {
    /// Who made it.
    pub origin: u32,
    /// Its number.
    pub seq: u64,
}

impl Dot {
    /// Whether whoever has seen `context` has seen this event.
    pub fn is_in(self, context: &VersionVector) -> bool {
        context.get(self.origin) >= self.seq
    }
}

/// A value that was neither replaced nor removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live<V> {
    /// The update that made it.
    pub dot: Dot,
    /// Greater than the stamps of all updates that its maker had seen.
    pub stamp: u64,
    /// What was written.
    pub value: V,
}

impl<V> Live<V> {
    /// A total order in which whatever replaces a value comes after it.
    pub fn rank(&self) -> (u64, Dot) {
        (self.stamp, self.dot)
    }
}

/// All that is known of some keys, or of all, by one who has seen `context`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment<K, V> {
    /// What the sender has seen.
    pub context: VersionVector,
    /// The greatest stamp that it has seen.
    pub latest: u64,
    /// Keys with everything that is live under them, perhaps nothing.
    pub keys: Vec<(K, Vec<Live<V>>)>,
    /// Nothing is live under any other key.
    pub whole: bool,
}

/// What one copy holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DotMap<K, V> {
    live: BTreeMap<K, Vec<Live<V>>>,
    context: VersionVector,
    latest: u64,
}

impl<K: Ord + Copy, V: Clone> Default for DotMap<K, V> {
    fn default() -> Self {
        DotMap { live: BTreeMap::new(), context: VersionVector::new(), latest: 0 }
    }
}

impl<K: Ord + Copy, V: Clone> DotMap<K, V> {
    /// The name of the next event that `origin` makes here.
    pub fn next(&self, origin: u32) -> Dot {
        Dot { origin, seq: self.context.get(origin) + 1 }
    }

    /// A stamp for an update made at `clock`: no earlier, and after every update that was seen.
    pub fn stamp(&self, clock: u64) -> u64 {
        clock.max(self.latest.saturating_add(1))
    }

    /// A value replaces all that is live under the key.
    pub fn put(&mut self, key: K, made: Live<V>) {
        self.see(made.dot, made.stamp);
        self.live.insert(key, vec![made]);
    }

    /// Everything that is live under the key is removed.
    pub fn remove(&mut self, key: K, dot: Dot, stamp: u64) {
        self.see(dot, stamp);
        self.live.remove(&key);
    }

    fn see(&mut self, dot: Dot, stamp: u64) {
        self.context.advance(dot.origin, dot.seq);
        self.latest = self.latest.max(stamp);
    }

    /// Takes in what another copy knows of some keys. This copy must know at least as much of all *other* keys as the
    /// sender does (*causal merging*): then it holds afterwards all that either held. Gives the keys that changed.
    /// Whole states, and fragments within that condition, may come in any order, and more than once.
    pub fn join(&mut self, other: &Fragment<K, V>) -> Vec<K> {
        let mut changed = Vec::new();
        if other.whole {
            let named = |key: &K| other.keys.binary_search_by(|(k, _)| k.cmp(key)).is_ok();
            let gone: Vec<K> = self.live.keys().copied().filter(|key| !named(key)).collect();
            for key in gone {
                self.join_key(key, &[], &other.context, &mut changed);
            }
        }
        for (key, theirs) in &other.keys {
            self.join_key(*key, theirs, &other.context, &mut changed);
        }
        self.context.merge(&other.context);
        self.latest = self.latest.max(other.latest);
        changed
    }

    /// Like [`DotMap::join`], but as if nothing had ever been removed or replaced: what a copy without a causal context
    /// would do. For tests of those who must notice.
    pub fn join_all(&mut self, other: &Fragment<K, V>) -> Vec<K> {
        let mut changed = Vec::new();
        for (key, theirs) in other.keys.iter().filter(|(_, theirs)| !theirs.is_empty()) {
            let mine = self.live.entry(*key).or_default();
            let new: Vec<Live<V>> =
                theirs.iter().filter(|new| mine.iter().all(|live| live.dot != new.dot)).cloned().collect();
            if !new.is_empty() {
                mine.extend(new);
                changed.push(*key);
            }
        }
        self.context.merge(&other.context);
        self.latest = self.latest.max(other.latest);
        changed
    }

    fn join_key(&mut self, key: K, theirs: &[Live<V>], seen: &VersionVector, changed: &mut Vec<K>) {
        let mine = self.live.get(&key).map_or(&[][..], |live| live);
        let has = |all: &[Live<V>], dot: Dot| all.iter().any(|live| live.dot == dot);
        let kept = mine.iter().filter(|live| !live.dot.is_in(seen) || has(theirs, live.dot));
        let new = theirs.iter().filter(|live| !live.dot.is_in(&self.context) && !has(mine, live.dot));
        let mut joined: Vec<Live<V>> = kept.chain(new).cloned().collect();
        joined.sort_by_key(|live| live.dot);
        if joined.len() == mine.len() && joined.iter().zip(mine).all(|(a, b)| a.dot == b.dot) {
            return;
        }
        changed.push(key);
        match joined.is_empty() {
            true => _ = self.live.remove(&key),
            false => _ = self.live.insert(key, joined),
        }
    }

    /// What this copy knows of these keys.
    pub fn fragment(&self, keys: impl IntoIterator<Item = K>) -> Fragment<K, V> {
        let known = |key| (key, self.get(key).to_vec());
        let keys = keys.into_iter().map(known).collect();
        Fragment { context: self.context.clone(), latest: self.latest, keys, whole: false }
    }

    /// All that this copy knows.
    pub fn whole(&self) -> Fragment<K, V> {
        Fragment { whole: true, ..self.fragment(self.live.keys().copied()) }
    }

    /// What is live under a key, by dot.
    pub fn get(&self, key: K) -> &[Live<V>] {
        self.live.get(&key).map_or(&[], |live| live)
    }

    /// The value of the highest rank: what a reader who wants one is given.
    pub fn current(&self, key: K) -> Option<&Live<V>> {
        self.get(key).iter().max_by_key(|live| live.rank())
    }

    /// Keys under which something is live, in order.
    pub fn keys(&self) -> impl Iterator<Item = K> {
        self.live.keys().copied()
    }

    /// Under how many keys something is live.
    pub fn live_keys(&self) -> usize {
        self.live.len()
    }

    /// All events that were seen.
    pub fn context(&self) -> &VersionVector {
        &self.context
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Map = DotMap<u8, u32>;

    /// A copy with a name.
    #[derive(Clone)]
    struct Copy(u32, Map);

    impl Copy {
        fn put(&mut self, key: u8, value: u32) {
            let (dot, stamp) = (self.1.next(self.0), self.1.stamp(0));
            self.1.put(key, Live { dot, stamp, value });
        }
        fn remove(&mut self, key: u8) {
            let (dot, stamp) = (self.1.next(self.0), self.1.stamp(0));
            self.1.remove(key, dot, stamp);
        }
        fn learn(&mut self, other: &Copy) {
            self.1.join(&other.1.whole());
        }
        fn values(&self, key: u8) -> Vec<u32> {
            self.1.get(key).iter().map(|live| live.value).collect()
        }
    }

    fn copies<const N: usize>() -> [Copy; N] {
        std::array::from_fn(|i| Copy(i as u32 + 1, Map::default()))
    }

    #[test]
    fn what_was_removed_stays_removed_and_leaves_nothing() {
        let [mut a, mut b] = copies();
        a.put(1, 10);
        b.learn(&a);
        b.remove(1);
        a.learn(&b);
        assert_eq!((a.values(1), a.1.keys().count()), (vec![], 0));
        b.learn(&a);
        assert_eq!(a.1, b.1);
    }

    #[test]
    fn of_an_add_and_a_removal_that_did_not_see_each_other_the_add_wins() {
        let [mut a, mut b] = copies();
        a.put(1, 10);
        b.learn(&a);
        a.put(1, 11);
        b.remove(1);
        a.learn(&b);
        b.learn(&a);
        assert_eq!((a.values(1), b.values(1)), (vec![11], vec![11]));
    }

    #[test]
    fn values_made_beside_each_other_both_stay_until_one_who_saw_both_writes() {
        let [mut a, mut b] = copies();
        a.put(1, 10);
        b.put(1, 20);
        a.learn(&b);
        b.learn(&a);
        assert_eq!((a.values(1), b.values(1)), (vec![10, 20], vec![10, 20]));
        let current = |copy: &Copy| copy.1.current(1).map(|live| live.value);
        assert_eq!((current(&a), current(&b)), (Some(20), Some(20)));
        a.put(1, 30);
        b.learn(&a);
        assert_eq!((b.values(1), current(&b)), (vec![30], Some(30)));
    }

    /// Copies do random things: after any exchange of whole states or of fragments within the condition they hold what
    /// copies hold that exchange whole states in another order.
    #[test]
    fn joins_in_any_order_and_of_any_size_end_alike() {
        let mut dice = 1u64;
        let mut roll = |n: u64| {
            dice = dice.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            (dice >> 33) % n
        };
        for round in 0..300 {
            let mut all: [Copy; 3] = copies();
            for step in 0..40 {
                let (who, key) = (roll(3) as usize, roll(4) as u8);
                match roll(4) {
                    0 | 1 => all[who].put(key, round * 100 + step),
                    2 => all[who].remove(key),
                    _ => {
                        let other = all[(who + 1 + roll(2) as usize) % 3].clone();
                        all[who].learn(&other);
                    }
                }
            }
            let mut ends = Vec::new();
            for order in [[0, 1, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
                let mut end = Copy(9, Map::default());
                order.iter().for_each(|i| end.learn(&all[*i]));
                // Once more changes nothing.
                assert!(order.iter().all(|i| end.1.join(&all[*i].1.whole()).is_empty()));
                ends.push(end.1);
            }
            assert!(ends.iter().all(|end| *end == ends[0]), "round {round}");
            // Only what changed since the two last met is enough.
            let [mut a, mut b, _] = all;
            a.learn(&b);
            b.learn(&a);
            let touched = [roll(4) as u8, roll(4) as u8];
            a.put(touched[0], 7);
            a.remove(touched[1]);
            b.put(touched[1], 8);
            let mut whole = b.clone();
            whole.learn(&a);
            b.1.join(&a.1.fragment(touched));
            assert_eq!(b.1, whole.1);
        }
    }
}
