//! A comparison as a table of rows: what `geodes compare --format csv` prints.

use crate::report::comparison::Comparison;
use crate::report::number::cell;
use ::csv::{Error, Writer};

/// One row per measure and class of faults.
///
/// # Errors
/// Only when a row has the wrong number of cells, which this function rules out.
pub fn render(comparison: &Comparison) -> Result<String, Error> {
    let mut out = Writer::from_writer(Vec::new());
    out.write_record([
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
    let bytes = out.into_inner().map_err(|e| Error::from(std::io::Error::other(e.to_string())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
