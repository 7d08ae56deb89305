//! Loads small scenarios of a store and runs them.

use crate::support::case::{self, Safeguards};
use crate::support::fault_table;
use geodes::model::plan::Plan;
use geodes::system::crdt::{Crdt, Mutation, Settings};

/// A scenario of a store.
pub type Case = case::Case<Crdt>;

impl Safeguards for Crdt {
    type Mutation = Mutation;

    fn without(settings: Settings, safeguard: Mutation, _: &Plan) -> Settings {
        Settings { mutation: Some(safeguard), ..settings }
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
        self.faults += &fault_table(scope, kind, at * 1e3, lasts * 1e3);
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
