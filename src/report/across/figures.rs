//! The figures by which systems are compared, of several scenarios side by side: `figures.csv`, and a part of the tables.

use crate::report::across::Configuration;
use crate::report::csv::{finish, table};
use crate::report::document::{Document, Measure};
use crate::report::markdown;
use crate::report::number::cell;
use crate::report::table::{estimate, estimated};
use crate::report::text::{Columns, Style};
use ::csv::Error;
use indexmap::IndexMap;

/// A table of figures: what they are about, and each one's heading and measure.
type Part = (&'static str, &'static [(&'static str, &'static str)]);

/// What is shown of each configuration.
const PARTS: [Part; 3] = [
    (
        "Operations that are served",
        &[("reads", "availability.request.read"), ("writes", "availability.request.write")],
    ),
    (
        "What faults cost: the 99th percentile of the RTO over all faults, and the worst of all",
        &[
            ("reads, p99", "rto.read.p99"),
            ("writes, p99", "rto.write.p99"),
            ("longest", "rto.write.max"),
            ("RPO, writes", "rpo.writes.max"),
            ("time", "rpo.time.max"),
            ("loss a year", "data-loss.p_year"),
        ],
    ),
    (
        "What the load meets",
        &[
            ("reads, p50", "latency.read.p50"),
            ("p99", "latency.read.p99"),
            ("writes, p50", "latency.write.p50"),
            ("p99", "latency.write.p99"),
            ("stale reads, p99", "staleness.time.read.p99"),
            ("between regions", "traffic.between-regions"),
        ],
    ),
];

/// The figures of one result, by path.
pub(super) fn of(document: &Document) -> IndexMap<String, Measure> {
    let paths = PARTS.iter().flat_map(|(_, figures)| figures.iter().map(|(_, path)| *path));
    paths.filter_map(|path| Some((path.to_owned(), document.measures.get(path)?.clone()))).collect()
}

/// `figures.csv`: a line for each configuration and figure. Empty cells stand for 'none' and 'infinite'.
///
/// # Errors
/// Only when a row has the wrong number of cells, which this function rules out.
pub(super) fn csv(all: &[Configuration]) -> Result<String, Error> {
    let mut out = table(&["configuration", "measure", "estimate", "low", "high", "unit", "n"])?;
    for configuration in all {
        for (path, m) in &configuration.figures {
            let [value, low, high] = [m.estimate, m.low, m.high].map(cell);
            let n = m.n.to_string();
            out.write_record([&configuration.name, path, &value, &low, &high, &m.unit, &n])?;
        }
    }
    finish(out)
}

/// The parts for people: a heading and a table each.
pub(super) fn text(all: &[Configuration], style: Style) -> Vec<(&'static str, String)> {
    let part = |(title, figures): &Part| {
        let right: Vec<bool> = (0..=figures.len()).map(|column| column > 0).collect();
        let mut table = Columns::new(&right);
        table.row(std::iter::once("configuration").chain(figures.iter().map(|(heading, _)| *heading)));
        all.iter().for_each(|c| table.row(row(c, figures)));
        (*title, table.render(style, 2))
    };
    PARTS.iter().map(part).collect()
}

/// The same in Markdown.
pub(super) fn markdown(all: &[Configuration]) -> String {
    let part = |(title, figures): &Part| {
        let mut columns = vec![("configuration", false)];
        columns.extend(figures.iter().map(|(heading, _)| (*heading, true)));
        let cells = |c: &Configuration| row(c, figures).iter().map(|text| markdown::escaped(text)).collect();
        let rows: Vec<Vec<String>> = all.iter().map(cells).collect();
        format!("\n### {title}\n\n{}", markdown::table(&columns, &rows))
    };
    PARTS.iter().map(part).collect()
}

/// Its name and its figures; availabilities with their intervals.
fn row(configuration: &Configuration, figures: &[(&str, &str)]) -> Vec<String> {
    let shown = |(_, path): &(&str, &str)| match configuration.figures.get(*path) {
        None => "-".to_owned(),
        Some(m) if path.starts_with("availability") => estimated(m),
        Some(m) => estimate(m.estimate, m.n, &m.unit),
    };
    std::iter::once(configuration.name.clone()).chain(figures.iter().map(shown)).collect()
}
