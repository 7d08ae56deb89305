//! Loads a scenario of an account and gives what it resolved to, instead of something that only runs.

use geodes::base::diagnostics::{SourceMap, Style};
use geodes::engine::run::Ready;
use geodes::model::plan::Plan;
use geodes::scenario::{BuiltinProfiles, Loader};
use geodes::system::cosmos_db::command::Command;
use geodes::system::cosmos_db::{CosmosDb, Settings};
use geodes::system::registry::{Entry, Registry};
use std::sync::{Arc, Mutex};

type Slot = Arc<Mutex<Option<(Settings, Vec<Command>)>>>;

/// The plan, the account's settings and the commands of its actions; or every diagnostic, rendered.
pub fn account(text: &str) -> Result<(Plan, Settings, Vec<Command>), String> {
    let slot = Slot::default();
    let kept = Arc::clone(&slot);
    let entry = Entry::<CosmosDb>::with(move |settings, commands| {
        *slot.lock().expect("no panic under the lock") = Some((settings.clone(), commands.clone()));
        Box::new(Ready::<CosmosDb>::new(settings, commands))
    });
    let registry = Registry::new().with(entry);
    let mut sources = SourceMap::new();
    let scenario = Loader::new(&registry, &BuiltinProfiles)
        .load_text("account.toml".as_ref(), text, &[], &mut sources)
        .map_err(|errors| errors.render(&sources, Style::Plain))?;
    let (settings, commands) = kept.lock().expect("no panic under the lock").take().expect("it was resolved");
    Ok((scenario.plan, settings, commands))
}
