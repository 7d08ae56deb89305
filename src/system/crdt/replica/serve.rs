//! Serving clients.

use super::{Replica, Waiting};
use crate::algorithm::dot_map::Live;
use crate::base::ids::ActorId;
use crate::model::operation::{Action, Key, Observed, Position, Status, WriteId};
use crate::system::crdt::Cx;
use crate::system::crdt::disk::{Record, Value};
use crate::system::crdt::message::{Ask, Msg, Reply};
use crate::system::crdt::mutation::Mutation;

const CREATED: Status = Status::new(201, 0);
const DELETED: Status = Status::new(204, 0);
const MISSING: Status = Status::new(404, 0);
const CONFLICT: Status = Status::new(409, 0);

impl Replica {
    /// A client asks.
    pub(super) fn on_ask(&mut self, from: ActorId, ask: Ask, cx: Cx) {
        let token = ask.token.as_ref().filter(|_| !self.settings.without(Mutation::SkipToken));
        let behind = token.is_some_and(|token| !self.state.map.context().covers(token));
        let (ended, observed, position) = match behind {
            true => (None, Observed::Nothing, None),
            false => {
                let (status, observed, position) = self.carry_out(&ask, cx);
                (Some(status), observed, position)
            }
        };
        let context = self.state.map.context().clone();
        let reply = Msg::Reply(Box::new(Reply { op: ask.op, ended, observed, position, context }));
        // Nothing is said that a power loss could take back.
        match self.handed <= self.durable || self.settings.without(Mutation::AckBeforeDurable) {
            true => cx.send(from, reply),
            false => self.waiting.push_back((self.handed, Waiting::Answer(from, reply))),
        }
    }

    fn carry_out(&mut self, ask: &Ask, cx: Cx) -> (Status, Observed, Option<Position>) {
        let key = ask.key;
        let held = self.state.map.current(key).map(|live| live.value.write);
        let again = |write: WriteId| held == Some(write);
        let said = |status| (status, Observed::Nothing, None);
        let (status, write) = match &ask.action {
            Action::Read => {
                let initial = (!key.is_once() && !key.is_object()).then_some(WriteId::INITIAL);
                let observed = held.or(initial).map_or(Observed::Absent, Observed::Value);
                return (Status::OK, observed, None);
            }
            Action::ReadBack => {
                return (Status::OK, Observed::Serials(self.state.serials().into()), None);
            }
            Action::Insert(write) if held.is_some() && !again(*write) => return said(CONFLICT),
            Action::Replace(_) | Action::Delete(_) if held.is_none() => return said(MISSING),
            Action::Insert(write) => (CREATED, Some(*write)),
            Action::Write(write) | Action::Replace(write) => (Status::OK, Some(*write)),
            Action::Delete(_) => (DELETED, None),
            // Scenarios that ask for anything else are refused.
            _ => return said(Status::new(400, 0)),
        };
        let position = self.update(key, write.map(|write| Value { write, bytes: ask.bytes }), cx);
        (status, Observed::Nothing, Some(position))
    }

    /// An event of this replica: a value replaces all that is there, or all that is there is removed.
    fn update(&mut self, key: Key, value: Option<Value>, cx: Cx) -> Position {
        let dot = self.state.map.next(self.name());
        let stamp = self.state.map.stamp(cx.now().0);
        let record = match value {
            Some(value) => Record::Put(key, Live { dot, stamp, value }),
            None => Record::Remove(key, dot, stamp),
        };
        self.persist(record, cx);
        Position { stream: dot.origin, term: stamp, index: dot.seq }
    }
}
