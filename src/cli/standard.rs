//! The library that stands behind the command: the registry's systems, scenario files, SLA tables, measures.

mod checks;
mod gather;
mod plan;
mod profiles;
mod solve;
mod study;
mod watch;

use crate::base::diagnostics::{self, Diagnostics, SourceMap};
use crate::cli::args::{Overrides, Topic};
use crate::cli::reference;
use crate::cli::session::{Ask, Collector, Library, Listing, Meet, Session};
use crate::engine::contract::{WindowResult, WindowSpec};
use crate::history::checkers::CheckSpec;
use crate::history::exchange::recorder::Recorder;
use crate::measure::setting::Setting;
use crate::report::chronicle::Names;
use crate::report::document::Document;
use crate::report::solution::{Solution, SolutionStep};
use crate::report::text::Style;
use crate::scenario::{BuiltinProfiles, Loader, Scenario, Texts, schema};
use crate::study::options::Options;
use crate::study::sampler::Control;
use crate::study::shard::Shard;
use crate::study::shard::part::Part;
use crate::study::shard::whole::Whole;
use crate::system::registry::{AnySystem, Registry};
use std::path::Path;
use std::sync::Arc;

/// A library over the systems of a registry.
pub struct Standard {
    registry: Registry,
}

impl Standard {
    /// A library that knows these systems.
    pub fn new(registry: Registry) -> Standard {
        Standard { registry }
    }

    /// A scenario as a session, or its diagnostics.
    fn session(
        &self,
        style: Style,
        load: impl FnOnce(Loader<'_>, &mut SourceMap) -> Result<Scenario, Diagnostics>,
    ) -> Result<Box<dyn Session>, String> {
        let mut sources = SourceMap::new();
        let colours = if style.colour { diagnostics::Style::Coloured } else { diagnostics::Style::Plain };
        match load(Loader::new(&self.registry, &BuiltinProfiles), &mut sources) {
            Ok(scenario) => Ok(Box::new(Loaded::new(scenario))),
            Err(errors) => Err(errors.render(&sources, colours)),
        }
    }
}

impl Library for Standard {
    fn load(&self, file: &Path, overrides: &Overrides, style: Style) -> Result<Box<dyn Session>, String> {
        let mut settings = overrides.set.clone();
        settings.extend(overrides.seed.map(|seed| format!("seed={seed}")));
        self.session(style, |loader, sources| loader.load(file, &settings, sources))
    }

    fn load_again(&self, texts: &Texts, style: Style) -> Result<Box<dyn Session>, String> {
        self.session(style, |loader, sources| loader.load_again(texts, sources))
    }

    fn list(&self, topic: Topic) -> Vec<Listing> {
        match topic {
            Topic::Systems => self.registry.iter().map(system).collect(),
            Topic::Measures => reference::measures(),
            Topic::Faults => reference::faults(),
            Topic::Regions => reference::regions(),
            Topic::Sla => profiles::list(),
            Topic::Hazards => reference::hazards(),
        }
    }

    fn explain(&self, word: &str) -> Option<String> {
        let system = || {
            self.registry.find(word).map(|entry| {
                let info = entry.info();
                format!(
                    "{}: {}\n\nlevels: {}\nguarantees: {}\nsources:\n  {}",
                    info.name,
                    info.summary,
                    info.levels.join(", "),
                    info.guarantees.join(", "),
                    info.sources.join("\n  ")
                )
            })
        };
        reference::explain(word)
            .or_else(system)
            .or_else(|| profiles::explain(word))
            .or_else(|| profiles::explain_rows(word))
            .or_else(|| reference::hazard(word))
    }

    fn scenario_schema(&self) -> serde_json::Value {
        schema::scenario(&self.registry)
    }
}

fn system(entry: &dyn AnySystem) -> Listing {
    let info = entry.info();
    Listing { name: info.name.to_owned(), summary: info.summary.to_owned() }
}

/// A scenario that was loaded.
struct Loaded {
    scenario: Scenario,
    setting: Arc<Setting>,
    names: Arc<Names>,
    spec: CheckSpec,
}

impl Loaded {
    fn new(scenario: Scenario) -> Loaded {
        let setting = Arc::new(Setting::of(&scenario.plan));
        let names = Arc::new(Names::of(&scenario.plan));
        let spec = checks::spec(&scenario.plan);
        Loaded { scenario, setting, names, spec }
    }
}

impl Session for Loaded {
    fn name(&self) -> &str {
        &self.scenario.plan.name
    }

    fn seed(&self) -> u64 {
        self.scenario.plan.seed
    }

    fn plan(&self) -> String {
        plan::text(&self.scenario.plan, self.scenario.system.name)
    }

    fn window(&self, spec: WindowSpec) -> WindowResult {
        let observe = || watch::Seen::boxed(&self.setting, &self.names, self.spec);
        self.scenario.runnable.run(&self.scenario.plan, spec, &observe)
    }

    fn history(&self, spec: WindowSpec) -> Recorder {
        let window = self.scenario.runnable.run(&self.scenario.plan, spec, &|| Box::new(Recorder::default()));
        Recorder::of(window.observer)
    }

    fn collector(&self) -> Box<dyn Collector + '_> {
        Box::new(gather::Gather::new(&self.scenario))
    }

    fn has_hazards(&self) -> bool {
        !self.scenario.plan.hazards.is_empty()
    }

    fn study(&self, options: Options, ties: Option<u64>, control: &Control<'_>) -> Document {
        study::document_of(&self.scenario, options, ties, control, &mut |_| false)
    }

    fn study_beside(&self, options: Options, control: &Control<'_>, meet: Meet<'_>) -> Document {
        study::document_of(&self.scenario, options, None, control, meet)
    }

    fn solve(
        &self,
        ask: &Ask<'_>,
        options: &Options,
        control: &Control<'_>,
        step: &mut dyn FnMut(&SolutionStep),
    ) -> Result<Solution, String> {
        solve::solution(&self.scenario, ask, options, control, step)
    }

    fn shard(&self, options: Options, shard: Shard, control: &Control<'_>) -> Part {
        study::shard_of(&self.scenario, options, shard, control)
    }

    fn merged(&self, whole: Whole, control: &Control<'_>) -> Result<Document, String> {
        study::merged(&self.scenario, whole, control)
    }
}
