//! What a node keeps of a partition: a store with its Merkle tree, and hints for other nodes.

use crate::algorithm::interval_set::IntervalSet;
use crate::algorithm::merkle::Tree;
use crate::algorithm::siblings::{Rule, Siblings};
use crate::base::ids::ActorId;
use crate::engine::contract::{AckedWrite, Storage};
use crate::model::operation::{Key, WriteId};
use std::collections::BTreeMap;

/// Levels of the trees below the root: 4,096 leaves.
const LEVELS: u32 = 3;

/// A document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// The write that made it.
    pub write: WriteId,
    /// Its size.
    pub bytes: u32,
}

/// The versions of one key.
pub type Values = Siblings<Value>;

/// Durable state of a node, for one partition.
#[derive(Clone, Debug)]
pub struct Disk {
    /// It holds all that it should: a disk that was lost does not until it has copied from the others. Never true of a
    /// node that only stands in for others.
    pub ready: bool,
    /// Which versions replace which.
    pub rule: Rule,
    store: BTreeMap<(u32, Key), Values>,
    once: IntervalSet,
    /// Over the store.
    pub tree: Tree,
    /// Versions kept for another node, by key.
    pub hints: BTreeMap<(ActorId, Key), Values>,
}

impl Default for Disk {
    fn default() -> Self {
        Disk {
            ready: false,
            rule: Rule::default(),
            store: BTreeMap::new(),
            once: IntervalSet::new(),
            tree: Tree::new(LEVELS),
            hints: BTreeMap::new(),
        }
    }
}

/// What is written.
#[derive(Clone, Debug)]
pub enum Record {
    /// These versions of a key.
    Keep(Key, Values, Rule),
    /// These versions, for another node.
    Hint(ActorId, Key, Values, Rule),
    /// That node has these versions now.
    HandedOver(ActorId, Key, Values, Rule),
    /// All is there that should be.
    Ready,
}

impl Storage for Disk {
    type Record = Record;

    fn write(&mut self, record: Record) {
        match record {
            Record::Keep(key, versions, rule) => {
                self.rule = rule;
                self.keep(key, &versions);
            }
            Record::Hint(home, key, versions, rule) => {
                self.rule = rule;
                self.hints.entry((home, key)).or_default().merge(&versions, rule);
            }
            Record::HandedOver(home, key, versions, rule) => {
                if self.hints.get(&(home, key)).is_some_and(|hint| versions.covers(hint, rule)) {
                    self.hints.remove(&(home, key));
                }
            }
            Record::Ready => self.ready = true,
        }
    }
}

impl Disk {
    /// The disk of a replica that is `ready`, or of a node that only stands in; nothing is on it.
    pub fn new(ready: bool, rule: Rule) -> Disk {
        Disk { ready, rule, ..Disk::default() }
    }

    fn keep(&mut self, key: Key, versions: &Values) {
        let leaf = self.tree.leaf(key.0);
        let kept = self.store.entry((leaf, key)).or_default();
        let before = (!kept.is_empty()).then(|| kept.fingerprint());
        if kept.merge(versions, self.rule) {
            // An item is a key with its versions: the old one goes, the new one comes.
            for fingerprint in before.into_iter().chain([kept.fingerprint()]) {
                self.tree.toggle(leaf, key.0 ^ fingerprint);
            }
        }
        if key.is_once() {
            self.once.insert(key.number());
        }
    }

    /// The versions of a key.
    pub fn get(&self, key: Key) -> Option<&Values> {
        self.store.get(&(self.tree.leaf(key.0), key))
    }

    /// Whether these versions would change nothing.
    pub fn covers(&self, key: Key, versions: &Values, rule: Rule) -> bool {
        self.get(key).is_some_and(|kept| kept.covers(versions, rule))
    }

    /// What is kept in a leaf of the tree.
    pub fn leaf(&self, leaf: u32) -> impl Iterator<Item = (Key, &Values)> {
        let range = (leaf, Key(0))..=(leaf, Key(u64::MAX));
        self.store.range(range).map(|((_, key), versions)| (*key, versions))
    }

    /// Everything in the store.
    pub fn all(&self) -> impl Iterator<Item = (Key, &Values)> {
        self.store.iter().map(|((_, key), versions)| (*key, versions))
    }

    /// All versions of a key that are kept for other nodes.
    pub fn hinted(&self, home: ActorId, key: Key) -> Option<&Values> {
        self.hints.get(&(home, key))
    }

    /// Which write-once keys are in the store.
    pub fn serials(&self) -> &[(u64, u64)] {
        self.once.ranges()
    }

    /// Whether an acknowledged write is here, or one that replaced it.
    pub fn holds(&self, write: &AckedWrite) -> bool {
        let hints = self.hints.iter().filter(|((_, key), _)| *key == write.key).map(|(_, versions)| versions);
        let (term, index) = (write.position.term, write.position.index);
        self.get(write.key).into_iter().chain(hints).flat_map(|versions| versions.iter()).any(|version| {
            let made = &version.made;
            match self.rule {
                Rule::LastWriterWins => (made.stamp, u64::from(made.origin)) >= (term, index),
                Rule::Causal => {
                    let own = (u64::from(made.origin), made.seq) == (term, index);
                    own || made.seen.get(term as u32) >= index
                }
            }
        })
    }
}
