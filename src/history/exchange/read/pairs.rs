//! Invocations and what ended them.

use super::event::{Event, Kind};
use crate::base::diagnostics::{Code, Diagnostics, Place};
use crate::history::exchange::datum::Datum;
use std::collections::BTreeMap;

/// An invocation with its end.
#[derive(Clone, Debug)]
pub struct Pair {
    pub process: i64,
    pub f: String,
    pub place: Place,
    pub key: Option<Datum>,
    pub asked: Datum,
    pub start: u32,
    /// Which event, where it stands, and what it says; `None` for `info` and for what never ended.
    pub end: Option<End>,
}

/// The end of an operation.
#[derive(Clone, Debug)]
pub struct End {
    pub at: u32,
    pub place: Place,
    pub ok: bool,
    pub key: Option<Datum>,
    pub told: Datum,
}

/// Pairs so far.
#[derive(Default)]
pub struct Pairs {
    done: Vec<Pair>,
    open: BTreeMap<i64, Pair>,
    pub events: u32,
    pub ignored: u32,
    /// The last index and where it stands.
    index: Option<(i64, Place)>,
}

impl Pairs {
    /// Takes the next event.
    pub fn add(&mut self, event: Event, errors: &mut Diagnostics) {
        let at = self.events;
        self.events += 1;
        self.in_order(&event, errors);
        let Some(process) = event.process else {
            self.ignored += 1;
            return;
        };
        if event.kind == Kind::Invoke {
            return self.invoke(process, at, event, errors);
        }
        let Some(mut pair) = self.open.remove(&process) else {
            let message = format!("process {process} ends an operation that it did not begin");
            let hint = "each `ok`, `fail` and `info` of a client follows its `invoke`";
            errors.error(Code::HistoryOrder, event.place, message).hint(hint);
            return;
        };
        if pair.f != event.f {
            let message = format!("process {process} invoked `{}`, and this ends `{}`", pair.f, event.f);
            errors.error(Code::HistoryOrder, event.place, message).also(pair.place, "invoked here");
        }
        if event.kind != Kind::Info {
            pair.end = Some(End {
                at,
                place: event.place,
                ok: event.kind == Kind::Ok,
                key: event.key,
                told: event.value,
            });
        }
        self.done.push(pair);
    }

    fn invoke(&mut self, process: i64, start: u32, event: Event, errors: &mut Diagnostics) {
        let Event { place, f, key, value, .. } = event;
        let pair = Pair { process, f, place, key, asked: value, start, end: None };
        if let Some(earlier) = self.open.insert(process, pair) {
            let message = format!("process {process} begins an operation before its last one ended");
            let hint = "a client that does several things at once is several processes";
            errors
                .error(Code::HistoryOrder, place, message)
                .hint(hint)
                .also(earlier.place, "this one has not ended");
        }
    }

    fn in_order(&mut self, event: &Event, errors: &mut Diagnostics) {
        let Some(index) = event.index else { return };
        if let Some((last, place)) = self.index.filter(|(last, _)| *last >= index) {
            let hint = "events stand in the order in which they happened";
            errors
                .error(Code::HistoryOrder, event.place, format!("index {index} comes after index {last}"))
                .hint(hint)
                .also(place, "the event before it");
        }
        self.index = Some((index, event.place));
    }

    /// All of them: those that never ended come last.
    pub fn finish(self) -> Vec<Pair> {
        let mut all = self.done;
        all.extend(self.open.into_values());
        all
    }
}
