//! The coordinator of an operation: it asks the nodes of the preference list and counts their answers.
//!
//! A replica coordinates for the clients that ask it, or a client's library for its own client. All replicas are always
//! asked; the first R or W decide. Those that stay silent are taken for silent for a while, and others of the list are
//! asked to stand in for them.

mod read;
mod write;

use crate::base::ids::{ActorId, PartitionId};
use crate::base::time::SimTime;
use crate::engine::contract::Ctx;
use crate::model::operation::{Key, OpId};
use crate::system::quorum_nwr::QuorumNwr;
use crate::system::quorum_nwr::disk::{Value, Values};
use crate::system::quorum_nwr::message::{Ask, End, Msg, Tag, What};
use crate::system::quorum_nwr::mutation::Mutation;
use crate::system::quorum_nwr::settings::{Directory, List, Settings};
use crate::system::quorum_nwr::timer::Timer;
use std::collections::BTreeMap;
use std::sync::Arc;

type Cx<'a, 'b> = &'a mut Ctx<'b, QuorumNwr>;

/// The operations under way of one coordinator.
#[derive(Clone, Debug)]
pub struct Coordinator {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
    open: BTreeMap<u64, Open>,
    /// The last request.
    last: u64,
    /// Until when a node is taken for silent.
    silent: BTreeMap<ActorId, SimTime>,
    /// When a silent node was last heard again.
    heard_again: SimTime,
    /// With version vectors: the versions that this coordinator has made and its own disk may not have yet.
    own: BTreeMap<Key, Values>,
    /// Operations of the coordinator's own client that have ended.
    pub ended: Vec<(OpId, End)>,
}

/// One request.
#[derive(Clone, Debug)]
struct Open {
    /// Who asked; `None`: the coordinator's own client.
    client: Option<ActorId>,
    op: OpId,
    partition: PartitionId,
    key: Key,
    /// When the client stops waiting.
    until: SimTime,
    /// The client has its answer.
    told: bool,
    /// Which place of the list of those that stand in is asked next.
    next_fallback: usize,
    stage: Stage,
}

#[derive(Clone, Debug)]
enum Stage {
    /// Reading, for a client or for the context of a write.
    Read(read::Read),
    /// Writing.
    Write(write::Write),
}

impl Coordinator {
    /// Nothing under way.
    pub fn new(settings: Arc<Settings>, directory: Arc<Directory>) -> Self {
        Coordinator {
            settings,
            directory,
            open: BTreeMap::new(),
            last: 0,
            silent: BTreeMap::new(),
            heard_again: SimTime::ZERO,
            own: BTreeMap::new(),
            ended: Vec::new(),
        }
    }

    /// An operation is asked for.
    pub fn begin(&mut self, ask: Ask, client: Option<ActorId>, cx: Cx) {
        // Another client hears of it before it takes this coordinator for silent.
        let patience = match client {
            Some(_) => ask.patience.min(self.settings.attempt_timeout.scale(0.7)),
            None => ask.patience,
        };
        let open = |stage| Open {
            client,
            op: ask.op,
            partition: ask.partition,
            key: ask.key,
            until: cx.monotonic() + patience,
            told: false,
            next_fallback: 0,
            stage,
        };
        match ask.what {
            What::Read(quorum) => {
                let open = open(Stage::Read(read::Read::new(quorum, None)));
                self.read(open, cx);
            }
            What::Write(version) => {
                let position = self.settings.position(&version);
                let open = open(Stage::Write(write::Write::new(Values::one(version), position)));
                self.write(open, cx);
            }
            What::Replace(value) => {
                let read = read::Read::new(self.settings.read_quorum, Some(value));
                let open = open(Stage::Read(read));
                match self.settings.without(Mutation::SkipContext) {
                    true => self.replace(open, value, Values::default(), cx),
                    false => self.read(open, cx),
                }
            }
        }
    }

    /// A node answered: it is not silent.
    pub fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        if self.silent.remove(&from).is_some() {
            self.heard_again = cx.monotonic();
        }
        match msg {
            Msg::Stored(tag) => self.stored(tag, cx),
            Msg::Found(tag, versions) => self.found(tag, versions, cx),
            _ => {}
        }
    }

    /// Whether it goes on as it does: whoever was silent has been heard for long enough that all replicas agree, and for
    /// whoever is silent others keep hints. Without these, what the silent lack grows with each key that is written.
    pub fn is_calm(&self, now: SimTime) -> bool {
        (self.settings.hints || self.silent.is_empty())
            && now.since(self.heard_again) >= self.settings.healing_time()
    }

    /// Some nodes have not answered a request in time.
    pub fn on_silence(&mut self, request: u64, cx: Cx) {
        let Some(open) = self.open.remove(&request) else { return };
        if !open.told && cx.monotonic() >= open.until {
            let written = matches!(open.stage, Stage::Write(_));
            return self.tell(&open, End::Unavailable(written), cx);
        }
        match open.stage {
            Stage::Read(_) => self.read_again(request, open, cx),
            Stage::Write(_) => self.write_again(request, open, cx),
        }
    }

    /// The next request's number. Numbers go on after a restart, so that a late answer is not taken for another.
    fn number(&mut self, cx: Cx) -> u64 {
        self.last = (self.last + 1).max(cx.monotonic().0);
        self.last
    }

    fn list(&self, partition: PartitionId) -> Arc<List<ActorId>> {
        self.directory.list(partition)
    }

    fn is_silent(&self, node: ActorId, now: SimTime) -> bool {
        self.silent.get(&node).is_some_and(|until| now < *until)
    }

    fn suspect(&mut self, node: ActorId, cx: Cx) {
        self.silent.insert(node, cx.monotonic() + self.settings.suspect_for);
    }

    /// The next of those that stand in which is not silent.
    fn stand_in(&self, open: &mut Open, list: &List<ActorId>, now: SimTime) -> Option<ActorId> {
        while let Some(node) = list.fallbacks.get(open.next_fallback) {
            open.next_fallback += 1;
            if !self.is_silent(*node, now) {
                return Some(*node);
            }
        }
        None
    }

    fn wait(&self, request: u64, cx: Cx) {
        cx.set_timer(Timer::Silence(request), self.settings.replica_timeout);
    }

    fn close(&mut self, request: u64, cx: Cx) {
        cx.cancel_timer(Timer::Silence(request));
        self.open.remove(&request);
    }

    fn tell(&mut self, open: &Open, end: End, cx: Cx) {
        match open.client {
            Some(client) => cx.send(client, Msg::Done(open.op, end)),
            None => self.ended.push((open.op, end)),
        }
    }

    /// What this node has made is on its own disk now.
    pub fn on_durable(&mut self, cx: Cx) {
        let rule = self.settings.rule;
        self.own.retain(|key, versions| !cx.disk().covers(*key, versions, rule));
    }
}

/// Asks a node to keep or to give versions, in its own name or in that of one that stays silent.
fn tag(request: u64, place: usize, home: Option<ActorId>) -> Tag {
    Tag { request, place: place as u32, home }
}

/// The document of the highest rank.
fn current(versions: &Values) -> Option<Value> {
    versions.current().map(|version| version.value)
}
