//! SLA rows with their verdicts, and the guarantees that were checked.

use crate::report::document::{Document, SlaResult};
use crate::report::number::{human, percent, plural, whole};
use crate::report::table::{aside, estimate, heading};
use crate::report::text::{Cell, Columns, Style, Tone, wrap};

/// One table per profile: promised, measured, interval, verdict, why.
pub fn sla(document: &Document, style: Style) -> String {
    let mut profiles: Vec<&str> = Vec::new();
    for row in &document.sla {
        if !profiles.contains(&row.profile.as_str()) {
            profiles.push(&row.profile);
        }
    }
    let mut sections: Vec<String> = Vec::new();
    for profile in profiles {
        let rows: Vec<&SlaResult> = document.sla.iter().filter(|r| r.profile == profile).collect();
        sections.push(format!(
            "{}{}",
            heading(style, &format!("SLA {profile}: {}", tally(&rows))),
            one(&rows, document.study.is_some(), style)
        ));
    }
    sections.join("\n")
}

/// How the rows of a profile stand, in the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Breached,
    Met,
    /// Something was measured, and it does not settle the row.
    Open,
    /// Nothing went wrong so far, and only more windows can say more.
    NeedsWindows,
    /// What the row is about did not happen in this run.
    Idle,
}

fn standing(row: &SlaResult) -> Option<Standing> {
    match row.verdict.as_str() {
        "breached" => Some(Standing::Breached),
        "met" => Some(Standing::Met),
        "inconclusive" if row.n == 0 => Some(Standing::Idle),
        "inconclusive" if row.further_windows.is_some() && row.low == row.high => {
            Some(Standing::NeedsWindows)
        }
        "inconclusive" => Some(Standing::Open),
        _ => None,
    }
}

/// The rows that apply, worst first. Rows that need more windows, and rows about things that did not happen in this
/// run, are only counted.
fn one(rows: &[&SlaResult], is_study: bool, style: Style) -> String {
    let mut judged: Vec<(Standing, &SlaResult)> =
        rows.iter().filter_map(|row| Some((standing(row)?, *row))).collect();
    judged.sort_by_key(|(standing, _)| *standing);
    let count = |wanted: Standing| judged.iter().filter(|(standing, _)| *standing == wanted).count() as u64;
    let shown: Vec<&SlaResult> = judged
        .iter()
        .filter(|(standing, _)| *standing < Standing::NeedsWindows)
        .map(|(_, row)| *row)
        .collect();
    let mut out = listed(&shown, style);
    let more = judged.iter().filter(|(standing, _)| *standing == Standing::NeedsWindows);
    if let Some(seeds) = more.filter_map(|(_, row)| Some(row.n + row.further_windows?)).max() {
        let rows = plural(count(Standing::NeedsWindows), "row");
        let option = match is_study {
            true => format!("{seeds} windows with such a fault"),
            false => format!("--seeds {seeds}"),
        };
        out.push_str(&aside(
            &format!("{rows} without a counterexample so far: {option} would settle more"),
            style,
        ));
    }
    match count(Standing::Idle) {
        0 => {}
        n => {
            let rows = plural(n, "row");
            out.push_str(&aside(
                &format!("{rows} about faults or actions that did not occur here (see sla.csv)"),
                style,
            ));
        }
    }
    out
}

/// The rows as a table; where the window is too narrow for a last column, the reason goes below its row, and where it is
/// narrower still the row's name above it.
fn listed(rows: &[&SlaResult], style: Style) -> String {
    const ROOM_FOR_WHY: usize = 30;
    const HEADINGS: [&str; 6] = ["row", "promised", "measured", "interval", "P(month)", "verdict"];
    if rows.is_empty() {
        return String::new();
    }
    let mut table = Columns::new(&[false, false, true, false, true, false]);
    table.row(HEADINGS);
    rows.iter().for_each(|row| table.toned(cells(row)));
    table.drop_empty();
    if table.natural_width(2) > style.width {
        let mut figures = Columns::new(&[true, false, true, false]);
        figures.row(HEADINGS[2..].iter().copied());
        rows.iter().for_each(|row| figures.toned(cells(row)[2..].to_vec()));
        figures.drop_empty();
        let name =
            |row: &SlaResult| wrap(&format!("{}: {}", row.row, row.bound), style.width.saturating_sub(2));
        return with_reasons(&figures.render_rows(style, 4), rows, name, style);
    }
    if table.natural_width(2) + 2 + ROOM_FOR_WHY > style.width {
        return with_reasons(&table.render_rows(style, 2), rows, |_| Vec::new(), style);
    }
    let mut wide = Columns::new(&[false, false, true, false, true, false, false]);
    wide.row(HEADINGS.into_iter().chain(["why"]));
    for row in rows {
        let mut cells = cells(row);
        cells.push((why(row), None));
        wide.toned(cells);
    }
    wide.drop_empty();
    wide.render(style, 2)
}

/// The lines of a table, the first of which is its heading, with the reasons below the rows and `above` above them.
fn with_reasons(
    lines: &[String],
    rows: &[&SlaResult],
    above: impl Fn(&SlaResult) -> Vec<String>,
    style: Style,
) -> String {
    let mut out = lines.first().cloned().unwrap_or_default();
    for (line, row) in lines.iter().skip(1).zip(rows) {
        above(row).iter().for_each(|name| out.push_str(&format!("  {name}\n")));
        out.push_str(line);
        for line in wrap(&why(row), style.width.saturating_sub(6)) {
            out.push_str(&format!("{}\n", style.paint(Tone::Quiet, &format!("      {line}"))));
        }
    }
    out
}

/// The reason, and the seed to run alone to see a promise broken. A reason that only repeats the one measured value is
/// left out.
fn why(row: &SlaResult) -> String {
    if row.verdict != "inconclusive" && row.why.ends_with("in the one window") {
        return String::new();
    }
    row.counterexample_seed.map_or(row.why.clone(), |seed| format!("{} (seed {seed})", row.why))
}

fn cells(row: &SlaResult) -> Vec<Cell> {
    vec![
        (row.row.clone(), None),
        (row.bound.clone(), None),
        (measured(row), None),
        (interval(row), None),
        (row.p_month.as_ref().and_then(|m| m.estimate).map_or(String::new(), percent), None),
        (row.verdict.clone(), Some(tone(&row.verdict))),
    ]
}

/// `3 met, 1 breached, 2 inconclusive, 9 not applicable`
fn tally(rows: &[&SlaResult]) -> String {
    let count = |verdict: &str| rows.iter().filter(|r| r.verdict == verdict).count();
    let parts: Vec<String> = ["met", "breached", "inconclusive", "not applicable"]
        .into_iter()
        .filter(|v| count(v) > 0)
        .map(|v| format!("{} {v}", count(v)))
        .collect();
    parts.join(", ")
}

/// What was measured: `never` when it is infinite, `-` when nothing was sampled.
pub(in crate::report) fn measured(row: &SlaResult) -> String {
    estimate(row.estimate, row.n, &row.unit)
}

/// `[99.98%, 99.99%]`; empty without an interval.
pub(in crate::report) fn interval(row: &SlaResult) -> String {
    match (row.low, row.high) {
        (None, None) => String::new(),
        (low, high) => {
            let end = |x: Option<f64>| x.map_or("never".to_owned(), |x| human(x, &row.unit));
            format!("[{}, {}]", end(low), end(high))
        }
    }
}

/// How a verdict looks.
pub(in crate::report) fn tone(verdict: &str) -> Tone {
    match verdict {
        "met" | "holds" => Tone::Good,
        "breached" | "violated" => Tone::Bad,
        "inconclusive" | "unknown" => Tone::Open,
        _ => Tone::Quiet,
    }
}

/// Each guarantee with how much was checked; evidence below those that do not hold.
pub fn guarantees(document: &Document, style: Style) -> String {
    if document.guarantees.is_empty() {
        return String::new();
    }
    let mut out = heading(style, "Guarantees claimed by the system");
    let width = document.guarantees.iter().map(|g| g.name.chars().count()).max().unwrap_or(0);
    for row in &document.guarantees {
        let pad = " ".repeat(width - row.name.chars().count());
        let verdict = style.paint(tone(&row.verdict), &row.verdict);
        let blank = " ".repeat(8usize.saturating_sub(row.verdict.chars().count()));
        let definition = row.definition.as_ref().map_or(String::new(), |d| format!(" ({d} definition)"));
        let checked = format!("{} checked", whole(row.checked));
        out.push_str(&format!("  {}{pad}  {verdict}{blank}  {checked}{definition}\n", row.name));
        for text in row.why.iter().chain(&row.evidence) {
            for line in wrap(text, style.width.saturating_sub(6)) {
                out.push_str(&format!("      {line}\n"));
            }
        }
    }
    out
}
