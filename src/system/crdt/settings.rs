//! The resolved store: everything its actors need to know.

use super::mutation::Mutation;
use crate::base::ids::{ActorId, ClientId, NodeId, PartitionId};
use crate::base::time::Span;
use crate::system::placement::Site;
use std::collections::BTreeMap;

/// A resolved store.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many partitions there are.
    pub partitions: u32,
    /// Where the replicas of each partition are.
    pub sites: Vec<Site>,
    /// Their nodes.
    pub nodes: BTreeMap<PartitionId, Vec<NodeId>>,
    /// For each client the replicas by distance: indices into `sites`.
    pub nearest: BTreeMap<ClientId, Vec<usize>>,
    /// Operations are at the level of sessions unless their workload says otherwise.
    pub session: bool,
    /// Changes are sent this long after they were made.
    pub ship_every: Span,
    /// Replicas ask each other what they lack this often.
    pub check_every: Span,
    /// A replica that has not answered for so long is sent nothing until it is heard of.
    pub silent_after: Span,
    /// How many changed keys a replica remembers.
    pub log: usize,
    /// A client takes a replica for silent after this long.
    pub attempt_timeout: Span,
    /// A client leaves a silent replica alone for this long.
    pub suspect_for: Span,
    /// A client asks replicas again after this long which have not seen what it has.
    pub retry_pause: Span,
    /// The safeguard that is off, in tests.
    pub mutation: Option<Mutation>,
}

/// Ids of the actors of a world.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// The replicas of each partition, as in [`Settings::sites`].
    pub replicas: BTreeMap<PartitionId, Vec<ActorId>>,
}

impl Settings {
    /// Whether a safeguard is off.
    pub fn without(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    /// The name under which a replica begins, by its index among the sites.
    pub fn first_name(index: usize) -> u32 {
        index as u32 + 1
    }

    /// Names that no replica begins with are above this.
    pub const DRAWN_NAMES: u32 = 1 << 16;

    /// Once all replicas are up and can reach each other, all hold the same within this time and that of the messages: each
    /// has asked each other one what it has, and has been asked, and has sent what was lacking.
    pub fn healing_time(&self) -> Span {
        self.check_every + self.ship_every
    }
}
