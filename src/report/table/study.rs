//! What a study adds to the table: how it was made, what the loss is made of, how often each type of fault happens.

use crate::report::document::{Document, FaultResult, Measure, Spread};
use crate::report::number::{human, percent, plural, seconds, whole};
use crate::report::table::{estimated, heading};
use crate::report::text::{Columns, Style, wrap};

/// Rows of a table of strata at most; the rest is in the files.
const SHOWN: usize = 12;

/// How the study was made.
pub fn method(document: &Document, style: Style) -> String {
    let Some(study) = &document.study else { return String::new() };
    let mut out = heading(style, "Study");
    let mut stopped = format!(
        "Stopped by {} after {} ({} of the pilot)",
        study.stopped,
        plural(document.windows, "window"),
        whole(study.pilot_windows),
    );
    match study.reproduce.as_str() {
        "" => stopped.push('.'),
        options => stopped.push_str(&format!("; {options} gives the same result again.")),
    }
    for text in [&study.method, &study.why, &stopped] {
        for (i, line) in wrap(text, style.width.saturating_sub(4)).iter().enumerate() {
            out.push_str(&format!("{}{line}\n", if i == 0 { "  - " } else { "    " }));
        }
    }
    out
}

/// Nines, downtime and months, for the account.
pub fn availability(document: &Document, style: Style) -> String {
    if document.study.is_none() {
        return String::new();
    }
    let cell = |path: &str| document.measures.get(path).map_or(String::new(), estimated);
    let mut table = Columns::new(&[false, true, true]);
    table.row(["by requests", "reads", "writes"]);
    for (name, end) in [("nines", "nines"), ("down a year", "downtime-per-year")] {
        let of = |kind: &str| cell(&format!("availability.request.{kind}.{end}"));
        table.row([name.to_owned(), of("read"), of("write")]);
    }
    for bound in ["99.9%", "99.95%", "99.99%", "99.995%", "99.999%"] {
        let of = |kind: &str| cell(&format!("availability.monthly.p_meets.request.{kind}.{bound}"));
        table.row([format!("months >= {bound}"), of("read"), of("write")]);
    }
    let any = document.measures.keys().any(|path| path.ends_with(".nines"));
    if any { format!("{}{}", heading(style, "Over all time"), table.render(style, 2)) } else { String::new() }
}

/// What is observed inside systems, over all time.
pub fn observed(document: &Document, style: Style) -> String {
    let mut table = Columns::new(&[false, true]);
    table.row(["observed", "estimate"]);
    let long = |path: &str| [".share", ".per-year", ".mean"].iter().any(|end| path.ends_with(end));
    let rows: Vec<(&String, &Measure)> =
        document.measures.iter().filter(|(path, _)| path.starts_with("observed.") && long(path)).collect();
    if rows.is_empty() || document.study.is_none() {
        return String::new();
    }
    rows.iter().for_each(|(path, m)| table.row([(*path).clone(), estimated(m)]));
    format!("{}{}", heading(style, "Observed by the system"), table.render(style, 2))
}

/// What the loss is made of.
pub fn strata(document: &Document, style: Style) -> String {
    if document.strata.is_empty() {
        return String::new();
    }
    let several = document.study.as_ref().is_some_and(|study| study.modes.len() > 1);
    let mut table = Columns::new(&[false, false, true, true, true, true, true]);
    table.row(["faults", "mode", "a year", "biased draws", "windows", "mean loss", "share of the loss"]);
    for row in document.strata.iter().take(SHOWN) {
        table.row([
            row.signature.clone(),
            if several { row.mode.clone() } else { String::new() },
            rate(row.per_year),
            row.biased.as_ref().map_or(String::new(), |biased| whole(biased.draws)),
            format!("{} ({} with a loss)", whole(row.windows), whole(row.losses)),
            seconds(row.mean_loss_s),
            percent(row.share_of_unavailability),
        ]);
    }
    table.drop_empty();
    let goal = document.study.as_ref().and_then(|study| study.goals.first().cloned()).unwrap_or_default();
    let mut out = heading(style, &format!("What the loss of {goal} is made of"));
    out.push_str(&table.render(style, 2));
    if document.strata.len() > SHOWN {
        let rest: f64 = document.strata[SHOWN..].iter().map(|row| row.share_of_unavailability).sum();
        let others = (document.strata.len() - SHOWN) as u64;
        out.push_str(&format!("  {} more: {}\n", whole(others), percent(rest)));
    }
    out
}

/// Types of faults: how often, what share, how long, what is lost.
pub fn types(document: &Document, style: Style) -> String {
    if document.faults.is_empty() {
        return String::new();
    }
    let mut table = Columns::new(&[false, true, true, true, true, true, true]);
    table.row([
        "type of fault",
        "a year",
        "share",
        "RTO write p50 / p99 / max",
        "RTO read",
        "RPO time",
        "lost",
    ]);
    for fault in &document.faults {
        table.row(row(fault));
    }
    table.drop_empty();
    format!("{}{}", heading(style, "Types of faults"), table.render(style, 2))
}

fn row(fault: &FaultResult) -> [String; 7] {
    let share = fault.share_of_unavailability.map_or(String::new(), percent);
    [
        format!("{} {}", fault.signature, fault.kind),
        fault.per_year.map_or(String::new(), rate),
        share,
        spread(&fault.rto_write),
        spread(&fault.rto_read),
        spread(&fault.rpo_time),
        fault.rpo_writes.as_ref().and_then(|s| s.max).map_or(String::new(), |max| human(max, "writes")),
    ]
}

/// `1s / 12s / 2min`, or one value when they agree.
fn spread(spread: &Option<Spread>) -> String {
    let Some(spread) = spread else { return String::new() };
    let of = |x: Option<f64>| x.map_or("never".to_owned(), |x| human(x, &spread.unit));
    match (spread.p50, spread.p99, spread.max) {
        (a, b, c) if a == b && b == c => of(a),
        (a, b, c) => format!("{} / {} / {}", of(a), of(b), of(c)),
    }
}

/// Times a year, with three digits.
fn rate(per_year: f64) -> String {
    if per_year >= 100.0 {
        return whole(per_year.round() as u64);
    }
    if per_year >= 0.001 {
        return format!("{}", round(per_year));
    }
    format!("{per_year:.2e}")
}

fn round(x: f64) -> f64 {
    let text = format!("{x:.2e}");
    text.parse().unwrap_or(x)
}
