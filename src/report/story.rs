//! An outage as a story: `geodes explain RESULT_DIR`.

use crate::report::document::{Document, FaultResult, Spread, StoryEvent};
use crate::report::number::{human, plural, seconds};
use crate::report::text::{Columns, Style, Tone, wrap};

/// What happened, in order, and what it came to.
pub fn render(document: &Document, style: Style) -> String {
    let mut out = format!("{}\n", style.paint(Tone::Heading, &document.scenario));
    for line in wrap(&document.about, style.width) {
        out.push_str(&format!("{line}\n"));
    }
    out.push('\n');
    out.push_str(&events(document, style));
    for fault in &document.faults {
        out.push('\n');
        for line in wrap(&outcome(fault), style.width) {
            out.push_str(&format!("{line}\n"));
        }
    }
    for line in ending(document) {
        out.push('\n');
        for line in wrap(&line, style.width) {
            out.push_str(&format!("{line}\n"));
        }
    }
    out
}

/// The events with the time since the last onset, so that delays can be read off.
fn events(document: &Document, style: Style) -> String {
    if document.story.is_empty() {
        return "Nothing of note happened.\n".to_owned();
    }
    let mut table = Columns::new(&[true, true, false]);
    let mut onset: Option<f64> = None;
    for event in &document.story {
        if event.kind == "fault" {
            onset = Some(event.at_s);
        }
        let since = match onset {
            Some(onset) if event.kind != "fault" => format!("+{}", seconds(event.at_s - onset)),
            _ => String::new(),
        };
        table.toned(vec![
            (seconds(event.at_s), None),
            (since, Some(Tone::Quiet)),
            (clause(event), tone(event)),
        ]);
    }
    table.render(style, 0)
}

fn tone(event: &StoryEvent) -> Option<Tone> {
    match event.kind.as_str() {
        "fault" | "loss" => Some(Tone::Bad),
        "repair" | "writable" | "online" => Some(Tone::Good),
        _ => None,
    }
}

fn clause(event: &StoryEvent) -> String {
    let place = event.partition.map_or(String::new(), |p| format!(" (partition {p})"));
    let times = if event.count > 1 { format!(" ({} times)", event.count) } else { String::new() };
    format!("{}{place}{times}", event.what)
}

/// One paragraph: what a fault cost.
fn outcome(fault: &FaultResult) -> String {
    let subject = format!("{} ({}, {})", fault.label, fault.kind, fault.signature);
    let mut parts = Vec::new();
    for (kind, spread) in [("Writes", &fault.rto_write), ("Reads", &fault.rto_read)] {
        if let Some(spread) = spread {
            parts.push(restored(kind, spread));
        }
    }
    let spent = fault.rto_write_breakdown.iter().filter(|p| p.seconds > 0.0);
    let phases: Vec<String> = spent.map(|p| format!("{} to {}", seconds(p.seconds), p.name)).collect();
    if !phases.is_empty() {
        parts.push(format!("For writes that was {}.", phases.join(", ")));
    }
    if let Some(lost) = &fault.rpo_writes {
        parts.push(loss(fault, lost));
    }
    format!("{subject}: {}", parts.join(" "))
}

fn restored(kind: &str, spread: &Spread) -> String {
    match (spread.max, spread.n) {
        (_, 0) => format!("{kind} were not sampled."),
        (Some(0.0), _) => format!("{kind} went on without a gap."),
        (Some(max), 1) => format!("{kind} were back after {}.", human(max, "s")),
        (Some(max), n) => {
            format!("{kind} were back after at most {} in {}.", human(max, "s"), plural(n, "window"))
        }
        (None, n) => {
            format!("{kind} were not back by the end in {} of {}.", spread.censored, plural(n, "window"))
        }
    }
}

fn loss(fault: &FaultResult, lost: &Spread) -> String {
    match lost.max {
        Some(0.0) => "No acknowledged write was lost.".to_owned(),
        Some(max) => {
            let worst = |spread: &Option<Spread>| spread.as_ref().and_then(|s| s.max);
            let span =
                worst(&fault.rpo_time).map_or(String::new(), |t| format!(", {} of work", human(t, "s")));
            let permanent = worst(&fault.rpo_permanent)
                .map_or(String::new(), |p| format!("; {} of them for good", human(p, "count")));
            let number = if max == 1.0 {
                "1 acknowledged write".into()
            } else {
                format!("{} acknowledged writes", human(max, "count"))
            };
            let most = if lost.n > 1 { "At most " } else { "" };
            format!("{most}{number} went missing{span}{permanent}.")
        }
        None => "The loss is not known.".to_owned(),
    }
}

/// The verdicts in a sentence each.
fn ending(document: &Document) -> Vec<String> {
    let mut lines: Vec<String> = document
        .sla
        .iter()
        .filter(|row| row.verdict == "breached")
        .map(|row| format!("Breached: {} of {} ({}): {}", row.row, row.profile, row.bound, row.why))
        .collect();
    lines.extend(
        document
            .guarantees
            .iter()
            .filter(|g| g.verdict == "violated")
            .map(|g| format!("Broken guarantee: {}. {}", g.name, g.why.clone().unwrap_or_default())),
    );
    lines
}
