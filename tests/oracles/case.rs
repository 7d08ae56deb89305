//! The cases: what theory says, and where a simulation shows it.

use std::path::{Path, PathBuf};

/// One line of theory.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Truth {
    pub id: String,
    pub kind: String,
    pub value: f64,
    pub unit: String,
}

/// One line of `tests/data/oracles.csv`.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Show {
    pub id: String,
    /// File below `scenarios/oracles/`, without `.toml`.
    pub scenario: String,
    /// `--set` arguments, separated by `;`.
    pub settings: String,
    /// Measure path.
    pub measure: String,
    /// What of it: `x`, `1-x`, `1/x`, `1000x`, `3600/x`, ...
    pub form: String,
    /// Windows in continuous integration.
    pub ci: u64,
    /// The same for the published table.
    pub full: u64,
    /// Of a study: years of its skeleton in continuous integration.
    #[serde(rename = "ci-years")]
    pub ci_years: Option<u64>,
    /// The same for the published table.
    #[serde(rename = "full-years")]
    pub full_years: Option<u64>,
}

/// A case: theory, and where a simulation shows it.
#[derive(Clone, Debug)]
pub struct Case {
    pub truth: Truth,
    pub show: Show,
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read<T: serde::de::DeserializeOwned>(file: &str) -> Vec<T> {
    let path = root().join("tests/data").join(file);
    let mut reader = csv::Reader::from_path(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    reader.deserialize().map(|row| row.unwrap_or_else(|e| panic!("{file}: {e}"))).collect()
}

/// All lines of theory: the reference's, and those of the two-region chain.
pub fn truths() -> Vec<Truth> {
    ["ground-truth.csv", "chain-truth.csv"].into_iter().flat_map(read).collect()
}

/// All cases that a simulation shows, in the order of the theory.
pub fn cases() -> Vec<Case> {
    let shows: Vec<Show> = read("oracles.csv");
    let show = |truth: &Truth| shows.iter().find(|show| show.id == truth.id).cloned();
    let truths = truths();
    let unknown = shows.iter().find(|show| !truths.iter().any(|truth| truth.id == show.id));
    assert!(unknown.is_none(), "no theory for {unknown:?}");
    truths.into_iter().filter_map(|truth| Some(Case { show: show(&truth)?, truth })).collect()
}

impl Show {
    pub fn scenario(&self) -> PathBuf {
        root().join("scenarios/oracles").join(format!("{}.toml", self.scenario))
    }

    pub fn settings(&self) -> Vec<String> {
        self.settings.split(';').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect()
    }

    /// The value and its standard error in the terms of the theory.
    pub fn transformed(&self, value: f64, error: f64) -> (f64, f64) {
        let form = self.form.trim();
        let number = |text: &str| if text.is_empty() { 1.0 } else { text.parse::<f64>().expect("a factor") };
        match (form.strip_suffix("-x"), form.strip_suffix("/x"), form.strip_suffix('x')) {
            (Some(from), ..) => (number(from) - value, error),
            (_, Some(over), _) => (number(over) / value, number(over) / (value * value) * error),
            (.., Some(times)) => (number(times) * value, number(times).abs() * error),
            _ => panic!("{}: unknown form `{form}`", self.id),
        }
    }
}
