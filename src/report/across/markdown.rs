//! `sla.md`: the table as Markdown, for step summaries and for reading in a repository.

use crate::report::across::{Across, AcrossRow, figures};
use crate::report::markdown::{escaped, table, verdict};
use crate::report::number::{percent, plural, whole};
use crate::report::table::verdicts::{interval, measured};

/// The whole table.
pub fn render(across: &Across) -> String {
    let mut out = format!("## {}\n\n{}", across.title(), tally(across));
    let mut profile = "";
    let mut rows = Vec::new();
    for group in across.by_promise() {
        let Some(first) = group.first() else { continue };
        if profile != first.sla.profile {
            out.push_str(&section(profile, &std::mem::take(&mut rows)));
            profile = &first.sla.profile;
        }
        rows.extend(group.iter().map(|row| cells(row)));
    }
    out.push_str(&section(profile, &rows));
    let unseen: u64 = across.configurations.iter().map(|c| c.unseen).sum();
    if unseen > 0 {
        let rows = plural(unseen, "row");
        out.push_str(&format!("\n{rows} about faults or actions that did not occur are left out.\n"));
    }
    out + &figures::markdown(&across.configurations)
}

fn tally(across: &Across) -> String {
    let cells = |c: &crate::report::across::Configuration| {
        let numbers = [c.windows, c.met, c.breached, c.inconclusive].map(whole);
        let mut cells = vec![escaped(&c.name), escaped(&c.faults)];
        cells.extend(numbers);
        cells.push(format!("`{}`", c.digest));
        cells
    };
    let columns = [
        ("configuration", false),
        ("faults", false),
        ("windows", true),
        ("met", true),
        ("breached", true),
        ("inconclusive", true),
        ("digest", false),
    ];
    table(&columns, &across.configurations.iter().map(cells).collect::<Vec<_>>())
}

fn section(profile: &str, rows: &[Vec<String>]) -> String {
    let columns = [
        ("row", false),
        ("configuration", false),
        ("promised", false),
        ("measured", true),
        ("interval", false),
        ("P(month)", true),
        ("verdict", false),
    ];
    match rows {
        [] => String::new(),
        _ => format!("\n### {}\n\n{}", escaped(profile), table(&columns, rows)),
    }
}

fn cells(row: &AcrossRow) -> Vec<String> {
    let sla = &row.sla;
    let month = sla.p_month.as_ref().and_then(|m| m.estimate).map_or(String::new(), percent);
    vec![
        escaped(&sla.row),
        escaped(&row.configuration),
        escaped(&sla.bound),
        escaped(&measured(sla)),
        escaped(&interval(sla)),
        escaped(&month),
        verdict(&sla.verdict),
    ]
}
