//! Merkle trees over the keys of a copy: two copies find out where they differ in a few small messages.

use crate::base::digest::mix;

/// Children of each node.
const FAN: u32 = 16;
const BITS: u32 = FAN.ilog2();

/// A digest of each of `16^levels` ranges of hashed keys, and of each group of sixteen up to one of everything (Merkle, A
/// digital signature based on a conventional encryption function, 1987). A node's digest is the exclusive or of the
/// digests of the items below it, so that putting an item in or taking it out touches one node of each level. That tells
/// copies apart; it does not resist an adversary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    levels: u32,
    /// Level by level, the root first; none until the first item comes.
    nodes: Vec<u64>,
}

/// Digests of some nodes of one level, by their places in it.
pub type Digests = Vec<(u32, u64)>;

impl Tree {
    /// A tree of this many levels below the root, at most 7, over no items.
    pub fn new(levels: u32) -> Tree {
        Tree { levels: levels.min(7), nodes: Vec::new() }
    }

    /// The leaf that a key belongs to.
    pub fn leaf(&self, key: u64) -> u32 {
        match self.levels {
            0 => 0,
            levels => (mix(key) >> (u64::BITS - BITS * levels)) as u32,
        }
    }

    /// The level of the leaves; the root's is 0.
    pub fn levels(&self) -> u32 {
        self.levels
    }

    /// Puts an item of a leaf in, or takes it out if it is there. `item` is its digest.
    pub fn toggle(&mut self, leaf: u32, item: u64) {
        if self.nodes.is_empty() {
            self.nodes = vec![0; first(self.levels + 1)];
        }
        let item = mix(item);
        for level in 0..=self.levels {
            let at = first(level) + (leaf >> (BITS * (self.levels - level))) as usize;
            if let Some(node) = self.nodes.get_mut(at) {
                *node ^= item;
            }
        }
    }

    fn digest(&self, level: u32, at: u32) -> u64 {
        self.nodes.get(first(level) + at as usize).copied().unwrap_or(0)
    }

    /// What to ask another copy first.
    pub fn root(&self) -> Digests {
        vec![(0, self.digest(0, 0))]
    }

    /// Which of these nodes of a level differ from another copy's.
    pub fn differing(&self, level: u32, theirs: &[(u32, u64)]) -> Vec<u32> {
        theirs.iter().filter(|(at, digest)| self.digest(level, *at) != *digest).map(|(at, _)| *at).collect()
    }

    /// The digests of all children of these nodes of a level.
    pub fn children(&self, level: u32, of: &[u32]) -> Digests {
        let children = of.iter().flat_map(|at| (0..FAN).map(move |child| at * FAN + child));
        children.map(|at| (at, self.digest(level + 1, at))).collect()
    }
}

/// The place of a level's first node.
fn first(level: u32) -> usize {
    ((FAN as usize).pow(level) - 1) / (FAN as usize - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(items: impl IntoIterator<Item = u64>) -> Tree {
        let mut tree = Tree::new(2);
        items.into_iter().for_each(|item| tree.toggle(tree.leaf(item), item));
        tree
    }

    /// The leaves that two copies find to differ, asking each other by turns.
    fn compare(a: &Tree, b: &Tree) -> Vec<u32> {
        let (mut digests, mut asked, mut asking) = (a.root(), b, a);
        for level in 0..a.levels() {
            digests = asked.children(level, &asked.differing(level, &digests));
            std::mem::swap(&mut asked, &mut asking);
        }
        asked.differing(a.levels(), &digests)
    }

    #[test]
    fn copies_of_the_same_items_are_equal_whatever_came_first_and_whatever_was_taken_out() {
        let (mut a, b) = (tree(0..500), tree((0..500).rev()));
        assert_eq!(a, b);
        assert!(compare(&a, &b).is_empty());
        a.toggle(a.leaf(7), 7);
        assert_ne!(a, b);
        a.toggle(a.leaf(7), 7);
        assert_eq!(a, b);
    }

    #[test]
    fn comparing_from_the_root_down_finds_exactly_the_leaves_that_differ() {
        let (a, b) = (tree(0..1000), tree((0..1000).filter(|n| n % 333 != 1)));
        let mut leaves: Vec<u32> = [1u64, 334, 667].iter().map(|n| a.leaf(*n)).collect();
        leaves.sort_unstable();
        leaves.dedup();
        assert_eq!(compare(&a, &b), leaves);
        assert_eq!(compare(&b, &a), leaves);
    }

    #[test]
    fn an_empty_copy_differs_wherever_the_other_has_something() {
        let (a, none) = (tree([3, 4]), Tree::new(2));
        let mut leaves = vec![a.leaf(3), a.leaf(4)];
        leaves.sort_unstable();
        assert_eq!(compare(&none, &a), leaves);
        assert!(compare(&none, &Tree::new(2)).is_empty());
        assert_eq!(Tree::new(0).leaf(99), 0);
    }
}
