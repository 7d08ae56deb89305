//! What invocations and their ends mean to a model.

use super::pairs::{End, Pair, Pairs};
use super::{MISTAKES, Model};
use crate::base::diagnostics::{Code, Diagnostics, Place, shown};
use crate::history::exchange::datum::Datum;
use crate::history::exchange::op::{Did, History, Op};
use std::collections::{BTreeMap, BTreeSet};

/// Operations on one register.
const PLAIN: [&str; 6] = ["read", "write", "cas", "replace", "delete", "txn"];

/// Where operations name their keys.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    /// In a field of their own.
    Field,
    /// In the value: Jepsen's independent keys, `[key value]`.
    Tuple,
    /// Nowhere: there is one register.
    One,
}

/// The operations of a history; reports what the model does not know.
pub fn operations(pairs: Pairs, model: Model, errors: &mut Diagnostics) -> History {
    let (events, ignored) = (pairs.events, pairs.ignored);
    let mut pairs = pairs.finish();
    let mut strange = BTreeSet::new();
    pairs.retain(|pair| known(pair, model, &mut strange, errors));
    let keys = keys(&pairs, errors);
    let mut names = Names::default();
    names.values.number(Datum::Nil);
    let mut history = History { events, ignored, ..History::default() };
    for pair in &pairs {
        if errors.len() >= MISTAKES {
            break;
        }
        if pair.f == "txn" {
            transaction(pair, &mut names, &mut history, errors);
        } else {
            single(pair, keys, &mut names, &mut history, errors);
        }
    }
    history.keys = names.keys.list;
    history.values = names.values.list;
    history
}

/// Things by number, in the order they were first met.
#[derive(Default)]
struct Numbers {
    numbers: BTreeMap<Datum, u32>,
    list: Vec<Datum>,
}

impl Numbers {
    fn number(&mut self, datum: Datum) -> u32 {
        if let Some(number) = self.numbers.get(&datum) {
            return *number;
        }
        let number = self.list.len() as u32;
        self.list.push(datum.clone());
        self.numbers.insert(datum, number);
        number
    }
}

#[derive(Default)]
struct Names {
    keys: Numbers,
    values: Numbers,
}

/// Whether the model has this operation. One that it does not have is told once.
fn known(pair: &Pair, model: Model, strange: &mut BTreeSet<String>, errors: &mut Diagnostics) -> bool {
    let registers = matches!(pair.f.as_str(), "read" | "write" | "txn");
    match model {
        _ if registers => return true,
        Model::CasRegister if PLAIN.contains(&pair.f.as_str()) => return true,
        _ => {}
    }
    if strange.len() >= MISTAKES || !strange.insert(pair.f.clone()) {
        return false;
    }
    let message = format!("the model knows no operation `{}`", shown(&pair.f));
    let error = errors.error(Code::HistoryOperation, pair.place, message);
    match model {
        Model::Register if PLAIN.contains(&pair.f.as_str()) => error.hint("try `--model cas-register`"),
        Model::Register => error.did_you_mean(&pair.f, ["read", "write", "txn"]),
        Model::CasRegister => error.did_you_mean(&pair.f, PLAIN),
    };
    false
}

/// Finds out where the keys are; reports operations that differ from the others.
fn keys(pairs: &[Pair], errors: &mut Diagnostics) -> Keys {
    let single = || pairs.iter().filter(|pair| pair.f != "txn");
    let odd = |pair: &Pair, errors: &mut Diagnostics| {
        let message = "this operation names no key, and others do";
        let hint = "every value is `[key value]`, or every event has a `key`, or none has one";
        errors.error(Code::HistoryOperation, pair.place, message).hint(hint);
    };
    if single().any(|pair| pair.key.is_some()) {
        if let Some(pair) = single().find(|pair| pair.key.is_none()) {
            odd(pair, errors);
        }
        return Keys::Field;
    }
    let tuple = |pair: &&Pair| match (pair.asked.pair(), pair.f.as_str()) {
        (None, _) => false,
        (Some((_, value)), "cas") => value.pair().is_some(),
        (Some(_), _) => pair.end.as_ref().is_none_or(|end| !end.ok || end.told.pair().is_some()),
    };
    if single().next().is_some() && single().all(|pair| tuple(&pair)) {
        return Keys::Tuple;
    }
    // A read is invoked with a pair only if the first half of it is the key.
    let reads = |pair: &&Pair| pair.f == "read" && matches!(pair.asked.pair(), Some((_, Datum::Nil)));
    if single().any(|pair| reads(&pair)) {
        if let Some(pair) = single().find(|pair| !tuple(pair)) {
            odd(pair, errors);
        }
        return Keys::Tuple;
    }
    Keys::One
}

/// A value without its key.
fn split(keys: Keys, field: Option<&Datum>, value: &Datum) -> Option<(Datum, Datum)> {
    match keys {
        Keys::Field => Some((field?.clone(), value.clone())),
        Keys::Tuple => value.pair().map(|(key, value)| (key.clone(), value.clone())),
        Keys::One => Some((Datum::Nil, value.clone())),
    }
}

fn single(pair: &Pair, keys: Keys, names: &mut Names, history: &mut History, errors: &mut Diagnostics) {
    let Some((key, asked)) = split(keys, pair.key.as_ref(), &pair.asked) else { return };
    let told = match &pair.end {
        Some(end) if !end.ok => {
            history.left_out += 1;
            return;
        }
        Some(end) => match told(pair, end, keys, &key) {
            Ok(told) => Some(told),
            Err(message) => {
                let error = errors.error(Code::HistoryOrder, end.place, message);
                error.also(pair.place, "invoked here");
                return;
            }
        },
        None => None,
    };
    // What a write wrote is what was asked: its acknowledgement may repeat it, or say nothing.
    if let Some(other) = told.as_ref().filter(|t| pair.f != "read" && **t != Datum::Nil && **t != asked) {
        let place = pair.end.as_ref().map_or(pair.place, |end| end.place);
        let message = format!("it was asked for {}, and ends with {}", brief(&asked), brief(other));
        errors.error(Code::HistoryOrder, place, message).also(pair.place, "invoked here");
        return;
    }
    let key = names.keys.number(key);
    let Some(did) = did(pair, &asked, told, &mut names.values, errors) else {
        history.left_out += 1;
        return;
    };
    push(pair, key, did, history);
}

/// A value, not too long.
fn brief(value: &Datum) -> String {
    shown(&value.to_string())
}

/// What the end says, and whether it is about the same key.
fn told(pair: &Pair, end: &End, keys: Keys, key: &Datum) -> Result<Datum, String> {
    let field = end.key.as_ref().or(pair.key.as_ref());
    match split(keys, field, &end.told) {
        Some((other, told)) if other == *key => Ok(told),
        Some((other, _)) => Err(format!("it began on key {}, and ends on key {}", brief(key), brief(&other))),
        // An acknowledgement may say nothing at all.
        None => Ok(Datum::Nil),
    }
}

/// What a single operation did; `None` for a read that never returned, and after a mistake.
fn did(
    pair: &Pair,
    asked: &Datum,
    told: Option<Datum>,
    values: &mut Numbers,
    errors: &mut Diagnostics,
) -> Option<Did> {
    match (pair.f.as_str(), told) {
        ("read", told) => told.map(|told| Did::Read(values.number(told))),
        ("delete", _) => Some(Did::Delete),
        ("replace", _) => Some(Did::Replace(values.number(asked.clone()))),
        ("cas", _) => {
            let hint = "a `cas` takes [old new]: two values";
            let Some((old, new)) = asked.pair() else {
                errors.error(Code::HistoryOperation, pair.place, "a `cas` without two values").hint(hint);
                return None;
            };
            if *new == Datum::Nil {
                let hint = "`delete` removes a value; a `cas` leaves one";
                errors.error(Code::HistoryOperation, pair.place, "a `cas` that leaves nothing").hint(hint);
                return None;
            }
            Some(Did::Cas(values.number(old.clone()), values.number(new.clone())))
        }
        _ => Some(Did::Write(values.number(asked.clone()))),
    }
}

fn push(pair: &Pair, key: u32, did: Did, history: &mut History) {
    let end = pair.end.as_ref().map(|end| end.at);
    history.unknown += u32::from(end.is_none());
    history.ops.push(Op { process: pair.process, key, did, start: pair.start, end });
}

/// A transaction of micro-operations, `[[:r key nil] [:w key value]]`: each is an operation of its own on its key.
fn transaction(pair: &Pair, names: &mut Names, history: &mut History, errors: &mut Diagnostics) {
    let end = pair.end.as_ref();
    if end.is_some_and(|end| !end.ok) {
        history.left_out += 1;
        return;
    }
    // Of an acknowledged one what it returned counts, of another one what it was asked.
    let (place, value) = end.map_or((pair.place, &pair.asked), |end| (end.place, &end.told));
    let hint = "a transaction is a list of [:r key value] and [:w key value]";
    let Datum::List(parts) = value else {
        errors.error(Code::HistoryOperation, place, "a `txn` that is no list").hint(hint);
        return;
    };
    history.transactions += 1;
    let mut met = BTreeSet::new();
    for part in parts {
        let micro = match part {
            Datum::List(items) => match &items[..] {
                [f, key, value] => f.name().map(|f| (f, key, value)),
                _ => None,
            },
            _ => None,
        };
        let Some((f @ ("r" | "w" | "read" | "write"), key, value)) = micro else {
            unknown_part(part, place, errors);
            return;
        };
        let key = names.keys.number(key.clone());
        if !met.insert(key) {
            let message =
                format!("a transaction that names key {} twice", brief(&names.keys.list[key as usize]));
            let hint = "what one transaction does to a key in turn is no single operation";
            errors.error(Code::HistoryOperation, place, message).hint(hint);
            return;
        }
        let value = names.values.number(value.clone());
        match (f, end) {
            ("r" | "read", None) => history.left_out += 1,
            ("r" | "read", Some(_)) => push(pair, key, Did::Read(value), history),
            _ => push(pair, key, Did::Write(value), history),
        }
    }
}

fn unknown_part(part: &Datum, place: Place, errors: &mut Diagnostics) {
    let message = format!("`{}` is no part of a transaction over registers", brief(part));
    let hint = "parts are [:r key value] and [:w key value]; lists that are appended to are no registers";
    errors.error(Code::HistoryOperation, place, message).hint(hint);
}
