//! SLA tables: what `list` and `explain` say about them, and their judged rows.

use crate::cli::session::Listing;
use crate::measure::findings::Findings;
use crate::model::plan::Plan;
use crate::model::sla::{SlaRow, SlaRule};
use crate::report::document::SlaResult;
use crate::sla::{Judged, Profile, judge, profile, profiles};

/// The built-in profiles.
pub fn list() -> Vec<Listing> {
    let read = profiles().filter_map(|(name, text)| Some((name, Profile::parse(text).ok()?)));
    read.map(|(name, profile)| Listing {
        name: name.to_owned(),
        summary: format!("{} ({}, {} rows)", profile.about, profile.system, profile.rows.len()),
    })
    .collect()
}

/// A profile and its rows: what each states and where.
pub fn explain(name: &str) -> Option<String> {
    let profile = Profile::parse(profile::embedded(name)?).ok()?;
    let mut text = format!("{}: {}\nsource: {}\n", profile.name, profile.about, profile.source);
    for row in &profile.rows {
        text.push_str(&format!("\n{}\n  {} ({})\n", row.row, row.statement, row.confidence));
        for (fact, values) in &row.when {
            text.push_str(&format!("  when {fact} is {}\n", values.join(" or ")));
        }
    }
    Some(text)
}

/// A row, in every profile that has it, or the rows whose names begin so: what each states, and when it applies.
pub fn explain_rows(word: &str) -> Option<String> {
    let read = profiles().filter_map(|(_, text)| Profile::parse(text).ok());
    let begins = |row: &&SlaRow| {
        row.row.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let found: Vec<String> = read
        .flat_map(|profile| profile.rows.iter().filter(begins).map(row_text).collect::<Vec<_>>())
        .collect();
    (!found.is_empty()).then(|| found.join("\n"))
}

fn row_text(row: &SlaRow) -> String {
    let bound = Judged::bound_of(row);
    let mut text = format!("{} of {}\n  {}\n", row.row, row.profile, row.statement);
    text.push_str(&format!("  judged by: {} {bound}\n", measure(&row.rule)));
    if let Some(fault) = row.rule.fault() {
        text.push_str(&format!("  about: {fault}\n"));
    }
    for (fact, values) in &row.when {
        text.push_str(&format!("  when {fact} is {}\n", values.join(" or ")));
    }
    text.push_str(&format!("  source: {} ({})\n", row.source, row.confidence));
    text
}

/// Judges the rows of a plan; `seed` is that of the first window.
pub fn judged(plan: &Plan, findings: &Findings, seed: u64) -> Vec<SlaResult> {
    judge(plan, findings).into_iter().map(|row| result(row, seed)).collect()
}

/// A judged row as the document has it; `seed` is that of the first window.
pub fn result(judged: Judged, seed: u64) -> SlaResult {
    let Judged { row, verdict, bound, estimate, low, high, unit, n, further_windows, counterexample, why } =
        judged;
    SlaResult {
        measure: measure(&row.rule).to_owned(),
        profile: row.profile,
        row: row.row,
        statement: row.statement,
        bound,
        estimate,
        low,
        high,
        n,
        unit: unit.to_owned(),
        verdict: verdict.name().to_owned(),
        why,
        further_windows,
        p_month: None,
        counterexample_seed: counterexample.map(|window| seed.wrapping_add(window as u64)),
        source: row.source,
        confidence: row.confidence,
    }
}

/// What a rule compares.
fn measure(rule: &SlaRule) -> &str {
    match rule {
        SlaRule::Bound { measure, .. } | SlaRule::ExpectLoss { measure, .. } => measure,
        SlaRule::StalenessBound { .. } => "rpo.writes and rpo.time of each partition",
        SlaRule::Temporary { kind, .. } if kind == "read" => "rto.read",
        SlaRule::Temporary { .. } => "rto.write",
        SlaRule::Price => "price",
    }
}
