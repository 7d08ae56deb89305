//! Operations: one client call with all its retries, as the harness sees it.

use crate::base::ids::{ClientId, PartitionId, RegionId};
use crate::base::time::{SimTime, Span};
use std::sync::Arc;

/// A key. Registers and objects are small numbers; write-once keys carry a mark in the highest bit
/// and a serial number that counts up within their partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u64);

impl Key {
    const WRITE_ONCE: u64 = 1 << 63;
    const OBJECT: u64 = 1 << 62;

    /// The `n`th register of a partition.
    pub fn register(n: u64) -> Key {
        Key(n)
    }
    /// The `n`th object of a partition.
    pub fn object(n: u64) -> Key {
        Key(Key::OBJECT | n)
    }
    /// The `n`th write-once key of a partition.
    pub fn once(n: u64) -> Key {
        Key(Key::WRITE_ONCE | n)
    }
    /// Whether this key is written at most once.
    pub fn is_once(self) -> bool {
        self.0 & Key::WRITE_ONCE != 0
    }
    /// Whether this key takes inserts, deletes and conditional writes.
    pub fn is_object(self) -> bool {
        self.0 & (Key::WRITE_ONCE | Key::OBJECT) == Key::OBJECT
    }
    /// Its number within its class.
    pub fn number(self) -> u64 {
        self.0 & !(Key::WRITE_ONCE | Key::OBJECT)
    }
}

/// The unique id of one write: also the value it writes. 0 is the value every register holds at the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WriteId(pub u64);

impl WriteId {
    /// What a register holds before anyone wrote it.
    pub const INITIAL: WriteId = WriteId(0);

    /// The id of the only write of a write-once key: a function of the key, so that nobody has to remember it.
    pub fn of_once(partition: PartitionId, key: Key) -> WriteId {
        WriteId(key.0 | (u64::from(partition.0) << 40))
    }
}

/// Identifies an operation within a window; unique over its worlds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId(pub u64);

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Point read of one key.
    Read,
    /// Unconditional write of a register.
    Write(WriteId),
    /// Create an object or write-once key; fails if it exists.
    Insert(WriteId),
    /// Replace an object; fails if it does not exist.
    Replace(WriteId),
    /// Delete an object; fails if it does not exist. The id names the deletion itself.
    Delete(WriteId),
    /// Replace an object only if it holds `expected`.
    Conditional {
        /// The value to find (an etag from an earlier read).
        expected: WriteId,
        /// The value to write.
        write: WriteId,
    },
    /// Write several registers of the partition, all or none; one id per key.
    Batch(Arc<[(Key, WriteId)]>),
    /// Read several registers of the partition at one point of its log.
    BatchRead(Arc<[Key]>),
    /// Read back which write-once keys of the partition exist (harness, at the end of a window).
    ReadBack,
}

impl Action {
    /// Whether it can change data.
    pub fn is_write(&self) -> bool {
        !matches!(self, Action::Read | Action::BatchRead(_) | Action::ReadBack)
    }
    /// Short name, for reports and traces.
    pub fn name(&self) -> &'static str {
        match self {
            Action::Read => "read",
            Action::Write(_) => "write",
            Action::Insert(_) => "insert",
            Action::Replace(_) => "replace",
            Action::Delete(_) => "delete",
            Action::Conditional { .. } => "conditional",
            Action::Batch(_) => "batch",
            Action::BatchRead(_) => "batch-read",
            Action::ReadBack => "read-back",
        }
    }
    /// The write's own id, if it is a single write.
    pub fn write_id(&self) -> Option<WriteId> {
        match self {
            Action::Write(w) | Action::Insert(w) | Action::Replace(w) | Action::Delete(w) => Some(*w),
            Action::Conditional { write, .. } => Some(*write),
            _ => None,
        }
    }
}

/// A request as handed to a client actor.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its id.
    pub id: OpId,
    /// The partition that owns the key.
    pub partition: PartitionId,
    /// The key; for batches the first one.
    pub key: Key,
    /// What is asked.
    pub action: Action,
    /// Document size in bytes.
    pub bytes: u32,
    /// Index into the system's level names: the level a read is made at.
    pub level: u8,
    /// When the harness gives up.
    pub deadline: SimTime,
    /// How long that is from the invocation.
    pub patience: Span,
    /// A harness read that closes the window: it must not be throttled away for ever, and is not part of the load.
    pub closing: bool,
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Succeeded.
    Ok,
    /// Certainly had no effect.
    Fail,
    /// May have had an effect.
    Unknown,
}

/// The status a client was left with, in the field's HTTP terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Status {
    /// Main code: 200, 201, 403, 404, 408, 409, 410, 412, 429, 449, 503.
    pub code: u16,
    /// Sub-status: 3 (write forbidden), 1002 (session not available), ...; 0 for none.
    pub sub: u16,
}

impl Status {
    /// 200
    pub const OK: Status = Status { code: 200, sub: 0 };
    /// 408: no answer in time.
    pub const TIMEOUT: Status = Status { code: 408, sub: 0 };
    /// 429: too many requests.
    pub const THROTTLED: Status = Status { code: 429, sub: 0 };

    /// A status with a sub-status.
    pub const fn new(code: u16, sub: u16) -> Status {
        Status { code, sub }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.sub == 0 { write!(f, "{}", self.code) } else { write!(f, "{}/{}", self.code, self.sub) }
    }
}

/// What a read returned.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Observed {
    /// The operation returned no data (writes, failed reads).
    #[default]
    Nothing,
    /// The key does not exist.
    Absent,
    /// The key's value.
    Value(WriteId),
    /// Several keys at one point of the log.
    Many(Arc<[(Key, Option<WriteId>)]>),
    /// The write-once serials that exist, as sorted, disjoint, inclusive ranges.
    Serials(Arc<[(u64, u64)]>),
}

/// Where an acknowledged write stands in the system's order, as its acknowledgement said. The harness uses it to ask
/// durable state whether the write is held; it means nothing across systems.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Which sequence (the origin region with several writers; 0 otherwise).
    pub stream: u32,
    /// The lineage it was written in: (epoch << 32 | view), or a term; with several writers the number that settles its
    /// conflicts.
    pub term: u64,
    /// Its index.
    pub index: u64,
}

/// Which guarantees an operation is entitled to: what the system promises for its level, served where it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claims(pub u16);

impl Claims {
    /// Per-key linearizability.
    pub const LINEARIZABLE: Claims = Claims(1);
    /// Read-your-writes.
    pub const READ_YOUR_WRITES: Claims = Claims(2);
    /// Monotonic reads.
    pub const MONOTONIC_READS: Claims = Claims(4);
    /// Monotonic writes.
    pub const MONOTONIC_WRITES: Claims = Claims(8);
    /// Writes follow reads.
    pub const WRITES_FOLLOW_READS: Claims = Claims(16);
    /// Writes of a partition are seen in order.
    pub const CONSISTENT_PREFIX: Claims = Claims(32);
    /// No staler than K versions of the partition or T.
    pub const BOUNDED_STALENESS: Claims = Claims(64);
    /// A transactional batch is seen whole.
    pub const ATOMIC_BATCHES: Claims = Claims(128);
    /// A read returns the last write acknowledged before it began, or a newer one.
    pub const REGULAR: Claims = Claims(256);
    /// The four session guarantees.
    pub const SESSION: Claims = Claims(2 | 4 | 8 | 16);

    /// Whether all of `other` is claimed.
    pub fn has(self, other: Claims) -> bool {
        self.0 & other.0 == other.0
    }
    /// These without `other`.
    pub const fn except(self, other: Claims) -> Claims {
        Claims(self.0 & !other.0)
    }
    /// Both.
    pub const fn and(self, other: Claims) -> Claims {
        Claims(self.0 | other.0)
    }
}

/// A finished operation: one line of the history.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its id.
    pub id: OpId,
    /// Who called.
    pub client: ClientId,
    /// Where the caller sits.
    pub region: RegionId,
    /// The partition asked.
    pub partition: PartitionId,
    /// The key (of a batch: the first).
    pub key: Key,
    /// What was asked.
    pub action: Action,
    /// Document size.
    pub bytes: u32,
    /// When it was due to be invoked (open loop), and the event sequence number then.
    pub invoked: (SimTime, u64),
    /// When it ended, and the event sequence number then.
    pub completed: (SimTime, u64),
    /// How it ended.
    pub outcome: Outcome,
    /// The status the client was left with.
    pub status: Status,
    /// What it read.
    pub observed: Observed,
    /// Where an acknowledged write stands.
    pub position: Option<Position>,
    /// The region that served it.
    pub served: Option<RegionId>,
    /// The level it was made at: index into the system's level names.
    pub level: u8,
    /// What the system promises for it.
    pub claims: Claims,
    /// Tries made.
    pub attempts: u16,
    /// How many of those tries were answered 429.
    pub throttled: u16,
    /// Request units charged.
    pub charge: f32,
    /// The client dropped its session before or during this operation (its token named a lost suffix).
    pub session_reset: bool,
    /// A harness read that closes the window: not part of the load, not counted in availability or latency.
    pub closing: bool,
}
