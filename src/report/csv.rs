//! The result document as tables: `measures.csv`, `faults.csv`, `sla.csv`, `guarantees.csv`, `timeline.csv`,
//! `traffic.csv`. Empty cells stand for 'none' and 'infinite'; `n` and `censored` tell them apart.

use crate::report::document::{Document, FaultResult, Spread};
use crate::report::number::{cell, round12};
use crate::report::timeline::Timeline;
use ::csv::{Error, Writer};

/// The file names of all tables, in the order of [`tables`].
pub const NAMES: [&str; 6] =
    ["measures.csv", "faults.csv", "sla.csv", "guarantees.csv", "timeline.csv", "traffic.csv"];

/// Every table with its file name, in a fixed order.
///
/// # Errors
/// Only when a row has the wrong number of cells, which each function's own header rules out.
pub fn tables(document: &Document) -> Result<Vec<(&'static str, String)>, Error> {
    let texts = [
        measures(document)?,
        faults(document)?,
        sla(document)?,
        guarantees(document)?,
        timeline(document.timeline.as_ref())?,
        traffic(document)?,
    ];
    Ok(NAMES.into_iter().zip(texts).collect())
}

/// One row per measure: what `--format csv` prints.
///
/// # Errors
/// See [`tables`].
pub fn measures(document: &Document) -> Result<String, Error> {
    let mut out = table(&["measure", "estimate", "low", "high", "confidence", "n", "unit"])?;
    for (path, m) in &document.measures {
        let numbers = [m.estimate, m.low, m.high, m.confidence].map(cell);
        out.write_record([path.clone()].into_iter().chain(numbers).chain([m.n.to_string(), m.unit.clone()]))?;
    }
    finish(out)
}

/// One row per fault and quantity.
///
/// # Errors
/// See [`tables`].
pub fn faults(document: &Document) -> Result<String, Error> {
    let mut out = table(&[
        "signature",
        "label",
        "kind",
        "begin_s",
        "end_s",
        "quantity",
        "p50",
        "p99",
        "max",
        "censored",
        "n",
        "unit",
    ])?;
    for fault in &document.faults {
        for (quantity, spread) in quantities(fault) {
            out.write_record([
                fault.signature.clone(),
                fault.label.clone(),
                fault.kind.clone(),
                cell(Some(fault.begin_s)),
                cell(fault.end_s),
                quantity,
                cell(spread.p50),
                cell(spread.p99),
                cell(spread.max),
                spread.censored.to_string(),
                spread.n.to_string(),
                spread.unit.clone(),
            ])?;
        }
    }
    finish(out)
}

/// The quantities of a fault that were measured, with their names.
fn quantities(fault: &FaultResult) -> Vec<(String, Spread)> {
    let mut rows = Vec::new();
    for (name, spread, phases) in [
        ("rto.write", &fault.rto_write, &fault.rto_write_breakdown),
        ("rto.read", &fault.rto_read, &fault.rto_read_breakdown),
    ] {
        rows.extend(spread.iter().map(|s| (name.to_owned(), s.clone())));
        rows.extend(phases.iter().map(|phase| {
            let seconds = Some(phase.seconds);
            let spread =
                Spread { p50: seconds, p99: seconds, max: seconds, censored: 0, n: 1, unit: "s".into() };
            (format!("{name}.{}", phase.name), spread)
        }));
    }
    for (name, spread) in [
        ("rpo.writes", &fault.rpo_writes),
        ("rpo.time", &fault.rpo_time),
        ("rpo.bytes", &fault.rpo_bytes),
        ("rpo.recoverable", &fault.rpo_recoverable),
        ("rpo.permanent", &fault.rpo_permanent),
        ("exposed.writes", &fault.exposed_writes),
        ("exposed.time", &fault.exposed_time),
        ("exposed.bytes", &fault.exposed_bytes),
    ] {
        rows.extend(spread.iter().map(|s| (name.to_owned(), s.clone())));
    }
    rows
}

/// One row per SLA row.
///
/// # Errors
/// See [`tables`].
pub fn sla(document: &Document) -> Result<String, Error> {
    let mut out = table(&[
        "profile",
        "row",
        "statement",
        "bound",
        "measure",
        "estimate",
        "low",
        "high",
        "n",
        "unit",
        "verdict",
        "why",
        "source",
        "confidence",
        "further_windows",
        "counterexample_seed",
    ])?;
    for row in &document.sla {
        out.write_record([
            row.profile.clone(),
            row.row.clone(),
            row.statement.clone(),
            row.bound.clone(),
            row.measure.clone(),
            cell(row.estimate),
            cell(row.low),
            cell(row.high),
            row.n.to_string(),
            row.unit.clone(),
            row.verdict.clone(),
            row.why.clone(),
            row.source.clone(),
            row.confidence.clone(),
            number(row.further_windows),
            number(row.counterexample_seed),
        ])?;
    }
    finish(out)
}

/// One row per guarantee.
///
/// # Errors
/// See [`tables`].
pub fn guarantees(document: &Document) -> Result<String, Error> {
    let mut out = table(&["guarantee", "definition", "verdict", "checked", "why", "evidence"])?;
    for row in &document.guarantees {
        out.write_record([
            row.name.clone(),
            row.definition.clone().unwrap_or_default(),
            row.verdict.clone(),
            row.checked.to_string(),
            row.why.clone().unwrap_or_default(),
            row.evidence.join("; "),
        ])?;
    }
    finish(out)
}

/// One row per bucket, client region and kind; buckets without operations are left out.
///
/// # Errors
/// See [`tables`].
pub fn timeline(timeline: Option<&Timeline>) -> Result<String, Error> {
    let mut out = table(&["begin_s", "end_s", "region", "kind", "ok", "total"])?;
    let Some(timeline) = timeline else { return finish(out) };
    for i in 0..timeline.buckets() {
        let begin = round12(timeline.bucket_start(i)).to_string();
        let end = round12(timeline.bucket_start(i + 1)).to_string();
        for series in &timeline.series {
            let (ok, total) = (series.ok.get(i).copied(), series.total.get(i).copied());
            let (Some(ok), Some(total @ 1..)) = (ok, total) else { continue };
            out.write_record([
                begin.as_str(),
                end.as_str(),
                &series.region,
                &series.kind,
                &ok.to_string(),
                &total.to_string(),
            ])?;
        }
    }
    finish(out)
}

/// One row per directed pair of regions and purpose; an empty region is a global service.
///
/// # Errors
/// See [`tables`].
pub fn traffic(document: &Document) -> Result<String, Error> {
    let mut out = table(&["from", "to", "purpose", "bytes", "messages"])?;
    for row in &document.traffic {
        out.write_record([
            row.from.clone().unwrap_or_default(),
            row.to.clone().unwrap_or_default(),
            row.purpose.clone(),
            row.bytes.to_string(),
            row.messages.to_string(),
        ])?;
    }
    finish(out)
}

fn number(n: Option<u64>) -> String {
    n.map_or(String::new(), |n| n.to_string())
}

/// A table with these heads.
pub(super) fn table(header: &[&str]) -> Result<Writer<Vec<u8>>, Error> {
    let mut out = Writer::from_writer(Vec::new());
    out.write_record(header)?;
    Ok(out)
}

/// Its text.
pub(super) fn finish(out: Writer<Vec<u8>>) -> Result<String, Error> {
    let bytes = out.into_inner().map_err(|e| Error::from(std::io::Error::other(e.to_string())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
