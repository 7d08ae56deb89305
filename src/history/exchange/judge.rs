//! Whether a history that was read is linearizable: key by key, since linearizability is local (Herlihy and Wing, 1990).
//!
//! A key on which every write has its own value is judged by zones, in O(n log n); any other one by search.

use crate::base::ids::ClientId;
use crate::base::time::SimTime;
use crate::history::cluster::{Access, Point};
use crate::history::exchange::datum::Datum;
use crate::history::exchange::op::{Did, History, Op};
use crate::history::verdict::GuaranteeVerdict;
use crate::history::wgl::search::{Act, Ending, Search};
use crate::history::wgl::{Call, Effect, State};
use crate::history::zones;
use crate::model::operation::{OpId, WriteId};
use std::collections::{BTreeMap, BTreeSet};

const NAME: &str = "linearizable";

/// A verdict, and what it took.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Whether the history is linearizable.
    pub verdict: GuaranteeVerdict,
    /// Configurations that were searched; zones need none.
    pub configurations: usize,
}

/// Judges a history whose registers hold `initial` at first. Of several keys that break it, the one that does so first is
/// shown.
pub fn judge(history: &History, initial: &Datum) -> Judged {
    let initial = match history.values.iter().position(|value| value == initial) {
        Some(0) => Initial::Nothing,
        Some(value) => Initial::Value(value as u32),
        None => Initial::Unseen,
    };
    let mut by_key: Vec<Vec<usize>> = vec![Vec::new(); history.keys.len()];
    for (i, op) in history.ops.iter().enumerate() {
        by_key[op.key as usize].push(i);
    }
    let mut worst: Option<Shown> = None;
    let mut unknown = None;
    let mut configurations = 0;
    for ops in by_key {
        let court = Court { history, initial, ops };
        let found = match court.has_own_values() {
            true => court.by_zones(),
            false => court.by_search(&mut configurations),
        };
        match found {
            Ok(()) => {}
            Err(Found::Broken(shown)) if worst.as_ref().is_none_or(|w| shown.at < w.at) => {
                worst = Some(shown)
            }
            Err(Found::Broken(_)) => {}
            Err(Found::Unknown(why)) => unknown = unknown.or(Some(why)),
        }
    }
    let checked = history.ops.len() as u64;
    let verdict = match (worst, unknown) {
        (Some(shown), _) => GuaranteeVerdict::violated(NAME, checked, shown.why, shown.lines),
        (None, Some(why)) => GuaranteeVerdict::unknown(NAME, checked, why),
        (None, None) => GuaranteeVerdict::holds(NAME, checked),
    };
    Judged { verdict, configurations }
}

/// What a register holds at first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Initial {
    Nothing,
    /// A value of the history.
    Value(u32),
    /// A value that nothing in the history names.
    Unseen,
}

struct Shown {
    at: Point,
    why: String,
    lines: Vec<String>,
}

enum Found {
    Broken(Shown),
    Unknown(String),
}

/// One key.
struct Court<'a> {
    history: &'a History,
    initial: Initial,
    /// Its operations.
    ops: Vec<usize>,
}

fn point(event: u32) -> Point {
    Point::at((SimTime(u64::from(event)), 0))
}

impl Court<'_> {
    fn op(&self, i: usize) -> Op {
        self.history.ops[i]
    }

    fn span(&self, i: usize) -> (Point, Point) {
        let op = self.op(i);
        (point(op.start), op.end.map_or(Point::NEVER, point))
    }

    /// Whether there are only reads and writes, and no two writes leave the same value, nor the initial one.
    fn has_own_values(&self) -> bool {
        let mut seen = BTreeSet::new();
        match self.initial {
            Initial::Nothing => seen.insert(0),
            Initial::Value(value) => seen.insert(value),
            Initial::Unseen => false,
        };
        self.ops.iter().all(|i| match self.op(*i).did {
            Did::Read(_) => true,
            Did::Write(value) => seen.insert(value),
            _ => false,
        })
    }

    fn by_zones(&self) -> Result<(), Found> {
        let own = |value: u32| match self.initial {
            Initial::Nothing if value == 0 => WriteId::INITIAL,
            Initial::Value(initial) if value == initial => WriteId::INITIAL,
            _ => WriteId(u64::from(value) + 1),
        };
        let access = |i: &usize| {
            let (start, finish) = self.span(*i);
            let (write, value) = match self.op(*i).did {
                Did::Write(value) => (true, own(value)),
                Did::Read(value) => (false, own(value)),
                _ => unreachable!("judged by zones are reads and writes"),
            };
            Access { id: OpId(*i as u64), client: ClientId(0), write, value, start, finish }
        };
        let accesses: Vec<Access> = self.ops.iter().map(access).collect();
        zones::check(&accesses).map_err(|violation| {
            let shown = violation.accesses();
            let ends = shown.iter().map(|a| a.finish).filter(|f| *f != Point::NEVER);
            Found::Broken(Shown {
                at: ends.max().unwrap_or(Point::NEVER),
                why: format!("{}: {violation}", self.place()),
                lines: shown.iter().map(|a| self.line(a.id)).collect(),
            })
        })
    }

    fn by_search(&self, configurations: &mut usize) -> Result<(), Found> {
        if let Some(shown) = self.never_written() {
            return Err(Found::Broken(shown));
        }
        let mut search = Search::new(match self.initial {
            Initial::Nothing => State::Absent,
            Initial::Value(value) => State::Value(WriteId(u64::from(value))),
            Initial::Unseen => State::Value(WriteId(u64::MAX)),
        });
        for i in &self.ops {
            let (start, finish) = self.span(*i);
            let call = Call { effect: effect(self.op(*i).did), start, finish };
            search.add(Act { id: OpId(*i as u64), client: ClientId(0), call });
        }
        let ending = search.fold(Point::NEVER);
        *configurations += search.spent();
        Err(match ending {
            None => return Ok(()),
            Some(Ending::GaveUp(why)) => Found::Unknown(format!("{}: {why}", self.place())),
            Some(Ending::Broken(broken)) => {
                let what = if broken.whole {
                    "these operations"
                } else {
                    "its operations, of which these are the last,"
                };
                let before = broken.before.map(|state| format!("before: {}", self.state(state)));
                let lines = broken.acts.iter().map(|act| self.line(act.id));
                Found::Broken(Shown {
                    at: broken.at,
                    why: format!("{}: no order of {what} explains what they returned", self.place()),
                    lines: before.into_iter().chain(lines).collect(),
                })
            }
        })
    }

    /// The first read of a value that no operation can have left by then.
    fn never_written(&self) -> Option<Shown> {
        let mut earliest: BTreeMap<u32, u32> = BTreeMap::new();
        match self.initial {
            Initial::Nothing => earliest.insert(0, 0),
            Initial::Value(value) => earliest.insert(value, 0),
            Initial::Unseen => None,
        };
        for op in self.ops.iter().map(|i| self.op(*i)) {
            let left = match op.did {
                Did::Write(value) | Did::Replace(value) | Did::Cas(_, value) => value,
                Did::Delete => 0,
                Did::Read(_) => continue,
            };
            earliest.entry(left).and_modify(|e| *e = (*e).min(op.start)).or_insert(op.start);
        }
        let nowhere = |i: &&usize| match (self.op(**i).did, self.op(**i).end) {
            (Did::Read(value), Some(end)) => earliest.get(&value).is_none_or(|start| *start > end),
            _ => false,
        };
        let read = *self.ops.iter().filter(nowhere).min_by_key(|i| self.op(**i).end)?;
        Some(Shown {
            at: self.span(read).1,
            why: format!("{}: a value was read that no operation can have left there by then", self.place()),
            lines: vec![self.line(OpId(read as u64))],
        })
    }

    /// `the register`, `key 3`.
    fn place(&self) -> String {
        match self.ops.first().map(|i| &self.history.keys[self.op(*i).key as usize]) {
            None | Some(Datum::Nil) => "the register".to_owned(),
            Some(key) => format!("key {key}"),
        }
    }

    fn value(&self, value: u32) -> &Datum {
        &self.history.values[value as usize]
    }

    fn state(&self, state: State) -> String {
        match state {
            State::Any => "anything".to_owned(),
            State::Absent => "nil".to_owned(),
            State::Value(WriteId(value)) => {
                let known = usize::try_from(value).ok().and_then(|v| self.history.values.get(v));
                known.map_or("the initial value".to_owned(), Datum::to_string)
            }
        }
    }

    /// `events 3 to 8: process 0 wrote 5`.
    fn line(&self, id: OpId) -> String {
        let op = self.op(id.0 as usize);
        let did = match op.did {
            Did::Read(value) => format!("read {}", self.value(value)),
            Did::Write(value) => format!("wrote {}", self.value(value)),
            Did::Cas(old, new) => format!("found {} and wrote {}", self.value(old), self.value(new)),
            Did::Replace(value) => format!("replaced it by {}", self.value(value)),
            Did::Delete => "deleted it".to_owned(),
        };
        match op.end {
            Some(end) => format!("events {} to {end}: process {} {did}", op.start, op.process),
            None => format!("event {}, outcome unknown: process {} {did}", op.start, op.process),
        }
    }
}

fn effect(did: Did) -> Effect {
    let id = |value: u32| WriteId(u64::from(value));
    match did {
        Did::Read(0) => Effect::Saw(State::Absent),
        Did::Read(value) => Effect::Saw(State::Value(id(value))),
        Did::Write(0) => Effect::Delete(false),
        Did::Write(value) => Effect::Put(id(value)),
        Did::Cas(0, new) => Effect::Insert(id(new)),
        Did::Cas(old, new) => Effect::Conditional { expected: id(old), write: id(new) },
        Did::Replace(0) | Did::Delete => Effect::Delete(true),
        Did::Replace(value) => Effect::Replace(id(value)),
    }
}
