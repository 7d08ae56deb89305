//! A comparison as a table of rows: what `geodes compare --format csv` prints.

use crate::report::comparison::Comparison;
use crate::report::csv::{finish, table};
use crate::report::number::cell;
use ::csv::Error;

/// One row per measure and class of faults.
///
/// # Errors
/// Only when a row has the wrong number of cells, which this function rules out.
pub fn render(comparison: &Comparison) -> Result<String, Error> {
    let mut out = table(&[
        "measure",
        "unit",
        "base",
        "new",
        "change",
        "low",
        "high",
        "scale",
        "n",
        "p",
        "p_adjusted",
        "verdict",
    ])?;
    for row in &comparison.rows {
        let numbers = [row.base, row.new, row.change, row.low, row.high].map(cell);
        let first = [row.measure.clone(), row.unit.clone()].into_iter().chain(numbers);
        let last =
            [row.scale.clone(), row.n.to_string(), cell(row.p), cell(row.p_adjusted), row.verdict.clone()];
        out.write_record(first.chain(last))?;
    }
    finish(out)
}
