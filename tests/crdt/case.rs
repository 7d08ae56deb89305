//! Loads small scenarios of a store and runs them.

use crate::support::{Seen, resolved};
use geodes::base::ids::PartitionId;
use geodes::engine::contract::{Runnable, WindowSpec};
use geodes::engine::run::Ready;
use geodes::engine::world::World;
use geodes::model::plan::Plan;
use geodes::study::checks;
use geodes::system::crdt::{Crdt, Mutation, Settings};
use std::any::Any;
use std::sync::Arc;

/// A scenario that was loaded and not yet run.
#[derive(Clone)]
pub struct Case {
    pub plan: Plan,
    pub settings: Settings,
}

impl Case {
    /// Loads a scenario text.
    pub fn new(text: &str) -> Case {
        let (plan, settings, _) =
            resolved::system::<Crdt>(text).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
        Case { plan, settings }
    }

    /// The same with a safeguard off.
    pub fn without(mut self, mutation: Mutation) -> Case {
        self.settings.mutation = Some(mutation);
        self
    }

    /// Runs it and keeps every record, or the verdicts only.
    pub fn run(&self, keep: bool) -> Seen {
        let ready = Ready::<Crdt>::new(self.settings.clone(), Vec::new());
        let spec = WindowSpec { seed: self.plan.seed, ..WindowSpec::default() };
        let check = checks::spec(&self.plan);
        let observer = ready.run(&self.plan, spec, &|| Box::new(Seen::new(check, keep))).observer;
        *(observer as Box<dyn Any>).downcast().expect("the observer it was given")
    }

    /// Runs it as it is, soundly, and with a safeguard off: then this guarantee is broken, and nothing outside `also`.
    pub fn needs(self, safeguard: Mutation, guarantee: &str, also: &[&str]) {
        let good = self.run(true);
        assert!(good.assert_sound().settled(), "it ends settled");
        let bad = self.without(safeguard).run(true);
        bad.assert_breaks(guarantee, also);
    }

    /// The world at its start.
    pub fn world(&self) -> World<Crdt> {
        let partitions = (0..self.plan.partitions).map(PartitionId).collect();
        let spec = WindowSpec { seed: self.plan.seed, ..WindowSpec::default() };
        Ready::<Crdt>::new(self.settings.clone(), Vec::new()).world(
            &Arc::new(self.plan.clone()),
            spec,
            partitions,
        )
    }
}

/// The regions of small stores.
pub const REGIONS: [&str; 3] = ["West US 2", "East US", "Central US"];

/// A small store with a replica in each of three regions, and clients everywhere that fail over.
#[derive(Clone)]
pub struct Text {
    /// Further lines of its table.
    pub table: String,
    /// Further lines of the workload.
    pub load: String,
    /// Faults.
    pub faults: String,
}

pub fn small(table: &str) -> Text {
    let load = "rate = \"40/s\"\nreads = \"50%\"\nkeys = 4".to_string();
    Text { table: table.to_string(), load, faults: String::new() }
}

impl Text {
    /// The same with a fault: scope, kind as the format has it, onset and length in seconds.
    pub fn fault(mut self, scope: &str, kind: &str, at: f64, lasts: f64) -> Text {
        let kind = if kind.starts_with('{') { kind.to_string() } else { format!("\"{kind}\"") };
        let (at, lasts) = (at * 1e3, lasts * 1e3);
        let end = if kind == "\"destroyed\"" { String::new() } else { format!("lasts = \"{lasts}ms\"\n") };
        self.faults += &format!("\n[[fault]]\nscope = \"{scope}\"\nkind = {kind}\nat = \"{at}ms\"\n{end}");
        self
    }

    /// The scenario, with this seed.
    pub fn text(&self, seed: u64) -> String {
        let Text { table, load, faults } = self;
        let consistency = if table.contains("consistency") { "" } else { "consistency = \"session\"\n" };
        format!(
            "name = \"store\"\nseed = {seed}\n\n[topology]\ncatalog = \"azure\"\n\
             regions = {REGIONS:?}\nzones = 1\nnodes-per-zone = 2\n\n\
             [system.crdt]\n{consistency}{table}\n\n\
             [workload.load]\nclients = [{{ region = \"West US 2\", count = 2, fail-with-region = false }}, \
             {{ region = \"East US\", count = 2, fail-with-region = false }}, \
             {{ region = \"Central US\", count = 2, fail-with-region = false }}]\n\
             write-once = \"20%\"\ntimeout = \"5s\"\n{load}\n\n\
             [run]\nat-least = \"60s\"\ncap = \"20min\"\n{faults}"
        )
    }

    pub fn case(&self) -> Case {
        Case::new(&self.text(7))
    }
}
