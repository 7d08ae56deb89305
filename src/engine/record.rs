//! What observers see: one non-generic record per thing worth knowing.

use crate::base::ids::{ActionId, ActorId, ClientId, FaultId, PartitionId, RegionId};
use crate::base::name::{self, Name};
use crate::base::time::{SimTime, Span};
use crate::engine::jump::Jumps;
use crate::model::operation::{Key, OpId, Operation, Status, WriteId};
use serde::{Deserialize, Serialize};

/// One observation. Records of a world are in `(time, sequence)` order.
#[derive(Clone, Debug)]
pub enum Record {
    /// An operation was invoked.
    Invoked {
        /// When, with the event sequence number.
        at: (SimTime, u64),
        /// Which.
        id: OpId,
        /// By whom.
        client: ClientId,
        /// On which partition.
        partition: PartitionId,
        /// On which key (of a batch: the first).
        key: Key,
        /// The other keys of a batch.
        more: std::sync::Arc<[Key]>,
    },
    /// An operation ended.
    Completed(Box<Operation>),
    /// A client's process started again, and knows nothing of what it did before.
    ClientRestarted {
        /// When.
        at: SimTime,
        /// Which.
        client: ClientId,
    },
    /// A fault began; `places` are the scopes it was bound to.
    FaultBegan {
        /// When.
        at: SimTime,
        /// Which.
        fault: FaultId,
        /// What it was bound to, and what role that had: see [`FaultSite`].
        site: FaultSite,
    },
    /// A fault ended.
    FaultEnded {
        /// When.
        at: SimTime,
        /// Which.
        fault: FaultId,
    },
    /// An action was handed to the system, or answered.
    Admin {
        /// When.
        at: SimTime,
        /// Which.
        action: ActionId,
        /// `None` when it was sent.
        answer: Option<Answer>,
    },
    /// The system changed state.
    Change {
        /// When.
        at: SimTime,
        /// Who says so.
        actor: ActorId,
        /// What.
        change: Change,
    },
    /// The harness found an acknowledged write missing from the surviving lineage, or from every surviving disk.
    Lost(LostWrite),
    /// The harness found that even writes which it no longer remembers one by one are gone: see [`LostBulk`].
    LostBulk(LostBulk),
    /// At a fault's onset: acknowledged writes that no reachable region holds.
    Exposed {
        /// The fault.
        fault: FaultId,
        /// The partition.
        partition: PartitionId,
        /// How many.
        writes: u64,
        /// Their bytes.
        bytes: u64,
        /// From the oldest acknowledgement among them to the onset.
        time: Span,
    },
    /// Bytes sent over a directed pair of regions for one purpose, summed over the window. `None`: a global service.
    Traffic {
        /// Sending region.
        from: Option<RegionId>,
        /// Receiving region.
        to: Option<RegionId>,
        /// What for.
        purpose: Purpose,
        /// Bytes.
        bytes: u64,
        /// Messages.
        messages: u64,
    },
    /// Operations that were not invoked because their client was down, per client region.
    ClientDown {
        /// The region.
        region: RegionId,
        /// Operations skipped.
        skipped: u64,
    },
    /// A probe interval of jumping is over, and the next begins.
    Probed {
        /// When.
        at: SimTime,
    },
    /// Everything was steady, and the rest of it was left out: what was to come from outside came earlier by `by`. Times
    /// of records, before and after, are those of the world's clock, which did not move.
    Jumped {
        /// When, at the end of a probe interval.
        at: SimTime,
        /// How much was left out: a whole number of probe intervals. It counts as the mean of the last two.
        by: Span,
    },
    /// The window (or one world of it) is over.
    End(WindowEnd),
}

/// Where a fault struck, bound at its onset.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaultSite {
    /// Class by role: `region(write)`, `region(read)`, `zone(leader)`, `node(replica)`, `node` (one that holds no replica),
    /// `link`, `service`, ...
    pub class: String,
    /// Regions wholly inside the scope.
    pub regions: Vec<RegionId>,
    /// Partitions with a replica on the nodes hit, in order.
    pub partitions: Vec<PartitionId>,
}

/// An acknowledged write that is gone from the surviving lineage.
#[derive(Clone, Debug)]
pub struct LostWrite {
    /// When the loss was established (a promotion, a restore or a permanent loss).
    pub at: SimTime,
    /// The fault it is put down to: the last one to begin that hit a place which held the write.
    pub fault: Option<FaultId>,
    /// Which write.
    pub write: WriteId,
    /// Its key.
    pub key: Key,
    /// Its partition.
    pub partition: PartitionId,
    /// Its size.
    pub bytes: u32,
    /// When it was acknowledged.
    pub acknowledged: SimTime,
    /// A disk that still exists holds it: it may come back through the conflict feed or a merge.
    pub recoverable: bool,
}

/// Acknowledged writes that are gone although they had been held widely: only their sums are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LostBulk {
    /// When the loss was established.
    pub at: SimTime,
    /// The fault it is put down to.
    pub fault: Option<FaultId>,
    /// Their partition.
    pub partition: PartitionId,
    /// How many.
    pub writes: u64,
    /// Their bytes.
    pub bytes: u64,
    /// When the first of them was acknowledged.
    pub oldest: SimTime,
    /// When the last of them was acknowledged.
    pub newest: SimTime,
    /// A disk that still exists holds the last of them.
    pub recoverable: bool,
    /// They are of time that was jumped over: nobody made them one by one.
    pub unseen: bool,
}

impl LostWrite {
    /// The same with real times.
    pub fn credited(&self, jumps: &Jumps) -> LostWrite {
        let (at, acknowledged) = (jumps.now(self.at), jumps.real(self.acknowledged));
        LostWrite { at, acknowledged, ..self.clone() }
    }
}

impl LostBulk {
    /// The same with real times.
    pub fn credited(&self, jumps: &Jumps) -> LostBulk {
        let at = jumps.now(self.at);
        LostBulk { at, oldest: jumps.real(self.oldest), newest: jumps.real(self.newest), ..*self }
    }
}

/// A change of state that a system reports. Harness and measures use these to explain, never to judge success.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A failure was noticed.
    Detected {
        /// What, by name: `region West US is silent`.
        what: String,
        /// The partition concerned, when it is one.
        partition: Option<PartitionId>,
    },
    /// A decision was taken (fail over, take a region out, mark offline).
    Decided {
        /// What was decided.
        what: String,
        /// The partition concerned, when it is one.
        partition: Option<PartitionId>,
    },
    /// A leader was elected within a replica set.
    Elected {
        /// The partition.
        partition: PartitionId,
        /// Its region.
        region: RegionId,
        /// The new leader.
        leader: ActorId,
    },
    /// A new lineage begins on the state that `survivor` holds: acknowledged writes it does not hold are lost.
    LineageCut {
        /// The partition.
        partition: PartitionId,
        /// The region that now writes.
        region: RegionId,
        /// The actor whose durable state is the lineage.
        survivor: ActorId,
        /// Why: `failover`, `switch` (planned: nothing is lost), `restore`, `election` (of a leader, which is said by itself).
        why: &'static str,
    },
    /// A partition accepts writes again (after catching up).
    Writable {
        /// The partition.
        partition: PartitionId,
        /// Where.
        region: RegionId,
    },
    /// A region is out of service for the account.
    Offline {
        /// The region.
        region: RegionId,
    },
    /// A region serves again.
    Online {
        /// The region.
        region: RegionId,
    },
    /// A partition's commit quorum over regions changed.
    Quorum {
        /// The partition.
        partition: PartitionId,
        /// Regions in it.
        regions: Vec<RegionId>,
    },
    /// A lost suffix came back: this write is in the conflict feed.
    ConflictFeed {
        /// The partition.
        partition: PartitionId,
        /// The write.
        write: WriteId,
    },
    /// Two writes conflicted and `loser` was overruled by a recorded decision.
    ConflictLost {
        /// The partition.
        partition: PartitionId,
        /// The write that lost.
        loser: WriteId,
        /// The write that won.
        winner: WriteId,
    },
    /// Two conflicting writes were replaced by the result of a merge procedure.
    Merged {
        /// The partition.
        partition: PartitionId,
        /// The inputs.
        of: Vec<WriteId>,
        /// The result.
        into: WriteId,
    },
    /// The system itself says that a write is lost (compared with the harness's own finding).
    ReportedLost {
        /// The partition.
        partition: PartitionId,
        /// The write.
        write: WriteId,
    },
    /// A client now sends its requests elsewhere.
    Rerouted {
        /// The client.
        client: ClientId,
        /// Where to.
        region: RegionId,
        /// Its writes do (`true`), or its reads.
        writes: bool,
    },
    /// Writes of a partition are being throttled because a region lags (`true`), or no longer (`false`).
    LagThrottle {
        /// The partition.
        partition: PartitionId,
        /// Begun or ended.
        on: bool,
    },
    /// Something was measured inside the system: measures `observed.<what>.<statistic>`.
    Observed {
        /// What, in kebab case: `detection-time`.
        what: &'static str,
        /// How much, in seconds or a pure number.
        value: f64,
    },
    /// A replica was rebuilt, or a backup taken, or some other milestone.
    Milestone {
        /// What.
        what: String,
        /// The partition concerned, when it is one.
        partition: Option<PartitionId>,
    },
}

/// How an operator's action was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Carried out.
    Done,
    /// Refused, and why.
    Refused(String),
}

/// What a message is for: traffic and cost are split by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Purpose {
    /// Requests and responses of clients.
    Client,
    /// Log shipping, appends, acknowledgements.
    Replication,
    /// Copies of whole replicas, backups, restores.
    Copy,
    /// Heartbeats, elections, decisions, discovery.
    Control,
}

impl Purpose {
    /// All of them, in order.
    pub const ALL: [Purpose; 4] = [Purpose::Client, Purpose::Replication, Purpose::Copy, Purpose::Control];
    /// Name used in results.
    pub fn name(self) -> &'static str {
        match self {
            Purpose::Client => "client",
            Purpose::Replication => "replication",
            Purpose::Copy => "copy",
            Purpose::Control => "control",
        }
    }
}

/// How a window ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowEnd {
    /// Virtual time at the end, with what was jumped over.
    pub at: SimTime,
    /// Why.
    pub reason: EndReason,
    /// Events dispatched.
    pub events: u64,
    /// Fingerprint of the run.
    pub digest: u64,
    /// Operations still open at the end (neither failed nor succeeded): censored.
    pub open_operations: u64,
    /// The settled configuration it left the system in; empty: as the scenario deploys it.
    pub mode: String,
}

/// Why a window ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EndReason {
    /// The system settled after its last fault.
    Settled,
    /// The scenario's fixed duration passed.
    Duration,
    /// The cap was reached before the system settled: censored.
    Cap,
    /// More messages were under way than any load brings about, which only actors that answer each message with several
    /// get to. The window ends there, nothing is read back, and it counts as censored.
    Storm {
        /// When that was.
        at: SimTime,
        /// Label of the message that was one too many.
        #[serde(deserialize_with = "name::read")]
        message: Name,
    },
}

impl EndReason {
    /// Whether the window was stopped before the system had settled: censored.
    pub fn is_censored(self) -> bool {
        matches!(self, EndReason::Cap | EndReason::Storm { .. })
    }
}

/// How a client actor tells the harness that an operation ended.
#[derive(Clone, Debug, Default)]
pub struct Completion {
    /// The outcome; the harness turns a late one into its own timeout.
    pub ok: bool,
    /// For a failure: whether the operation may have had an effect.
    pub indeterminate: bool,
    /// Final status.
    pub status: Option<Status>,
    /// What was read.
    pub observed: crate::model::operation::Observed,
    /// Where an acknowledged write stands.
    pub position: Option<crate::model::operation::Position>,
    /// The region that served it.
    pub served: Option<RegionId>,
    /// Whether that region was a write region when it served (guarantees depend on it).
    pub served_by_writer: bool,
    /// Request units charged.
    pub charge: f32,
    /// The session was dropped before or during the operation.
    pub session_reset: bool,
}
