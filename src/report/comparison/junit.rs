//! A comparison as a JUnit suite: a case per gate (class `compare`), per SLA row and per guarantee of the new side.

use crate::report::comparison::{Comparison, GateResult};
use crate::report::document::Document;
use crate::report::junit::{self, Case, End, Suite};

/// The suite; `new` is the result of the new side.
pub fn suite(comparison: &Comparison, new: &Document) -> Suite {
    let of_new = junit::suite(new);
    let mut cases: Vec<Case> = comparison.gates.iter().map(gate).collect();
    cases.extend(of_new.cases);
    let base = [
        ("base".to_owned(), comparison.base.label.clone()),
        ("base digest".to_owned(), comparison.base.digest.clone()),
        ("identical".to_owned(), comparison.identical.to_string()),
        ("pairs".to_owned(), comparison.pairs.to_string()),
    ];
    Suite { properties: of_new.properties.into_iter().chain(base).collect(), cases, ..of_new }
}

fn gate(row: &GateResult) -> Case {
    let end = match row.verdict.as_str() {
        "kept" => End::Passed,
        "regression" => End::Failed("regression".to_owned(), row.why.clone(), row.gate.clone()),
        verdict => End::Skipped(format!("{verdict}: {}", row.why)),
    };
    Case { class: "compare".to_owned(), name: row.gate.clone(), end }
}
