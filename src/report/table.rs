//! The human table: what `geodes run` prints on a terminal.

mod faults;
mod study;
pub(super) mod verdicts;

use crate::report::document::{Document, Measure};
use crate::report::number::{human, plural, seconds, whole};
use crate::report::text::{Columns, Style, Tone, wrap};

/// The whole report as text.
pub fn render(document: &Document, style: Style) -> String {
    let sections = [
        header(document, style),
        study::method(document, style),
        measures(document, style),
        study::availability(document, style),
        study::observed(document, style),
        study::strata(document, style),
        latency(document, style),
        per_fault(document, style),
        faults::admin(document, style),
        verdicts::sla(document, style),
        verdicts::guarantees(document, style),
        notes(document, style),
    ];
    let shown: Vec<String> = sections.into_iter().filter(|s| !s.is_empty()).collect();
    shown.join("\n")
}

/// One block for each scripted fault, or a line for each type of fault of a study.
fn per_fault(document: &Document, style: Style) -> String {
    if document.study.is_some() { study::types(document, style) } else { faults::faults(document, style) }
}

/// A line about rows that are not shown.
pub(super) fn aside(text: &str, style: Style) -> String {
    let lines = wrap(text, style.width.saturating_sub(2));
    lines.iter().map(|line| format!("{}\n", style.paint(Tone::Quiet, &format!("  {line}")))).collect()
}

/// A section's heading.
pub(super) fn heading(style: Style, text: &str) -> String {
    format!("{}\n", style.paint(Tone::Heading, text))
}

/// Scenario, question, and how much was simulated.
fn header(document: &Document, style: Style) -> String {
    let mut out = heading(style, &document.scenario);
    for line in wrap(&document.about, style.width.saturating_sub(2)) {
        out.push_str(&format!("  {line}\n"));
    }
    let system = match &document.edition {
        Some(edition) => format!("{}, edition {edition}", document.system),
        None => document.system.clone(),
    };
    let seeds = match document.seeds {
        0 | 1 => format!("seed {}", document.seed),
        n => format!("seeds {} to {}", document.seed, document.seed.saturating_add(n - 1)),
    };
    let mut facts = vec![
        system,
        seeds,
        plural(document.windows, "window"),
        format!("{} simulated", seconds(document.simulated_s)),
        plural(document.events, "event"),
        format!("digest {}", document.digest),
    ];
    if document.censored > 0 {
        facts.push(format!("{} stopped unsettled (censored)", plural(document.censored, "window")));
    }
    for line in wrap(&facts.join(" | "), style.width.saturating_sub(2)) {
        out.push_str(&style.paint(Tone::Quiet, &format!("  {line}")));
        out.push('\n');
    }
    out
}

/// What the table shows of the account: a name, its path for reads, its path for writes. A measure that is not split
/// by kind stands under both.
const HEADLINES: [(&str, &str, &str); 8] = [
    ("availability.request", "availability.request.read", "availability.request.write"),
    ("availability.time", "availability.time.read", "availability.time.write"),
    ("availability.hourly", "availability.hourly.read", "availability.hourly.write"),
    ("rto.max", "rto.read.max", "rto.write.max"),
    ("rpo.time.max", "", "rpo.time.max"),
    ("rpo.writes.max", "", "rpo.writes.max"),
    ("staleness.time.p99", "staleness.time.read.p99", ""),
    ("throttles.share", "throttles.share.read", "throttles.share.write"),
];

/// The measures that matter most, for the account; all others are left to the files, unless there is nothing else.
fn measures(document: &Document, style: Style) -> String {
    let cell = |path: &str| document.measures.get(path).map_or(String::new(), estimated);
    let mut table = Columns::new(&[false, true, true]);
    table.row(["", "reads", "writes"]);
    let mut shown = 0;
    for (name, read, write) in HEADLINES {
        let (read, write) = (cell(read), cell(write));
        if !(read.is_empty() && write.is_empty()) {
            table.row([name.to_owned(), read, write]);
            shown += 1;
        }
    }
    if shown > 0 {
        let interval = |(_, read, write): &(&str, &str, &str)| {
            let found = [*read, *write].into_iter().filter_map(|path| document.measures.get(path));
            found.filter(|m| has_interval(m)).find_map(|m| m.confidence)
        };
        let confidence = HEADLINES.iter().find_map(interval);
        let intervals = confidence.map_or(String::new(), |c| {
            let windows = plural(document.windows, "window");
            format!(" (estimate and interval at {} over {windows})", human(c, "fraction"))
        });
        return format!("{}{}", heading(style, &format!("Measures{intervals}")), table.render(style, 2));
    }
    every_measure(document, style)
}

/// A table of all measures, for documents that hold none of the account's.
fn every_measure(document: &Document, style: Style) -> String {
    if document.measures.is_empty() {
        return String::new();
    }
    let mut table = Columns::new(&[false, true, true]);
    table.row(["measure", "estimate", "n"]);
    for (path, m) in &document.measures {
        table.row([path.clone(), estimated(m), whole(m.n)]);
    }
    format!("{}{}", heading(style, "Measures"), table.render(style, 2))
}

/// Whether an interval says more than the estimate alone.
fn has_interval(m: &Measure) -> bool {
    m.confidence.is_some()
        && !(m.low == m.estimate && m.high == m.estimate)
        && (m.low.is_some() || m.high.is_some())
}

/// `99.9% [99.8%, 99.95%]`: the estimate, and its interval when there is one.
pub(super) fn estimated(m: &Measure) -> String {
    let estimate = estimate(m.estimate, m.n, &m.unit);
    if !has_interval(m) {
        return estimate;
    }
    let end = |x: Option<f64>| x.map_or("never".to_owned(), |x| human(x, &m.unit));
    let rough = if m.rough { " rough" } else { "" };
    format!("{estimate} [{}, {}]{rough}", end(m.low), end(m.high))
}

/// An estimate for people: `never` when it is infinite, `-` when nothing was sampled.
pub(super) fn estimate(value: Option<f64>, n: u64, unit: &str) -> String {
    match value {
        Some(x) => human(x, unit),
        None if n == 0 => "-".to_owned(),
        None => "never".to_owned(),
    }
}

/// Latency and throttling by client region.
fn latency(document: &Document, style: Style) -> String {
    if document.latency.is_empty() {
        return String::new();
    }
    let mut table = Columns::new(&[false, false, true, true, true, true, true, true]);
    table.row(["clients in", "kind", "p50", "p95", "p99", "max", "failed", "429"]);
    for row in &document.latency {
        let of = |x: Option<f64>| x.map_or("-".to_owned(), seconds);
        let total = row.n + row.failed;
        let failed = if total == 0 { 0.0 } else { row.failed as f64 / total as f64 };
        let throttled = document
            .throttled
            .iter()
            .filter(|t| t.region == row.region && t.kind == row.kind)
            .map(|t| t.attempts);
        table.row([
            row.region.clone(),
            row.kind.clone(),
            of(row.p50_s),
            of(row.p95_s),
            of(row.p99_s),
            of(row.max_s),
            human(failed, "fraction"),
            whole(throttled.sum()),
        ]);
    }
    format!("{}{}", heading(style, "Latency of successful operations"), table.render(style, 2))
}

/// What a reader must know to read the numbers rightly.
fn notes(document: &Document, style: Style) -> String {
    if document.notes.is_empty() {
        return String::new();
    }
    let mut out = heading(style, "Notes");
    for note in &document.notes {
        for (i, line) in wrap(note, style.width.saturating_sub(4)).iter().enumerate() {
            out.push_str(if i == 0 { "  - " } else { "    " });
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}
