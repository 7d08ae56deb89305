//! A replica: the protocol's core, with its disk, its documents and those who wait for it.

mod apply;
mod lead;
mod skip;
mod steady;

use super::Cx;
use super::disk::{DiskRecord, Stable};
use super::message::Msg;
use super::settings::{Directory, Settings};
use super::timer::Timer;
use crate::algorithm::log::Term;
use crate::algorithm::raft::{Core, Effect, Message, Mutation, Role};
use crate::base::ids::{ActionId, ActorId, PartitionId, RegionId};
use crate::base::time::SimTime;
use crate::engine::contract::Lsn;
use crate::engine::record::Change;
use crate::system::consensus::exchange::Ask;
use crate::system::consensus::store::{Command, Store};
use crate::system::pace::Pace;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

type Cmd = Arc<Command>;

/// What waits for the disk.
#[derive(Clone, Debug)]
enum Held {
    /// A message to a member.
    Say(ActorId, Box<Message<ActorId, Cmd>>),
    /// The core is told that its log is durable up to here.
    Stable(Term, u64),
}

/// One replica of one partition.
#[derive(Clone, Debug)]
pub struct Replica {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
    me: ActorId,
    partition: PartitionId,
    slot: usize,
    core: Core<ActorId, Cmd>,
    /// Documents as of `applied`.
    store: Store,
    applied: u64,
    /// It leads from the start.
    leads_first: bool,
    /// The start is over: what happens now is told.
    begun: bool,
    /// The last record handed to the disk, and the last durable one.
    handed: Lsn,
    durable: Lsn,
    held: VecDeque<(Lsn, Held)>,
    /// Writes that wait to be committed, by the index of their entry, and reads by their number.
    writes: BTreeMap<u64, (ActorId, Box<Ask>)>,
    reads: BTreeMap<u64, (ActorId, Box<Ask>)>,
    read_number: u64,
    /// When it last became a candidate after it had a leader, if it has none since.
    alarmed: Option<SimTime>,
    /// It said that its partition can be written.
    writable: bool,
    /// Members that images are on their way to.
    images: BTreeSet<ActorId>,
    /// It waits to give way to a preferred member.
    giving_way: bool,
    /// How fast it is written to, and what a jump left out.
    pace: Pace,
}

impl Replica {
    /// As deployed: replica number `slot` of a partition, which leads at the start or not.
    pub fn new(
        settings: Arc<Settings>,
        directory: Arc<Directory>,
        me: ActorId,
        (partition, slot, leads_first): (PartitionId, usize, bool),
    ) -> Replica {
        let core = Core::new(settings.raft.clone(), me, Stable::default(), None);
        Replica {
            settings,
            directory,
            me,
            partition,
            slot,
            core,
            store: Store::default(),
            applied: 0,
            leads_first,
            begun: false,
            handed: Lsn(0),
            durable: Lsn(0),
            held: VecDeque::new(),
            writes: BTreeMap::new(),
            reads: BTreeMap::new(),
            read_number: 0,
            alarmed: None,
            writable: leads_first,
            images: BTreeSet::new(),
            giving_way: false,
            pace: Pace::default(),
        }
    }

    /// The protocol's state.
    pub fn core(&self) -> &Core<ActorId, Cmd> {
        &self.core
    }

    /// Its partition.
    pub fn partition(&self) -> PartitionId {
        self.partition
    }

    /// Which of the partition's replicas it is.
    pub fn slot(&self) -> usize {
        self.slot
    }

    fn region(&self) -> RegionId {
        self.settings.slots[self.slot].region
    }

    fn without(&self, mutation: Mutation) -> bool {
        self.settings.without(mutation)
    }

    pub(super) fn on_start(&mut self, cx: Cx) {
        self.load(None, cx);
        if !self.leads_first {
            self.begun = true;
            self.core.begin();
            return self.carry_out(cx);
        }
        self.core.begin_as_leader(cx.monotonic());
        self.carry_out(cx);
        self.begun = true;
        // It has led for a while: its heartbeats are in no step with those of others.
        let phase = cx.random("phase").uniform();
        cx.set_timer(Timer::Heartbeat, self.settings.raft.heartbeat.scale(phase));
    }

    pub(super) fn on_restart(&mut self, cx: Cx) {
        if cx.disk().stable.mute && cx.disk().stable.log.last() == 0 {
            let store = Store::new(self.partition, self.settings.registers);
            let witness = self.settings.slots[self.slot].kind == super::config::Kind::Witness;
            self.handed = cx.persist(DiskRecord::Format(Box::new(store), witness));
        }
        self.load(Some(cx.monotonic()), cx);
        (self.begun, self.writable) = (true, false);
        self.core.begin();
        self.carry_out(cx);
    }

    fn load(&mut self, restarts: Option<SimTime>, cx: Cx) {
        let disk = cx.disk();
        self.core = Core::new(self.settings.raft.clone(), self.me, disk.stable.clone(), restarts);
        self.applied = disk.stable.log.base();
        self.store = match self.applied {
            0 => Store::new(self.partition, self.settings.registers),
            _ => disk.store.clone(),
        };
    }

    pub(super) fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        let now = cx.monotonic();
        match msg {
            Msg::Ask(ask) => self.on_ask(from, ask, cx),
            Msg::Raft(message) => {
                self.core.on_message(from, *message, now);
                self.carry_out(cx);
                self.note_image(from, cx);
            }
            Msg::Image(head, store, _) => {
                if self.core.on_image(from, &head, now) {
                    self.carry_out(cx);
                    self.install(from, *head, store, cx);
                }
            }
            Msg::Order(action, order) => self.on_order(from, action, &order, cx),
            Msg::Reply(_) | Msg::Ordered(..) => {}
        }
        self.carry_out(cx);
    }

    pub(super) fn on_timer(&mut self, timer: Timer, cx: Cx) {
        let now = cx.monotonic();
        match timer {
            Timer::Election => self.core.time_out(now),
            Timer::Heartbeat => {
                self.make_up(cx);
                self.core.beat(now);
                self.carry_out(cx);
                self.consider_giving_way(cx);
            }
            Timer::Image(to) => self.send_image(to, cx),
            Timer::ImageLost(to) => {
                self.images.remove(&to);
                self.core.image_lost(to);
            }
            Timer::Prefer => self.give_way(cx),
            Timer::Attempt(_) | Timer::Backoff(_) | Timer::Order(..) => {}
        }
        self.carry_out(cx);
    }

    pub(super) fn on_durable(&mut self, upto: Lsn, cx: Cx) {
        self.durable = self.durable.max(upto);
        while self.held.front().is_some_and(|(lsn, _)| *lsn <= self.durable) {
            match self.held.pop_front() {
                Some((_, Held::Say(to, message))) => cx.send(to, Msg::Raft(message)),
                Some((_, Held::Stable(term, index))) => self.core.stable(term, index, cx.monotonic()),
                None => {}
            }
        }
        self.carry_out(cx);
    }

    /// Carries out what the core asks for, in order.
    fn carry_out(&mut self, cx: Cx) {
        loop {
            let effects = self.core.take();
            if effects.is_empty() {
                break;
            }
            for effect in effects {
                self.effect(effect, cx);
            }
        }
        if self.core.leader().is_some() {
            self.alarmed = None;
        }
    }

    fn effect(&mut self, effect: Effect<ActorId, Cmd>, cx: Cx) {
        match effect {
            Effect::Persist(record) => self.handed = cx.persist(DiskRecord::Raft(record)),
            Effect::Send(to, message) => cx.send(to, Msg::Raft(Box::new(message))),
            Effect::Promise(to, message) if self.handed <= self.durable => {
                cx.send(to, Msg::Raft(Box::new(message)));
            }
            Effect::Promise(to, message) => {
                self.held.push_back((self.handed, Held::Say(to, Box::new(message))));
            }
            Effect::Stable(term, index) => {
                self.held.push_back((self.handed, Held::Stable(term, index)));
            }
            Effect::WaitForLeader => {
                let after = self.settings.election_timeout.span(cx.random("timeout"));
                cx.set_timer(Timer::Election, after);
            }
            Effect::Lead => {
                cx.cancel_timer(Timer::Election);
                cx.set_timer(Timer::Heartbeat, self.settings.raft.heartbeat);
            }
            Effect::StepDown => self.step_down(cx),
            Effect::Became(role) => self.became(role, cx),
            Effect::Committed => self.apply(cx),
            Effect::SendImage(to) => self.begin_image(to, cx),
            Effect::ReadAt(read, _) => self.answer_read(read, cx),
            Effect::Changed => {
                let what = format!("members of partition {} changed", self.partition.0);
                cx.change(Change::Milestone { what, partition: Some(self.partition) });
            }
        }
    }

    fn became(&mut self, role: Role, cx: Cx) {
        let (partition, region) = (self.partition, self.region());
        match role {
            // One that its leader asked to stand asks nobody whether it could win.
            Role::Candidate if self.settings.raft.pre_vote => {}
            Role::PreCandidate | Role::Candidate if self.alarmed.is_none() => {
                self.alarmed = Some(cx.monotonic());
                let what = format!(
                    "replica {} of partition {} in {} hears from no leader",
                    self.slot,
                    partition.0,
                    self.settings.region_name(region)
                );
                cx.change(Change::Detected { what, partition: Some(partition) });
            }
            Role::Leader if self.begun => cx.change(Change::Elected { partition, region, leader: self.me }),
            _ => {}
        }
    }

    fn reply_ordered(&self, to: ActorId, action: ActionId, why: Option<&'static str>, cx: Cx) {
        cx.send(to, Msg::Ordered(action, self.partition, why));
    }
}
