//! The customer's switch back to the first write region, some time after that serves again (COS-11, COS-12).
//!
//! A customer who looks after an account does by hand what the service does not: a planned switch. The wait begins anew
//! when the region is lost again, and after an outage of the control plane.

use super::{BACK_AGAIN, Controller, Cx};
use crate::base::time::{SimTime, Span};
use crate::engine::record::Change;
use crate::system::cosmos_db::message::Decision;
use crate::system::cosmos_db::timer::Timer;

impl Controller {
    /// Whether it is time to wait for the switch back, or no longer.
    pub(super) fn plan_switch_back(&mut self, cx: Cx) {
        let Some(law) = &self.settings.failback else { return };
        match (self.may_switch_back(cx.monotonic()), self.failing_back) {
            (true, false) => {
                let wait = law.span(cx.random("failback"));
                self.wait_to_switch_back(wait, cx);
            }
            (false, true) => {
                self.failing_back = false;
                cx.cancel_timer(Timer::FailBack);
            }
            _ => {}
        }
    }

    fn wait_to_switch_back(&mut self, wait: Span, cx: Cx) {
        self.failing_back = true;
        cx.set_timer(Timer::FailBack, wait);
    }

    /// The first write region is well, and another writes in its place.
    fn may_switch_back(&self, now: SimTime) -> bool {
        let home = self.home;
        let away = self.directory.partitions.iter().any(|p| self.config.partition(*p).writer != home);
        away && self.config.online(home) && !self.held_offline.contains(&home) && self.is_connected(home, now)
    }

    /// The switch is asked for; if nothing comes of it, again after a while.
    pub(super) fn switch_back(&mut self, cx: Cx) {
        let switching = self.asked.iter().any(|(_, d)| matches!(d, Decision::Switch { .. }));
        if self.switch_due.is_none() && !switching {
            let what = format!("the customer switches back to {}", self.settings.region_name(self.home));
            cx.change(Change::Decided { what, partition: None });
            self.begin_switch(None, self.home, cx);
        }
        self.wait_to_switch_back(BACK_AGAIN, cx);
    }
}
