//! A replica: the protocol's core, with its disk, its documents and those who wait for it.

mod serve;

use super::Cx;
use super::disk::{DiskRecord, Stable};
use super::message::Msg;
use super::settings::{Directory, Settings};
use super::timer::Timer;
use crate::algorithm::paxos::{Ballot, Core, Effect, Id, Message, Mutation, Role};
use crate::base::ids::{ActorId, PartitionId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::engine::contract::{Lsn, Steady};
use crate::engine::record::Change;
use crate::system::consensus::exchange::Ask;
use crate::system::consensus::store::{Command, Store};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

type Cmd = Arc<Command>;

/// An image that has not arrived this long after twice the time it takes to be read was lost.
const IMAGE_PATIENCE: Span = Span::secs(5);

/// What waits for the disk.
#[derive(Clone, Debug)]
enum Held {
    /// A message to another replica.
    Say(ActorId, Box<Message<Cmd>>),
    /// The core is told that what it accepted is durable up to here.
    Stable(Ballot, u64),
}

/// One replica of one partition.
#[derive(Clone, Debug)]
pub struct Replica {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
    partition: PartitionId,
    slot: usize,
    core: Core<Cmd>,
    /// Documents as of `applied`.
    store: Store,
    applied: u64,
    /// The start is over: what happens now is told.
    begun: bool,
    /// The last record handed to the disk, and the last durable one.
    handed: Lsn,
    durable: Lsn,
    held: VecDeque<(Lsn, Held)>,
    /// Writes that wait for their slot to be chosen, and reads by their number.
    writes: BTreeMap<u64, (ActorId, Box<Ask>)>,
    reads: BTreeMap<u64, (ActorId, Box<Ask>)>,
    read_number: u64,
    /// It has stood since it last heard of a leader.
    alarmed: bool,
    /// It said that its partition can be written.
    writable: bool,
}

impl Replica {
    /// As deployed: number `slot` of a partition's replicas.
    pub fn new(
        settings: Arc<Settings>,
        directory: Arc<Directory>,
        (partition, slot): (PartitionId, usize),
    ) -> Replica {
        let core = Core::new(settings.paxos.clone(), slot as Id, Stable::default(), None);
        Replica {
            settings,
            directory,
            partition,
            slot,
            core,
            store: Store::default(),
            applied: 0,
            begun: false,
            handed: Lsn(0),
            durable: Lsn(0),
            held: VecDeque::new(),
            writes: BTreeMap::new(),
            reads: BTreeMap::new(),
            read_number: 0,
            alarmed: false,
            writable: slot == 0,
        }
    }

    /// The protocol's state.
    pub fn core(&self) -> &Core<Cmd> {
        &self.core
    }

    /// Its partition.
    pub fn partition(&self) -> PartitionId {
        self.partition
    }

    fn region(&self) -> RegionId {
        self.settings.sites[self.slot].region
    }

    fn without(&self, mutation: Mutation) -> bool {
        self.settings.paxos.without(mutation)
    }

    fn actor(&self, id: Id) -> Option<ActorId> {
        self.directory.replicas.get(&self.partition)?.get(id as usize).copied()
    }

    fn id(&self, actor: ActorId) -> Option<Id> {
        let replicas = self.directory.replicas.get(&self.partition)?;
        replicas.iter().position(|replica| *replica == actor).map(|index| index as Id)
    }

    pub(super) fn on_start(&mut self, cx: Cx) {
        self.load(None, cx);
        if self.slot > 0 {
            self.begun = true;
            self.core.begin();
            return self.carry_out(cx);
        }
        self.core.begin_as_leader(cx.monotonic());
        self.carry_out(cx);
        self.begun = true;
        // It has led for a while: its heartbeats are in no step with those of others.
        let phase = cx.random("phase").uniform();
        cx.set_timer(Timer::Heartbeat, self.settings.paxos.heartbeat.scale(phase));
    }

    pub(super) fn on_restart(&mut self, cx: Cx) {
        if cx.disk().stable.mute && cx.disk().stable.last() == 0 {
            let store = Store::new(self.partition, self.settings.registers);
            self.handed = cx.persist(DiskRecord::Format(Box::new(store)));
        }
        self.load(Some(cx.monotonic()), cx);
        (self.begun, self.writable) = (true, false);
        self.core.begin();
        self.carry_out(cx);
    }

    fn load(&mut self, restarts: Option<SimTime>, cx: Cx) {
        let disk = cx.disk();
        self.core = Core::new(self.settings.paxos.clone(), self.slot as Id, disk.stable.clone(), restarts);
        self.applied = disk.stable.base;
        self.store = match self.applied {
            0 => Store::new(self.partition, self.settings.registers),
            _ => disk.store.clone(),
        };
    }

    pub(super) fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        match msg {
            Msg::Ask(ask) => self.on_ask(from, ask, cx),
            Msg::Paxos(message) => {
                let Some(id) = self.id(from) else { return };
                let before = self.core.sends_image_to(id);
                self.core.on_message(id, *message, cx.monotonic());
                if before && !self.core.sends_image_to(id) {
                    cx.cancel_timer(Timer::ImageLost(from));
                }
            }
            Msg::Image(upto, store, _) => {
                if self.core.on_image(upto) {
                    self.carry_out(cx);
                    self.install(upto, &store, cx);
                }
            }
            Msg::Reply(_) => {}
        }
        self.carry_out(cx);
    }

    pub(super) fn on_timer(&mut self, timer: Timer, cx: Cx) {
        let now = cx.monotonic();
        match timer {
            Timer::Election => self.core.time_out(now),
            Timer::Heartbeat => self.core.beat(now),
            Timer::Image(to) => self.send_image(to, cx),
            Timer::ImageLost(to) => {
                if let Some(id) = self.id(to) {
                    self.core.image_lost(id);
                }
            }
            Timer::Attempt(_) | Timer::Backoff(_) => {}
        }
        self.carry_out(cx);
    }

    fn send_image(&mut self, to: ActorId, cx: Cx) {
        cx.send(to, Msg::Image(self.applied, Arc::new(self.store.clone()), self.settings.data));
        if self.core.leads() {
            cx.set_timer(Timer::ImageLost(to), self.settings.image_takes().scale(2.0) + IMAGE_PATIENCE);
        }
    }

    pub(super) fn on_durable(&mut self, upto: Lsn, cx: Cx) {
        self.durable = self.durable.max(upto);
        while self.held.front().is_some_and(|(lsn, _)| *lsn <= self.durable) {
            match self.held.pop_front() {
                Some((_, Held::Say(to, message))) => cx.send(to, Msg::Paxos(message)),
                Some((_, Held::Stable(ballot, upto))) => self.core.stable(ballot, upto, cx.monotonic()),
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
        self.alarmed &= self.core.leader().is_none();
        if self.core.leads() && self.core.settled() && !self.writable {
            self.writable = true;
            let (partition, region) = (self.partition, self.region());
            cx.change(Change::Writable { partition, region });
        }
    }

    fn effect(&mut self, effect: Effect<Cmd>, cx: Cx) {
        match effect {
            Effect::Persist(record) => self.handed = cx.persist(DiskRecord::Paxos(record)),
            Effect::Send(to, message) => self.say(to, message, cx),
            Effect::Vow(to, message) if self.handed <= self.durable => self.say(to, message, cx),
            Effect::Vow(to, message) => {
                if let Some(to) = self.actor(to) {
                    self.held.push_back((self.handed, Held::Say(to, Box::new(message))));
                }
            }
            Effect::Stable(ballot, upto) => self.held.push_back((self.handed, Held::Stable(ballot, upto))),
            Effect::WaitForLeader => {
                let after = self.settings.election_timeout.span(cx.random("timeout"));
                cx.set_timer(Timer::Election, after);
            }
            Effect::Lead => {
                cx.cancel_timer(Timer::Election);
                cx.set_timer(Timer::Heartbeat, self.settings.paxos.heartbeat);
            }
            Effect::StepDown => self.step_down(cx),
            Effect::Became(role) => self.became(role, cx),
            Effect::Chosen => self.apply(cx),
            Effect::SendImage(to) => {
                if let Some(to) = self.actor(to) {
                    cx.set_timer(Timer::Image(to), self.settings.image_takes());
                }
            }
            Effect::ReadNow(read) => self.answer_read(read, cx),
        }
    }

    fn say(&self, to: Id, message: Message<Cmd>, cx: Cx) {
        if let Some(to) = self.actor(to) {
            cx.send(to, Msg::Paxos(Box::new(message)));
        }
    }

    fn became(&mut self, role: Role, cx: Cx) {
        let (partition, region) = (self.partition, self.region());
        match role {
            Role::Candidate if !self.alarmed => {
                self.alarmed = true;
                let region = self.settings.region_name(region);
                let what = format!("replica {} of partition {} in {region} stands", self.slot, partition.0);
                cx.change(Change::Detected { what, partition: Some(partition) });
            }
            Role::Leader if self.begun => {
                cx.change(Change::Elected { partition, region, leader: cx.me() });
            }
            _ => {}
        }
    }

    /// For how long it would go on as it does now: with a leader, or as one whom all others follow.
    pub fn steady(&self, now: SimTime) -> Steady {
        Steady::when(match self.core.role() {
            Role::Leader => self.core.leads_steadily(now),
            Role::Follower => self.core.leader().is_some() || self.core.is_mute(),
            Role::Candidate => false,
        })
    }
}
