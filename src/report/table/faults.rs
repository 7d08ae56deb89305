//! Per fault: how long it took to recover and on what, and what was lost. Then the operator's actions.

use crate::report::document::{Document, FaultResult, Phase, Spread};
use crate::report::number::{human, plural, seconds};
use crate::report::table::heading;
use crate::report::text::{Columns, Style, Tone, wrap};

/// The faults, one block each.
pub fn faults(document: &Document, style: Style) -> String {
    if document.faults.is_empty() {
        return String::new();
    }
    let mut out = heading(style, "Faults");
    for fault in &document.faults {
        for (i, line) in wrap(&title(fault), style.width.saturating_sub(4)).iter().enumerate() {
            out.push_str(&format!("{}{line}\n", if i == 0 { "  " } else { "    " }));
        }
        let mut table = Columns::new(&[false, false, false]);
        recovery(&mut table, "RTO write", &fault.rto_write, &fault.rto_write_breakdown);
        recovery(&mut table, "RTO read", &fault.rto_read, &fault.rto_read_breakdown);
        losses(&mut table, fault);
        out.push_str(&table.render(style, 4));
    }
    out
}

/// `region:West US power-loss, class region(write), 10min to 2h 10min, times to within 0.8s`
fn title(fault: &FaultResult) -> String {
    let end = match fault.end_s {
        Some(end) => format!("{} to {}", seconds(fault.begin_s), seconds(end)),
        None => format!("{}, for good", seconds(fault.begin_s)),
    };
    let gap = fault.resolution_s.map_or(String::new(), |gap| format!(", times to within {}", seconds(gap)));
    let relapses = match fault.relapses {
        0 => String::new(),
        n => format!(", {} after recovery", plural(n, "later dip")),
    };
    format!("{} {}, class {}, {end}{gap}{relapses}", fault.label, fault.kind, fault.signature)
}

fn recovery(table: &mut Columns, name: &str, spread: &Option<Spread>, phases: &[Phase]) {
    let Some(spread) = spread else { return };
    let spent = phases.iter().filter(|p| p.seconds > 0.0);
    let parts: Vec<String> = spent.map(|p| format!("{} {}", p.name, seconds(p.seconds))).collect();
    let parts = if parts.is_empty() { String::new() } else { format!("= {}", parts.join(" + ")) };
    table.row([name.to_owned(), shown(spread), parts]);
}

fn losses(table: &mut Columns, fault: &FaultResult) {
    let text = |spread: &Option<Spread>| spread.as_ref().map(shown);
    if let Some(writes) = text(&fault.rpo_writes) {
        let lost: Vec<String> =
            [Some(writes), text(&fault.rpo_time), text(&fault.rpo_bytes)].into_iter().flatten().collect();
        let fate: Vec<String> =
            [("recoverable", &fault.rpo_recoverable), ("permanent", &fault.rpo_permanent)]
                .into_iter()
                .filter_map(|(name, spread)| Some(format!("{name} {}", shown_plain(spread.as_ref()?))))
                .collect();
        table.row(["RPO".to_owned(), lost.join(", "), fate.join(", ")]);
    }
    if let Some(writes) = text(&fault.exposed_writes) {
        let exposed: Vec<String> = [Some(writes), text(&fault.exposed_time), text(&fault.exposed_bytes)]
            .into_iter()
            .flatten()
            .collect();
        let why = "at onset: acknowledged, held by no reachable region";
        table.row(["exposed".to_owned(), exposed.join(", "), why.to_owned()]);
    }
}

/// The median, and the largest when windows differ: `12.5s (max 14s)`.
fn shown(spread: &Spread) -> String {
    show(spread, &spread.unit)
}

/// The same without a unit, for parts of a quantity whose unit was given.
fn shown_plain(spread: &Spread) -> String {
    show(spread, "count")
}

fn show(spread: &Spread, unit: &str) -> String {
    if spread.n == 0 {
        return "-".to_owned();
    }
    let of = |x: Option<f64>| x.map_or("never".to_owned(), |x| human(x, unit));
    let mut text = match (spread.p50, spread.max) {
        (p50, max) if p50 == max => of(p50),
        (p50, max) => format!("{} (max {})", of(p50), of(max)),
    };
    if spread.censored > 0 {
        text.push_str(&format!(", not restored in {} of {}", spread.censored, plural(spread.n, "window")));
    }
    text
}

/// What operators asked, and how it was answered.
pub fn admin(document: &Document, style: Style) -> String {
    if document.admin.is_empty() {
        return String::new();
    }
    let mut table = Columns::new(&[true, false, false, false]);
    for action in &document.admin {
        let tone = match action.outcome.as_str() {
            "done" => Tone::Good,
            _ => Tone::Open,
        };
        let took = action.took_s.map_or(String::new(), |s| format!("after {}", seconds(s)));
        let why = match &action.why {
            Some(why) if took.is_empty() => why.clone(),
            Some(why) => format!("{took}: {why}"),
            None => took,
        };
        table.toned(vec![
            (seconds(action.at_s), None),
            (action.action.clone(), None),
            (action.outcome.clone(), Some(tone)),
            (why, None),
        ]);
    }
    format!("{}{}", heading(style, "Operator actions"), table.render(style, 2))
}
