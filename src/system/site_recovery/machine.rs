//! A machine in one of its two regions: it runs there and serves the application, or its disks are a replica of those of
//! the other, or it was stopped.

mod agent;
pub mod flow;
mod life;
mod mark;
mod replica;
mod serve;
mod steady;

use super::config::PortText;
use super::disk::{Disk, Use};
use super::message::{Ask, Beat, Chunk, Msg};
use super::point::Tag;
use super::settings::{Directory, Settings, Vm};
use super::timer::Timer;
use super::{Cx, Mutation, pop_if};
use crate::base::ids::{ActorId, Id, PartitionId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::engine::contract::Lsn;
use crate::model::operation::OpId;
use crate::system::consensus::store::Store;
use agent::Agent;
use flow::Flow;
use mark::Round;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Why a machine boots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Boot {
    /// Its host is back.
    Again,
    /// It was failed over: epoch, the point, by how much that is older than its moment says, and whether it was planned.
    Created(u64, Tag, Span, bool),
}

/// What follows once something is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// Writes are acknowledged.
    Written,
    /// The machine runs from a recovery point on; whether that was planned.
    Promoted(bool),
    /// The service is told that it stopped.
    Stopped(u64),
    /// The service is told that it follows.
    Following,
    /// The service is told what the replica has.
    Took,
}

/// A machine in one region.
#[derive(Clone, Debug)]
pub struct Machine {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
    vm: usize,
    site: usize,
    used: Use,
    epoch: u64,
    /// It runs the application.
    serving: bool,
    boot: Option<Boot>,
    /// Somebody was told that a new lineage begins with it.
    told: bool,
    test: Option<u64>,
    port: PortText,
    /// The last write that was handed to the disk.
    last: u64,
    /// The last one that was carried out.
    applied: u64,
    store: Store,
    writes: BTreeMap<u64, (ActorId, Box<Ask>)>,
    /// Writes that wait for the machine they name.
    referring: BTreeMap<OpId, (ActorId, Box<Ask>)>,
    /// What came while the application stands still.
    held: Vec<(ActorId, Msg)>,
    round: Option<Round>,
    agent: Agent,
    flow: Flow,
    /// It is to upload everything and then say so: for this epoch.
    draining: Option<u64>,
    after: VecDeque<(Lsn, Then)>,
    /// Of a replica: the stream and the last chunk handed to the disk, and what has arrived beyond.
    taken: (u64, u64),
    arrived: BTreeMap<u64, Arc<Vec<Arc<Chunk>>>>,
}

impl Machine {
    /// A machine as its disk says.
    pub fn new(settings: Arc<Settings>, directory: Arc<Directory>, vm: usize, site: usize) -> Machine {
        let port = if settings.port_open { PortText::Open } else { PortText::Blocked };
        let (partition, registers) = (PartitionId::from_index(vm), settings.registers);
        Machine {
            vm,
            site,
            used: Use::Blank,
            epoch: 0,
            serving: false,
            boot: None,
            told: false,
            test: None,
            port,
            last: 0,
            applied: 0,
            store: Store::new(partition, registers),
            writes: BTreeMap::new(),
            referring: BTreeMap::new(),
            held: Vec::new(),
            round: None,
            agent: Agent::default(),
            flow: Flow::new(std::iter::empty(), SimTime::ZERO),
            draining: None,
            after: VecDeque::new(),
            taken: (0, 0),
            arrived: BTreeMap::new(),
            settings,
            directory,
        }
    }

    /// Whether it serves the application.
    pub fn is_serving(&self) -> bool {
        self.serving
    }

    /// Which machine it is.
    pub fn vm(&self) -> usize {
        self.vm
    }

    /// In which of the two regions.
    pub fn site(&self) -> usize {
        self.site
    }

    /// The newest epoch it knows.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    fn spec(&self) -> &Vm {
        &self.settings.vms[self.vm]
    }

    fn partition(&self) -> PartitionId {
        PartitionId::from_index(self.vm)
    }

    fn region(&self) -> RegionId {
        self.settings.sites[self.site]
    }

    fn cache(&self) -> ActorId {
        self.directory.caches[self.vm][self.site]
    }

    fn without(&self, mutation: Mutation) -> bool {
        self.settings.without(mutation)
    }

    fn load(&mut self, disk: &Disk) {
        (self.used, self.epoch) = (disk.used, disk.epoch);
        (self.last, self.applied) = (disk.log.last(), 0);
        self.store = Store::new(self.partition(), self.settings.registers);
    }

    pub(super) fn on_start(&mut self, cx: Cx) {
        self.load(cx.disk());
        let phase = cx.random("beat").uniform();
        cx.set_timer(Timer::Beat, self.settings.heartbeat.scale(phase));
        if self.used == Use::Machine {
            self.serve(true, cx);
        }
    }

    pub(super) fn on_restart(&mut self, cx: Cx) {
        self.load(cx.disk());
        self.beat(cx);
        if self.used == Use::Machine {
            self.boot = Some(Boot::Again);
            let after = self.settings.boot.span(cx.random("boot"));
            cx.set_timer(Timer::Booted, after);
        }
    }

    pub(super) fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        match msg {
            Msg::Ask(ask) => self.on_ask(from, ask, cx),
            Msg::Refer(op) => self.on_refer(from, op, cx),
            Msg::Referred(op, term, index) => self.on_referred(from, op, (term, index), cx),
            Msg::SignedIn => self.on_signed_in(cx),
            Msg::Mark(round, app) => self.on_mark(from, round, app, cx),
            Msg::Marked(round) => self.on_marked(from, round, cx),
            Msg::Release(round, all) => self.on_release(round, all, cx),
            Msg::Standing(standing) => self.on_standing(standing, cx),
            Msg::Stored(stream, seq) => self.on_stored(stream, seq, cx),
            Msg::Expect(stream, seq, index) => self.on_expect(stream, seq, index, cx),
            Msg::Data(chunks) => self.on_data(chunks, cx),
            Msg::Points(stream, points) => self.on_points(stream, points, cx),
            Msg::Stop(epoch, drain) => self.on_stop(epoch, drain, cx),
            Msg::Create { epoch, tag, aged, wait, planned } => {
                self.on_create(epoch, (tag, aged), (wait, planned), cx);
            }
            Msg::Inspect(epoch, lineage, last) => self.on_inspect(epoch, &lineage, last, cx),
            Msg::Test(id) => self.on_test(id, cx),
            Msg::Follow(stream, epoch, cut) => self.on_follow(stream, epoch, cut, cx),
            _ => {}
        }
    }

    pub(super) fn on_timer(&mut self, timer: Timer, cx: Cx) {
        match timer {
            Timer::Beat => self.beat(cx),
            Timer::Booted => self.on_booted(cx),
            Timer::Tested => self.on_tested(cx),
            Timer::Flush => self.on_flush(cx),
            Timer::Burst(disk) => self.on_burst(disk, cx),
            Timer::SignIn => self.sign_in(cx),
            Timer::Tag => self.on_tag(cx),
            Timer::AppTag => self.on_app_tag(cx),
            Timer::Thaw => self.on_thaw(cx),
            Timer::GiveUpMark => self.on_give_up_mark(cx),
            Timer::Refer(op) => self.unanswered_reference(op, cx),
            _ => {}
        }
    }

    pub(super) fn on_durable(&mut self, upto: Lsn, cx: Cx) {
        let mut written = false;
        while let Some((_, then)) = pop_if(&mut self.after, |(lsn, _)| *lsn <= upto) {
            match then {
                Then::Written => written = true,
                Then::Promoted(planned) => self.promoted(planned, cx),
                Then::Stopped(epoch) => self.stopped(epoch, cx),
                Then::Following => self.following(cx),
                Then::Took => self.took(cx),
            }
        }
        if written {
            self.acknowledge(cx);
        }
    }

    fn beat(&mut self, cx: Cx) {
        let (vm, site, epoch, serving) = (self.vm, self.site, self.epoch, self.serving);
        let (through, backlog) = (self.agent.through, self.flow.backlog());
        let beat = Beat { vm, site, epoch, serving, through, backlog };
        cx.send(self.directory.service, Msg::Beat(beat));
        cx.set_timer(Timer::Beat, self.settings.heartbeat);
    }
}
