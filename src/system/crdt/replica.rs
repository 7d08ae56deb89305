//! A replica: it serves clients by itself, and joins its state with the others'.

mod serve;
mod ship;
mod steady;

use super::disk::{Disk, Record};
use super::message::{Have, Msg, Why};
use super::mutation::Mutation;
use super::settings::{Directory, Settings};
use super::timer::Timer;
use super::{Crdt, Cx};
use crate::algorithm::version_vector::VersionVector;
use crate::base::ids::{ActorId, PartitionId};
use crate::base::time::SimTime;
use crate::engine::contract::{Ctx, Lsn};
use crate::engine::record::Change;
use crate::system::same_keys::SameKeys;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// What this replica knows of another.
#[derive(Clone, Debug, Default)]
struct Peer {
    /// What it said last that it has. `None`: it has said nothing since this replica started.
    known: Option<Known>,
    /// Changes are on their way to it.
    flying: bool,
    /// It does not answer.
    silent: bool,
    /// It lacks something.
    lacks: bool,
}

/// What another replica has.
#[derive(Clone, Debug, Default)]
struct Known {
    /// All changes in this replica's log up to here.
    upto: u64,
    context: VersionVector,
}

/// What waits for the disk.
#[derive(Clone, Debug)]
enum Waiting {
    /// An answer to a client.
    Answer(ActorId, Msg),
    /// Another replica is told that what it sent is here.
    Merged(ActorId),
}

/// A replica of a partition.
#[derive(Clone, Debug)]
pub struct Replica {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
    partition: PartitionId,
    slot: usize,
    /// The state as it will be once all that was handed to the disk is durable.
    state: Disk,
    handed: Lsn,
    durable: Lsn,
    waiting: VecDeque<(Lsn, Waiting)>,
    peers: BTreeMap<ActorId, Peer>,
    /// The timer for sending is set.
    shipping: bool,
    /// Keys that are live, and those whose changes are remembered.
    keys: SameKeys<(usize, usize)>,
}

impl Replica {
    /// As deployed: number `slot` of a partition's replicas.
    pub fn new(
        settings: Arc<Settings>,
        directory: Arc<Directory>,
        (partition, slot): (PartitionId, usize),
    ) -> Self {
        Replica {
            settings,
            directory,
            partition,
            slot,
            state: Disk::default(),
            handed: Lsn(0),
            durable: Lsn(0),
            waiting: VecDeque::new(),
            peers: BTreeMap::new(),
            shipping: false,
            keys: SameKeys::new((0, 0), SimTime::ZERO),
        }
    }

    /// Its partition, and which of the partition's replicas it is.
    pub fn place(&self) -> (PartitionId, usize) {
        (self.partition, self.slot)
    }

    fn name(&self) -> u32 {
        self.state.name.unwrap_or_default()
    }

    fn peer_ids(&self, me: ActorId) -> Vec<ActorId> {
        let all = self.directory.replicas.get(&self.partition);
        all.into_iter().flatten().copied().filter(|id| *id != me).collect()
    }

    pub(super) fn on_start(&mut self, cx: Cx) {
        self.state = cx.disk().clone();
        for id in self.peer_ids(cx.me()) {
            let known = Some(Known::default());
            self.peers.insert(id, Peer { known, ..Peer::default() });
        }
        self.check_later(cx);
    }

    /// The process starts again. Whatever it knew of the others it has to ask for.
    pub(super) fn on_restart(&mut self, cx: Cx) {
        self.state = cx.disk().clone();
        self.peers = self.peer_ids(cx.me()).into_iter().map(|id| (id, Peer::default())).collect();
        self.keys = SameKeys::new(steady::keys(&self.state), cx.monotonic());
        if self.state.name.is_none() {
            self.begin_anew(cx);
        }
        for id in self.peer_ids(cx.me()) {
            self.say_what_is_here(id, Why::Question, cx);
        }
        self.check_later(cx);
    }

    /// The disk is empty: the others have seen more of what was made under the old name than anyone here remembers.
    fn begin_anew(&mut self, cx: Cx) {
        let names = u64::from(u32::MAX / 2 - Settings::DRAWN_NAMES);
        let name = match self.settings.without(Mutation::KeepName) {
            true => Settings::first_name(self.slot),
            false => Settings::DRAWN_NAMES + cx.random("name").below(names) as u32,
        };
        self.persist(Record::Name(name, self.settings.log), cx);
        let what = "a replica that had lost its disk begins anew".to_owned();
        cx.change(Change::Milestone { what, partition: Some(self.partition) });
    }

    /// Hands a record to the disk and to the state in memory. Gives the keys that it changes.
    fn persist(&mut self, record: Record, cx: &mut Ctx<'_, Crdt>) -> Vec<crate::model::operation::Key> {
        let changed = self.state.apply(&record);
        self.handed = cx.persist(record);
        changed
    }

    pub(super) fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        match msg {
            Msg::Ask(ask) => self.on_ask(from, *ask, cx),
            Msg::Ping => cx.send(from, Msg::Pong),
            Msg::Delta(delta) => self.on_delta(from, *delta, cx),
            Msg::Have(have) => self.on_have(from, *have, cx),
            Msg::Reply(_) | Msg::Pong => {}
        }
    }

    pub(super) fn on_timer(&mut self, timer: Timer, cx: Cx) {
        match timer {
            Timer::Ship => self.ship(cx),
            Timer::Unanswered(peer) => self.unanswered(peer),
            Timer::Check => self.check(cx),
            Timer::Attempt(_) | Timer::Backoff(_) => {}
        }
    }

    pub(super) fn on_durable(&mut self, upto: Lsn, cx: Cx) {
        self.durable = self.durable.max(upto);
        self.keys.look(steady::keys(cx.disk()), cx.monotonic());
        while self.waiting.front().is_some_and(|(lsn, _)| *lsn <= self.durable) {
            match self.waiting.pop_front() {
                Some((_, Waiting::Answer(to, msg))) => cx.send(to, msg),
                Some((_, Waiting::Merged(to))) => self.say_what_is_here(to, Why::Merged, cx),
                None => {}
            }
        }
        self.ship_soon(cx);
    }

    /// Says what is on disk.
    fn say_what_is_here(&self, to: ActorId, why: Why, cx: Cx) {
        let context = cx.disk().map.context().clone();
        cx.send(to, Msg::Have(Box::new(Have { context, why })));
    }
}
