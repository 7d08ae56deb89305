//! `sla.csv` of several scenarios.

use crate::report::across::Across;
use crate::report::csv::{finish, table};
use crate::report::number::cell;
use ::csv::Error;

/// One row per promise and configuration that it applies to. Empty cells stand for 'none' and 'infinite'.
///
/// # Errors
/// Only when a row has the wrong number of cells, which this function rules out.
pub fn render(across: &Across) -> Result<String, Error> {
    let mut out = table(&[
        "configuration",
        "profile",
        "row",
        "statement",
        "measure",
        "promised",
        "measured",
        "low",
        "high",
        "unit",
        "p_month",
        "p_month_low",
        "p_month_high",
        "n",
        "verdict",
        "why",
    ])?;
    for row in &across.rows {
        let sla = &row.sla;
        let month = sla.p_month.as_ref();
        let [measured, low, high, p, p_low, p_high] = [
            sla.estimate,
            sla.low,
            sla.high,
            month.and_then(|m| m.estimate),
            month.and_then(|m| m.low),
            month.and_then(|m| m.high),
        ]
        .map(cell);
        let n = sla.n.to_string();
        out.write_record([
            &row.configuration,
            &sla.profile,
            &sla.row,
            &sla.statement,
            &sla.measure,
            &sla.bound,
            &measured,
            &low,
            &high,
            &sla.unit,
            &p,
            &p_low,
            &p_high,
            &n,
            &sla.verdict,
            &sla.why,
        ])?;
    }
    finish(out)
}
