//! From a tree to a plan: every check that needs more than one value.
//!
//! Each section is read and resolved on its own as far as it goes, so that an error in one hides none in another. Names
//! that are unknown still get a place in the topology: what refers to them is then not reported again.

mod actions;
mod faults;
mod hazards;
mod links;
mod names;
mod network;
mod provenance;
mod run;
mod sla;
mod system;
mod topology;
mod workload;

use crate::base::diagnostics::{Diagnostics, FileId, Place, SourceMap};
use crate::base::document::Node;
use crate::base::document::load::Files;
use crate::model::plan::{Plan, Provenance};
use crate::scenario::{Loader, Scenario, Texts};
use std::path::{Path, PathBuf};

/// What all parts of the resolution share.
struct Context<'a> {
    plan: Plan,
    loader: Loader<'a>,
    sources: &'a SourceMap,
    files: &'a dyn Files,
    errors: &'a mut Diagnostics,
    /// Values that no text gave.
    defaults: Vec<Provenance>,
}

impl Context<'_> {
    /// Notes a value that no text gave, and where it comes from.
    fn assume(&mut self, key: impl Into<String>, value: impl ToString, origin: impl Into<String>) {
        self.defaults.push(Provenance { key: key.into(), value: value.to_string(), origin: origin.into() });
    }

    /// The value given, or else the default, noted.
    fn or_default<T: Clone + ToString>(&mut self, key: impl Into<String>, given: Option<T>, default: T) -> T {
        given.unwrap_or_else(|| {
            self.assume(key, default.to_string(), "default");
            default
        })
    }

    /// The directory of the file that a place lies in: what its relative paths start from.
    fn directory(&self, place: Place) -> PathBuf {
        let name = self.sources.get(place.file).map_or("", |file| file.name.as_str());
        Path::new(name).parent().map(Path::to_path_buf).unwrap_or_default()
    }
}

/// Resolves a scenario; `None` or added errors mean that it cannot run.
pub(super) fn resolve(
    root: &Node,
    loader: Loader<'_>,
    sources: &SourceMap,
    files: &dyn Files,
    errors: &mut Diagnostics,
) -> Option<Scenario> {
    let mut cx = Context { plan: Plan::default(), loader, sources, files, errors, defaults: Vec::new() };
    names::resolve(&mut cx, root);
    run::resolve(&mut cx, root);
    let found = system::find(&mut cx, root);
    let topology = topology::resolve(&mut cx, root);
    if let Some(topology) = &topology {
        network::resolve(&mut cx, root, topology);
    }
    workload::resolve(&mut cx, root, topology.as_ref(), found.as_ref().map(|f| f.system.info()));
    hazards::resolve(&mut cx, root, topology.is_some());
    let commands = actions::resolve(&mut cx, root);
    let runnable = found.as_ref().and_then(|f| system::resolve(&mut cx, f, &commands, topology.is_some()));
    faults::resolve(&mut cx, root, topology.is_some(), runnable.is_some());
    sla::resolve(&mut cx, root);
    let system = *found?.system.info();
    let runnable = runnable?;
    let main = FileId(0);
    provenance::fill(&mut cx, root, main);
    Some(Scenario { plan: cx.plan, runnable, system, texts: Texts::default() })
}
