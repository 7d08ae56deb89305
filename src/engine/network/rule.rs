//! What a fault does to messages while it lasts.

use crate::base::ids::{FaultId, Id, NodeId};

/// A set of nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NodeSet(Vec<bool>);

impl NodeSet {
    /// The set of these nodes, out of `all`.
    pub fn new(all: usize, nodes: impl IntoIterator<Item = NodeId>) -> Self {
        let mut set = vec![false; all];
        for node in nodes {
            if let Some(slot) = set.get_mut(node.index()) {
                *slot = true;
            }
        }
        NodeSet(set)
    }
    /// Whether a node is in it.
    #[inline]
    pub fn has(&self, node: NodeId) -> bool {
        self.0[node.index()]
    }
}

/// Which messages a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Those that cross the edge of a scope.
    Edge(NodeSet),
    /// Those with at least one end in a scope.
    Touch(NodeSet),
    /// Those over a link, or also those over its way back.
    Link(NodeSet, NodeSet, bool),
}

/// What happens to them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Effect {
    /// They are dropped.
    Drop,
    /// Their propagation takes this many times as long.
    Slow(f64),
    /// Each is dropped with this probability.
    Lose(f64),
}

/// One fault's effect on messages.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rule {
    /// The fault.
    pub fault: FaultId,
    /// Which messages.
    pub reach: Reach,
    /// What happens to them.
    pub effect: Effect,
}

impl Rule {
    /// What happens to a message from one node to another.
    #[inline]
    pub fn on(&self, from: NodeId, to: NodeId) -> Option<Effect> {
        let hit = match &self.reach {
            Reach::Edge(set) => set.has(from) != set.has(to),
            Reach::Touch(set) => set.has(from) || set.has(to),
            Reach::Link(a, b, both) => (a.has(from) && b.has(to)) || (*both && b.has(from) && a.has(to)),
        };
        hit.then_some(self.effect)
    }
}
