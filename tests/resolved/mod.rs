//! Loads a scenario and gives what its system resolved to, instead of something that only runs.
#![allow(dead_code)]

use geodes::base::diagnostics::{SourceMap, Style};
use geodes::engine::contract::System;
use geodes::engine::run::Ready;
use geodes::model::plan::Plan;
use geodes::scenario::{BuiltinProfiles, Loader};
use geodes::system::cosmos_db::command::Command;
use geodes::system::cosmos_db::{CosmosDb, Settings};
use geodes::system::registry::{Configure, Entry, Registry};
use std::sync::{Arc, Mutex};

/// What a system resolves to, and the commands of the plan's actions.
type Resolved<S> = (<S as System>::Deployed, Vec<<S as System>::Command>);
/// The same with the plan.
pub type Loaded<S> = (Plan, <S as System>::Deployed, Vec<<S as System>::Command>);

/// The plan, the account's settings and the commands of its actions; or every diagnostic, rendered.
pub fn account(text: &str) -> Result<(Plan, Settings, Vec<Command>), String> {
    system::<CosmosDb>(text)
}

/// The same for any system.
pub fn system<S: Configure>(text: &str) -> Result<Loaded<S>, String> {
    let slot: Arc<Mutex<Option<Resolved<S>>>> = Arc::default();
    let kept = Arc::clone(&slot);
    let entry = Entry::<S>::with(move |settings, commands| {
        *slot.lock().expect("no panic under the lock") = Some((settings.clone(), commands.clone()));
        Box::new(Ready::<S>::new(settings, commands))
    });
    let registry = Registry::new().with(entry);
    let mut sources = SourceMap::new();
    let scenario = Loader::new(&registry, &BuiltinProfiles)
        .load_text("account.toml".as_ref(), text, &[], &mut sources)
        .map_err(|errors| errors.render(&sources, Style::Plain))?;
    let (settings, commands) = kept.lock().expect("no panic under the lock").take().expect("it was resolved");
    Ok((scenario.plan, settings, commands))
}
