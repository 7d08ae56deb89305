//! Address look-ups: a region whose manager does not answer, or knows of no replica that does, is marked unavailable
//! (COS-8).

use super::{Address, Client, Cx, State};
use crate::base::ids::{PartitionId, RegionId};
use crate::model::operation::OpId;
use crate::system::cosmos_db::message::Msg;
use crate::system::cosmos_db::timer::Timer;

impl Client {
    /// Asks the region's manager who serves the partition; the operation waits.
    pub(super) fn look_up(&mut self, op: OpId, partition: PartitionId, region: RegionId, cx: Cx) {
        if let Some(pending) = self.pending.get_mut(&op) {
            pending.state = State::Waiting;
            pending.region = region;
            cx.cancel_timer(Timer::Attempt(op));
        }
        let running = self.resolving.contains_key(&(partition, region));
        let entry = self.resolving.entry((partition, region)).or_default();
        if !entry.waiting.contains(&op) {
            entry.waiting.push(op);
        }
        if !running {
            self.ask_manager(partition, region, cx);
        }
    }

    fn ask_manager(&mut self, partition: PartitionId, region: RegionId, cx: Cx) {
        let tries = self.resolving.get(&(partition, region)).map_or(0, |r| r.tries);
        let timeouts = &self.settings.sdk.resolve_timeouts;
        let Some(wait) = timeouts.get(tries).copied() else { return };
        if let Some(manager) = self.directory.managers.get(&region) {
            cx.send(*manager, Msg::Resolve { partition });
            cx.set_timer(Timer::ResolveTimeout(partition, region), wait);
        }
    }

    pub(super) fn on_resolved(&mut self, region: RegionId, partition: PartitionId, address: Address, cx: Cx) {
        cx.cancel_timer(Timer::ResolveTimeout(partition, region));
        if address.members.is_empty() {
            return self.leave(region, partition, cx);
        }
        self.addresses.insert((partition, region), address.clone());
        let Some(resolving) = self.resolving.remove(&(partition, region)) else { return };
        for op in resolving.waiting {
            let Some(pending) = self.pending.get(&op) else { continue };
            if !matches!(pending.state, State::Waiting) {
                continue;
            }
            if address.leader.is_none() && pending.request.action.is_write() {
                self.back_off_gone(op, cx);
            } else {
                self.try_op(op, cx);
            }
        }
    }

    /// The manager is silent: after the last time-out the region counts as unavailable.
    pub(super) fn on_resolve_timeout(&mut self, partition: PartitionId, region: RegionId, cx: Cx) {
        let Some(resolving) = self.resolving.get_mut(&(partition, region)) else { return };
        resolving.tries += 1;
        // The library's last time-out is longer than any caller waits: the region is given up before it.
        if resolving.tries + 1 < self.settings.sdk.resolve_timeouts.len() {
            return self.ask_manager(partition, region, cx);
        }
        self.leave(region, partition, cx);
    }

    /// Nobody answers in the region, as far as its manager knows or because that is silent too: operations go on
    /// elsewhere, where they can.
    fn leave(&mut self, region: RegionId, partition: PartitionId, cx: Cx) {
        let Some(resolving) = self.resolving.remove(&(partition, region)) else { return };
        self.mark_unavailable(region, cx);
        for op in resolving.waiting {
            if !self.pending.get(&op).is_some_and(|p| matches!(p.state, State::Waiting)) {
                continue;
            }
            if self.choose_region(op, cx) == Some(region) {
                // There is nowhere else to go: ask again a little later.
                self.pause(op, self.settings.sdk.failover_retry, cx);
            } else {
                self.try_op(op, cx);
            }
        }
    }
}
