//! From text to a plan, or to every diagnostic with its place.
//!
//! [`load()`] reads a scenario file with everything it extends, applies `--set`, checks the shape of each table, and
//! resolves it to a [`Plan`] and something that runs. It never panics on bad input, and reports all errors in one pass.

pub mod catalog;
mod files;
pub mod hazards;
mod profiles;
mod resolve;
pub mod schema;
pub mod scope;
mod sections;
pub mod text;

pub use files::{Texts, base_names};
pub use profiles::{BuiltinProfiles, Profiles};

use crate::base::diagnostics::{Area, Code, Diagnostics, Place, SourceMap};
use crate::base::document::{load, overrides};
use crate::engine::contract::{Runnable, SystemInfo};
use crate::model::plan::Plan;
use crate::system::registry::Registry;
use std::collections::BTreeSet;
use std::path::Path;

/// A scenario ready to run.
pub struct Scenario {
    /// What it resolved to.
    pub plan: Plan,
    /// Runs windows of it.
    pub runnable: Box<dyn Runnable>,
    /// The system it deploys.
    pub system: SystemInfo,
    /// All that it was read from.
    pub texts: Texts,
}

impl std::fmt::Debug for Scenario {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scenario")
            .field("plan", &self.plan)
            .field("system", &self.system)
            .finish_non_exhaustive()
    }
}

/// What scenarios are loaded with: the systems and SLA tables they can name.
#[derive(Clone, Copy)]
pub struct Loader<'a> {
    registry: &'a Registry,
    profiles: &'a dyn Profiles,
}

impl<'a> Loader<'a> {
    /// A loader that knows these systems and SLA tables.
    pub fn new(registry: &'a Registry, profiles: &'a dyn Profiles) -> Self {
        Loader { registry, profiles }
    }

    /// Loads a scenario file. `settings` are `--set` arguments, `path=value`. All texts read are added to `sources`, in
    /// which the diagnostics' places lie.
    ///
    /// # Errors
    /// Everything that is wrong with the scenario.
    pub fn load(
        self,
        path: &Path,
        settings: &[String],
        sources: &mut SourceMap,
    ) -> Result<Scenario, Diagnostics> {
        self.load_from(path, settings, sources, &files::Disk)
    }

    /// Loads a scenario from a text, as if it stood in a file of that path.
    ///
    /// # Errors
    /// Everything that is wrong with the scenario.
    pub fn load_text(
        self,
        path: &Path,
        text: &str,
        settings: &[String],
        sources: &mut SourceMap,
    ) -> Result<Scenario, Diagnostics> {
        self.load_from(path, settings, sources, &files::Given { path, text })
    }

    /// Loads a scenario from the texts that it was read from before, wherever those files are now.
    ///
    /// # Errors
    /// Everything that is wrong with the scenario: nothing, unless other systems are known now.
    pub fn load_again(self, texts: &Texts, sources: &mut SourceMap) -> Result<Scenario, Diagnostics> {
        self.load_from(texts.main(), texts.settings(), sources, texts)
    }

    fn load_from(
        self,
        path: &Path,
        settings: &[String],
        sources: &mut SourceMap,
        files: &dyn load::Files,
    ) -> Result<Scenario, Diagnostics> {
        let mut errors = Diagnostics::new();
        let files = files::Noting::new(files, path);
        let Some(mut loaded) = load::load(path, &files, sources, &mut errors) else { return Err(errors) };
        overrides::set(&mut loaded.root, settings, sources, &mut errors);
        let scenario = resolve::resolve(&loaded.root, self, sources, &files, &mut errors);
        drop_echoes(&loaded.broken, sources, &mut errors);
        match scenario {
            Some(scenario) if errors.is_empty() => {
                Ok(Scenario { texts: files.finish(path, settings), ..scenario })
            }
            _ => Err(errors),
        }
    }
}

/// Loads a scenario file with the systems of `registry` and the built-in SLA tables: see [`Loader::load`].
///
/// # Errors
/// Everything that is wrong with the scenario.
pub fn load(
    path: &Path,
    settings: &[String],
    registry: &Registry,
    sources: &mut SourceMap,
) -> Result<Scenario, Diagnostics> {
    Loader::new(registry, &BuiltinProfiles).load(path, settings, sources)
}

/// Removes what only follows from text that could not be read: other errors on the line of a syntax error, and things
/// that are missing.
fn drop_echoes(broken: &[Place], sources: &SourceMap, errors: &mut Diagnostics) {
    let unread = errors.iter().any(|d| d.code.area() == Area::Files);
    if broken.is_empty() && !unread {
        return;
    }
    let lines: BTreeSet<_> = broken.iter().map(|place| sources.line_start(*place)).collect();
    errors.retain(|d| match d.code {
        Code::Syntax | Code::DuplicateKey | Code::NumberTooLarge | Code::NestedTooDeep => true,
        code if code.is_about_absence() => false,
        _ => d.place.is_none_or(|place| !lines.contains(&sources.line_start(place))),
    });
}
