//! Messages between the actors of an account, their sizes and labels.

mod wire;

use crate::algorithm::election::Ballot;
use crate::algorithm::log::{Lineage, Term};
use crate::algorithm::version_vector::VersionVector;
use crate::base::ids::{ActorId, PartitionId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::model::operation::{Action, Key, Observed, OpId, Position, Status};
use crate::system::cosmos_db::account::AccountConfig;
use crate::system::cosmos_db::entry::{Entry, Lost};
use crate::system::cosmos_db::level::Level;
use crate::system::cosmos_db::store::Store;
use crate::system::cosmos_db::tenure::Tenure;
use std::sync::Arc;

/// A document of the conflict feed.
pub const DOCUMENT: u64 = 1024;

/// Entries with the terms they were written in.
pub type Entries = Arc<[(Term, Entry)]>;

/// A session token of one partition.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// Single write region: a point of the log.
    Log(Term, u64),
    /// Several write regions: how much of each region's writes.
    Vector(VersionVector),
}

/// A client's request to a replica.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// The operation.
    pub op: OpId,
    /// Which try of it.
    pub attempt: u16,
    /// The partition.
    pub partition: PartitionId,
    /// The key.
    pub key: Key,
    /// What is asked.
    pub action: Action,
    /// Document size.
    pub bytes: u32,
    /// The level of a read.
    pub level: Level,
    /// The session's token, if it sends one.
    pub token: Option<Token>,
    /// The replica may not refuse for lack of request units (closing reads).
    pub free: bool,
    /// A barrier poll: the read is answered only up to this log index (0: a fresh read).
    pub target: u64,
}

/// A replica's answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The operation.
    pub op: OpId,
    /// Which try of it.
    pub attempt: u16,
    /// How it went.
    pub status: Status,
    /// What was read.
    pub observed: Observed,
    /// Last log index the replica has durably.
    pub last: u64,
    /// The point up to which reads of this level may be answered here: commit, or global commit for strong.
    pub safe: u64,
    /// For a write: where it stands.
    pub position: Option<Position>,
    /// The state of the partition the answer reflects.
    pub token: Option<Token>,
    /// Whether the replica's region writes.
    pub writer: bool,
    /// Request units charged.
    pub charge: f32,
    /// For 429: when to come back.
    pub retry_after: Span,
}

/// Points of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Marks {
    /// Committed in the sender's region up to here.
    pub commit: u64,
    /// Committed in every region of the quorum up to here.
    pub global: u64,
    /// Every replica and region has it up to here: the log before is needed no more.
    pub floor: u64,
}

impl Marks {
    /// The higher of each.
    pub fn max(self, other: Marks) -> Marks {
        Marks {
            commit: self.commit.max(other.commit),
            global: self.global.max(other.global),
            floor: self.floor.max(other.floor),
        }
    }
}

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// Client to replica.
    Ask(Box<Ask>),
    /// Replica to client.
    Reply(Box<Reply>),
    /// Client to a region's manager: who serves this partition?
    Resolve {
        /// The partition.
        partition: PartitionId,
    },
    /// The answer: leader and members of the replica set.
    Resolved {
        /// The region.
        region: RegionId,
        /// The partition.
        partition: PartitionId,
        /// The leader, if there is one.
        leader: Option<ActorId>,
        /// The members.
        members: Arc<[ActorId]>,
    },
    /// Client to the directory: what does the account look like?
    Discover,
    /// Directory to client, and account to directory.
    Topology(Arc<AccountConfig>),

    /// Leader to member: log entries, and how far they are committed.
    Append {
        /// The leader's tenure.
        tenure: Tenure,
        /// Index and term before the first entry.
        prev: (u64, Term),
        /// The entries.
        entries: Entries,
        /// Where the leader's log ended when this was sent.
        last: u64,
        /// How far the log is committed, and needed.
        marks: Marks,
    },
    /// Member to leader: durable up to here.
    Ack {
        /// The tenure it acknowledges.
        tenure: Tenure,
        /// Durable and matching up to this index.
        upto: u64,
    },
    /// Member to leader: the log does not reach `prev`; resume after `have`.
    Nack {
        /// The tenure.
        tenure: Tenure,
        /// Resume after this index.
        have: u64,
        /// The logs part in what is no longer kept as a log here: only a copy helps.
        copy: bool,
    },
    /// Leader to member: commit moved.
    Commit {
        /// The leader's tenure.
        tenure: Tenure,
        /// How far the log is committed, and needed.
        marks: Marks,
    },
    /// Leader to member: ship the log to other regions from now on (or stop).
    ShipDuty {
        /// The leader's ballot.
        ballot: Ballot,
        /// The leader's epoch.
        epoch: u32,
        /// Begin or stop.
        on: bool,
    },
    /// Shipper to leader: a region has this much.
    Progress {
        /// The region.
        region: RegionId,
        /// The epoch it was heard in.
        epoch: u32,
        /// Committed there up to here.
        upto: u64,
        /// Several write regions: what that region has applied.
        vector: Option<VersionVector>,
    },

    /// Shipper to another region's leader: committed log entries.
    Ship {
        /// The writing region's epoch.
        epoch: u32,
        /// Index and term before the first entry.
        prev: (u64, Term),
        /// The entries.
        entries: Entries,
        /// How far the log is committed in the write region, and needed.
        marks: Marks,
    },
    /// The other region's leader: committed here up to `upto`, or `resume` after it.
    Shipped {
        /// The region.
        region: RegionId,
        /// Its epoch: greater than the shipper's when it has moved on.
        epoch: u32,
        /// Committed there up to here.
        upto: u64,
        /// The log there does not match: send again from `upto`.
        resume: bool,
        /// It has no data yet: it needs a whole copy (COS-15).
        blank: bool,
    },
    /// Several write regions: own writes of one region, in order.
    Deltas {
        /// Stamped entries.
        entries: Entries,
        /// The sender's version vector.
        vector: VersionVector,
    },
    /// What the other region has applied.
    Merged {
        /// The region.
        region: RegionId,
        /// Its version vector.
        vector: VersionVector,
        /// It misses something: send again.
        resume: bool,
    },
    /// A region that comes back hands over what was lost with its lineage (COS-12).
    Orphans {
        /// The lost writes.
        writes: Arc<[Lost]>,
        /// Their size.
        bytes: u64,
    },
    /// The orphans are in the conflict feed, durably.
    OrphansKept,
    /// Application to the write region's leader: what is in the conflict feed of this partition?
    ReadFeed(PartitionId),
    /// The answer: what the application has not dealt with yet, or the first of it.
    Feed(PartitionId, Arc<[Lost]>),
    /// Application to leader: take these out of the feed, and write back those that this lineage has never heard of.
    SettleFeed(PartitionId, Arc<[Lost]>),
    /// Leader to application: done, durably.
    FeedSettled(PartitionId),

    /// Manager to replica: promise to follow no ballot below this one.
    Prepare {
        /// The new ballot.
        ballot: Ballot,
    },
    /// Replica to manager: promised; its log ends here.
    Promise {
        /// The ballot.
        ballot: Ballot,
        /// Term of its last entry.
        term: Term,
        /// Index of its last entry.
        last: u64,
    },
    /// Manager to the elected leader: bring these members up to your log.
    Activate {
        /// The new ballot.
        ballot: Ballot,
        /// The new members.
        members: Arc<[ActorId]>,
    },
    /// Leader to manager: a write quorum of the new members has the log.
    Activated {
        /// The ballot.
        ballot: Ballot,
    },
    /// Manager to members: this is the configuration.
    Configure {
        /// Its ballot.
        ballot: Ballot,
        /// Its members.
        members: Arc<[ActorId]>,
        /// Its leader.
        leader: ActorId,
    },
    /// Replica to manager: alive.
    Alive {
        /// The partition.
        partition: PartitionId,
        /// The ballot it follows.
        ballot: Ballot,
        /// It has just started and knows nothing.
        fresh: bool,
        /// It has a lease-worthy, caught-up log (region in sync), as far as it knows from this configuration.
        synced: bool,
        /// Version of the account's configuration it follows.
        version: u64,
    },
    /// Manager to replica: the account as this region knows it, and the lease that reads need.
    Region {
        /// The account's configuration.
        config: Arc<AccountConfig>,
        /// Length of the read lease from the replica's own request on; zero for none.
        lease: Span,
    },
    /// Manager to leader: build this replica.
    Build {
        /// The new replica.
        target: ActorId,
    },
    /// Leader to manager: built.
    Built {
        /// The new replica.
        target: ActorId,
    },
    /// A whole copy of a partition, from the leader of the set or, in a default tenure, from another region.
    Copy(Tenure, Box<Image>),

    /// Manager to account and controller: this region is alive.
    RegionAlive {
        /// The region.
        region: RegionId,
        /// Configuration version it knows.
        version: u64,
        /// Partitions that have a leader here, and a majority that answers it.
        led: Arc<[PartitionId]>,
        /// Partitions whose log is in sync with the writer.
        synced: Arc<[PartitionId]>,
    },
    /// Account to manager: configuration and lease.
    Account {
        /// The configuration.
        config: Arc<AccountConfig>,
        /// Length of the region's lease from its request on.
        lease: Span,
    },
    /// Leader of a writing replica set to account: take this region out of the quorum, or back in.
    QuorumChange {
        /// The partition.
        partition: PartitionId,
        /// The region.
        region: RegionId,
        /// Out or in.
        out: bool,
    },
    /// Leader of a writing replica set to account: a region that joins the quorum has all that was committed without it.
    Joined {
        /// The partition.
        partition: PartitionId,
        /// The region.
        region: RegionId,
    },
    /// Controller to account: carry out a decision.
    Decide(Decision),
    /// Account to controller: a decision was carried out, or could not be.
    Decided(Decision, Result<(), String>),
    /// Account to a writing region's leaders through their manager: stop writing, let `to` catch up.
    Handover {
        /// The next write region.
        to: RegionId,
        /// Of which partitions.
        partitions: Arc<[PartitionId]>,
        /// False: the switch was given up, go on writing.
        begin: bool,
        /// Which switch.
        switch: u32,
    },
    /// Leader to account: the target has all of this partition.
    Drained {
        /// The partition.
        partition: PartitionId,
        /// For which switch.
        switch: u32,
    },
    /// New writer to another region's leader: how much of the log do you have?
    Tail {
        /// The new epoch.
        epoch: u32,
        /// What the asker has.
        have: (u64, Term),
    },
    /// The answer: entries beyond what the asker has.
    TailIs {
        /// The epoch asked about.
        epoch: u32,
        /// Index and term before the first entry.
        prev: (u64, Term),
        /// What follows.
        entries: Entries,
    },
    /// Replica of another region to the writer: how far have you committed (bounded staleness)?
    Freshness {
        /// The asker's epoch.
        epoch: u32,
        /// When it asks, by its own clock.
        asked: SimTime,
    },
    /// The answer.
    FreshnessIs {
        /// The epoch asked about.
        epoch: u32,
        /// When it was asked.
        asked: SimTime,
        /// Committed up to here.
        commit: u64,
    },
    /// Secondary to leader: grant me request units.
    MoreUnits,
    /// Leader to secondary: here are some; if none, there will be after this long.
    Units(f64, Span),
    /// Leader to vault: a backup. Vault to manager and leader: a restored partition.
    Backup(Box<Image>),
    /// Account to vault: is there a backup of every partition?
    AnyBackup,
    /// The answer.
    Backups(bool),
    /// Account to vault: restore every partition to this region.
    Restore(RegionId),
    /// Leader to account: a write quorum has the restored partition.
    Restored(PartitionId),
}

/// A copy of a partition as of one point of its log.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// The partition.
    pub partition: PartitionId,
    /// The documents.
    pub store: Store,
    /// The log index they reflect.
    pub upto: u64,
    /// The log's terms.
    pub lineage: Lineage,
    /// Several write regions: what it contains.
    pub vector: VersionVector,
    /// Bytes to move.
    pub bytes: u64,
    /// The epoch it belongs to.
    pub epoch: u32,
}

/// What the controller decides and the account carries out.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Make `to` the write region (or hub) of these partitions, at the cost of what it does not have.
    FailOver {
        /// The partitions.
        partitions: Arc<[PartitionId]>,
        /// The region that is lost: partitions that it does not write any more are left alone.
        from: RegionId,
        /// The new write region.
        to: RegionId,
        /// The whole region is lost: it goes offline with the last partition that it wrote.
        lost: bool,
    },
    /// Planned switch, without loss.
    Switch {
        /// The new write region.
        to: RegionId,
        /// Of these partitions; those that it writes already stay as they are.
        partitions: Arc<[PartitionId]>,
    },
    /// Mark a region offline.
    Offline(RegionId),
    /// Let a region come back: it syncs, then serves.
    Return(RegionId),
    /// Add a region: copy, then serve.
    Add(RegionId),
    /// Remove a region.
    Remove(RegionId),
    /// Take a region out of one partition's quorum, or back in.
    Quorum(PartitionId, RegionId, bool),
    /// Provisioned request units per second of each partition; all regions or one.
    Throughput(Option<RegionId>, f64),
    /// Restore the last backup into this region.
    Restore(RegionId),
}

impl Decision {
    /// Whether the region loses by it what its lease lets it serve.
    pub fn takes_from(&self, region: RegionId) -> bool {
        match self {
            Decision::FailOver { from, .. } => *from == region,
            Decision::Offline(r) | Decision::Quorum(_, r, true) => *r == region,
            _ => false,
        }
    }
}
