//! Whether a machine would go on as it does now: see `engine/jump.rs`.

use super::Machine;
use crate::base::time::Span;
use crate::engine::contract::{Moment, Steady};
use crate::system::site_recovery::SiteRecovery;

impl Machine {
    /// It would, unless it boots, is tested, stops or marks a point; and while it serves and is protected, all that it writes
    /// must leave in time: what waits for longer would be more after a jump.
    pub fn steady(&self, moment: &Moment<'_, SiteRecovery>) -> Steady {
        let still =
            self.boot.is_none() && self.test.is_none() && self.draining.is_none() && self.round.is_none();
        let keeps_up = !self.serving || self.agent.stream == 0 || self.keeps_up(moment.monotonic);
        Steady::when(still && keeps_up)
    }

    /// What was written meanwhile will have to be copied if the machine is protected again.
    pub fn on_skip(&mut self, by: Span) {
        if self.serving {
            self.flow.skip(by);
            self.skip_sign_in(by);
        }
    }
}
