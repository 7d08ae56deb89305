//! Measures on hand-made windows, with values computed by hand, and laws that hold for all windows.

#![allow(clippy::single_range_in_vec_init, reason = "a list of one stretch of failures")]

#[path = "measures/availability.rs"]
mod availability;
#[path = "measures/laws.rs"]
mod laws;
#[path = "measures/load.rs"]
mod load;
#[path = "measures/losses.rs"]
mod losses;
#[path = "measures/pooled.rs"]
mod pooled;
#[path = "measures/recovery.rs"]
mod recovery;
mod watched;

use geodes::base::ids::FaultId;
use geodes::base::time::Span;
use geodes::measure::findings::Findings;
use geodes::model::fault::FaultKind;
use geodes::model::plan::Plan;
use watched::{WEST, Window, add_fault, plan, secs, writes};

const FAULT: FaultId = FaultId(0);

fn value(findings: &Findings, path: &str) -> Option<f64> {
    findings.value(path).expect(path).map(|estimate| estimate.value())
}

fn near(findings: &Findings, path: &str, expected: f64) {
    let found = value(findings, path).unwrap_or_else(|| panic!("{path} has no value"));
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{path}: {found}, not {expected}");
}

/// Ten writes a second for 300 s, a fault of West US at 100 s, and failures in `bad` (milliseconds).
fn outage(bad: &[std::ops::Range<u64>]) -> (Plan, Window) {
    let mut plan = plan();
    let fault = add_fault(&mut plan, secs(100), Some(Span::secs(120)), FaultKind::PowerLoss);
    let window = Window::default()
        .ops(&writes(Span::millis(100), secs(300), bad))
        .fault(fault, secs(100), "region(write)", &[WEST])
        .fault_ends(fault, secs(220));
    (plan, window)
}
