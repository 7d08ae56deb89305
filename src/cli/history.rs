//! `geodes run --history`: every operation of a run, for other checkers.

use crate::cli::args::HistoryFormat;
use crate::cli::output::{Failure, Output};
use crate::cli::session::Session;
use crate::engine::contract::WindowSpec;
use crate::history::exchange::write;
use crate::report::number::plural;
use crate::report::write::{HISTORIES, file};
use std::num::NonZeroU64;
use std::path::Path;

/// A history is one window's.
///
/// # Errors
/// [`Failure::Usage`] for several seeds, or a scenario with hazards.
pub fn fits(sessions: &[&dyn Session], seeds: NonZeroU64) -> Result<(), Failure> {
    if seeds.get() > 1 {
        return Err(Failure::Usage("--history is the history of one seed: leave --seeds out".to_owned()));
    }
    match sessions.iter().find(|session| session.has_hazards()) {
        None => Ok(()),
        Some(session) => Err(Failure::Usage(format!(
            "{} has hazards, and a study is many short windows: --history takes scenarios whose faults are scripted",
            session.name()
        ))),
    }
}

/// Runs the scenario once more, for its history alone, and writes that into the result directory.
///
/// # Errors
/// [`Failure::Internal`] when it cannot be written.
pub fn write(
    session: &dyn Session,
    format: HistoryFormat,
    dir: &Path,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let recorder = session.history(WindowSpec { seed: session.seed(), ..WindowSpec::default() });
    let events = recorder.events();
    let [edn, json] = HISTORIES;
    let (name, text) = match format {
        HistoryFormat::Edn => (edn, write::edn(&events)),
        HistoryFormat::Json => (json, write::json(&events)),
    };
    let path = file(dir, name, text.as_bytes()).map_err(|error| Failure::Internal(error.to_string()))?;
    output.say(&format!("history in {}", path.display()));
    match recorder.unfinished() {
        0 => {}
        n => output.say(&format!(
            "the run was cut off: {} that had not ended left out of the history",
            plural(n as u64, "operation")
        )),
    }
    Ok(())
}
