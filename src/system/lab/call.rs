//! What labs share that do one thing per operation: a client asks, someone answers.

use crate::base::ids::ActorId;
use crate::engine::contract::{TimerClass, TimerName, Wire};
use crate::engine::record::{Completion, Purpose};
use crate::model::operation::{OpId, Request, Status};
use crate::system::lab::{Cx, Lab};

/// A question or its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Do it.
    Ask(OpId),
    /// Done, or refused (503).
    Answer(OpId, bool),
}

impl Wire for Call {
    fn bytes(&self) -> u64 {
        64
    }
    fn label(&self) -> &'static str {
        match self {
            Call::Ask(_) => "ask",
            Call::Answer(..) => "answer",
        }
    }
    fn purpose(&self) -> Purpose {
        Purpose::Client
    }
}

/// A lab without timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoTimer {}

impl TimerName for NoTimer {
    fn class(self) -> TimerClass {
        match self {}
    }
    fn label(self) -> &'static str {
        match self {}
    }
}

/// A client that asks one actor.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    to: ActorId,
}

impl Caller {
    /// A client that asks this actor.
    pub fn new(to: ActorId) -> Caller {
        Caller { to }
    }

    /// An operation is due. Labs have no data: what would be read back when the window closes is fine as it is.
    pub fn invoke<L: Lab<Msg = Call>>(&self, request: &Request, cx: &mut Cx<'_, L>) {
        match request.closing {
            true => cx.complete(request.id, Completion { ok: true, ..Completion::default() }),
            false => cx.send(self.to, Call::Ask(request.id)),
        }
    }

    /// The answer came.
    pub fn answered<L: Lab<Msg = Call>>(&self, msg: Call, cx: &mut Cx<'_, L>) {
        if let Call::Answer(op, ok) = msg {
            let status = Some(if ok { Status::OK } else { Status::new(503, 0) });
            cx.complete(op, Completion { ok, status, ..Completion::default() });
        }
    }
}
