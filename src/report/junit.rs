//! Results as JUnit XML, for the test pages of CI systems: what `--format junit` prints.
//!
//! A suite per scenario; a case per SLA row (class `sla.PROFILE`) and per guarantee (class `guarantees`). Breached and
//! violated are failures; inconclusive, unknown and not applicable are skipped, each with the why. The documents keep to the
//! schema of Apache Ant's reports and to that of Jenkins. Results hold no wall clock: times are 0 and dates the epoch.

use crate::report::document::{Document, GuaranteeResult, SlaResult};
use std::fmt::Write as _;

/// One scenario, or one comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suite {
    /// Its name.
    pub name: String,
    /// Facts about the run.
    pub properties: Vec<(String, String)>,
    /// The cases.
    pub cases: Vec<Case>,
}

/// One thing that holds or does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// What it belongs to.
    pub class: String,
    /// Its name.
    pub name: String,
    /// How it ended.
    pub end: End,
}

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It holds.
    Passed,
    /// Nothing was shown, or it does not apply: why.
    Skipped(String),
    /// It does not hold: the verdict, why, and the evidence.
    Failed(String, String, String),
    /// It could not be found out: the kind of trouble, and why.
    Error(String, String),
}

/// The suite of one result.
pub fn suite(document: &Document) -> Suite {
    let property = |name: &str, value: String| (name.to_owned(), value);
    let mut cases: Vec<Case> = document.sla.iter().map(sla).collect();
    cases.extend(document.guarantees.iter().map(guarantee));
    if let Some(storm) = &document.storm {
        let end = End::Error("storm".to_owned(), storm.clone());
        cases.push(Case { class: "run".to_owned(), name: "the system settles".to_owned(), end });
    }
    Suite {
        name: document.scenario.clone(),
        properties: vec![
            property("geodes", document.geodes.clone()),
            property("system", document.system.clone()),
            property("seed", document.seed.to_string()),
            property("windows", document.windows.to_string()),
            property("digest", document.digest.clone()),
        ],
        cases,
    }
}

/// An SLA row as a case.
pub fn sla(row: &SlaResult) -> Case {
    let promised = format!("{}; promised {}: {}", row.statement, row.bound, row.why);
    let seed = row.counterexample_seed.map_or(String::new(), |seed| format!("\nseed {seed} shows it"));
    let end = match row.verdict.as_str() {
        "met" => End::Passed,
        "breached" => {
            let detail = format!("{promised}\nmeasure: {}\nsource: {}{seed}", row.measure, row.source);
            End::Failed("breached".to_owned(), format!("{}: {}", row.bound, row.why), detail)
        }
        verdict => End::Skipped(format!("{verdict}: {}", row.why)),
    };
    Case { class: format!("sla.{}", row.profile), name: row.row.clone(), end }
}

fn guarantee(row: &GuaranteeResult) -> Case {
    let why = row.why.clone().unwrap_or_default();
    let end = match row.verdict.as_str() {
        "holds" => End::Passed,
        "violated" => End::Failed("violated".to_owned(), why, row.evidence.join("\n")),
        verdict => End::Skipped(format!("{verdict}: {why}")),
    };
    Case { class: "guarantees".to_owned(), name: row.name.clone(), end }
}

/// The document of all suites.
pub fn render(suites: &[Suite]) -> String {
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    for (id, suite) in suites.iter().enumerate() {
        render_suite(id, suite, &mut out);
    }
    out.push_str("</testsuites>\n");
    out
}

fn render_suite(id: usize, suite: &Suite, out: &mut String) {
    let count = |is: fn(&End) -> bool| suite.cases.iter().filter(|case| is(&case.end)).count();
    let _ = writeln!(
        out,
        "  <testsuite name=\"{}\" package=\"geodes\" id=\"{id}\" timestamp=\"1970-01-01T00:00:00\" \
         hostname=\"localhost\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"0\">",
        escaped(&suite.name),
        suite.cases.len(),
        count(|end| matches!(end, End::Failed(..))),
        count(|end| matches!(end, End::Error(..))),
        count(|end| matches!(end, End::Skipped(_))),
    );
    out.push_str("    <properties>\n");
    for (name, value) in &suite.properties {
        let _ = writeln!(out, "      <property name=\"{}\" value=\"{}\"/>", escaped(name), escaped(value));
    }
    out.push_str("    </properties>\n");
    suite.cases.iter().for_each(|case| render_case(case, out));
    out.push_str("    <system-out/>\n    <system-err/>\n  </testsuite>\n");
}

fn render_case(case: &Case, out: &mut String) {
    let (class, name) = (escaped(&case.class), escaped(&case.name));
    let _ = write!(out, "    <testcase name=\"{name}\" classname=\"{class}\" time=\"0\"");
    let inner = match &case.end {
        End::Passed => {
            out.push_str("/>\n");
            return;
        }
        End::Skipped(why) => format!("<skipped message=\"{}\"/>", escaped(why)),
        End::Failed(verdict, why, detail) => format!(
            "<failure type=\"{}\" message=\"{}\">{}</failure>",
            escaped(verdict),
            escaped(why),
            escaped(detail)
        ),
        End::Error(kind, why) => {
            format!("<error type=\"{}\" message=\"{}\"/>", escaped(kind), escaped(why))
        }
    };
    let _ = writeln!(out, ">\n      {inner}\n    </testcase>");
}

/// A text inside an attribute or an element; what XML cannot hold is replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
