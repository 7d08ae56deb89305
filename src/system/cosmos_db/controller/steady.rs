//! Whether the control plane would go on as it does now.

use super::partitions::Stage;
use super::{AGAIN, CONNECTED, Controller};
use crate::base::ids::RegionId;
use crate::base::time::{SimTime, Span};
use crate::engine::contract::Steady;
use crate::system::cosmos_db::account::RegionState;

impl Controller {
    /// For how long it would: not while it waits for a silence to last long enough. A decision that is due has a timer.
    pub fn steady(&self, now: SimTime) -> Steady {
        let pending = self.decided.values().any(|at| now.since(*at) < AGAIN) || now < self.back_after;
        let regions = self.config.regions.iter();
        let settled =
            regions.filter(|(_, s)| **s != RegionState::Offline).all(|(r, _)| self.is_judged(*r, now));
        let partitions = !self.by_partition() || self.watched.values().all(|w| w.is_even(now));
        Steady::when(!pending && settled && partitions)
    }

    /// The region speaks, or what follows from its silence is settled.
    fn is_judged(&self, region: RegionId, now: SimTime) -> bool {
        let silent = now.since(self.last(region)) > CONNECTED;
        let by_partition = self.by_partition() && self.writes_somewhere(region);
        let nobody_decides = self.patience.get(&region) == Some(&Span::MAX);
        !silent || by_partition || nobody_decides || self.deciding.contains(&region)
    }
}

impl super::Watched {
    /// It can write, or a decision is due.
    fn is_even(&self, now: SimTime) -> bool {
        match self.stage {
            Stage::Watching => now.since(self.well) <= CONNECTED,
            Stage::Deciding => true,
            Stage::Decided(_) | Stage::Stuck(_) => false,
        }
    }
}
