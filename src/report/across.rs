//! Several scenarios side by side, their figures and their SLA rows: what a run of several scenarios ends in, as
//! `figures.csv`, `sla.csv` and `sla.md`, and as the last document of `--format json`.

mod csv;
mod figures;
mod markdown;
mod table;

use crate::report::document::{Document, Measure, SlaResult};
use crate::report::json;
use crate::report::number::plural;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use csv::render as csv;
pub use markdown::render as markdown;
pub use table::render as table;

/// Several results, row by row. Rows that do not apply to a configuration are left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Across {
    /// Version of Geodes that made it.
    pub geodes: String,
    /// The scenarios, in the order in which they were run.
    pub configurations: Vec<Configuration>,
    /// The rows by promise, in the order of the profiles; below each promise the configurations that it applies to.
    pub rows: Vec<AcrossRow>,
    /// All promises seen, those that apply to none included: profile and row.
    #[serde(skip)]
    promises: Vec<(String, String)>,
}

/// One of the scenarios.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Configuration {
    /// The scenario's name.
    pub name: String,
    /// The scenario's seed.
    pub seed: u64,
    /// Whether its faults are `hazards` or `scripted`.
    pub faults: String,
    /// Windows simulated.
    pub windows: u64,
    /// Fingerprint of every event and outcome.
    pub digest: String,
    /// Rows that are met.
    pub met: u64,
    /// Rows that are breached.
    pub breached: u64,
    /// Rows that are inconclusive although something was sampled.
    pub inconclusive: u64,
    /// Rows about faults or actions that did not occur.
    pub unseen: u64,
    /// The figures by which systems are compared, by path of the measure.
    pub figures: IndexMap<String, Measure>,
}

/// One promise and what one configuration makes of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AcrossRow {
    /// The scenario's name.
    pub configuration: String,
    /// The row as it stands in the scenario's own result.
    #[serde(flatten)]
    pub sla: SlaResult,
}

impl AcrossRow {
    /// Whether anything was seen that the row is about.
    pub fn says_something(&self) -> bool {
        self.sla.verdict != "inconclusive" || self.sla.n > 0
    }
}

impl Across {
    /// Nothing yet.
    pub fn new() -> Across {
        Across { geodes: env!("CARGO_PKG_VERSION").to_owned(), ..Across::default() }
    }

    /// Takes the next result.
    pub fn add(&mut self, document: &Document) {
        let mut configuration = Configuration {
            name: document.scenario.clone(),
            seed: document.seed,
            faults: if document.study.is_some() { "hazards" } else { "scripted" }.to_owned(),
            windows: document.windows,
            digest: document.digest.clone(),
            figures: figures::of(document),
            ..Configuration::default()
        };
        for sla in &document.sla {
            let promise = (sla.profile.clone(), sla.row.clone());
            if !self.promises.contains(&promise) {
                self.promises.push(promise);
            }
            let row = AcrossRow { configuration: document.scenario.clone(), sla: sla.clone() };
            match row.sla.verdict.as_str() {
                "met" => configuration.met += 1,
                "breached" => configuration.breached += 1,
                "inconclusive" if row.says_something() => configuration.inconclusive += 1,
                "inconclusive" => configuration.unseen += 1,
                _ => continue,
            }
            self.rows.push(row);
        }
        self.configurations.push(configuration);
        let promises = &self.promises;
        let place = |row: &AcrossRow| {
            promises.iter().position(|(profile, name)| *profile == row.sla.profile && *name == row.sla.row)
        };
        self.rows.sort_by_cached_key(place);
    }

    /// What its tally is headed: of how many scenarios it is, and whether any of them promises anything.
    fn title(&self) -> String {
        let count = plural(self.configurations.len() as u64, "scenario");
        if self.rows.is_empty() { count } else { format!("SLA rows of {count}") }
    }

    /// `figures.csv`: a line for each configuration and figure.
    ///
    /// # Errors
    /// Only when a row has the wrong number of cells, which it rules out.
    pub fn figures(&self) -> Result<String, ::csv::Error> {
        figures::csv(&self.configurations)
    }

    /// The rows that say something, promise by promise.
    fn by_promise(&self) -> Vec<Vec<&AcrossRow>> {
        let mut groups: Vec<Vec<&AcrossRow>> = Vec::new();
        for row in self.rows.iter().filter(|row| row.says_something()) {
            let same = |group: &Vec<&AcrossRow>| {
                group.first().is_some_and(|first| {
                    (&first.sla.profile, &first.sla.row) == (&row.sla.profile, &row.sla.row)
                })
            };
            match groups.last_mut().filter(|group| same(group)) {
                Some(group) => group.push(row),
                None => groups.push(vec![row]),
            }
        }
        groups
    }

    /// The whole table as JSON text that ends in a newline.
    ///
    /// # Errors
    /// Only when it cannot be represented, which its type rules out.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        Ok(json::pretty(&serde_json::to_value(self)?))
    }
}
