//! The laws of a deployment, with their defaults. All defaults are assumed, but the five minutes between two points.

use crate::base::diagnostics::{Code, Diagnostics};
use crate::base::dist::Law;
use crate::base::dist::text::SpanLaw;
use crate::base::document::{Located, law};
use crate::system::site_recovery::config::Config;

/// Laws of lengths of time, in seconds.
pub(super) struct Laws {
    pub crash_consistent: Law,
    pub freeze: Law,
    pub processing: Law,
    pub servers: usize,
    pub resources: Law,
    pub create: Law,
    pub boot: Law,
    pub capacity: Option<(u32, Law)>,
}

/// At most so many points are made at once.
const MOST_SERVERS: u32 = 1_024;

impl Laws {
    /// Those of a table; what defines no law is reported and gives none.
    pub fn new(config: &Config, errors: &mut Diagnostics) -> Option<Laws> {
        let mut or = |given: &Option<Located<SpanLaw>>, default: Law| match given {
            None => Some(default),
            Some(text) => law(text, errors),
        };
        let crash_consistent = or(&config.crash_consistent, Law::Constant(300.0));
        let freeze = or(&config.freeze, Law::Constant(2.0));
        let resources = or(&config.resources, Law::Constant(180.0));
        let create = or(&config.create, Law::lognormal_median_p95(120.0, 240.0));
        let boot = or(&config.boot, Law::lognormal_median_p95(90.0, 240.0));
        let capacity = config.target_capacity.as_ref().map(|text| &text.value);
        let capacity = capacity.and_then(|text| Some((text.vms, law(&text.more_after, errors)?)));
        let (processing, servers) = match config.processing.as_ref().map(|text| &text.value) {
            None => (Some(Law::Constant(20.0)), 1),
            Some(text) => {
                let servers = text.servers.map_or(1, |servers| servers.value);
                if let Some(Located { place, .. }) =
                    text.servers.filter(|s| !(1..=MOST_SERVERS).contains(&s.value))
                {
                    let message = format!("`servers` is between 1 and {MOST_SERVERS}");
                    errors.error(Code::OutsideLimits, place, message);
                }
                (law(&text.each, errors), servers as usize)
            }
        };
        let crash_consistent = crash_consistent?;
        if let Some(text) = config.crash_consistent.as_ref().filter(|_| crash_consistent.mean() < 1.0) {
            let message = "crash-consistent points are at least a second apart in the mean";
            errors.error(Code::OutsideLimits, text.place, message);
        }
        Some(Laws {
            crash_consistent,
            freeze: freeze?,
            processing: processing?,
            servers,
            resources: resources?,
            create: create?,
            boot: boot?,
            capacity,
        })
    }
}
