//! One event: a map with the keys that matter, each of its type.

use crate::base::diagnostics::{Code, Diagnostics, FileId, Place, shown};
use crate::history::exchange::datum::{Datum, Form, Node};

/// What kind of event it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Invoke,
    Ok,
    Fail,
    Info,
}

const KINDS: [(&str, Kind); 4] =
    [("invoke", Kind::Invoke), ("ok", Kind::Ok), ("fail", Kind::Fail), ("info", Kind::Info)];

/// An event.
#[derive(Clone, Debug)]
pub struct Event {
    pub place: Place,
    /// `None`: a nemesis, or something else that is no client.
    pub process: Option<i64>,
    pub kind: Kind,
    pub f: String,
    pub key: Option<Datum>,
    pub value: Datum,
    pub index: Option<i64>,
}

/// The event of a form; `None` after a mistake.
pub fn event(node: &Node, file: FileId, errors: &mut Diagnostics) -> Option<Event> {
    let at = |node: &Node| Place::new(file, node.start..node.end);
    let place = at(node);
    let Form::Map(entries) = &node.form else {
        let hint = "an event is a map such as {:process 0, :type :invoke, :f :read, :value nil}";
        errors.error(Code::HistoryEvent, place, "this is no event").hint(hint);
        return None;
    };
    let before = errors.len();
    let find = |name: &str, errors: &mut Diagnostics| {
        let named = |(key, _): &&(Node, Node)| matches!(&key.form, Form::Leaf(d) if d.name() == Some(name));
        let mut found = entries.iter().filter(named);
        let first = found.next();
        if let Some((key, _)) = found.next() {
            errors.error(Code::HistoryEvent, at(key), format!("`{name}` is given twice"));
        }
        first.map(|(_, value)| value)
    };
    let process = find("process", errors);
    let kind = find("type", errors);
    let f = find("f", errors);
    let key = find("key", errors).map(Node::datum);
    let value = find("value", errors).map_or(Datum::Nil, Node::datum);
    let index = find("index", errors);
    for (name, found) in [("process", process), ("type", kind)] {
        if found.is_none() {
            let message = format!("an event without `{name}`");
            errors.error(Code::HistoryEvent, place, message).hint("each event has process, type and f");
        }
    }
    let (process_node, kind_node) = (process?, kind?);
    let process = match process_node.datum() {
        Datum::Int(n) => Some(n),
        Datum::Keyword(_) | Datum::Text(_) | Datum::Symbol(_) | Datum::Nil => None,
        _ => {
            let hint = "clients are whole numbers; `:nemesis` and other names are no clients";
            errors.error(Code::HistoryEvent, at(process_node), "not a process").hint(hint);
            None
        }
    };
    let name = kind_node.datum();
    let kind = KINDS.iter().find(|(known, _)| name.name() == Some(known)).map(|(_, kind)| *kind);
    if kind.is_none() {
        let message = format!("`{}` is not a type of event", shown(&name.to_string()));
        let known = KINDS.map(|(known, _)| known);
        errors
            .error(Code::HistoryEvent, at(kind_node), message)
            .did_you_mean(name.name().unwrap_or_default(), known);
    }
    let f = match (f.map(Node::datum), process) {
        (Some(f), _) if f.name().is_some() => f.name().unwrap_or_default().to_owned(),
        // What a nemesis does is its own affair.
        (_, None) => String::new(),
        (given, Some(_)) => {
            let message = if given.is_some() { "`f` is not a name" } else { "an event without `f`" };
            let hint = "`f` says what is done: `read`, `write`, `cas`";
            errors.error(Code::HistoryEvent, f.map_or(place, at), message).hint(hint);
            return None;
        }
    };
    let index = match index.map(|node| (node, node.datum())) {
        None | Some((_, Datum::Nil)) => None,
        Some((_, Datum::Int(n))) => Some(n),
        Some((node, _)) => {
            errors.error(Code::HistoryEvent, at(node), "`index` is not a whole number");
            None
        }
    };
    if errors.len() > before {
        return None;
    }
    Some(Event { place, process, kind: kind?, f, key, value, index })
}
