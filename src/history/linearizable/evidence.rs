//! What a violation looks like to a reader: one line per operation, by the time it was invoked.

use crate::base::ids::PartitionId;
use crate::history::cluster::{Access, Point};
use crate::model::operation::{Key, WriteId};

/// A violation of one key: why, and the operations that show it.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    /// When the last operation of it ended: the first violation is the one reported.
    pub at: Point,
    pub partition: PartitionId,
    pub key: Key,
    pub why: String,
    pub lines: Vec<String>,
    /// The value nobody is known to have written, if that is what is wrong: its write may still end.
    pub unwritten: Option<WriteId>,
}

/// `register 3 of partition 0`.
pub(crate) fn place(partition: PartitionId, key: Key) -> String {
    let class = match (key.is_once(), key.is_object()) {
        (true, _) => "write-once key",
        (_, true) => "object",
        _ => "register",
    };
    format!("{class} {} of partition {}", key.number(), partition.0)
}

/// Seconds to the nanosecond, with the sequence number.
pub(crate) fn time(point: Point) -> String {
    match point.event() {
        Some((time, sequence)) => {
            format!("{}.{:09}s#{sequence}", time.0 / 1_000_000_000, time.0 % 1_000_000_000)
        }
        None if point == Point::NEVER => "unknown".into(),
        None => "an earlier time".into(),
    }
}

/// One access as a line.
pub(crate) fn line(partition: PartitionId, key: Key, access: &Access) -> String {
    let did = match (access.write, access.value) {
        (true, value) => format!("wrote {}", value.0),
        (false, WriteId::INITIAL) => "read the initial value".into(),
        (false, value) => format!("read {}", value.0),
    };
    let end = if access.finish == Point::NEVER { "outcome unknown".into() } else { time(access.finish) };
    format!(
        "{} to {end}: client {} {did} ({}, operation {})",
        time(access.start),
        access.client.0,
        place(partition, key),
        access.id.0
    )
}
