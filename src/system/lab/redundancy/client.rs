//! A client: it hands its operations to the director, and notices outages.

use super::{Msg, Redundancy};
use crate::base::ids::ActorId;
use crate::base::time::{SimTime, Span};
use crate::engine::contract::Steady;
use crate::engine::record::{Change, Completion};
use crate::model::operation::{OpId, Position, Request};
use crate::system::lab::Cx;

/// A client process.
#[derive(Clone, Debug)]
pub struct Client {
    director: ActorId,
    /// The last operation, until it is answered.
    open: Option<(OpId, SimTime)>,
    /// When the first operation was invoked that had no answer by the time of the next.
    out_since: Option<SimTime>,
    /// What was jumped over since then.
    left_out: Span,
}

impl Client {
    /// A client of this director.
    pub fn new(director: ActorId) -> Client {
        Client { director, open: None, out_since: None, left_out: Span::ZERO }
    }

    /// An operation is due. One before it that has no answer yet has failed.
    pub fn invoke(&mut self, request: &Request, cx: &mut Cx<'_, Redundancy>) {
        // What was lost the harness knows from the disks: there is nothing to read back.
        if request.closing {
            return cx.complete(request.id, Completion { ok: true, ..Completion::default() });
        }
        if let Some((_, invoked)) = self.open.replace((request.id, cx.monotonic())) {
            self.out_since.get_or_insert(invoked);
        }
        cx.send(self.director, Msg::Do(request.id, request.action.is_write()));
    }

    /// Whether it would go on as it does now: not while an operation is open that may be the first of an outage.
    pub fn steady(&self) -> Steady {
        Steady::when(self.open.is_none() || self.out_since.is_some())
    }

    /// The world jumps: the outage, if there is one, is longer by that.
    pub fn on_skip(&mut self, by: Span) {
        if self.out_since.is_some() {
            self.left_out += by;
        }
    }

    /// The director answered.
    pub fn answered(&mut self, msg: Msg, cx: &mut Cx<'_, Redundancy>) {
        let Msg::Done(op, write) = msg else { return };
        if let Some((_, invoked)) = self.open.filter(|(open, _)| *open == op) {
            self.open = None;
            if let Some(since) = self.out_since.take() {
                let value = (invoked.since(since) + std::mem::take(&mut self.left_out)).seconds();
                cx.change(Change::Observed { what: "outage", value });
            }
        }
        let position = (write > 0).then(|| Position { index: write, ..Position::default() });
        cx.complete(op, Completion { ok: true, position, served_by_writer: true, ..Completion::default() });
    }
}
