//! What operators ask for (COS-11, COS-15, COS-17, COS-19).

use super::{Asker, CONNECTED, Controller, Cx, Heard, answer, refuse};
use crate::base::ids::{ActionId, PartitionId, RegionId};
use crate::base::time::SimTime;
use crate::engine::record::Answer;
use crate::system::cosmos_db::command::Command;
use crate::system::cosmos_db::message::Decision;
use crate::system::cosmos_db::mutation::Mutation;
use crate::system::cosmos_db::timer::Timer;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Controller {
    /// An operator's command.
    pub fn on_admin(&mut self, action: ActionId, command: Command, cx: Cx) {
        let id = Some(action);
        match command {
            Command::Failover(to) => self.begin_switch(id, to, cx),
            Command::ServiceManagedFailover(on) => {
                self.service_managed = on;
                self.patience.clear();
                self.watched.clear();
                answer(id, Answer::Done, cx);
            }
            Command::BringOnline(region) | Command::RemoveRegion(region) | Command::TakeOffline(region)
                if !self.config.regions.contains_key(&region) =>
            {
                refuse(id, "the region does not belong to the account", cx)
            }
            Command::TakeOffline(region) => self.take_offline(id, region, cx),
            Command::BringOnline(region) => {
                self.held_offline.remove(&region);
                self.ask(id, Decision::Return(region), cx);
            }
            Command::AddRegion(region) if self.config.regions.contains_key(&region) => {
                refuse(id, "the region already belongs to the account", cx)
            }
            Command::AddRegion(region) => {
                self.heard.insert(region, Heard { at: cx.monotonic(), ..Heard::default() });
                self.ask(id, Decision::Add(region), cx);
            }
            Command::RemoveRegion(region) if self.writes_somewhere(region) => {
                refuse(id, "the write region cannot be removed: fail over first", cx)
            }
            Command::RemoveRegion(region) => self.ask(id, Decision::Remove(region), cx),
            Command::Throughput(region, units) => self.ask(id, Decision::Throughput(region, units), cx),
            Command::Restore(region) => self.ask(id, Decision::Restore(region), cx),
        }
    }

    fn take_offline(&mut self, id: Asker, region: RegionId, cx: Cx) {
        if !self.settings.failover.customer_offline {
            return refuse(id, "this edition does not let customers take a region offline", cx);
        }
        self.held_offline.insert(region);
        let written: Vec<PartitionId> = self
            .all_partitions()
            .into_iter()
            .filter(|p| self.config.partition(*p).writer == region)
            .collect();
        if written.is_empty() {
            return self.ask(id, Decision::Offline(region), cx);
        }
        match self.target(region, &written, cx.monotonic()) {
            Some(to) => {
                let partitions = Arc::from(written);
                self.ask(id, Decision::FailOver { partitions, from: region, to, lost: true }, cx)
            }
            None => refuse(id, "no other region can take over", cx),
        }
    }

    /// COS-11: a planned switch begins with a check that needs both regions connected.
    pub(super) fn begin_switch(&mut self, id: Asker, to: RegionId, cx: Cx) {
        if self.settings.multi() {
            return refuse(id, "every region accepts writes: there is nothing to switch", cx);
        }
        if !self.config.regions.contains_key(&to) {
            return refuse(id, "the region does not belong to the account", cx);
        }
        self.switch_due = Some((id, to));
        let check = self.settings.laws.switch_check.span(cx.random("switch"));
        cx.set_timer(Timer::Again, check);
    }

    /// It speaks, and can write all partitions.
    pub(super) fn is_connected(&self, region: RegionId, now: SimTime) -> bool {
        let whole = self.directory.partitions.len();
        self.heard.get(&region).is_some_and(|h| now.since(h.at) < CONNECTED && h.led.len() == whole)
    }

    pub(super) fn check_switch(&mut self, cx: Cx) {
        let Some((id, to)) = self.switch_due.take() else { return };
        let now = cx.monotonic();
        let sources: BTreeSet<RegionId> = self.config.partitions.iter().map(|p| p.writer).collect();
        let in_touch = sources.iter().all(|r| self.is_connected(*r, now));
        if !self.settings.without(Mutation::SkipSwitchCheck) {
            if !in_touch {
                return refuse(id, "the write region is not connected: its state cannot be compared", cx);
            }
            if !self.is_connected(to, now) || !self.config.online(to) {
                return refuse(id, "the target region is not connected: its state cannot be compared", cx);
            }
        }
        self.home = to;
        if self.settings.without(Mutation::SkipSwitchCheck) && !in_touch {
            answer(id, Answer::Done, cx);
            return self.take_over(to, cx);
        }
        let partitions = Arc::from(self.all_partitions());
        self.ask(id, Decision::Switch { to, partitions }, cx);
    }
}
