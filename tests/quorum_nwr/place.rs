//! Loads small scenarios of a store and runs them.

use crate::support::case::{self, Safeguards};
use crate::support::fault_table;
use geodes::model::plan::Plan;
use geodes::system::quorum_nwr::{Mutation, QuorumNwr, Settings};

/// A scenario of a store.
pub type Case = case::Case<QuorumNwr>;

impl Safeguards for QuorumNwr {
    type Mutation = Mutation;

    fn without(settings: Settings, safeguard: Mutation, _: &Plan) -> Settings {
        Settings { mutation: Some(safeguard), ..settings }
    }
}

/// A small store over three regions, a replica and two more nodes in each, with clients everywhere.
#[derive(Clone)]
pub struct Text {
    /// R and W.
    pub quorums: (u32, u32),
    /// Further lines of its table.
    pub table: String,
    /// Further lines of the workload.
    pub load: &'static str,
    /// Faults.
    pub faults: String,
}

pub fn small(read: u32, write: u32, table: &str) -> Text {
    let load = "rate = \"40/s\"\nreads = \"50%\"\nkeys = 4";
    Text { quorums: (read, write), table: table.to_string(), load, faults: String::new() }
}

impl Text {
    /// The same with a fault: scope, kind as the format has it, onset and length in seconds.
    pub fn fault(mut self, scope: &str, kind: &str, at: f64, lasts: f64) -> Text {
        self.faults += &fault_table(scope, kind, at * 1e3, lasts * 1e3);
        self
    }

    /// The scenario, with this seed.
    pub fn text(&self, seed: u64) -> String {
        let Text { quorums: (read, write), table, load, faults } = self;
        format!(
            "name = \"store\"\nseed = {seed}\n\n[topology]\ncatalog = \"azure\"\n\
             regions = [\"West US 2\", \"East US\", \"Central US\"]\nzones = 1\nnodes-per-zone = 3\n\n\
             [system.quorum-nwr]\nread-quorum = {read}\nwrite-quorum = {write}\n{table}\n\n\
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

pub const VECTORS: &str = "versions = \"version-vectors\"\n";
pub const LAST_WRITER: &str = "versions = \"last-writer-wins\"\n";
pub const TRUSTED: &str = "versions = \"last-writer-wins\"\ntrust-clocks = true\n";
pub const NO_REPAIR: &str = "read-repair = \"off\"\nhints = false\n";
