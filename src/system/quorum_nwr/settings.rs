//! The resolved store: everything its actors need to know.

use crate::algorithm::siblings::{Rule, Version};
use crate::base::ids::{ActorId, ClientId, NodeId, PartitionId, RegionId};
use crate::base::time::Span;
use crate::model::operation::{Claims, Position};
use crate::system::quorum_nwr::disk::Value;
use crate::system::quorum_nwr::mutation::Mutation;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A resolved store.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many partitions there are.
    pub partitions: u32,
    /// R.
    pub read_quorum: u32,
    /// W.
    pub write_quorum: u32,
    /// Nodes that stand in for replicas count towards R and W.
    pub sloppy: bool,
    /// Which versions replace which.
    pub rule: Rule,
    /// The clocks of clients agree.
    pub trust_clocks: bool,
    /// The client coordinates its operations (else a replica does).
    pub apart: bool,
    /// Hints are kept.
    pub hints: bool,
    /// Reads repair replicas that are behind, after the answer.
    pub repair: bool,
    /// And before the answer until W replicas have what it returns.
    pub blocking: bool,
    /// Replicas compare trees this often.
    pub anti_entropy: Option<Span>,
    /// A coordinator takes a node for silent after this long.
    pub replica_timeout: Span,
    /// A client takes its coordinator for silent after this long.
    pub attempt_timeout: Span,
    /// A silent node is passed over for this long.
    pub suspect_for: Span,
    /// Hints are offered this often.
    pub hand_over_every: Span,
    /// The preference list of each partition: its replicas, then the nodes that stand in.
    pub lists: BTreeMap<PartitionId, List<(NodeId, RegionId)>>,
    /// Places of the replicas in the preference list, nearest first, by client.
    pub nearest: BTreeMap<(ClientId, PartitionId), Vec<u32>>,
    /// Names of the topology's regions.
    pub names: BTreeMap<RegionId, String>,
    /// The safeguard that is off, in tests.
    pub mutation: Option<Mutation>,
}

/// A preference list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List<T> {
    /// The N replicas.
    pub homes: Vec<T>,
    /// Those that stand in for them.
    pub fallbacks: Vec<T>,
}

/// Ids of the actors of a world.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// By partition.
    pub lists: BTreeMap<PartitionId, Arc<List<ActorId>>>,
    /// Where each node is.
    pub regions: BTreeMap<ActorId, RegionId>,
}

impl Directory {
    /// The preference list of a partition.
    pub fn list(&self, partition: PartitionId) -> Arc<List<ActorId>> {
        self.lists.get(&partition).cloned().unwrap_or_default()
    }
}

impl Settings {
    /// Whether a safeguard is off.
    pub fn without(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    /// N.
    pub fn replicas(&self) -> u32 {
        self.lists.values().next().map_or(0, |list| list.homes.len() as u32)
    }

    /// Every read quorum meets every write quorum in a replica: no other node counts, and R + W > N.
    pub fn overlapping(&self) -> bool {
        !self.sloppy && self.read_quorum + self.write_quorum > self.replicas()
    }

    /// Of two writes, one acknowledged before the other began, the second replaces the first.
    pub fn ordered(&self) -> bool {
        match self.rule {
            Rule::LastWriterWins => self.trust_clocks,
            Rule::Causal => self.overlapping(),
        }
    }

    /// Where a version stands: what [`Disk::holds`](crate::system::quorum_nwr::disk::Disk::holds) understands.
    pub fn position(&self, version: &Version<Value>) -> Position {
        let made = &version.made;
        let (term, index) = match self.rule {
            Rule::LastWriterWins => (made.stamp, u64::from(made.origin)),
            Rule::Causal => (u64::from(made.origin), made.seq),
        };
        Position { stream: 0, term, index }
    }

    /// What a read from R replicas is entitled to.
    pub fn claims(&self) -> Claims {
        match (self.overlapping() && self.ordered(), self.blocking) {
            (false, _) => Claims::default(),
            (true, false) => Claims::REGULAR,
            (true, true) => Claims::REGULAR.and(Claims::LINEARIZABLE),
        }
    }

    /// All replicas hold the same in the end.
    pub fn converges(&self) -> bool {
        self.anti_entropy.is_some()
    }

    /// An acknowledged write is there in the end, or one that began after it.
    pub fn keeps(&self) -> bool {
        self.converges() && self.ordered()
    }

    /// Once all nodes are up and can reach each other, all replicas hold what any node held then, within this time and
    /// that of the messages: a silent node is spoken to again, hints go to their nodes, and each replica has compared
    /// its tree with each other one.
    pub fn healing_time(&self) -> Span {
        let rounds = u64::from(self.replicas().saturating_sub(1));
        let compare = self.anti_entropy.map_or(Span::ZERO, |every| Span(every.0.saturating_mul(rounds)));
        self.suspect_for + self.hand_over_every * 2 + compare
    }
}
