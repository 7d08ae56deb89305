//! A node of a preference list: it keeps versions for itself or for others, and coordinates.

mod entropy;
mod handover;

use crate::base::ids::{ActorId, PartitionId};
use crate::base::time::SimTime;
use crate::engine::contract::{Ctx, Lsn, Moment, Steady};
use crate::model::operation::Key;
use crate::system::quorum_nwr::QuorumNwr;
use crate::system::quorum_nwr::coordinator::Coordinator;
use crate::system::quorum_nwr::disk::{Disk, Record, Values};
use crate::system::quorum_nwr::message::{Msg, Tag};
use crate::system::quorum_nwr::mutation::Mutation;
use crate::system::quorum_nwr::settings::{Directory, Settings};
use crate::system::quorum_nwr::timer::Timer;
use crate::system::same_keys::SameKeys;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

type Cx<'a, 'b> = &'a mut Ctx<'b, QuorumNwr>;

/// A replica, or a node that stands in for replicas.
#[derive(Clone, Debug)]
pub struct Replica {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
    partition: PartitionId,
    /// Its place among the replicas; `None`: it only stands in.
    home: Option<usize>,
    coordinator: Coordinator,
    /// What to say to whom once a record is durable.
    waiting: VecDeque<(Lsn, ActorId, Msg)>,
    /// Hints that were offered since the last round, and whether the next round is set.
    offered: BTreeSet<(ActorId, Key)>,
    handing: bool,
    /// How many rounds of comparing trees there were.
    rounds: usize,
    /// After its disk was lost: the replicas that it has copied from.
    copied: BTreeSet<ActorId>,
    /// Hints, by key.
    hints: SameKeys<usize>,
}

impl Replica {
    /// The node of a partition's list; `home` is its place among the replicas.
    pub fn new(
        settings: Arc<Settings>,
        directory: Arc<Directory>,
        partition: PartitionId,
        home: Option<usize>,
    ) -> Self {
        let coordinator = Coordinator::new(settings.clone(), directory.clone());
        Replica {
            settings,
            directory,
            partition,
            home,
            coordinator,
            waiting: VecDeque::new(),
            offered: BTreeSet::new(),
            handing: false,
            rounds: 0,
            copied: BTreeSet::new(),
            hints: SameKeys::new(0, SimTime::ZERO),
        }
    }

    /// The partition it belongs to.
    pub fn partition(&self) -> PartitionId {
        self.partition
    }

    /// Its place among the replicas, if it is one.
    pub fn home(&self) -> Option<usize> {
        self.home
    }

    /// The process starts, for the first time or again.
    pub fn on_start(&mut self, cx: Cx) {
        self.hints = SameKeys::new(cx.disk().hints.len(), cx.monotonic());
        if !cx.disk().hints.is_empty() {
            self.hand_over_soon(cx);
        }
        if self.home.is_none() {
            return;
        }
        self.compare_later(cx);
        if !cx.disk().ready {
            self.refill(cx);
        }
    }

    /// A message arrived.
    pub fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        match msg {
            Msg::Ask(ask) => self.coordinator.begin(*ask, Some(from), cx),
            Msg::Stored(_) | Msg::Found(..) => self.coordinator.on_message(from, msg, cx),
            Msg::Store(tag, key, versions) => self.store(from, tag, key, versions, cx),
            Msg::Fetch(tag, key) => self.fetch(from, tag, key, cx),
            Msg::List(tag) if self.serves(cx.disk()) => {
                cx.send(from, Msg::Listed(tag, Arc::from(cx.disk().serials())));
            }
            Msg::HandOver(key, versions) => {
                let rule = self.settings.rule;
                let lsn = cx.persist(Record::Keep(key, versions.clone(), rule));
                self.waiting.push_back((lsn, from, Msg::HandedOver(key, versions)));
            }
            Msg::HandedOver(key, versions) => self.handed_over(from, key, versions, cx),
            Msg::Compare(level, digests) => self.compare(from, level, &digests, cx),
            Msg::Leaves(leaves, items, answer) => self.leaves(from, &leaves, items, answer, cx),
            Msg::Refill => {
                let items = cx.disk().all().map(|(key, versions)| (key, versions.clone())).collect();
                cx.send(from, Msg::Everything(items));
            }
            Msg::Everything(items) => self.copy(from, items, cx),
            Msg::List(_) | Msg::Listed(..) | Msg::Done(..) => {}
        }
    }

    /// A timer fired.
    pub fn on_timer(&mut self, timer: Timer, cx: Cx) {
        match timer {
            Timer::Silence(request) => self.coordinator.on_silence(request, cx),
            Timer::HandOver => self.hand_over(cx),
            Timer::Compare => self.compare_now(cx),
            Timer::Refill if !cx.disk().ready => self.refill(cx),
            Timer::Refill | Timer::Attempt(_) => {}
        }
    }

    /// Records up to this one are durable.
    pub fn on_durable(&mut self, upto: Lsn, cx: Cx) {
        let ready = self.waiting.iter().take_while(|(lsn, ..)| *lsn <= upto).count();
        for (_, to, msg) in self.waiting.drain(..ready) {
            cx.send(to, msg);
        }
        self.coordinator.on_durable(cx);
        self.hints.look(cx.disk().hints.len(), cx.monotonic());
    }

    /// Whether it would go on as it does now (see `engine/jump.rs`): it holds all that it should, it keeps hints for the same
    /// keys as for some time, of which the last versions count, and its part as a coordinator is calm.
    pub fn steady(&self, moment: &Moment<'_, QuorumNwr>) -> Steady {
        let whole = self.home.is_none() || moment.disk.ready;
        let same = self.hints.for_long(moment.monotonic, self.settings.healing_time());
        Steady::when(whole && same && self.coordinator.is_calm(moment.monotonic))
    }

    fn serves(&self, disk: &Disk) -> bool {
        disk.ready || self.settings.without(Mutation::ServeBlank)
    }

    fn store(&mut self, from: ActorId, tag: Tag, key: Key, versions: Values, cx: Cx) {
        let rule = self.settings.rule;
        let record = match tag.home {
            None => Record::Keep(key, versions, rule),
            Some(home) => {
                if self.settings.without(Mutation::DropHints) {
                    return cx.send(from, Msg::Stored(tag));
                }
                self.hand_over_soon(cx);
                Record::Hint(home, key, versions, rule)
            }
        };
        let lsn = cx.persist(record);
        match self.settings.without(Mutation::AckBeforeDurable) {
            true => cx.send(from, Msg::Stored(tag)),
            false => self.waiting.push_back((lsn, from, Msg::Stored(tag))),
        }
    }

    fn fetch(&mut self, from: ActorId, tag: Tag, key: Key, cx: Cx) {
        let found = match tag.home {
            Some(home) => cx.disk().hinted(home, key),
            None if !self.serves(cx.disk()) => return,
            None => cx.disk().get(key),
        };
        cx.send(from, Msg::Found(tag, found.cloned().unwrap_or_default()));
    }
}
