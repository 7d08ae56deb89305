//! A comparison for people: what `geodes compare` prints on a terminal.

use crate::report::comparison::{ChangeRow, Comparison, GateResult, RunSummary};
use crate::report::number::{change_text, human, plural, probability};
use crate::report::text::{Columns, Style, Tone, wrap};

/// The whole comparison as text.
pub fn render(comparison: &Comparison, style: Style) -> String {
    let sections = [
        header(comparison, style),
        rows(comparison, style),
        gates(comparison, style),
        verdicts(comparison, style),
        notes(comparison, style),
    ];
    let shown: Vec<String> = sections.into_iter().filter(|s| !s.is_empty()).collect();
    shown.join("\n")
}

fn header(comparison: &Comparison, style: Style) -> String {
    let Comparison { base, new, .. } = comparison;
    let mut out = format!("{}\n", style.paint(Tone::Heading, &title(comparison)));
    for run in [base, new] {
        let line = format!("  {:<5} {}", if std::ptr::eq(run, base) { "base" } else { "new" }, one(run));
        out.push_str(&style.paint(Tone::Quiet, &line));
        out.push('\n');
    }
    out
}

/// `short: identical`, or `short: base and new`.
fn title(comparison: &Comparison) -> String {
    let Comparison { base, new, .. } = comparison;
    let name = match base.scenario == new.scenario {
        true => new.scenario.clone(),
        false => format!("{} and {}", base.scenario, new.scenario),
    };
    match comparison.identical {
        true => format!("{name}: identical"),
        false => format!("{name}: {}", tally(comparison)),
    }
}

/// `3 worse, 1 better, 12 without a shown difference, 6 equal`
fn tally(comparison: &Comparison) -> String {
    let count = |verdict: &str| comparison.rows.iter().filter(|row| row.verdict == verdict).count();
    let words = [
        ("worse", "worse"),
        ("better", "better"),
        ("changed", "changed"),
        ("not tested", "not tested"),
        ("no difference shown", "without a shown difference"),
        ("equal", "equal"),
    ];
    let shown = words.into_iter().filter(|(verdict, _)| count(verdict) > 0);
    let parts: Vec<String> = shown.map(|(verdict, text)| format!("{} {text}", count(verdict))).collect();
    if parts.is_empty() { "nothing to compare".to_owned() } else { parts.join(", ") }
}

fn one(run: &RunSummary) -> String {
    let seeds = match run.seeds {
        0 | 1 => format!("seed {}", run.seed),
        n => format!("seeds {} to {}", run.seed, run.seed.saturating_add(n - 1)),
    };
    format!("{}: {seeds}, {}, digest {}", run.label, plural(run.windows, "window"), run.digest)
}

/// How strongly a row speaks: what differs comes first.
fn rank(verdict: &str) -> usize {
    ["worse", "changed", "better", "not tested"].iter().position(|v| *v == verdict).unwrap_or(9)
}

fn tone(verdict: &str) -> Tone {
    match verdict {
        "worse" | "regression" | "breached" | "violated" => Tone::Bad,
        "better" | "kept" => Tone::Good,
        "changed" | "not tested" | "inconclusive" => Tone::Open,
        _ => Tone::Quiet,
    }
}

/// The rows: those that differ first. Equal ones are only counted.
fn rows(comparison: &Comparison, style: Style) -> String {
    let mut shown: Vec<&ChangeRow> = comparison.rows.iter().filter(|row| row.verdict != "equal").collect();
    shown.sort_by_key(|row| rank(&row.verdict));
    if shown.is_empty() {
        return String::new();
    }
    let mut table = Columns::new(&[false, true, true, false, true, false]);
    table.row(["measure", "base", "new", "change", "p", "verdict"]);
    for row in shown {
        let value = |x: Option<f64>| x.map_or("never".to_owned(), |x| human(x, &row.unit));
        table.toned(vec![
            (row.measure.clone(), None),
            (value(row.base), None),
            (value(row.new), None),
            (change_text(row.change, row.low, row.high, &row.scale, &row.unit), None),
            (row.p_adjusted.map_or(String::new(), probability), None),
            (row.verdict.clone(), Some(tone(&row.verdict))),
        ]);
    }
    let equal = comparison.rows.iter().filter(|row| row.verdict == "equal").count() as u64;
    let mut out = style.paint(Tone::Heading, &heading(comparison));
    out.push('\n');
    out.push_str(&table.render(style, 2));
    if equal > 0 {
        out.push_str(
            &style.paint(Tone::Quiet, &format!("  {} equal in all windows\n", plural(equal, "measure"))),
        );
    }
    out
}

fn heading(comparison: &Comparison) -> String {
    let over = match comparison.pairing.as_str() {
        "paired" => format!("over {}", plural(comparison.pairs, "pair")),
        "apart" => "of unpaired windows".to_owned(),
        _ => "of estimates".to_owned(),
    };
    let confidence = human(comparison.confidence, "fraction");
    format!("Changes {over} (interval at {confidence}; p corrected for all rows)")
}

fn gates(comparison: &Comparison, style: Style) -> String {
    if comparison.gates.is_empty() {
        return String::new();
    }
    let mut table = Columns::new(&[false, false, false]);
    for GateResult { gate, verdict, why, .. } in &comparison.gates {
        table.toned(vec![(gate.clone(), None), (verdict.clone(), Some(tone(verdict))), (why.clone(), None)]);
    }
    format!("{}\n{}", style.paint(Tone::Heading, "Fail on"), table.render(style, 2))
}

/// SLA rows and guarantees whose verdict is another one than in the base, and guarantees that are broken.
fn verdicts(comparison: &Comparison, style: Style) -> String {
    let mut table = Columns::new(&[false, false, false, false]);
    let mut any = false;
    let cell = |text: &str| (if text.is_empty() { "-" } else { text }.to_owned(), Some(tone(text)));
    for row in comparison.sla.iter().filter(|row| row.base != row.new) {
        any = true;
        table.toned(vec![
            (format!("SLA {} {}", row.profile, row.row), None),
            cell(&row.base),
            cell(&row.new),
            (row.why.clone(), None),
        ]);
    }
    for row in comparison.guarantees.iter().filter(|row| row.base != row.new || row.new == "violated") {
        any = true;
        let why = row.why.clone().unwrap_or_default();
        table.toned(vec![(row.name.clone(), None), cell(&row.base), cell(&row.new), (why, None)]);
    }
    if !any {
        return String::new();
    }
    format!("{}\n{}", style.paint(Tone::Heading, "Verdicts that changed"), table.render(style, 2))
}

fn notes(comparison: &Comparison, style: Style) -> String {
    let mut out = String::new();
    for note in &comparison.notes {
        for (i, line) in wrap(note, style.width.saturating_sub(4)).iter().enumerate() {
            out.push_str(if i == 0 { "  - " } else { "    " });
            out.push_str(line);
            out.push('\n');
        }
    }
    if out.is_empty() { out } else { format!("{}\n{out}", style.paint(Tone::Heading, "Notes")) }
}
