//! The control plane: notices that a region is gone, decides, and carries out operators' commands
//! (COS-9 to COS-13, COS-15, COS-17, COS-19).

mod commands;
mod failback;
mod partitions;
mod steady;
mod target;

use crate::base::ids::{ActionId, PartitionId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::engine::contract::Ctx;
use crate::engine::record::{Answer, Change};
use crate::system::cosmos_db::CosmosDb;
use crate::system::cosmos_db::account::{AccountConfig, RegionState};
use crate::system::cosmos_db::message::{Decision, Msg};
use crate::system::cosmos_db::mutation::Mutation;
use crate::system::cosmos_db::settings::{Directory, Settings};
use crate::system::cosmos_db::timer::Timer;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use partitions::Watched;

type Cx<'a, 'b> = &'a mut Ctx<'b, CosmosDb>;

/// A decision that nothing came of is taken again after this long.
const AGAIN: Span = Span::mins(2);
/// After a switch back that failed, the next one waits this long.
const BACK_AGAIN: Span = Span::mins(5);
/// While nobody can take over, it is looked at again this often.
const LOOK_AGAIN: Span = Span::secs(30);
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
    /// Their silence has been reported: it is said once, however often it is looked at again.
    silent: BTreeSet<RegionId>,
    deciding: BTreeSet<RegionId>,
    /// A decision about the region is being carried out: it may have to wait for a lease.
    decided: BTreeMap<RegionId, SimTime>,
    /// COS-9, edition 2026: partitions that fail over each on its own.
    watched: BTreeMap<PartitionId, Watched>,
    /// After a switch back that failed: not before this.
    back_after: SimTime,
    held_offline: BTreeSet<RegionId>,
    asked: Vec<(Asker, Decision)>,
    switch_due: Option<(Asker, RegionId)>,
    /// The customer's switch back has a timer.
    failing_back: bool,
    home: RegionId,
}

/// The action to answer; none, if a rule of the account asks.
type Asker = Option<ActionId>;

#[derive(Clone, Debug, Default)]
struct Heard {
    at: SimTime,
    led: Arc<[PartitionId]>,
    synced: Arc<[PartitionId]>,
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
            silent: BTreeSet::new(),
            deciding: BTreeSet::new(),
            decided: BTreeMap::new(),
            watched: BTreeMap::new(),
            back_after: SimTime::ZERO,
            held_offline: BTreeSet::new(),
            asked: Vec::new(),
            switch_due: None,
            failing_back: false,
        }
    }

    /// Begins to watch; after an outage of its own it first gives every region time to speak.
    pub fn on_start(&mut self, cx: Cx) {
        let now = cx.monotonic();
        // What was about to be decided before an outage is looked at anew.
        self.patience.clear();
        self.silent.clear();
        self.deciding.clear();
        self.decided.clear();
        self.watched.clear();
        self.asked.retain(|(asker, _)| asker.is_some());
        let all: Arc<[PartitionId]> = Arc::from(self.all_partitions());
        for region in self.settings.regions.clone() {
            self.heard.insert(region, Heard { at: now, led: all.clone(), synced: all.clone() });
        }
        cx.send(self.directory.account, Msg::Discover);
        cx.set_timer(Timer::Watch, Span::secs(1));
    }

    /// Heartbeats and answers.
    pub fn on_message(&mut self, msg: Msg, cx: Cx) {
        match msg {
            Msg::RegionAlive { region, led, synced, .. } => self.on_alive(region, (led, synced), cx),
            Msg::Topology(config) if config.version >= self.config.version => self.on_config(config, cx),
            Msg::Decided(decision, result) => self.on_decided(decision, result, cx),
            _ => {}
        }
    }

    fn on_alive(
        &mut self,
        region: RegionId,
        (led, synced): (Arc<[PartitionId]>, Arc<[PartitionId]>),
        cx: Cx,
    ) {
        self.partitions_alive(region, &led, cx);
        // COS-13: what has no replica left of some partition cannot catch up.
        let whole = led.len() == self.directory.partitions.len();
        self.heard.insert(region, Heard { at: cx.monotonic(), led, synced });
        self.patience.remove(&region);
        self.silent.remove(&region);
        self.decided.remove(&region);
        if self.deciding.remove(&region) {
            cx.cancel_timer(Timer::Decide(region));
        }
        if self.config.regions.get(&region) == Some(&RegionState::Offline)
            && !self.held_offline.contains(&region)
            && whole
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
            Timer::DecidePartition(p) => self.decide_partition(p, cx),
            Timer::Again => self.check_switch(cx),
            Timer::FailBack => self.switch_back(cx),
            _ => {}
        }
    }

    fn writes_somewhere(&self, region: RegionId) -> bool {
        self.config.partitions.iter().any(|p| p.writer == region)
    }

    fn watch(&mut self, cx: Cx) {
        cx.set_timer(Timer::Watch, Span::secs(1));
        self.watch_partitions(cx);
        self.plan_switch_back(cx);
        let now = cx.monotonic();
        for region in self.config.regions.keys().copied().collect::<Vec<_>>() {
            if self.deciding.contains(&region)
                || self.decided.get(&region).is_some_and(|at| now.since(*at) < AGAIN)
                || self.config.regions.get(&region) == Some(&RegionState::Offline)
            {
                continue;
            }
            let Some(heard) = self.heard.get(&region).map(|h| h.at) else { continue };
            let writer = self.writes_somewhere(region);
            if writer && self.by_partition() {
                continue;
            }
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
            if now.since(heard) < patience {
                continue;
            }
            if self.silent.insert(region) {
                let what = format!("{} is silent", self.settings.region_name(region));
                cx.change(Change::Detected { what, partition: None });
            }
            let law =
                if writer { &self.settings.failover.decide } else { &self.settings.failover.offline_decide };
            let after = law.span(cx.random("decide"));
            self.deciding.insert(region);
            cx.set_timer(Timer::Decide(region), after);
        }
    }

    fn may_fail_over(&self) -> bool {
        self.service_managed
            || self.settings.multi()
            || self.settings.without(Mutation::FailOverAlthoughOff)
            || self.settings.without(Mutation::IgnoreFailoverToggle) && self.settings.service_managed
    }

    /// COS-9, COS-10, COS-13: the decision about a region that has stayed silent.
    fn decide(&mut self, region: RegionId, cx: Cx) {
        if !self.may_fail_over() {
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
            self.decided.insert(region, cx.monotonic());
            return cx.send(self.directory.account, Msg::Decide(Decision::Offline(region)));
        }
        match self.target(region, &lost, cx.monotonic()) {
            Some(to) => {
                let what = format!("fail over to {}", self.settings.region_name(to));
                cx.change(Change::Decided { what, partition: None });
                self.decided.insert(region, cx.monotonic());
                self.fail_over(&lost, (region, to), cx);
            }
            None => {
                // COS-9: nobody qualifies; writes stop. Look again when something changes.
                self.patience.insert(region, LOOK_AGAIN + cx.monotonic().since(self.last(region)));
            }
        }
    }

    fn last(&self, region: RegionId) -> SimTime {
        self.heard.get(&region).map_or(SimTime::ZERO, |h| h.at)
    }

    fn all_partitions(&self) -> Vec<PartitionId> {
        self.directory.partitions.clone()
    }

    /// Takes the partitions away from whichever region writes them.
    fn take_over(&mut self, to: RegionId, cx: Cx) {
        let writers: BTreeSet<RegionId> = self.config.partitions.iter().map(|p| p.writer).collect();
        for from in writers.into_iter().filter(|from| *from != to) {
            self.fail_over(&self.all_partitions(), (from, to), cx);
        }
    }

    fn fail_over(&mut self, partitions: &[PartitionId], (from, to): (RegionId, RegionId), cx: Cx) {
        let decision = Decision::FailOver { partitions: Arc::from(partitions), from, to, lost: true };
        cx.send(self.directory.account, Msg::Decide(decision));
    }

    /// Hands a command to the account. It is answered when it is carried out: a region that is added or comes back has
    /// its data by then, and serves.
    fn ask(&mut self, asker: Asker, decision: Decision, cx: Cx) {
        self.asked.push((asker, decision.clone()));
        cx.send(self.directory.account, Msg::Decide(decision));
    }

    /// COS-15: the region of a command serves now, or was removed before it did.
    fn on_config(&mut self, config: Arc<AccountConfig>, cx: Cx) {
        let before = std::mem::replace(&mut self.config, config);
        self.partitions_moved(&before, cx);
        let config = &self.config;
        self.asked.retain(|(asker, decision)| {
            let (Decision::Add(region) | Decision::Return(region)) = decision else { return true };
            match config.regions.get(region) {
                Some(RegionState::Online) => answer(*asker, Answer::Done, cx),
                None if before.regions.contains_key(region) => {
                    refuse(*asker, "the region was removed before it served", cx)
                }
                _ => return true,
            }
            false
        });
    }

    /// A decision was carried out, or could not be: whoever asked for it is answered.
    fn on_decided(&mut self, decision: Decision, result: Result<(), String>, cx: Cx) {
        if matches!(&decision, Decision::Switch { .. }) && result.is_err() {
            self.back_after = cx.monotonic() + BACK_AGAIN;
        }
        let given = match result {
            Ok(()) => Answer::Done,
            Err(why) => Answer::Refused(why),
        };
        self.asked.retain(|(asker, asked)| {
            let same = *asked == decision;
            if same {
                answer(*asker, given.clone(), cx);
            }
            !same
        });
    }
}

fn answer(asker: Asker, answer: Answer, cx: Cx) {
    if let Some(id) = asker {
        cx.answer(id, answer);
    }
}

fn refuse(asker: Asker, why: &str, cx: Cx) {
    answer(asker, Answer::Refused(why.to_string()), cx);
}
