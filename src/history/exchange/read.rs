//! From text to operations, with every mistake and its place.
//!
//! Rules of the form are Jepsen's: an event is a map with `process`, `type` (`invoke`, `ok`, `fail`, `info`), `f` and
//! `value`; a process has one operation at a time; what is not ended by `ok` or `fail` may take effect at any later time.

mod event;
mod meaning;
mod pairs;

use crate::base::diagnostics::{Code, Diagnostics, FileId, Place};
use crate::history::exchange::datum::Node;
use crate::history::exchange::op::History;
use crate::history::exchange::text::Fault;
use crate::history::exchange::{edn, json};

/// Larger files are refused.
pub const LARGEST: u64 = 64 << 20;
/// After so many mistakes reading stops.
const MISTAKES: usize = 20;

/// What a history is held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// Reads and writes.
    Register,
    /// Reads, writes and compare-and-set.
    CasRegister,
}

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// EDN.
    Edn,
    /// JSON.
    Json,
}

impl Syntax {
    /// By the ending of the file's name; if that says nothing, by the first map of the text: JSON's keys are in quotes.
    pub fn of(name: &str, text: &str) -> Syntax {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        match ending {
            "edn" => Syntax::Edn,
            "json" | "jsonl" | "ndjson" => Syntax::Json,
            _ => {
                let inside = text.find('{').map_or("", |at| text[at + 1..].trim_start());
                if inside.starts_with('"') { Syntax::Json } else { Syntax::Edn }
            }
        }
    }
}

/// Reads a history.
///
/// # Errors
/// Every mistake, up to the first of syntax.
pub fn read(text: &str, file: FileId, syntax: Syntax, model: Model) -> Result<History, Diagnostics> {
    let mut errors = Diagnostics::new();
    let mut pairs = pairs::Pairs::default();
    let mut take = |node: &Node| {
        if let Some(event) = event::event(node, file, &mut errors) {
            pairs.add(event, &mut errors);
        }
        errors.len() < MISTAKES
    };
    let fault = match syntax {
        Syntax::Edn => {
            let mut reader = edn::Reader::new(text);
            each(|| reader.next_form(), &mut take)
        }
        Syntax::Json => {
            let mut reader = json::Reader::new(text);
            each(|| reader.next_form(), &mut take)
        }
    };
    if let Err(fault) = fault {
        let code = if fault.too_deep { Code::HistoryTooLarge } else { Code::HistorySyntax };
        errors.error(code, Place::new(file, fault.at), fault.message).hint(fault.hint);
    }
    if errors.is_empty() {
        let history = meaning::operations(pairs, model, &mut errors);
        if errors.is_empty() {
            return Ok(history);
        }
    }
    Err(errors)
}

fn each(
    mut next: impl FnMut() -> Result<Option<Node>, Fault>,
    take: &mut impl FnMut(&Node) -> bool,
) -> Result<(), Fault> {
    while let Some(node) = next()? {
        if !take(&node) {
            break;
        }
    }
    Ok(())
}
