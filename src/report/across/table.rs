//! The table for people: the figures of each configuration, then each promise with the configurations that it applies to
//! below it.

use crate::report::across::{Across, AcrossRow, figures};
use crate::report::number::{percent, plural, whole};
use crate::report::table::verdicts::{interval, measured, tone};
use crate::report::table::{aside, heading};
use crate::report::text::{Cell, Columns, Style, wrap};

/// The whole table.
pub fn render(across: &Across, style: Style) -> String {
    let mut out = String::new();
    for (title, table) in figures::text(&across.configurations, style) {
        out.push_str(&format!("{}{table}\n", heading(style, title)));
    }
    out.push_str(&heading(style, &across.title()));
    out.push_str(&tally(across).render(style, 2));
    let groups = across.by_promise();
    let mut rest = groups.as_slice();
    while let Some(first) = rest.first().and_then(|group| group.first()) {
        let profile = first.sla.profile.as_str();
        let same = |group: &&Vec<&AcrossRow>| group.iter().all(|row| row.sla.profile == profile);
        let (these, others) = rest.split_at(rest.iter().take_while(same).count());
        out.push_str(&format!("\n{}{}", heading(style, profile), promises(these, style)));
        rest = others;
    }
    let unseen: u64 = across.configurations.iter().map(|c| c.unseen).sum();
    if unseen > 0 {
        let rows = plural(unseen, "row");
        out.push_str(&aside(
            &format!("{rows} about faults or actions that did not occur are left out (see sla.csv)"),
            style,
        ));
    }
    out
}

/// How each configuration stands.
fn tally(across: &Across) -> Columns {
    let mut table = Columns::new(&[false, false, true, true, true, true, false]);
    table.row(["configuration", "faults", "windows", "met", "breached", "inconclusive", "digest"]);
    for c in &across.configurations {
        let judged = |n: u64| if across.rows.is_empty() { String::new() } else { whole(n) };
        table.row([
            c.name.clone(),
            c.faults.clone(),
            whole(c.windows),
            judged(c.met),
            judged(c.breached),
            judged(c.inconclusive),
            c.digest.clone(),
        ]);
    }
    table.drop_empty();
    table
}

/// A line for each promise, and below it one for each configuration.
fn promises(groups: &[Vec<&AcrossRow>], style: Style) -> String {
    let mut table = Columns::new(&[false, true, false, true, false]);
    table.row(["configuration", "measured", "interval", "P(month)", "verdict"]);
    groups.iter().flatten().for_each(|row| table.toned(cells(row)));
    table.drop_empty();
    let mut lines = table.render_rows(style, 4).into_iter();
    let mut out = lines.next().unwrap_or_default();
    for group in groups {
        let Some(first) = group.first() else { continue };
        let mut bounds: Vec<&str> = group.iter().map(|row| row.sla.bound.as_str()).collect();
        bounds.dedup();
        let promise = format!("{}: {}", first.sla.row, bounds.join(" or "));
        wrap(&promise, style.width.saturating_sub(2))
            .iter()
            .for_each(|line| out.push_str(&format!("  {line}\n")));
        out.extend(lines.by_ref().take(group.len()));
    }
    out
}

fn cells(row: &AcrossRow) -> Vec<Cell> {
    let sla = &row.sla;
    let month = sla.p_month.as_ref().and_then(|m| m.estimate);
    vec![
        (row.configuration.clone(), None),
        (measured(sla), None),
        (interval(sla), None),
        (month.map_or(String::new(), percent), None),
        (sla.verdict.clone(), Some(tone(&sla.verdict))),
    ]
}
