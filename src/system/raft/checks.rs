//! Lengths and counts with which a group would stand still, or never let time go on.

use super::config::Config;
use crate::base::diagnostics::{Code, Diagnostics, Place};
use crate::base::dist::Law;
use crate::base::document::Located;
use crate::base::time::Span;

/// Checks them all; `table` is the place of what was not given.
pub(super) fn lengths(config: &Config, timeout: &Law, table: Place, errors: &mut Diagnostics) {
    let mut refuse = |key: &str, at: Option<Place>, why: &str| {
        errors.error(Code::OutsideLimits, at.unwrap_or(table), format!("`{key}` must be {why}"));
    };
    let at =
        |given: &Option<Located<Span>>| given.as_ref().filter(|g| g.value == Span::ZERO).map(|g| g.place);
    for (key, given) in [
        ("heartbeat", &config.heartbeat),
        ("attempt-timeout", &config.attempt_timeout),
        ("retry-pause", &config.retry_pause),
    ] {
        if let Some(place) = at(given) {
            refuse(key, Some(place), "longer than nothing");
        }
    }
    if timeout.quantile(0.5) <= 0.0 {
        let place = config.election_timeout.as_ref().map(|law| law.place);
        refuse("election-timeout", place, "longer than nothing at least half of the time");
    }
    if let Some(window) = config.window.as_ref().filter(|window| window.value == 0) {
        refuse("window", Some(window.place), "at least 1");
    }
    if let Some(rate) = config.snapshot_rate.as_ref().filter(|rate| rate.value.0 <= 0.0) {
        refuse("snapshot-rate", Some(rate.place), "above zero");
    }
    if let Some(bound) = config.clock_drift_bound.as_ref().filter(|bound| bound.value.0 < 0.0) {
        refuse("clock-drift-bound", Some(bound.place), "zero or more: clocks drift both ways within it");
    }
}
