//! Results as Markdown, for the step summaries and comments of CI systems: what `--format markdown` prints.

use crate::report::document::{Document, GuaranteeResult, SlaResult};
use crate::report::number::{human, plural};

/// The whole report.
pub fn render(document: &Document) -> String {
    let sections = [header(document), sla(document), faults(document), guarantees(document), notes(document)];
    let shown: Vec<String> = sections.into_iter().filter(|s| !s.is_empty()).collect();
    shown.join("\n")
}

/// A table: headings, whether each column is aligned right, and rows of cells in Markdown. Empty without rows.
pub fn table(columns: &[(&str, bool)], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut out = line(columns.iter().map(|(name, _)| (*name).to_owned()).collect());
    out.push_str(&line(
        columns.iter().map(|(_, right)| if *right { "---:" } else { "---" }.to_owned()).collect(),
    ));
    for row in rows {
        out.push_str(&line(row.clone()));
    }
    out
}

/// A text that stands for itself, on one line.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '#' | '$' => {
                out.extend(['\\', c])
            }
            c => out.push(c),
        }
    }
    out
}

/// A verdict; in bold where something is wrong.
pub fn verdict(text: &str) -> String {
    match text {
        "breached" | "violated" | "regression" | "worse" => format!("**{text}**"),
        _ => escaped(text),
    }
}

fn header(document: &Document) -> String {
    let mut out = format!("## {}\n\n", escaped(&document.scenario));
    if !document.about.is_empty() {
        out.push_str(&format!("{}\n\n", escaped(&document.about)));
    }
    let facts = [
        document.system.clone(),
        format!("seed {}", document.seed),
        plural(document.windows, "window"),
        format!("digest {}", document.digest),
    ];
    out.push_str(&format!("{}\n", escaped(&facts.join(", "))));
    out
}

/// The rows that say something; the others are counted.
fn sla(document: &Document) -> String {
    let says = |row: &&SlaResult| match row.verdict.as_str() {
        "met" | "breached" => true,
        "inconclusive" => row.n > 0,
        _ => false,
    };
    let mut rows: Vec<&SlaResult> = document.sla.iter().filter(says).collect();
    rows.sort_by_key(|row| ["breached", "inconclusive", "met"].iter().position(|v| *v == row.verdict));
    let number = |x: Option<f64>, row: &SlaResult| match x {
        Some(x) => human(x, &row.unit),
        None if row.n == 0 => "-".to_owned(),
        None => "never".to_owned(),
    };
    let cells = |row: &&SlaResult| {
        let name = escaped(&format!("{}: {}", row.profile, row.row));
        let measured = escaped(&number(row.estimate, row));
        vec![name, escaped(&row.bound), measured, verdict(&row.verdict), escaped(&row.why)]
    };
    let columns =
        [("SLA row", false), ("promised", false), ("measured", true), ("verdict", false), ("why", false)];
    let table = table(&columns, &rows.iter().map(cells).collect::<Vec<_>>());
    let left_out = document.sla.len() - rows.len();
    match (table.is_empty(), left_out) {
        (_, 0) => table,
        (true, n) => format!("{} that this run says nothing about.\n", plural(n as u64, "SLA row")),
        (_, n) => format!("{table}\n{} that this run says nothing about.\n", plural(n as u64, "SLA row")),
    }
}

fn faults(document: &Document) -> String {
    let spread = |s: &Option<crate::report::document::Spread>| match s {
        None => "-".to_owned(),
        Some(s) if s.n == 0 => "-".to_owned(),
        Some(s) => {
            let of = |x: Option<f64>| x.map_or("never".to_owned(), |x| human(x, &s.unit));
            if s.p50 == s.max { of(s.p50) } else { format!("{}, at most {}", of(s.p50), of(s.max)) }
        }
    };
    let cells = |fault: &crate::report::document::FaultResult| {
        let cells = [
            format!("{} {}", fault.label, fault.kind),
            fault.signature.clone(),
            spread(&fault.rto_write),
            spread(&fault.rto_read),
            spread(&fault.rpo_time),
            spread(&fault.rpo_writes),
        ];
        cells.iter().map(|cell| escaped(cell)).collect()
    };
    let columns = [
        ("fault", false),
        ("class", false),
        ("RTO write", true),
        ("RTO read", true),
        ("RPO", true),
        ("lost", true),
    ];
    table(&columns, &document.faults.iter().map(cells).collect::<Vec<_>>())
}

fn guarantees(document: &Document) -> String {
    let cells = |row: &GuaranteeResult| {
        let why = row.why.iter().chain(row.evidence.first()).cloned().collect::<Vec<_>>().join(" ");
        vec![escaped(&row.name), verdict(&row.verdict), row.checked.to_string(), escaped(&why)]
    };
    let columns = [("guarantee", false), ("verdict", false), ("checked", true), ("why", false)];
    table(&columns, &document.guarantees.iter().map(cells).collect::<Vec<_>>())
}

fn notes(document: &Document) -> String {
    document.notes.iter().map(|note| format!("- {}\n", escaped(note))).collect()
}
