//! Messages.

use crate::engine::contract::Wire;
use crate::engine::record::Purpose;
use crate::model::operation::OpId;

/// A message.
#[derive(Clone, Copy, Debug)]
pub enum Msg {
    /// Client to director: do this; whether it writes.
    Do(OpId, bool),
    /// Director to client: done, with the number of a write (0 for a read).
    Done(OpId, u64),
    /// Director to member: a read.
    Read(OpId),
    /// Director to member: the write of this number.
    Write(OpId, u64),
    /// Member to director: this member has done its part.
    Did(OpId, u32),
    /// Member to director: this member is there; `copy` is the last write it has, unless its disk is blank.
    Here {
        /// Its number.
        member: u32,
        /// What it has.
        copy: Option<u64>,
        /// It has just started again.
        restarted: bool,
    },
    /// Director to member: take over a copy, which has the writes after the first number, up to the second.
    Adopt(u64, u64),
}

impl Wire for Msg {
    fn bytes(&self) -> u64 {
        64
    }
    fn label(&self) -> &'static str {
        match self {
            Msg::Do(..) => "do",
            Msg::Done(..) => "done",
            Msg::Read(_) => "read",
            Msg::Write(..) => "write",
            Msg::Did(..) => "did",
            Msg::Here { .. } => "here",
            Msg::Adopt(..) => "adopt",
        }
    }
    fn purpose(&self) -> Purpose {
        match self {
            Msg::Do(..) | Msg::Done(..) => Purpose::Client,
            Msg::Here { .. } => Purpose::Control,
            Msg::Adopt(..) => Purpose::Copy,
            _ => Purpose::Replication,
        }
    }
}
