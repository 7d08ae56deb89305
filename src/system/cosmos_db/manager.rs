//! A region's manager: the replicated service that elects leaders, replaces replicas, answers address look-ups and passes
//! on the account's configuration and leases (COS-3, COS-14).
//!
//! It reconfigures a replica set the way of vertical Paxos (Lamport, Malkhi and Zhou, PODC 2009): promises of a read
//! quorum of the old configuration fence it off, the member with the longest log brings the others up to it, and only
//! then is the new configuration written down.

mod reconfigure;

use crate::algorithm::detector::Heartbeats;
use crate::algorithm::election::{Ballot, Election};
use crate::algorithm::lease::Holder;
use crate::algorithm::quorum::{majority, read_quorum};
use crate::base::ids::{ActorId, PartitionId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::engine::contract::{Ctx, Lsn, Steady};
use crate::engine::record::Change;
use crate::system::cosmos_db::CosmosDb;
use crate::system::cosmos_db::account::AccountConfig;
use crate::system::cosmos_db::disk::SetConfig;
use crate::system::cosmos_db::message::Msg;
use crate::system::cosmos_db::mutation::Mutation;
use crate::system::cosmos_db::settings::{Directory, Settings};
use crate::system::cosmos_db::timer::Timer;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

type Cx<'a, 'b> = &'a mut Ctx<'b, CosmosDb>;

/// Promises beyond the quorum are waited for this long.
const GRACE: Span = Span::millis(500);
/// A reconfiguration that has not finished by then begins again.
const RETRY: Span = Span::secs(10);

/// The manager of one region.
#[derive(Clone, Debug)]
pub struct Manager {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
    region: RegionId,
    sets: BTreeMap<PartitionId, Set>,
    detector: Heartbeats<ActorId>,
    partition_of: BTreeMap<ActorId, PartitionId>,
    config: Arc<AccountConfig>,
    lease: Lease,
    /// The configuration was heard of since the process started.
    informed: bool,
    writing: VecDeque<(Lsn, PartitionId)>,
}

/// The right of this region to serve strong and bounded reads.
#[derive(Clone, Debug, Default)]
struct Lease {
    holder: Holder,
    asked: SimTime,
}

#[derive(Clone, Debug)]
struct Set {
    stable: SetConfig,
    attempt: Option<Attempt>,
    highest: Ballot,
    fresh: BTreeSet<ActorId>,
    synced: bool,
    building: Option<ActorId>,
    /// The leader fell silent or forgot its office since the last election.
    leader_lost: bool,
    suspected: BTreeSet<ActorId>,
    /// Too few members answer for any reconfiguration to end: it goes on when enough of them speak again.
    stranded: bool,
}

#[derive(Clone, Debug)]
struct Attempt {
    election: Election<ActorId>,
    joining: Option<ActorId>,
    members: Arc<[ActorId]>,
    leader: Option<ActorId>,
    configured: bool,
}

impl Manager {
    /// A manager that has just started.
    pub fn new(settings: Arc<Settings>, directory: Arc<Directory>, region: RegionId) -> Manager {
        let config = Arc::new(AccountConfig::initial(&settings));
        let detector = Heartbeats::new(settings.laws.lease);
        let mut partition_of = BTreeMap::new();
        for ((p, r), slots) in &directory.replicas {
            if *r == region {
                slots.iter().for_each(|s| {
                    partition_of.insert(*s, *p);
                });
            }
        }
        Manager {
            settings,
            directory,
            region,
            sets: BTreeMap::new(),
            detector,
            partition_of,
            config,
            lease: Lease::default(),
            informed: false,
            writing: VecDeque::new(),
        }
    }

    /// Time 0: all sets are configured and led.
    pub fn on_start(&mut self, cx: Cx) {
        self.recover(cx);
        self.informed = true;
        self.lease.asked = cx.monotonic();
        self.lease.holder.granted(cx.monotonic(), self.settings.laws.lease);
        let phase = Span(cx.random("phase").below(self.settings.laws.heartbeat.0));
        cx.set_timer(Timer::Heartbeat, phase);
    }

    /// After a restart every set is looked at anew.
    pub fn on_restart(&mut self, cx: Cx) {
        self.recover(cx);
        self.beat(cx);
        for (p, set) in &mut self.sets {
            set.leader_lost = true;
            let p = *p;
            cx.set_timer(Timer::Reconfigure(p), self.settings.laws.heartbeat);
        }
    }

    fn recover(&mut self, cx: Cx) {
        let now = cx.monotonic();
        for (p, stable) in &cx.disk().sets {
            for slot in self.directory.replicas.get(&(*p, self.region)).into_iter().flatten() {
                self.detector.watch(*slot, now);
            }
            let set = Set {
                stable: stable.clone(),
                attempt: None,
                highest: stable.ballot,
                fresh: BTreeSet::new(),
                synced: true,
                building: None,
                leader_lost: false,
                suspected: BTreeSet::new(),
                stranded: false,
            };
            self.sets.insert(*p, set);
        }
        cx.set_timer(Timer::Watch, Span::secs(1));
    }

    fn beat(&mut self, cx: Cx) {
        cx.set_timer(Timer::Heartbeat, self.settings.laws.heartbeat);
        if !self.config.regions.contains_key(&self.region) && self.sets.values().all(|s| !s.synced) {
            return;
        }
        let now = cx.monotonic();
        let led = self.sets.iter().filter(|(_, s)| self.led(s, now)).map(|(p, _)| *p).collect();
        let synced = self.sets.iter().filter(|(_, s)| s.synced).map(|(p, _)| *p).collect();
        self.lease.asked = cx.monotonic();
        self.lease.holder.requested(cx.monotonic());
        let alive = Msg::RegionAlive { region: self.region, version: self.config.version, led, synced };
        cx.send(self.directory.account, alive.clone());
        if self.is_inhabited(now) {
            cx.send(self.directory.controller, alive);
        }
    }

    /// COS-9, COS-13: whether any replica of the account answers here. A region without one is as good as lost to the
    /// account, though its own services may run on in other zones: in the zone outage of 30 August 2023 accounts that had
    /// all replicas in the zone were failed over to other regions (Azure post-incident review of Australia East).
    fn is_inhabited(&self, now: SimTime) -> bool {
        self.sets.is_empty() || self.sets.values().any(|set| self.is_any_answering(set, now))
    }

    fn is_any_answering(&self, set: &Set, now: SimTime) -> bool {
        set.stable.members.iter().any(|member| self.answers(*member, now))
    }

    /// Whether a replica was heard within two heartbeats and a half.
    fn answers(&self, who: ActorId, now: SimTime) -> bool {
        let silence = Span(self.settings.laws.heartbeat.0 * 5 / 2);
        self.detector.last(who).is_some_and(|at| now.since(at) <= silence)
    }

    /// Whether the set has a leader, and enough members answer for it to commit: one that was silent for longer than two
    /// heartbeats and a half does not, though it is fenced only when its lease is over.
    fn led(&self, set: &Set, now: SimTime) -> bool {
        let answering = set.stable.members.iter().filter(|m| self.answers(**m, now)).count();
        set.attempt.is_none()
            && self.answers(set.stable.leader, now)
            && answering >= majority(set.stable.members.len())
    }

    /// Replicas, the account and clients speak.
    pub fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        match msg {
            Msg::Alive { partition, ballot, fresh, synced, version } => {
                let synced = synced && version >= self.config.told_to_sync(self.region);
                self.on_alive(from, partition, ballot, (fresh, synced), cx)
            }
            Msg::Promise { ballot, term, last } => self.on_promise(from, ballot, term, last, cx),
            Msg::Activated { ballot } => self.on_activated(from, ballot, cx),
            Msg::Backup(image) => {
                if let Some(set) = self.sets.get(&image.partition) {
                    cx.send(set.stable.leader, Msg::Backup(image));
                }
            }
            Msg::Built { target } => self.on_built(target, cx),
            Msg::Account { config, lease } => self.on_account(config, lease, cx),
            Msg::Resolve { partition } => self.resolve(from, partition, cx),
            Msg::Handover { to, partitions, begin, switch } => {
                for set in partitions.iter().filter_map(|p| self.sets.get(p)) {
                    let partitions = partitions.clone();
                    cx.send(set.stable.leader, Msg::Handover { to, partitions, begin, switch });
                }
            }
            _ => {}
        }
    }

    /// Heartbeats, watches, reconfigurations that are due.
    pub fn on_timer(&mut self, timer: Timer, cx: Cx) {
        match timer {
            Timer::Heartbeat => self.beat(cx),
            Timer::Watch => self.watch(cx),
            Timer::Reconfigure(p) => self.reconfigure(p, None, cx),
            Timer::ReconfigureRetry(p) => self.retry(p, cx),
            Timer::PromiseGrace(p) => self.elect(p, cx),
            Timer::Rebuild(p) => self.rebuild(p, cx),
            _ => {}
        }
    }

    fn on_account(&mut self, config: Arc<AccountConfig>, lease: Span, cx: Cx) {
        if lease > Span::ZERO {
            self.lease.holder.granted(self.lease.asked, lease);
        }
        let first = !std::mem::replace(&mut self.informed, true);
        if config.version <= self.config.version && !first {
            return;
        }
        let told = self.config.told_to_sync(self.region);
        self.config = config;
        let anew = self.config.told_to_sync(self.region) > told;
        for (p, set) in &mut self.sets {
            let writes = self.config.partition(*p).writer == self.region;
            if anew && !writes {
                set.synced = false;
            }
            for member in set.stable.members.iter() {
                cx.send(*member, Msg::Region { config: self.config.clone(), lease: Span::ZERO });
            }
        }
    }

    /// What is left of the region's lease.
    fn lease_left(&self, cx: Cx) -> Span {
        self.lease.holder.until().map_or(Span::ZERO, |until| until.since(cx.monotonic()))
    }

    fn on_alive(
        &mut self,
        from: ActorId,
        p: PartitionId,
        ballot: Ballot,
        (fresh, synced): (bool, bool),
        cx: Cx,
    ) {
        self.detector.heard(from, cx.monotonic());
        let lease = self.lease_left(cx);
        if !self.informed {
            return;
        }
        cx.send(from, Msg::Region { config: self.config.clone(), lease });
        let Some(set) = self.sets.get_mut(&p) else { return };
        set.suspected.remove(&from);
        if from == set.stable.leader && set.attempt.is_none() {
            set.synced = synced || self.config.writes(&self.settings, p, self.region);
        }
        if set.attempt.is_some() {
            if set.stranded && enough_answer(&self.detector, set, cx.monotonic()) {
                set.stranded = false;
                cx.set_timer(Timer::ReconfigureRetry(p), Span::millis(1));
            }
            return;
        }
        let member = set.stable.members.contains(&from);
        set.leader_lost |= from == set.stable.leader && (fresh || ballot == Ballot(0));
        if member && ballot == Ballot(0) {
            // Its disk is blank: it must not vote with what it no longer has. The set goes on without it.
            if set.suspected.insert(from) {
                cx.set_timer(Timer::Reconfigure(p), Span::millis(1));
            }
        } else if member && fresh && from == set.stable.leader {
            // The leader forgot everything but its log: the set needs a leader again.
            cx.set_timer(Timer::Reconfigure(p), Span::millis(1));
        } else if (member && fresh) || ballot < set.stable.ballot {
            // A replica that the set went on without must know, or it would go on as it was.
            let SetConfig { ballot, members, leader } = set.stable.clone();
            cx.send(from, Msg::Configure { ballot, members, leader });
        } else if !member && set.stable.members.len() < self.settings.replicas && set.building.is_none() {
            let was_member = set.fresh.contains(&from);
            if was_member && !self.settings.without(Mutation::NeverRebuild) {
                set.building = Some(from);
                cx.send(set.stable.leader, Msg::Build { target: from });
            }
        }
    }

    /// COS-3, COS-14: silent members are fenced off and the set goes on without them.
    fn watch(&mut self, cx: Cx) {
        cx.set_timer(Timer::Watch, Span::secs(1));
        let now = cx.monotonic();
        let silent: Vec<ActorId> = self.detector.suspects(now).collect();
        for member in silent {
            let Some(p) = self.partition_of.get(&member).copied() else { continue };
            let Some(set) = self.sets.get_mut(&p) else { continue };
            if !set.stable.members.contains(&member) || !set.suspected.insert(member) {
                continue;
            }
            set.leader_lost |= member == set.stable.leader;
            let what = format!("{} is silent", self.replica_name(member, p));
            cx.change(Change::Detected { what, partition: Some(p) });
            if !self.settings.without(Mutation::NeverReconfigure) {
                let fence = self.settings.laws.fencing.span(cx.random("fencing"));
                let settle = self.settings.laws.reconfiguration.span(cx.random("reconfiguration"));
                cx.set_timer(Timer::Reconfigure(p), fence + settle);
            }
        }
    }

    fn replica_name(&self, replica: ActorId, p: PartitionId) -> String {
        let slots = self.directory.replicas.get(&(p, self.region));
        let slot = slots.and_then(|s| s.iter().position(|s| *s == replica)).unwrap_or_default();
        format!("replica {slot} of partition {} in {}", p.0, self.settings.region_name(self.region))
    }

    /// Address look-up of clients and shippers. No members: none of them answers.
    fn resolve(&self, from: ActorId, partition: PartitionId, cx: Cx) {
        let Some(set) = self.sets.get(&partition) else { return };
        let leader = set.attempt.is_none().then_some(set.stable.leader);
        let served = self.is_any_answering(set, cx.monotonic());
        let members = if served { set.stable.members.clone() } else { Arc::from([]) };
        cx.send(from, Msg::Resolved { region: self.region, partition, leader, members });
    }

    /// The read quorum that goes with the members of a set.
    pub fn read_quorum_of(members: usize) -> usize {
        read_quorum(members, majority(members))
    }

    /// For how long it would go on as it does now: what it waits for has a timer, but a reconfiguration under way, unless
    /// too few members answer for it to end.
    pub fn steady(&self) -> Steady {
        let even = |set: &Set| set.building.is_none() && (set.attempt.is_none() || set.stranded);
        Steady::when(self.sets.values().all(even))
    }

    /// Its region.
    pub fn region(&self) -> RegionId {
        self.region
    }
}

/// Whether as many members of the stable configuration answer as must promise to follow a new one.
fn enough_answer(detector: &Heartbeats<ActorId>, set: &Set, now: SimTime) -> bool {
    let members = &set.stable.members;
    let answering = members.iter().filter(|m| !detector.is_suspect(**m, now)).count();
    answering >= read_quorum(members.len(), majority(members.len()))
}
