//! Which region takes over (COS-6, COS-9).

use super::{CONNECTED, Controller};
use crate::base::ids::{PartitionId, RegionId};
use crate::base::time::SimTime;
use crate::system::cosmos_db::level::Level;
use crate::system::cosmos_db::mutation::Mutation;

impl Controller {
    /// COS-9: the first region of the priority list that is alive and, at strong, inside the quorum. COS-6: with several
    /// write regions it is one of them.
    pub(super) fn target(
        &self,
        lost: RegionId,
        partitions: &[PartitionId],
        now: SimTime,
    ) -> Option<RegionId> {
        let outside_allowed = self.settings.without(Mutation::PromoteOutsideQuorum);
        let able: Vec<RegionId> =
            self.order().into_iter().filter(|r| *r != lost && self.eligible(*r, partitions, now)).collect();
        if outside_allowed {
            let out =
                |r: &&RegionId| partitions.iter().any(|p| !self.config.partition(*p).quorum.contains(r));
            if let Some(r) = able.iter().find(out) {
                return Some(*r);
            }
        }
        if self.settings.without(Mutation::IgnorePriority) {
            return able.last().copied();
        }
        if self.settings.failover.freshest {
            let best = able.iter().map(|r| self.in_sync(*r, partitions)).max()?;
            return able.into_iter().find(|r| self.in_sync(*r, partitions) == best);
        }
        able.first().copied()
    }

    /// The regions that may take over, in order.
    fn order(&self) -> Vec<RegionId> {
        let all = self.settings.priority.iter().chain(&self.settings.writers).copied();
        all.filter(|r| !self.settings.multi() || self.settings.writers.contains(r)).collect()
    }

    fn eligible(&self, region: RegionId, partitions: &[PartitionId], now: SimTime) -> bool {
        let outside_allowed = self.settings.without(Mutation::PromoteOutsideQuorum);
        let strong = self.settings.level == Level::Strong;
        let Some(heard) = self.heard.get(&region) else { return false };
        let led = match self.by_partition() {
            true => partitions.iter().all(|p| heard.led.contains(p)),
            false => !heard.led.is_empty(),
        };
        let inside = !strong || partitions.iter().all(|p| self.config.partition(*p).full_member(region));
        let may = self.config.online(region) && inside || outside_allowed;
        now.since(heard.at) < CONNECTED * 2 && led && may
    }

    /// How many of the partitions have all that the region could hear of.
    fn in_sync(&self, region: RegionId, partitions: &[PartitionId]) -> usize {
        let synced = self.heard.get(&region).map(|h| &h.synced[..]).unwrap_or_default();
        partitions.iter().filter(|p| synced.contains(p)).count()
    }
}
