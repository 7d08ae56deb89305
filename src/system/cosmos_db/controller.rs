//! The control plane: notices that a region is gone, decides, and carries out operators' commands
//! (COS-9 to COS-13, COS-15, COS-17, COS-19).

use crate::base::ids::{ActionId, PartitionId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::engine::contract::Ctx;
use crate::engine::record::{Answer, Change};
use crate::system::cosmos_db::CosmosDb;
use crate::system::cosmos_db::account::{AccountConfig, RegionState};
use crate::system::cosmos_db::command::Command;
use crate::system::cosmos_db::level::Level;
use crate::system::cosmos_db::message::{Decision, Msg};
use crate::system::cosmos_db::mutation::Mutation;
use crate::system::cosmos_db::settings::{Directory, Settings};
use crate::system::cosmos_db::timer::Timer;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Cx<'a, 'b> = &'a mut Ctx<'b, CosmosDb>;

/// A region whose last heartbeat is older than this is not connected, for a planned switch.
const CONNECTED: Span = Span::secs(12);

/// The account's controller.
#[derive(Clone, Debug)]
pub struct Controller {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
    config: Arc<AccountConfig>,
    /// Service-managed failover is on (COS-9, COS-10, COS-17).
    pub service_managed: bool,
    heard: BTreeMap<RegionId, Heard>,
    patience: BTreeMap<RegionId, Span>,
    deciding: BTreeSet<RegionId>,
    /// A decision about the region is being carried out: it may have to wait for a lease.
    decided: BTreeSet<RegionId>,
    held_offline: BTreeSet<RegionId>,
    asked: Vec<(ActionId, Decision)>,
    switch_due: Option<(ActionId, RegionId)>,
    home: RegionId,
}

#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    at: SimTime,
    led: u32,
    synced: u32,
}

impl Controller {
    /// A controller that has just started.
    pub fn new(settings: Arc<Settings>, directory: Arc<Directory>) -> Controller {
        let config = Arc::new(AccountConfig::initial(&settings));
        Controller {
            service_managed: settings.service_managed,
            home: settings.writers[0],
            settings,
            directory,
            config,
            heard: BTreeMap::new(),
            patience: BTreeMap::new(),
            deciding: BTreeSet::new(),
            decided: BTreeSet::new(),
            held_offline: BTreeSet::new(),
            asked: Vec::new(),
            switch_due: None,
        }
    }

    /// Begins to watch; after an outage of its own it first gives every region time to speak.
    pub fn on_start(&mut self, cx: Cx) {
        let now = cx.monotonic();
        let partitions = self.directory.partitions.len() as u32;
        for region in self.settings.regions.clone() {
            self.heard.insert(region, Heard { at: now, led: partitions, synced: partitions });
        }
        cx.send(self.directory.account, Msg::Discover);
        cx.set_timer(Timer::Watch, Span::secs(1));
    }

    /// Heartbeats and answers.
    pub fn on_message(&mut self, msg: Msg, cx: Cx) {
        match msg {
            Msg::RegionAlive { region, led, synced, .. } => self.on_alive(region, led, synced, cx),
            Msg::Topology(config) if config.version >= self.config.version => self.on_config(config, cx),
            Msg::Decided(decision, result) => self.on_decided(decision, result, cx),
            _ => {}
        }
    }

    fn on_alive(&mut self, region: RegionId, led: u32, synced: u32, cx: Cx) {
        self.heard.insert(region, Heard { at: cx.monotonic(), led, synced });
        self.patience.remove(&region);
        self.decided.remove(&region);
        if self.deciding.remove(&region) {
            cx.cancel_timer(Timer::Decide(region));
        }
        if self.config.regions.get(&region) == Some(&RegionState::Offline)
            && !self.held_offline.contains(&region)
        {
            cx.send(self.directory.account, Msg::Decide(Decision::Return(region)));
            if self.settings.without(Mutation::PromoteOnReturn) && region == self.home {
                self.take_over(region, cx);
            }
        }
        self.fail_back(cx);
    }

    /// Silence is noticed, and a decision falls due after the edition's law.
    pub fn on_timer(&mut self, timer: Timer, cx: Cx) {
        match timer {
            Timer::Watch => self.watch(cx),
            Timer::Decide(region) => {
                self.deciding.remove(&region);
                self.decide(region, cx);
            }
            Timer::Again => self.check_switch(cx),
            _ => {}
        }
    }

    fn writes_somewhere(&self, region: RegionId) -> bool {
        self.config.partitions.iter().any(|p| p.writer == region)
    }

    fn watch(&mut self, cx: Cx) {
        cx.set_timer(Timer::Watch, Span::secs(1));
        let now = cx.monotonic();
        for region in self.config.regions.keys().copied().collect::<Vec<_>>() {
            if self.deciding.contains(&region)
                || self.decided.contains(&region)
                || self.config.regions.get(&region) == Some(&RegionState::Offline)
            {
                continue;
            }
            let Some(heard) = self.heard.get(&region).copied() else { continue };
            let writer = self.writes_somewhere(region);
            let law =
                if writer { &self.settings.failover.detect } else { &self.settings.failover.offline_detect };
            let patience = match self.patience.get(&region) {
                Some(patience) => *patience,
                None => {
                    let drawn = law.span(cx.random("detect")).max(CONNECTED);
                    self.patience.insert(region, drawn);
                    drawn
                }
            };
            if now.since(heard.at) < patience {
                continue;
            }
            let what = format!("{} is silent", self.settings.region_name(region));
            cx.change(Change::Detected { what, partition: None });
            let law =
                if writer { &self.settings.failover.decide } else { &self.settings.failover.offline_decide };
            let after = law.span(cx.random("decide"));
            self.deciding.insert(region);
            cx.set_timer(Timer::Decide(region), after);
        }
    }

    /// COS-9, COS-10, COS-13: the decision about a region that has stayed silent.
    fn decide(&mut self, region: RegionId, cx: Cx) {
        let may = self.service_managed
            || self.settings.multi()
            || self.settings.without(Mutation::FailOverAlthoughOff)
            || self.settings.without(Mutation::IgnoreFailoverToggle) && self.settings.service_managed;
        if !may {
            // Nobody else decides: look again later.
            self.patience.insert(region, Span::MAX);
            return;
        }
        let lost: Vec<PartitionId> = self
            .all_partitions()
            .into_iter()
            .filter(|p| self.config.partition(*p).writer == region)
            .collect();
        if lost.is_empty() {
            let what = format!("mark {} offline", self.settings.region_name(region));
            cx.change(Change::Decided { what, partition: None });
            self.decided.insert(region);
            return cx.send(self.directory.account, Msg::Decide(Decision::Offline(region)));
        }
        match self.target(&region, &lost, cx.monotonic()) {
            Some(to) => {
                let what = format!("fail over to {}", self.settings.region_name(to));
                cx.change(Change::Decided { what, partition: None });
                self.decided.insert(region);
                self.fail_over(&lost, (region, to), cx);
            }
            None => {
                // COS-9: nobody qualifies; writes stop. Look again when something changes.
                self.patience.insert(region, Span::secs(30) + cx.monotonic().since(self.last(region)));
            }
        }
    }

    fn last(&self, region: RegionId) -> SimTime {
        self.heard.get(&region).map_or(SimTime::ZERO, |h| h.at)
    }

    fn all_partitions(&self) -> Vec<PartitionId> {
        self.directory.partitions.clone()
    }

    /// COS-9: the first region of the priority list that is alive and, at strong, inside the quorum.
    fn target(&self, lost: &RegionId, partitions: &[PartitionId], now: SimTime) -> Option<RegionId> {
        let strong = self.settings.level == Level::Strong;
        let outside_allowed = self.settings.without(Mutation::PromoteOutsideQuorum);
        let eligible = |r: &&RegionId| {
            let alive = self.heard.get(r).is_some_and(|h| now.since(h.at) < CONNECTED * 2 && h.led > 0);
            let inside = !strong || partitions.iter().all(|p| self.config.partition(*p).full_member(**r));
            let online = self.config.online(**r) || outside_allowed;
            **r != *lost && alive && online && (inside || outside_allowed)
        };
        let order = self.settings.priority.iter().chain(&self.settings.writers);
        if outside_allowed {
            let out =
                |r: &&RegionId| partitions.iter().any(|p| !self.config.partition(*p).quorum.contains(r));
            if let Some(r) = order.clone().filter(eligible).find(out) {
                return Some(*r);
            }
        }
        if self.settings.without(Mutation::IgnorePriority) {
            return order.rev().find(eligible).copied();
        }
        if self.settings.failover.freshest {
            let best =
                order.clone().filter(eligible).map(|r| self.heard.get(r).map_or(0, |h| h.synced)).max()?;
            return order
                .filter(eligible)
                .find(|r| self.heard.get(r).map_or(0, |h| h.synced) == best)
                .copied();
        }
        order.clone().find(eligible).copied()
    }

    /// Takes the partitions away from whichever region writes them.
    fn take_over(&mut self, to: RegionId, cx: Cx) {
        let writers: BTreeSet<RegionId> = self.config.partitions.iter().map(|p| p.writer).collect();
        for from in writers.into_iter().filter(|from| *from != to) {
            self.fail_over(&self.all_partitions(), (from, to), cx);
        }
    }

    fn fail_over(&mut self, partitions: &[PartitionId], (from, to): (RegionId, RegionId), cx: Cx) {
        if !self.settings.failover.per_partition {
            let decision = Decision::FailOver { partitions: Arc::from(partitions), from, to };
            return cx.send(self.directory.account, Msg::Decide(decision));
        }
        for p in partitions {
            let decision = Decision::FailOver { partitions: Arc::from([*p]), from, to };
            cx.send(self.directory.account, Msg::Decide(decision));
        }
    }

    /// Edition 2026: the write region moves back by itself once the old one has caught up.
    fn fail_back(&mut self, cx: Cx) {
        if !self.settings.failover.automatic_failback || self.settings.multi() || self.switch_due.is_some() {
            return;
        }
        let home = self.home;
        let away = self.config.partitions.iter().any(|p| p.writer != home);
        let ready = self.config.online(home)
            && self.heard.get(&home).is_some_and(|h| h.synced as usize == self.directory.partitions.len());
        let asked = self.asked.iter().any(|(_, d)| matches!(d, Decision::Switch { .. }));
        if away && ready && !asked {
            let what = format!("switch back to {}", self.settings.region_name(home));
            cx.change(Change::Decided { what, partition: None });
            self.asked.push((ActionId(u32::MAX), Decision::Switch { to: home }));
            cx.send(self.directory.account, Msg::Decide(Decision::Switch { to: home }));
        }
    }

    /// An operator's command.
    pub fn on_admin(&mut self, id: ActionId, command: Command, cx: Cx) {
        match command {
            Command::Failover(to) => self.begin_switch(id, to, cx),
            Command::ServiceManagedFailover(on) => {
                self.service_managed = on;
                self.patience.clear();
                cx.answer(id, Answer::Done);
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
                self.heard.insert(region, Heard { at: cx.monotonic(), led: 0, synced: 0 });
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

    /// Hands a command to the account. It is answered when it is carried out: a region that is added or comes back has
    /// its data by then, and serves.
    fn ask(&mut self, id: ActionId, decision: Decision, cx: Cx) {
        self.asked.push((id, decision.clone()));
        cx.send(self.directory.account, Msg::Decide(decision));
    }

    /// COS-15: the region of a command serves now, or was removed before it did.
    fn on_config(&mut self, config: Arc<AccountConfig>, cx: Cx) {
        let before = std::mem::replace(&mut self.config, config);
        let config = &self.config;
        self.asked.retain(|(id, decision)| {
            let (Decision::Add(region) | Decision::Return(region)) = decision else { return true };
            match config.regions.get(region) {
                Some(RegionState::Online) => cx.answer(*id, Answer::Done),
                None if before.regions.contains_key(region) => {
                    refuse(*id, "the region was removed before it served", cx)
                }
                _ => return true,
            }
            false
        });
    }

    fn take_offline(&mut self, id: ActionId, region: RegionId, cx: Cx) {
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
        match self.target(&region, &written, cx.monotonic()) {
            Some(to) => {
                let partitions = Arc::from(written);
                self.ask(id, Decision::FailOver { partitions, from: region, to }, cx)
            }
            None => refuse(id, "no other region can take over", cx),
        }
    }

    /// COS-11: a planned switch begins with a check that needs both regions connected.
    fn begin_switch(&mut self, id: ActionId, to: RegionId, cx: Cx) {
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

    fn check_switch(&mut self, cx: Cx) {
        let Some((id, to)) = self.switch_due.take() else { return };
        let now = cx.monotonic();
        let connected = |r: &RegionId| {
            self.heard.get(r).is_some_and(|h| {
                now.since(h.at) < CONNECTED && h.led as usize == self.directory.partitions.len()
            })
        };
        let sources: BTreeSet<RegionId> = self.config.partitions.iter().map(|p| p.writer).collect();
        if !self.settings.without(Mutation::SkipSwitchCheck) {
            if !sources.iter().all(connected) {
                return refuse(id, "the write region is not connected: its state cannot be compared", cx);
            }
            if !connected(&to) || !self.config.online(to) {
                return refuse(id, "the target region is not connected: its state cannot be compared", cx);
            }
        }
        self.home = to;
        if self.settings.without(Mutation::SkipSwitchCheck) && !sources.iter().all(connected) {
            cx.answer(id, Answer::Done);
            return self.take_over(to, cx);
        }
        self.ask(id, Decision::Switch { to }, cx);
    }

    /// A decision was carried out, or could not be: whoever asked for it is answered.
    fn on_decided(&mut self, decision: Decision, result: Result<(), String>, cx: Cx) {
        let answer = match result {
            Ok(()) => Answer::Done,
            Err(why) => Answer::Refused(why),
        };
        self.asked.retain(|(id, asked)| {
            let same = *asked == decision;
            if same && *id != ActionId(u32::MAX) {
                cx.answer(*id, answer.clone());
            }
            !same
        });
    }
}

fn refuse(id: ActionId, why: &str, cx: Cx) {
    cx.answer(id, Answer::Refused(why.to_string()));
}
