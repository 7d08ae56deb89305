//! The account's configuration, and the store that holds it.
//!
//! The store is a replicated global service: no fault of a plan takes it down. It carries out decisions, never before
//! every lease that the old configuration gave has run out or was handed back, so that no two regions believe different
//! things about who may serve (COS-5, COS-9).

mod config;
mod restore;
mod switch;

use crate::base::ids::{ActorId, PartitionId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::engine::contract::{Ctx, Steady};
use crate::engine::record::Change;
use crate::system::cosmos_db::CosmosDb;
use crate::system::cosmos_db::level::Level;
use crate::system::cosmos_db::message::{Decision, Msg};
use crate::system::cosmos_db::mutation::Mutation;
use crate::system::cosmos_db::settings::{Directory, Settings};
use crate::system::cosmos_db::timer::Timer;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use config::{AccountConfig, Begun, PartitionConfig, RegionState};
use restore::Restoring;
use switch::Switch;

/// The configuration store.
#[derive(Clone, Debug)]
pub struct Account {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
    /// The configuration in force.
    pub config: Arc<AccountConfig>,
    leases: BTreeMap<RegionId, SimTime>,
    revoked: BTreeSet<RegionId>,
    waiting: Vec<Decision>,
    switch: Option<Switch>,
    /// Planned switches begun so far.
    switches: u32,
    restoring: Option<Restoring>,
    pending_quorum: BTreeMap<(PartitionId, RegionId), bool>,
}

type Cx<'a, 'b> = &'a mut Ctx<'b, CosmosDb>;

/// The clocks of regions may run apart by this much (parts per million) before a lease is unsafe.
const DRIFT_PPM: u64 = 200;

impl Account {
    /// The store of a fresh account.
    pub fn new(settings: Arc<Settings>, directory: Arc<Directory>) -> Account {
        let config = Arc::new(AccountConfig::initial(&settings));
        Account {
            settings,
            directory,
            config,
            leases: BTreeMap::new(),
            revoked: BTreeSet::new(),
            waiting: Vec::new(),
            switch: None,
            switches: 0,
            restoring: None,
            pending_quorum: BTreeMap::new(),
        }
    }

    /// Tells discovery what there is.
    pub fn on_start(&mut self, cx: Cx) {
        cx.send(self.directory.discovery, Msg::Topology(self.config.clone()));
    }

    /// Requests of managers, leaders and the controller.
    pub fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        match msg {
            Msg::RegionAlive { region, version, synced, .. } => {
                self.on_alive(region, version, synced.len(), cx)
            }
            Msg::Decide(decision) => self.decide(decision, cx),
            Msg::QuorumChange { partition, region, out } => {
                self.on_quorum_request(partition, region, out, cx)
            }
            Msg::Joined { partition, region } => self.on_joined(partition, region, cx),
            Msg::Backups(there) => self.on_backups(there, cx),
            Msg::Restored(partition) => self.on_restored(partition, cx),
            Msg::Drained { partition, switch } => self.on_drained(partition, switch, cx),
            Msg::Discover => cx.send(from, Msg::Topology(self.config.clone())),
            _ => {}
        }
    }

    /// Leases that ran out, decisions that are due.
    pub fn on_timer(&mut self, timer: Timer, cx: Cx) {
        match timer {
            Timer::LeaseWait => {
                for decision in std::mem::take(&mut self.waiting) {
                    self.decide(decision, cx);
                }
            }
            Timer::SwitchTimeout => self.abort_switch("the target region did not catch up in time", cx),
            Timer::QuorumDecision(p, region) => {
                let out = self.pending_quorum.get(&(p, region)).copied().unwrap_or(false);
                if out {
                    let what = format!("take {} out of the quorum", self.settings.region_name(region));
                    cx.change(Change::Decided { what, partition: Some(p) });
                    self.decide(Decision::Quorum(p, region, true), cx);
                }
                self.pending_quorum.remove(&(p, region));
            }
            Timer::RestoreDone => self.restore(cx),
            _ => {}
        }
    }

    fn on_alive(&mut self, region: RegionId, version: u64, synced: usize, cx: Cx) {
        let state = self.config.regions.get(&region).copied();
        let informed = version >= self.config.told_to_sync(region);
        let complete = informed && synced == self.directory.partitions.len();
        let restoring = self.restoring.as_ref().is_some_and(|r| r.begun && r.region == region);
        if state == Some(RegionState::Syncing) && complete && !restoring {
            self.bring_online(region, cx);
        }
        let lease = self.lease_for(region, cx.monotonic());
        if let Some(manager) = self.directory.managers.get(&region) {
            cx.send(*manager, Msg::Account { config: self.config.clone(), lease });
        }
    }

    /// COS-13: the region has caught up. At strong it first joins the quorum, and serves when it has what was committed
    /// until the writers knew of that.
    fn bring_online(&mut self, region: RegionId, cx: Cx) {
        if self.settings.level != Level::Strong {
            return self.change(cx, |c| {
                c.regions.insert(region, RegionState::Online);
                c.partitions.iter_mut().for_each(|p| {
                    p.quorum.insert(region);
                });
            });
        }
        if self.config.partitions.iter().any(|p| !p.quorum.contains(&region)) {
            self.change(cx, |c| {
                for p in &mut c.partitions {
                    if p.quorum.insert(region) {
                        p.joining.insert(region);
                    }
                }
            });
        }
    }

    /// A writer has seen the region in the quorum, and since then the region caught up with what was there before.
    fn on_joined(&mut self, p: PartitionId, region: RegionId, cx: Cx) {
        if !self.config.partition(p).joining.contains(&region) {
            return;
        }
        self.change(cx, |c| {
            c.partitions[p.0 as usize].joining.remove(&region);
            let complete = c.partitions.iter().all(|p| p.full_member(region));
            if complete && c.regions.get(&region) == Some(&RegionState::Syncing) {
                c.regions.insert(region, RegionState::Online);
            }
        });
    }

    fn lease_for(&mut self, region: RegionId, now: SimTime) -> Span {
        let lease = self.settings.laws.lease;
        if !self.settings.leased() || !self.config.online(region) || self.revoked.contains(&region) {
            return Span::ZERO;
        }
        let guard = Span(lease.0 / 1_000_000 * DRIFT_PPM * 2);
        self.leases.insert(region, now + lease + guard);
        lease
    }

    /// Whether `region` may still believe in a lease; if so the decision waits for it and no new one is given.
    fn leased_until(&mut self, region: RegionId, cx: Cx) -> Option<SimTime> {
        if !self.settings.leased() {
            return None;
        }
        self.revoked.insert(region);
        self.leases.get(&region).copied().filter(|until| *until > cx.monotonic())
    }

    fn wait_for(&mut self, until: SimTime, decision: Decision, cx: Cx) {
        self.waiting.push(decision);
        cx.set_timer(Timer::LeaseWait, until.since(cx.monotonic()) + Span::millis(1));
    }

    fn decide(&mut self, decision: Decision, cx: Cx) {
        match decision.clone() {
            Decision::FailOver { from, to, .. } => self.fail_over(decision, (from, to), cx),
            Decision::Switch { to, partitions } => self.begin_switch(decision, to, &partitions, cx),
            Decision::Offline(region) => self.take_offline(decision, region, cx),
            Decision::Add(region) => match self.config.regions.get(&region) {
                None => self.bring_in(region, cx),
                Some(_) => self.done(decision, cx),
            },
            Decision::Return(region) => match self.config.regions.get(&region) {
                Some(RegionState::Offline) => self.bring_in(region, cx),
                _ => self.done(decision, cx),
            },
            Decision::Remove(region) => {
                self.change(cx, |c| {
                    c.regions.remove(&region);
                    c.begin_anew(region);
                    c.partitions.iter_mut().for_each(|p| p.leave(region));
                });
                self.done(decision, cx);
            }
            Decision::Quorum(p, region, true) => match self.leased_until(region, cx) {
                Some(until) => self.wait_for(until, decision, cx),
                None => self.set_quorum(p, region, false, cx),
            },
            Decision::Quorum(p, region, false) => self.set_quorum(p, region, true, cx),
            Decision::Throughput(region, units) => {
                self.change(cx, |c| {
                    c.units
                        .iter_mut()
                        .filter(|(r, _)| region.is_none_or(|x| x == **r))
                        .for_each(|(_, u)| *u = units)
                });
                self.done(decision, cx);
            }
            Decision::Restore(region) => {
                self.restoring = Some(Restoring { region, begun: false, done: BTreeSet::new() });
                cx.send(self.directory.vault, Msg::AnyBackup);
            }
        }
    }

    fn done(&mut self, decision: Decision, cx: Cx) {
        cx.send(self.directory.controller, Msg::Decided(decision, Ok(())));
    }

    /// Changes the configuration, reports what is different, and tells every manager and discovery.
    fn change(&mut self, cx: Cx, how: impl FnOnce(&mut AccountConfig)) {
        let mut config = (*self.config).clone();
        how(&mut config);
        config.version += 1;
        let before = std::mem::replace(&mut self.config, Arc::new(config));
        self.report(&before, cx);
        let (config, waiting) = (&self.config, &self.waiting);
        let awaited = |r: &RegionId| waiting.iter().any(|d| d.takes_from(*r));
        self.revoked.retain(|r| config.regions.contains_key(r) && (!config.online(*r) || awaited(r)));
        for (region, manager) in &self.directory.managers {
            if self.config.regions.contains_key(region) {
                cx.send(*manager, Msg::Account { config: self.config.clone(), lease: Span::ZERO });
            }
        }
        let syncing = self.config.regions.values().any(|s| *s == RegionState::Syncing);
        cx.busy(syncing || self.switch.is_some());
        cx.send(self.directory.discovery, Msg::Topology(self.config.clone()));
        cx.send(self.directory.controller, Msg::Topology(self.config.clone()));
    }

    fn report(&self, before: &AccountConfig, cx: Cx) {
        for (region, state) in &self.config.regions {
            match (before.regions.get(region), state) {
                (old, new) if old == Some(new) => {}
                (_, RegionState::Online) => cx.change(Change::Online { region: *region }),
                (_, RegionState::Offline) => cx.change(Change::Offline { region: *region }),
                (_, RegionState::Syncing) => {}
            }
        }
        if self.settings.level != Level::Strong {
            return;
        }
        for p in &self.directory.partitions {
            let quorum = &self.config.partition(*p).quorum;
            if *quorum != before.partition(*p).quorum {
                cx.change(Change::Quorum { partition: *p, regions: quorum.iter().copied().collect() });
            }
        }
    }

    /// COS-9: what the lost region wrote goes to the new one, once its lease has run out. Partitions that it does not
    /// write any more are left alone: a decision that was taken twice is carried out once.
    fn fail_over(&mut self, decision: Decision, (from, to): (RegionId, RegionId), cx: Cx) {
        let Decision::FailOver { partitions, lost, .. } = &decision else { return };
        let lost = *lost;
        let written = |p: &&PartitionId| from != to && self.config.partition(**p).writer == from;
        let partitions: Vec<PartitionId> = partitions.iter().filter(written).copied().collect();
        if self.waiting.contains(&decision) {
            return;
        }
        if partitions.is_empty() {
            return self.done(decision, cx);
        }
        if let Some(until) = self.leased_until(from, cx) {
            return self.wait_for(until, decision, cx);
        }
        let switched = |s: &Switch| partitions.iter().any(|p| s.partitions.contains(p));
        if self.switch.as_ref().is_some_and(switched) {
            self.abort_switch("the write region was lost meanwhile", cx);
        }
        self.change(cx, |c| {
            for p in partitions {
                let partition = &mut c.partitions[p.0 as usize];
                partition.writer = to;
                partition.epoch += 1;
                partition.begun = Begun::Failover;
                partition.leave(from);
                partition.quorum.insert(to);
                partition.joining.remove(&to);
            }
            if lost && c.partitions.iter().all(|p| p.writer != from) {
                c.regions.insert(from, RegionState::Offline);
            }
            // What it said of its logs when it wrote does not count any more.
            c.syncing_since.insert(from, c.version + 1);
        });
        self.done(decision, cx);
    }

    fn take_offline(&mut self, decision: Decision, region: RegionId, cx: Cx) {
        if self.waiting.contains(&decision) {
            return;
        }
        if matches!(self.config.regions.get(&region), None | Some(RegionState::Offline)) {
            return self.done(decision, cx);
        }
        if let Some(until) = self.leased_until(region, cx) {
            return self.wait_for(until, decision, cx);
        }
        self.change(cx, |c| {
            c.regions.insert(region, RegionState::Offline);
            c.partitions.iter_mut().for_each(|p| p.leave(region));
        });
        self.done(decision, cx);
    }

    fn bring_in(&mut self, region: RegionId, cx: Cx) {
        let early = self.settings.without(Mutation::ServeBeforeSync)
            || self.settings.without(Mutation::ServeBeforeCopy);
        let state = if early { RegionState::Online } else { RegionState::Syncing };
        let units = self.settings.units_per_s;
        self.change(cx, |c| {
            c.regions.insert(region, state);
            c.syncing_since.insert(region, c.version + 1);
            c.units.entry(region).or_insert(units);
        });
    }

    fn set_quorum(&mut self, p: PartitionId, region: RegionId, inside: bool, cx: Cx) {
        self.change(cx, |c| {
            let partition = &mut c.partitions[p.0 as usize];
            if !inside {
                partition.leave(region);
            } else if partition.quorum.insert(region) {
                partition.joining.insert(region);
            }
        });
        self.revoked.remove(&region);
    }

    /// COS-5: how many regions may be out of the strong quorum depends on how many there are.
    fn on_quorum_request(&mut self, p: PartitionId, region: RegionId, out: bool, cx: Cx) {
        let inside = self.config.partition(p).quorum.contains(&region);
        if !out {
            self.pending_quorum.remove(&(p, region));
            cx.cancel_timer(Timer::QuorumDecision(p, region));
            if !inside && self.config.online(region) {
                self.set_quorum(p, region, true, cx);
            }
            return;
        }
        let members = self.config.regions.len();
        let gone = members - self.config.partition(p).quorum.len();
        let allowed = self.settings.failover.removable.get(&members).copied().unwrap_or(0);
        if !inside || gone >= allowed || self.pending_quorum.contains_key(&(p, region)) {
            return;
        }
        self.pending_quorum.insert((p, region), true);
        let after = self.settings.laws.quorum_decide.clone().span(cx.random("quorum"));
        cx.set_timer(Timer::QuorumDecision(p, region), after);
    }

    /// For how long it would go on as it does now: what it waits for has a timer, but a switch or a restore under way.
    pub fn steady(&self) -> Steady {
        Steady::when(self.switch.is_none() && self.restoring.is_none())
    }

    /// Regions that write now: the writer of each partition, or all write regions that are online.
    pub fn writers(&self) -> BTreeSet<RegionId> {
        if self.settings.multi() {
            return self.settings.writers.iter().copied().filter(|r| self.config.online(*r)).collect();
        }
        self.config.partitions.iter().map(|p| p.writer).collect()
    }
}
