//! The human table: what `geodes run` prints on a terminal.

mod faults;
mod verdicts;

use crate::report::document::{Document, Measure};
use crate::report::number::{human, plural, seconds, whole};
use crate::report::text::{Columns, Style, Tone, wrap};

/// The whole report as text.
pub fn render(document: &Document, style: Style) -> String {
    let sections = [
        header(document, style),
        measures(document, style),
        latency(document, style),
        faults::faults(document, style),
        faults::admin(document, style),
        verdicts::sla(document, style),
        verdicts::guarantees(document, style),
        notes(document, style),
    ];
    let shown: Vec<String> = sections.into_iter().filter(|s| !s.is_empty()).collect();
    shown.join("\n")
}

/// A section's heading.
fn heading(style: Style, text: &str) -> String {
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
        facts.push(format!("{} stopped by the cap (censored)", plural(document.censored, "window")));
    }
    for line in wrap(&facts.join(" | "), style.width.saturating_sub(2)) {
        out.push_str(&style.paint(Tone::Quiet, &format!("  {line}")));
        out.push('\n');
    }
    out
}

/// The measures that matter most, for the account; all others are left to the files, unless there is nothing else.
fn measures(document: &Document, style: Style) -> String {
    let all = || document.measures.iter();
    let mut shown: Vec<(&String, &Measure)> = all().filter(|(path, _)| is_headline(path)).collect();
    if shown.is_empty() {
        shown = all().collect();
    }
    if shown.is_empty() {
        return String::new();
    }
    let mut table = Columns::new(&[false, true, false, true]);
    table.row(["measure", "estimate", "interval", "n"]);
    for (path, m) in &shown {
        table.row([(*path).clone(), estimate(m.estimate, m.n, &m.unit), interval(m), whole(m.n)]);
    }
    table.drop_empty();
    let rest = document.measures.len() - shown.len();
    let more = if rest > 0 { format!(" ({rest} more in measures.csv)") } else { String::new() };
    format!("{}{}", heading(style, &format!("Measures{more}")), table.render(style, 2))
}

/// Availability, the worst RTO and RPO, tail staleness and throttling of the account.
fn is_headline(path: &str) -> bool {
    const ALONE: [&str; 3] = ["rpo.time.max", "rpo.writes.max", "staleness.time.read.p99"];
    const BY_KIND: [&str; 5] =
        ["availability.request", "availability.time", "availability.hourly", "throttles.share", "rto"];
    let head = path.strip_suffix(".max").unwrap_or(path).rsplit_once('.');
    ALONE.contains(&path)
        || head.is_some_and(|(name, kind)| BY_KIND.contains(&name) && matches!(kind, "read" | "write"))
}

/// An estimate for people: `never` when it is infinite, `-` when nothing was sampled.
fn estimate(value: Option<f64>, n: u64, unit: &str) -> String {
    match value {
        Some(x) => human(x, unit),
        None if n == 0 => "-".to_owned(),
        None => "never".to_owned(),
    }
}

/// `[low, high] 95%`, or nothing when there is no interval.
fn interval(m: &Measure) -> String {
    let Some(confidence) = m.confidence else { return String::new() };
    let end = |x: Option<f64>| x.map_or("never".to_owned(), |x| human(x, &m.unit));
    format!("[{}, {}] at {}", end(m.low), end(m.high), human(confidence, "fraction"))
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
