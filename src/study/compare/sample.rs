//! The values of each window, by which two runs are paired.

use crate::base::stats::round12;
use crate::measure::findings::{CauseFilter, WindowFindings};
use crate::measure::histogram::Quantile;
use crate::measure::paths::{self, Path, Quantiles};
use indexmap::IndexSet;
use std::collections::BTreeSet;

/// Values that a sample keeps at most: about ten megabytes as text. Of more windows only the first ones are kept.
pub const MOST_VALUES: usize = 2_000_000;

/// One window.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What windows are paired by: the seed in a scripted scenario, the window's key in a study.
    pub key: u64,
    /// Its stratum in a study; 0 in a scripted scenario.
    pub stratum: u32,
    /// How much it counts: the total of a study is the sum of weight times value. 1 in a scripted scenario.
    pub weight: f64,
    /// Fingerprint of its events: equal ones need no statistics.
    pub digest: u64,
    /// One value for each column; `None` where the window has none, infinite where service was not restored.
    pub values: Vec<Option<f64>>,
}

/// The values of each window of a run.
///
/// A column is a measure path for the account or a client region. Measures per fault have one column for the worst fault of
/// the window, without a quantile (`rto.write`), and for the account one more for each class of faults
/// (`rto.write[region(write)]`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// Their names, in order of appearance.
    pub columns: IndexSet<String>,
    /// The windows, in order.
    pub rows: Vec<Row>,
    /// Windows that there was no room for.
    pub left_out: u64,
}

impl Sample {
    /// Adds the next window.
    pub fn push(&mut self, key: u64, stratum: u32, weight: f64, findings: &WindowFindings) {
        if self.rows.len().saturating_mul(self.columns.len()) >= MOST_VALUES {
            self.left_out += 1;
            return;
        }
        let mut row = Row {
            key,
            stratum,
            weight,
            digest: findings.end.as_ref().map_or(0, |end| end.digest),
            values: vec![None; self.columns.len()],
        };
        let regions: Vec<&str> = findings.client_regions().collect();
        let observed = findings.observed.names().flat_map(Path::observed);
        for path in paths::all(&regions).into_iter().chain(observed).filter(has_column) {
            self.set(&mut row, name(&path), findings.value(&path, None));
        }
        let classes: BTreeSet<&str> = findings.causes.iter().map(|cause| cause.class.as_str()).collect();
        let per_fault = |path: &Path| has_column(path) && path.measure.quantiles == Quantiles::Faults;
        for path in paths::all(&[]).into_iter().filter(per_fault) {
            for class in &classes {
                let value = findings.value(&path, Some(&CauseFilter::exactly(class)));
                self.set(&mut row, format!("{}[{class}]", name(&path)), value);
            }
        }
        self.rows.push(row);
    }

    fn set(&mut self, row: &mut Row, column: String, value: Option<f64>) {
        let Some(value) = value else { return };
        let (at, _) = self.columns.insert_full(column);
        if row.values.len() <= at {
            row.values.resize(at + 1, None);
        }
        row.values[at] = Some(round12(value));
    }

    /// The values of a column, window by window; `None` if there is no such column.
    pub fn column<'a>(&'a self, name: &str) -> Option<impl Iterator<Item = (&'a Row, f64)> + use<'a>> {
        let at = self.columns.get_index_of(name)?;
        Some(self.rows.iter().filter_map(move |row| Some((row, row.values.get(at).copied()??))))
    }

    /// Whether its windows stand for how often things happen, rather than each for itself.
    pub fn is_weighted(&self) -> bool {
        self.rows.iter().any(|row| row.weight != 1.0)
    }
}

/// Whether a path has a column of its own: of the quantiles over faults only one does.
fn has_column(path: &Path) -> bool {
    path.measure.quantiles != Quantiles::Faults || path.quantile == Some(Quantile::P50)
}

/// The name of the column that has a path's values.
pub fn name(path: &Path) -> String {
    if path.measure.quantiles != Quantiles::Faults {
        return path.to_string();
    }
    let text = Path { quantile: None, scope: path.scope.clone(), ..path.clone() }.to_string();
    text.strip_suffix(".max").map_or(text.clone(), str::to_owned)
}
