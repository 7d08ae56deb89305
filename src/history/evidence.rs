//! One operation as a line of evidence.

use super::versions::{NEVER, Stamp, Version};
use crate::base::ids::{ClientId, PartitionId, RegionId};
use crate::model::operation::{Key, Operation, Outcome, WriteId};
use std::fmt;

/// What is kept of an operation to show it later: cheap to copy, formatted only when it is shown.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// Who called; `None` when the system made the value itself.
    pub client: Option<ClientId>,
    /// The partition.
    pub partition: PartitionId,
    /// The key.
    pub key: Key,
    /// The action's name.
    pub action: &'static str,
    /// The value written or returned; `None`: absent.
    pub value: Option<WriteId>,
    /// When it was invoked.
    pub invoked: Stamp,
    /// When it ended; [`NEVER`] for a write that may still take effect.
    pub completed: Stamp,
    /// The region that served it.
    pub served: Option<RegionId>,
}

impl Line {
    /// A read of `key` that returned `value`.
    pub fn of_read(op: &Operation, key: Key, value: Option<WriteId>) -> Line {
        Line {
            client: Some(op.client),
            partition: op.partition,
            key,
            action: op.action.name(),
            value,
            invoked: op.invoked,
            completed: op.completed,
            served: op.served,
        }
    }

    /// A whole operation, for what concerns no value.
    pub fn of(op: &Operation) -> Line {
        let value = if op.outcome == Outcome::Ok { op.action.write_id() } else { None };
        Line::of_read(op, op.key, value)
    }

    /// The write that made `version` of `key`.
    pub fn of_version(partition: PartitionId, key: Key, version: &Version) -> Line {
        Line {
            client: Some(version.client),
            partition,
            key,
            action: "write",
            value: Some(version.id),
            invoked: version.invoked,
            completed: version.completed,
            served: version.origin,
        }
    }
}

/// `p0/register 4`, `p0/object 1`, `p0/once 12`.
pub fn key_name(partition: PartitionId, key: Key) -> String {
    let class = if key.is_once() {
        "once"
    } else if key.is_object() {
        "object"
    } else {
        "register"
    };
    format!("p{}/{class} {}", partition.0, key.number())
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, seq) = self.invoked;
        write!(f, "{at} #{seq} .. ")?;
        if self.completed == NEVER {
            f.write_str("unknown")?;
        } else {
            write!(f, "{} #{}", self.completed.0, self.completed.1)?;
        }
        match self.client {
            Some(client) => write!(f, ": client {} ", client.0)?,
            None => f.write_str(": the system ")?,
        }
        write!(f, "{} {} ", self.action, key_name(self.partition, self.key))?;
        match self.value {
            Some(WriteId::INITIAL) => f.write_str("= initial value")?,
            Some(WriteId(id)) => write!(f, "= {id}")?,
            None => f.write_str("= absent")?,
        }
        match self.served {
            Some(region) => write!(f, " in region {}", region.0),
            None => Ok(()),
        }
    }
}
