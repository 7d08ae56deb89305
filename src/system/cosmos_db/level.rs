//! The five consistency levels (COS-5).

use crate::model::operation::Claims;
use schemars::JsonSchema;
use serde::Deserialize;

/// A consistency level, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Linearizable in every region.
    Strong,
    /// At most K versions or T behind; linearizable in the write region.
    BoundedStaleness,
    /// Read-your-writes and its three companions along a chain of tokens.
    Session,
    /// Writes are seen in order.
    ConsistentPrefix,
    /// Converges when writes stop.
    Eventual,
}

/// Level names in the order of [`Level`]: an operation's level is an index into them.
pub const NAMES: [&str; 5] = ["strong", "bounded-staleness", "session", "consistent-prefix", "eventual"];

impl Level {
    /// All levels, strongest first.
    pub const ALL: [Level; 5] =
        [Level::Strong, Level::BoundedStaleness, Level::Session, Level::ConsistentPrefix, Level::Eventual];

    /// The level an operation's index stands for; out of range is the weakest.
    pub fn from_index(i: u8) -> Level {
        Level::ALL.get(usize::from(i)).copied().unwrap_or(Level::Eventual)
    }

    /// Its index in [`NAMES`].
    pub fn index(self) -> u8 {
        self as u8
    }

    /// Its name in scenarios and results.
    pub fn name(self) -> &'static str {
        NAMES[self as usize]
    }

    /// Whether reads ask a local minority (2 of 4) instead of one replica, and cost twice
    /// (Cosmos DB documentation, consistency levels and throughput).
    pub fn reads_by_quorum(self) -> bool {
        matches!(self, Level::Strong | Level::BoundedStaleness)
    }

    /// What an operation at this level is promised (columns of the published table of semantics): `same_region` when a
    /// write region served it, `several_writers` when the account has several write regions.
    pub fn claims(self, same_region: bool, several_writers: bool) -> Claims {
        let prefix = Claims::CONSISTENT_PREFIX.and(Claims::ATOMIC_BATCHES);
        match (self, several_writers) {
            (Level::Strong, _) => Claims::LINEARIZABLE.and(Claims::SESSION).and(prefix),
            (Level::BoundedStaleness, false) if same_region => Claims::LINEARIZABLE.and(prefix),
            (Level::BoundedStaleness, false) => Claims::BOUNDED_STALENESS.and(prefix),
            (Level::Session, _) => Claims::SESSION,
            (Level::ConsistentPrefix, false) => prefix,
            // Several write regions: the writes of each are seen in order, and a batch may lose some of its keys to another.
            (Level::BoundedStaleness | Level::ConsistentPrefix, true) => Claims::CONSISTENT_PREFIX,
            _ => Claims::default(),
        }
    }

    /// The same for a read at this level of an account at level `account`: a weaker read of a strong account may see
    /// what is not committed everywhere yet, so that it is not linearizable even in the write region.
    pub fn claims_in(self, account: Level, same_region: bool, several_writers: bool) -> Claims {
        let claims = self.claims(same_region, several_writers);
        if self == account { claims } else { claims.except(Claims::LINEARIZABLE) }
    }
}
