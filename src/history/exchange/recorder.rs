//! The events of a window, as another checker wants them.

use crate::base::ids::{ClientId, PartitionId};
use crate::base::time::SimTime;
use crate::engine::contract::Observer;
use crate::engine::record::Record;
use crate::history::evidence::key_name;
use crate::history::exchange::datum::Datum;
use crate::model::operation::{Action, Key, Observed, OpId, Operation, Outcome, WriteId};
use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};

/// An event. A process has one operation at a time: a client that has several open at once is several processes, and so
/// is one that goes on after an operation of unknown outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, from the start of the window.
    pub time: SimTime,
    /// Which process.
    pub process: u32,
    /// Which client of the scenario that is.
    pub client: ClientId,
    /// `invoke`, `ok`, `fail` or `info`.
    pub kind: &'static str,
    /// What is done: `read`, `write`, `cas`, `replace`, `delete` or `txn`.
    pub f: &'static str,
    /// The key; `None` for transactions, which name several.
    pub key: Option<String>,
    /// The value.
    pub value: Datum,
    /// The status of what did not succeed.
    pub error: Option<String>,
}

/// Collects operations. Reads of which keys exist, which close a window, are no operations of clients and are left out.
#[derive(Debug, Default)]
pub struct Recorder {
    operations: Vec<Operation>,
    open: BTreeSet<OpId>,
}

impl Observer for Recorder {
    fn on_records(&mut self, records: &[Record]) {
        for record in records {
            match record {
                Record::Invoked { id, .. } => {
                    self.open.insert(*id);
                }
                Record::Completed(op) => {
                    self.open.remove(&op.id);
                    if op.action != Action::ReadBack {
                        self.operations.push(Operation::clone(op));
                    }
                }
                _ => {}
            }
        }
    }

    /// # Panics
    /// If `other` is of another kind: the worlds of one window have one kind of observer.
    fn merge(&mut self, other: Box<dyn Observer>) {
        let other: Box<dyn Any> = other;
        match other.downcast::<Recorder>() {
            Ok(other) => {
                self.operations.extend(other.operations);
                self.open.extend(other.open);
            }
            Err(_) => unreachable!("the worlds of one window have one kind of observer"),
        }
    }
}

impl Recorder {
    /// The recorder that a window gives back.
    ///
    /// # Panics
    /// If it is another observer: a window gives back the one it was given.
    pub fn of(observer: Box<dyn Observer>) -> Recorder {
        let observer: Box<dyn Any> = observer;
        match observer.downcast::<Recorder>() {
            Ok(recorder) => *recorder,
            Err(_) => unreachable!("a window gives back the observer it was given"),
        }
    }

    /// How many operations had not ended when the window was cut off: what they asked was not told, so they are left out.
    pub fn unfinished(&self) -> usize {
        self.open.len()
    }

    /// The events in order of time; at the same moment operations begin before others end, since intervals are closed.
    pub fn events(&self) -> Vec<Event> {
        let mut order: Vec<((SimTime, u64), bool, OpId, usize)> =
            Vec::with_capacity(2 * self.operations.len());
        for (i, op) in self.operations.iter().enumerate() {
            order.push((op.invoked, false, op.id, i));
            order.push((op.completed, true, op.id, i));
        }
        order.sort_unstable();
        let mut processes = Processes::default();
        let mut at_work: BTreeMap<usize, u32> = BTreeMap::new();
        let mut events = Vec::with_capacity(order.len());
        for ((time, _), ends, _, i) in order {
            let op = &self.operations[i];
            let process = match at_work.remove(&i) {
                Some(process) => process,
                None => processes.take(op.client),
            };
            if !ends {
                at_work.insert(i, process);
            } else if op.outcome != Outcome::Unknown {
                processes.give_back(op.client, process);
            }
            events.push(event(op, time, process, ends));
        }
        events
    }
}

/// Numbers of processes, each of one client.
#[derive(Default)]
struct Processes {
    free: BTreeMap<ClientId, BTreeSet<u32>>,
    next: u32,
}

impl Processes {
    fn take(&mut self, client: ClientId) -> u32 {
        let free = self.free.entry(client).or_default().pop_first();
        free.unwrap_or_else(|| {
            self.next += 1;
            self.next - 1
        })
    }

    fn give_back(&mut self, client: ClientId, process: u32) {
        self.free.entry(client).or_default().insert(process);
    }
}

fn event(op: &Operation, time: SimTime, process: u32, ends: bool) -> Event {
    let kind = match (ends, op.outcome) {
        (false, _) => "invoke",
        (true, Outcome::Ok) => "ok",
        (true, Outcome::Fail) => "fail",
        (true, Outcome::Unknown) => "info",
    };
    let (f, value) = what(op, ends && op.outcome == Outcome::Ok);
    let key = (f != "txn").then(|| key_name(op.partition, op.key));
    let error = (kind == "fail" || kind == "info").then(|| op.status.to_string());
    Event { time, process, client: op.client, kind, f, key, value, error }
}

/// What was asked, or told.
fn what(op: &Operation, told: bool) -> (&'static str, Datum) {
    let named = |key: Key, id: WriteId| value(op.partition, key, id);
    let own = |id: WriteId| named(op.key, id);
    match &op.action {
        Action::Read | Action::ReadBack => {
            let seen = match &op.observed {
                Observed::Value(id) if told => own(*id),
                _ => Datum::Nil,
            };
            ("read", seen)
        }
        Action::Write(id) => ("write", own(*id)),
        // Of a key that is written at most once nobody can tell the two apart.
        Action::Insert(id) if op.key.is_once() => ("write", own(*id)),
        Action::Insert(id) => ("cas", Datum::List(vec![Datum::Nil, own(*id)])),
        Action::Replace(id) => ("replace", own(*id)),
        Action::Delete(_) => ("delete", Datum::Nil),
        Action::Conditional { expected, write } => ("cas", Datum::List(vec![own(*expected), own(*write)])),
        Action::Batch(writes) => (
            "txn",
            Datum::List(writes.iter().map(|(key, id)| micro(op, "w", *key, named(*key, *id))).collect()),
        ),
        Action::BatchRead(keys) => {
            let seen = |key: &Key| match &op.observed {
                Observed::Many(seen) if told => {
                    let found = seen.iter().find(|(k, _)| k == key).and_then(|(_, id)| *id);
                    found.map_or(Datum::Nil, |id| named(*key, id))
                }
                _ => Datum::Nil,
            };
            ("txn", Datum::List(keys.iter().map(|key| micro(op, "r", *key, seen(key))).collect()))
        }
    }
}

fn micro(op: &Operation, f: &str, key: Key, value: Datum) -> Datum {
    Datum::List(vec![Datum::Keyword(f.to_owned()), Datum::Text(key_name(op.partition, key)), value])
}

/// The value that a write leaves: its id. What is written once is 1, and what was never written is nil.
fn value(partition: PartitionId, key: Key, id: WriteId) -> Datum {
    match id {
        WriteId::INITIAL => Datum::Nil,
        id if key.is_once() && id == WriteId::of_once(partition, key) => Datum::Int(1),
        WriteId(id) => Datum::unsigned(id),
    }
}
