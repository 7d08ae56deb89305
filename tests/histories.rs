//! Histories in and out: what a run exports is what it did, and what others recorded gets the verdict it deserves.

#[path = "histories/bad.rs"]
mod bad;
#[path = "histories/classics.rs"]
mod classics;
#[path = "histories/command.rs"]
mod command;
#[path = "histories/load.rs"]
mod load;
#[path = "histories/oracle.rs"]
mod oracle;
#[path = "histories/round_trip.rs"]
mod round_trip;
#[path = "histories/scale.rs"]
mod scale;

use geodes::base::diagnostics::{Diagnostics, SourceMap};
use geodes::history::exchange::datum::Datum;
use geodes::history::exchange::judge::judge;
use geodes::history::exchange::op::History;
use geodes::history::exchange::read::{Model, Syntax, read};
use geodes::history::verdict::GuaranteeVerdict;

/// Reads a history; the file's name says how it is written.
fn parse(name: &str, text: &str, model: Model) -> Result<History, (Diagnostics, SourceMap)> {
    let mut sources = SourceMap::new();
    let file = sources.add(name, text);
    read(text, file, Syntax::of(name, text), model).map_err(|errors| (errors, sources))
}

/// The verdict on a history in EDN whose registers hold nothing at first.
fn judged(text: &str, model: Model) -> GuaranteeVerdict {
    match parse("history.edn", text, model) {
        Ok(history) => judge(&history, &Datum::Nil).verdict,
        Err((errors, _)) => panic!("{errors:#?}\n{text}"),
    }
}
