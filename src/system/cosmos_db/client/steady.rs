//! Whether a client would go on as it does now.

use super::Client;
use crate::base::time::{SimTime, Span};
use crate::engine::contract::Steady;
use crate::engine::jump::PROBE;

impl Client {
    /// For how long it would: not while a region is marked unavailable beside others, or a breaker is open for so long that two probe
    /// intervals need not be alike.
    pub fn steady(&self, now: SimTime) -> Steady {
        // With nowhere else to go a mark changes nothing: the region is asked again and again.
        let marked = self.config.regions.len() > 1 && self.unavailable.values().any(|until| *until > now);
        let open_for = self.settings.sdk.breaker.map_or(Span::ZERO, |(_, _, open)| open);
        let tripped = open_for > Span(PROBE.0 / 2) && self.breakers.values().any(|b| b.tripped());
        Steady::when(!marked && !tripped)
    }
}
