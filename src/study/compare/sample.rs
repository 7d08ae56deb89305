//! The values of each window, by which two runs are paired.

use crate::base::stats::round12;
use crate::measure::findings::{CauseFilter, WindowFindings};
use crate::measure::histogram::Quantile;
use crate::measure::paths::{self, Path, Quantiles};
use crate::study::compare::aspect::Aspect;
use crate::study::sampler::Counts;
use indexmap::IndexSet;
use std::collections::BTreeSet;

/// Values that a sample keeps at most: about ten megabytes as text. Of more windows only the first ones are kept.
pub const MOST_VALUES: usize = 2_000_000;

/// One window.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What windows are paired by: the seed in a scripted scenario, the window's key in a study.
    pub key: u64,
    /// Its stratum in a study, an index into [`Origin::strata`]; 0 in a scripted scenario.
    pub stratum: u32,
    /// How much it counts: in a study how often a second a window like it happens, so that the sum of weight times value is
    /// a long-run rate, or a share of time where values are seconds. 1 in a scripted scenario.
    pub weight: f64,
    /// Fingerprint of its events: equal ones need no statistics.
    pub digest: u64,
    /// One value for each column; `None` where the window has none, infinite where service was not restored.
    pub values: Vec<Option<f64>>,
}

/// What the windows of a study were sampled from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Origin {
    /// Fingerprint of the hazards' laws and scopes, the margin, the seed and the years: studies in which it is equal drew the
    /// same faults.
    pub skeleton: u64,
    /// Its strata; those of windows without faults, one for each mode, last.
    pub strata: Vec<Counted>,
}

/// One stratum.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counted {
    /// The mode its windows begin in.
    pub mode: String,
    /// What its clusters of faults have in common; `None` for windows without faults.
    pub signature: Option<String>,
    /// Clusters by stretch of the skeleton, weighed by how often the system is in the mode; empty without faults.
    pub stretches: Vec<f64>,
}

/// The values of each window of a run.
///
/// A column is a measure path for the account or a client region. Measures per fault have one column for the worst fault of
/// the window, without a quantile (`rto.write`), and for the account one more for each class of faults
/// (`rto.write[region(write)]`). In a study the columns of availability hold the seconds that were lost,
/// `observed.<what>.share` the sum of what was observed and `.per-year` how often it was; those of operations are filled
/// for windows without faults only.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// Their names, in order of appearance.
    pub columns: IndexSet<String>,
    /// The windows, in order.
    pub rows: Vec<Row>,
    /// Windows that there was no room for.
    pub left_out: u64,
    /// What they were sampled from; `None` in a scripted scenario.
    pub origin: Option<Origin>,
}

impl Sample {
    /// Adds the next window of a scripted scenario.
    pub fn push(&mut self, key: u64, findings: &WindowFindings) {
        if self.rows.len().saturating_mul(self.columns.len()) >= MOST_VALUES {
            self.left_out += 1;
            return;
        }
        let digest = findings.end.as_ref().map_or(0, |end| end.digest);
        let mut row = Row { key, stratum: 0, weight: 1.0, digest, values: vec![None; self.columns.len()] };
        self.fill(&mut row, findings, has_column);
        let observed = findings.observed.names().flat_map(Path::observed);
        for path in observed.filter(has_column) {
            self.set(&mut row, name(&path), findings.value(&path, None));
        }
        self.fill_classes(&mut row, findings);
        self.rows.push(row);
    }

    /// Sets the columns of all paths that `kept` lets through.
    pub(super) fn fill(&mut self, row: &mut Row, findings: &WindowFindings, kept: impl Fn(&Path) -> bool) {
        let regions: Vec<&str> = findings.client_regions().collect();
        for path in paths::all(&regions).into_iter().filter(|path| has_column(path) && kept(path)) {
            self.set(row, name(&path), findings.value(&path, None));
        }
    }

    /// Sets the columns of each class of faults.
    pub(super) fn fill_classes(&mut self, row: &mut Row, findings: &WindowFindings) {
        let classes: BTreeSet<&str> = findings.causes.iter().map(|cause| cause.class.as_str()).collect();
        for path in paths::all(&[]).into_iter().filter(|path| has_column(path) && is_per_fault(path)) {
            for class in &classes {
                let value = findings.value(&path, Some(&CauseFilter::exactly(class)));
                self.set(row, format!("{}[{class}]", name(&path)), value);
            }
        }
    }

    /// Sets a column of a row.
    pub(super) fn set(&mut self, row: &mut Row, column: String, value: Option<f64>) {
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

    /// How many windows of each stratum there are; `None` in a scripted scenario.
    pub fn counts(&self) -> Option<Counts> {
        let strata = &self.origin.as_ref()?.strata;
        let mut counts = Counts::new();
        for stratum in self.rows.iter().filter_map(|row| strata.get(row.stratum as usize)) {
            *counts.entry((stratum.mode.clone(), stratum.signature.clone())).or_default() += 1;
        }
        Some(counts)
    }

    /// How many windows have a value in a column.
    pub fn count(&self, name: &str) -> usize {
        self.column(name).into_iter().flatten().count()
    }

    /// Whether any window can say something about an aspect.
    pub fn knows(&self, aspect: &Aspect) -> bool {
        let strata = self.origin.iter().flat_map(|origin| &origin.strata);
        let class = aspect.class.as_deref().filter(|_| self.columns.contains(aspect.bare_column()));
        self.columns.contains(&aspect.column)
            || strata.into_iter().any(|s| class.is_some() && s.signature.as_deref() == class)
    }
}

/// Whether a measure has one value for each fault.
pub(super) fn is_per_fault(path: &Path) -> bool {
    path.measure.quantiles == Quantiles::Faults
}

/// Whether a path has a column of its own: of the quantiles over faults only one does.
fn has_column(path: &Path) -> bool {
    !is_per_fault(path) || path.quantile == Some(Quantile::P50)
}

/// The name of the column that has a path's values.
pub fn name(path: &Path) -> String {
    if !is_per_fault(path) {
        return path.to_string();
    }
    let text = Path { quantile: None, scope: path.scope.clone(), ..path.clone() }.to_string();
    text.strip_suffix(".max").map_or(text.clone(), str::to_owned)
}
