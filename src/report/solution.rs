//! What a hazard must be for a promise to be kept, as a document and as text: what `geodes run --solve` prints.

use crate::report::json::pretty;
use crate::report::number::{percent, seconds, whole};
use crate::report::text::{Columns, Style, Tone, wrap};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An answer. Fields that a reader does not know are to be ignored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Solution {
    /// Version of Geodes that made it.
    pub geodes: String,
    /// The scenario's name.
    pub scenario: String,
    /// Its seed.
    pub seed: u64,
    /// What was moved: `hazard.region.mtbf`.
    pub solve: String,
    /// What it is in the scenario, in seconds.
    pub present_s: f64,
    /// The row: `cosmos-db-2021/write-availability`, or the promise itself.
    pub row: String,
    /// The availability that it promises.
    pub measure: String,
    /// The least of it.
    pub bound: f64,
    /// `value`, `never` (even a perfect hazard breaks the promise) or `always` (even the worst keeps it).
    pub answer: String,
    /// What it must be, in seconds; with `mtbf` this long or longer, with `mttr` this short or shorter.
    pub value_s: Option<f64>,
    /// Where the interval of the measured availability begins to allow the promise to be kept; none: nowhere, or everywhere.
    pub possible_s: Option<f64>,
    /// Where all of the interval keeps the promise; none: nowhere, or everywhere.
    pub certain_s: Option<f64>,
    /// Coverage of that interval.
    pub confidence: f64,
    /// The answer in a sentence.
    pub statement: String,
    /// All studies that were made, in their order.
    pub steps: Vec<SolutionStep>,
}

/// One study.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SolutionStep {
    /// The mean that the hazard had, in seconds.
    pub value_s: f64,
    /// The availability measured.
    pub estimate: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Length of the skeleton.
    pub years: u64,
    /// Windows of the study.
    pub windows: u64,
    /// Those of them that no earlier study had simulated.
    pub new_windows: u64,
    /// Why nothing can be concluded, if so.
    pub unsettled: Option<String>,
}

/// A length of time that may be many years: hours from one on.
pub fn long(x: f64) -> String {
    if x < 3600.0 {
        return seconds(x);
    }
    let hours = x / 3600.0;
    match hours {
        h if h >= 1000.0 => format!("{}h", whole(h.round() as u64)),
        h if h >= 100.0 => format!("{}h", (h * 10.0).round() / 10.0),
        h => format!("{}h", (h * 100.0).round() / 100.0),
    }
}

/// One step in a line.
pub fn step(step: &SolutionStep, solve: &str) -> String {
    let measured = match &step.unsettled {
        Some(why) => why.clone(),
        None => format!("{} [{}, {}]", percent(step.estimate), percent(step.low), percent(step.high)),
    };
    let windows = format!("{} windows, {} of them new", whole(step.windows), whole(step.new_windows));
    format!("{solve} = {}: {measured} ({windows})", long(step.value_s))
}

/// The document as JSON text that ends in a newline.
///
/// # Errors
/// Only when the document cannot be represented, which its type rules out.
pub fn json(solution: &Solution) -> Result<String, serde_json::Error> {
    serde_json::to_value(solution).map(|value| pretty(&value))
}

/// The document for people.
pub fn table(solution: &Solution, style: Style) -> String {
    let title = format!("{}: {}", solution.scenario, solution.solve);
    let mut out = format!("{}\n", style.paint(Tone::Heading, &title));
    for line in wrap(&solution.statement, style.width.saturating_sub(2)) {
        out.push_str(&format!("  {line}\n"));
    }
    out.push('\n');
    let mut table = Columns::new(&[true, true, false, true, true]);
    table.row([&solution.solve, &solution.measure, "interval at 95%", "windows", "new"]);
    let mut steps: Vec<&SolutionStep> = solution.steps.iter().collect();
    steps.sort_by(|a, b| a.value_s.total_cmp(&b.value_s));
    for step in steps {
        let interval = format!("{} to {}", percent(step.low), percent(step.high));
        let (measured, interval) = match &step.unsettled {
            Some(why) => (String::new(), why.clone()),
            None => (percent(step.estimate), interval),
        };
        table.row([long(step.value_s), measured, interval, whole(step.windows), whole(step.new_windows)]);
    }
    out.push_str(&table.render(style, 2));
    out
}

#[cfg(test)]
mod tests {
    use super::long;

    #[test]
    fn long_times_are_hours() {
        let shown = [0.5, 90.0, 7_200.0, 1_000_000.0, 3.6e9].map(long);
        assert_eq!(shown, ["500ms", "1min 30s", "2h", "277.8h", "1,000,000h"]);
    }
}
