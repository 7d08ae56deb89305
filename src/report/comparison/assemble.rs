//! From two results to the document of their comparison.

use crate::report::comparison::{ChangeRow, Comparison, GateResult, GuaranteeChange, RunSummary, SlaChange};
use crate::report::document::Document;
use crate::report::number::{change_text, human, plural};
use crate::study::compare::change::{Bounds, CONFIDENCE, Change};
use crate::study::compare::contrast::Scale;
use crate::study::compare::gate::{FOR_TEST, Gate, Held};
use crate::study::compare::{Gated, Pairing, Row, Side, compare};
use std::collections::BTreeMap;

/// A result, and what it is called in the comparison.
#[derive(Clone, Copy)]
pub struct Named<'a> {
    /// `base`, the name of a baseline, `with a=b`.
    pub label: &'a str,
    /// The result.
    pub document: &'a Document,
}

/// A result as one side of a comparison.
pub fn side(document: &Document) -> Side<'_> {
    let estimates = document.measures.iter().map(|(path, m)| {
        // Null is infinite, unless nothing was sampled.
        let estimate = m.estimate.unwrap_or(f64::INFINITY);
        (path.clone(), (estimate, m.low, m.high), m.n)
    });
    let sampled = estimates.filter(|(_, _, n)| *n > 0).map(|(path, bounds, _)| (path, bounds));
    let estimates: BTreeMap<String, Bounds> = sampled.collect();
    Side { digest: &document.digest, sample: document.sample.as_ref(), estimates }
}

/// Compares two results. A pure function of them.
pub fn comparison(base: Named<'_>, new: Named<'_>, gates: &[Gate], all: bool) -> Comparison {
    let found = compare(&side(base.document), &side(new.document), gates, all);
    let (pairing, pairs) = match found.pairing {
        Pairing::Paired(n) => ("paired", n),
        Pairing::Apart(..) => ("apart", 0),
        Pairing::Estimates => ("estimates", 0),
    };
    Comparison {
        geodes: env!("CARGO_PKG_VERSION").to_owned(),
        base: summary(base),
        new: summary(new),
        identical: found.identical,
        pairing: pairing.to_owned(),
        pairs,
        same: found.same,
        confidence: CONFIDENCE,
        notes: notes(base.document, new.document, found.identical, found.pairing),
        rows: found.rows.iter().map(row).collect(),
        gates: found.gates.iter().map(|gated| gate(gated, found.identical)).collect(),
        sla: sla(base.document, new.document),
        guarantees: guarantees(base.document, new.document),
    }
}

fn summary(run: Named<'_>) -> RunSummary {
    let document = run.document;
    RunSummary {
        label: run.label.to_owned(),
        scenario: document.scenario.clone(),
        plan: document.plan.clone(),
        seed: document.seed,
        seeds: document.seeds,
        windows: document.windows,
        digest: document.digest.clone(),
    }
}

fn row(row: &Row) -> ChangeRow {
    let change = row.change;
    ChangeRow {
        measure: row.aspect.label.clone(),
        unit: row.aspect.unit.name().to_owned(),
        base: finite(change.base),
        new: finite(change.new),
        change: change.change,
        low: change.low,
        high: change.high,
        scale: scale(change.scale).to_owned(),
        n: change.n,
        p: change.p,
        p_adjusted: row.adjusted.map(crate::report::number::round12),
        verdict: row.shown.name().to_owned(),
    }
}

fn finite(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}

fn scale(scale: Scale) -> &'static str {
    match scale {
        Scale::Ratio => "ratio",
        Scale::Difference => "difference",
        Scale::Order => "order",
    }
}

fn gate(gated: &Gated, identical: bool) -> GateResult {
    let Gated { gate, change, bounds, held } = gated;
    let unit = gate.aspect.unit.name();
    let verdict = match held {
        Held::Kept => "kept",
        Held::Regression => "regression",
        Held::Inconclusive => "inconclusive",
    };
    let mut result = GateResult {
        gate: gate.text.clone(),
        unit: unit.to_owned(),
        verdict: verdict.to_owned(),
        ..GateResult::default()
    };
    result.why = match (change, bounds) {
        _ if identical => "both runs are the same".to_owned(),
        (Some(change), _) => {
            result.base = finite(change.base);
            result.new = finite(change.new);
            (result.change, result.low, result.high) = (change.change, change.low, change.high);
            result.scale = scale(change.scale).to_owned();
            result.n = change.n;
            tested(change, unit, *held)
        }
        (None, Some((base, new))) => {
            (result.base, result.new) = (finite(base.0), finite(new.0));
            apart(base, new, unit, *held)
        }
        (None, None) => "neither run has such values".to_owned(),
    };
    result
}

/// `+12% [+11%, +13%] over 20 pairs`
fn tested(change: &Change, unit: &str, held: Held) -> String {
    let size = change_text(change.change, change.low, change.high, scale(change.scale), unit);
    let both = format!("{} to {}", human(change.base, unit), human(change.new, unit));
    let size = if size.is_empty() { both } else { format!("{both}, {size}") };
    let few = match change.n {
        1 => "; one window has no interval, --seeds N gives one",
        2..FOR_TEST => "; below six all must agree",
        _ if held == Held::Inconclusive => "; more windows would narrow the interval",
        _ => "",
    };
    format!("{size} over {}{few}", plural(change.n, "window"))
}

fn apart(base: &Bounds, new: &Bounds, unit: &str, held: Held) -> String {
    let side = |b: &Bounds| {
        let end = |x: Option<f64>| x.map_or("?".to_owned(), |x| human(x, unit));
        format!("{} [{}, {}]", human(b.0, unit), end(b.1), end(b.2))
    };
    let verdict = match held {
        Held::Inconclusive => "the intervals do not settle it; windows of the same seeds would be paired",
        _ => "the intervals lie apart",
    };
    format!("{} to {}: {verdict}", side(base), side(new))
}

fn sla(base: &Document, new: &Document) -> Vec<SlaChange> {
    let before = |profile: &str, row: &str| {
        let found = base.sla.iter().find(|old| old.profile == profile && old.row == row);
        found.map_or(String::new(), |old| old.verdict.clone())
    };
    let change = |row: &crate::report::document::SlaResult| SlaChange {
        profile: row.profile.clone(),
        row: row.row.clone(),
        bound: row.bound.clone(),
        base: before(&row.profile, &row.row),
        new: row.verdict.clone(),
        why: row.why.clone(),
    };
    new.sla.iter().map(change).collect()
}

fn guarantees(base: &Document, new: &Document) -> Vec<GuaranteeChange> {
    let before = |name: &str| {
        let found = base.guarantees.iter().find(|old| old.name == name);
        found.map_or(String::new(), |old| old.verdict.clone())
    };
    let change = |row: &crate::report::document::GuaranteeResult| GuaranteeChange {
        name: row.name.clone(),
        base: before(&row.name),
        new: row.verdict.clone(),
        why: row.why.clone().filter(|_| row.verdict == "violated"),
    };
    new.guarantees.iter().map(change).collect()
}

fn notes(base: &Document, new: &Document, identical: bool, pairing: Pairing) -> Vec<String> {
    let mut notes = Vec::new();
    if base.scenario != new.scenario {
        notes.push(format!("Two scenarios: {} and {}.", base.scenario, new.scenario));
    }
    if identical {
        return notes;
    }
    notes.push(match pairing {
        Pairing::Paired(1) => {
            "One pair of windows: what changed is shown, and not whether it is chance; --seeds N gives intervals."
                .to_owned()
        }
        Pairing::Paired(n) => {
            let left_out = (base.windows + new.windows).saturating_sub(2 * n);
            let others = match left_out {
                0 => String::new(),
                m => format!(" {} of one side only left out.", plural(m, "window")),
            };
            match base.study {
                Some(_) => format!(
                    "Both studies draw the same faults, and windows are paired by their keys: what both sides share \
                     cancels.{others}"
                ),
                None => format!("Windows are paired by seed: what both sides share cancels.{others}"),
            }
        }
        Pairing::Apart(..) => "No window is on both sides: windows are compared unpaired, which takes many more of \
                               them; the same seeds would pair them."
            .to_owned(),
        Pairing::Estimates if base.sample.is_some() && new.sample.is_some() => {
            "The faults are not drawn alike on both sides (hazards, margin, seed or years differ): estimates are \
             compared by their intervals, unpaired."
                .to_owned()
        }
        Pairing::Estimates => "The windows of one side are not stored (windows.csv): estimates are compared by their \
                               intervals, unpaired."
            .to_owned(),
    });
    for (side, document) in [("base", base), ("new side", new)] {
        if document.sample.as_ref().is_some_and(|sample| sample.left_out > 0) {
            notes.push(format!("Of the {side} only the first windows are compared."));
        }
    }
    notes
}
