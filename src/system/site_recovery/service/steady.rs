//! Whether the service would go on as it does now: see `engine/jump.rs`.

use super::state::Protection;
use super::{Heard, Service};
use crate::base::time::Span;
use crate::engine::contract::{Moment, Steady};
use crate::system::site_recovery::SiteRecovery;
use crate::system::site_recovery::config::PointText;

/// A machine that is heard has a point that is younger than so many intervals between two.
const YOUNG: f64 = 4.0;

impl Service {
    /// It would, while nothing is carried out or asked of it, whoever is silent has been for long enough, and the points of the
    /// others go on being made. With a point of some age, or when it only waits for orders, how many there are matters.
    pub fn steady(&self, moment: &Moment<'_, SiteRecovery>) -> Steady {
        let to = self.settings.manual.as_ref().map(|(_, to)| *to);
        let Some(to) = to.filter(|to| !matches!(to, PointText::AtLeastOld(_))) else { return Steady::No };
        let idle = self.state.run.is_none() && self.state.test.is_none();
        let even = (0..self.state.vms.len()).all(|vm| self.is_even(vm, to, moment));
        Steady::when(idle && even && self.processing.keeps_up())
    }

    fn is_even(&self, vm: usize, to: PointText, moment: &Moment<'_, SiteRecovery>) -> bool {
        let (now, lately) = (moment.monotonic, self.settings.lately());
        let settled =
            |heard: &Heard| heard.is_within(lately, now) || !heard.is_within(self.settings.silence, now);
        let state = &self.state.vms[vm];
        let going = match state.protection {
            Protection::None | Protection::Suspended => true,
            Protection::Protected if self.heard[vm][state.active].is_within(lately, now) => {
                let limit = Span::from_secs_f64(YOUNG * self.settings.crash_consistent.quantile(0.99));
                let young = state.points.last().is_some_and(|tag| moment.wall.since(tag.at) <= limit);
                let received = self.heard[vm][1 - state.active].is_within(lately, now);
                received
                    && young
                    && !self.processing.is_stalled(vm)
                    && self.newest(vm, to, moment.wall).is_some()
            }
            Protection::Protected => true,
            Protection::Resources | Protection::Preparing(_) | Protection::Copying(..) => false,
        };
        going && self.heard[vm].iter().all(settled)
    }

    /// Points of machines that make no new ones grow older, and so does what the service last heard of them.
    pub fn on_skip(&mut self, by: Span) {
        if let Some((_, left_out)) = &mut self.alarm {
            *left_out += by;
        }
        for vm in 0..self.state.vms.len() {
            let active = self.state.vms[vm].active;
            let heard = self.heard[vm][active].is_within(self.settings.lately(), self.watched);
            if !heard || self.state.vms[vm].protection == Protection::Suspended {
                self.state.vms[vm].aged += by;
                self.heard[vm][active].aged += by;
            }
        }
    }
}
