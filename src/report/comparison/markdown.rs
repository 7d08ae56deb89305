//! A comparison as Markdown: gates first, then what changed.

use crate::report::comparison::{ChangeRow, Comparison, GateResult};
use crate::report::markdown::{escaped, table, verdict};
use crate::report::number::{change_text, human, plural, probability};

/// The whole comparison.
pub fn render(comparison: &Comparison) -> String {
    let sections =
        [header(comparison), gates(comparison), rows(comparison), sla(comparison), notes(comparison)];
    let shown: Vec<String> = sections.into_iter().filter(|s| !s.is_empty()).collect();
    shown.join("\n")
}

fn header(comparison: &Comparison) -> String {
    let Comparison { base, new, .. } = comparison;
    let sides = format!("{} ({}) and {} ({})", base.label, base.digest, new.label, new.digest);
    let found = match comparison.identical {
        true => "identical".to_owned(),
        false => match comparison.pairs {
            0 => "unpaired".to_owned(),
            n => plural(n, "pair"),
        },
    };
    format!("## {}: {found}\n\n{}\n", escaped(&new.scenario), escaped(&sides))
}

fn gates(comparison: &Comparison) -> String {
    let cells = |row: &GateResult| vec![escaped(&row.gate), verdict(&row.verdict), escaped(&row.why)];
    let columns = [("fail on", false), ("verdict", false), ("why", false)];
    table(&columns, &comparison.gates.iter().map(cells).collect::<Vec<_>>())
}

/// What differs; the rest is counted.
fn rows(comparison: &Comparison) -> String {
    let says = |row: &&ChangeRow| !matches!(row.verdict.as_str(), "equal" | "no difference shown");
    let cells = |row: &ChangeRow| {
        let value = |x: Option<f64>| escaped(&x.map_or("never".to_owned(), |x| human(x, &row.unit)));
        vec![
            escaped(&row.measure),
            value(row.base),
            value(row.new),
            escaped(&change_text(row.change, row.low, row.high, &row.scale, &row.unit)),
            row.p_adjusted.map_or(String::new(), |p| escaped(&probability(p))),
            verdict(&row.verdict),
        ]
    };
    let columns = [
        ("measure", false),
        ("base", true),
        ("new", true),
        ("change", false),
        ("p", true),
        ("verdict", false),
    ];
    let shown: Vec<Vec<String>> = comparison.rows.iter().filter(says).map(cells).collect();
    let others = (comparison.rows.len() - shown.len()) as u64;
    let table = table(&columns, &shown);
    match others {
        0 => table,
        n => format!("{table}\n{} without a shown difference.\n", plural(n, "measure")),
    }
}

fn sla(comparison: &Comparison) -> String {
    let changed = comparison.sla.iter().filter(|row| row.base != row.new);
    let guarantees = comparison.guarantees.iter().filter(|row| row.base != row.new || row.new == "violated");
    let cell = |text: &str| if text.is_empty() { "-".to_owned() } else { verdict(text) };
    let mut rows: Vec<Vec<String>> = changed
        .map(|row| {
            let name = escaped(&format!("{}: {}", row.profile, row.row));
            vec![name, cell(&row.base), cell(&row.new), escaped(&row.why)]
        })
        .collect();
    rows.extend(guarantees.map(|row| {
        let why = row.why.clone().unwrap_or_default();
        vec![escaped(&row.name), cell(&row.base), cell(&row.new), escaped(&why)]
    }));
    table(&[("verdict that changed", false), ("base", false), ("new", false), ("why", false)], &rows)
}

fn notes(comparison: &Comparison) -> String {
    comparison.notes.iter().map(|note| format!("- {}\n", escaped(note))).collect()
}
