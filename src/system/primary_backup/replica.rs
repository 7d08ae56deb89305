//! A replica: a backup that follows, a new primary that asks how far the others are, or the primary.

mod follow;
mod lead;
mod peer;
mod propose;
mod serve;
mod ship;
mod skip;
mod steady;
mod take_over;

use super::configuration::{Known, Why};
use super::disk::{self, DiskRecord, Entry};
use super::message::{Ask, Have, Msg, Reply, Whole};
use super::settings::{Directory, Settings, Ship};
use super::timer::Timer;
use super::{Cx, Kin, Mutation};
use crate::algorithm::log::{ReplicatedLog, Term};
use crate::algorithm::register::Ballot;
use crate::base::ids::{ActorId, PartitionId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::engine::contract::Lsn;
use crate::engine::record::Change;
use crate::model::operation::Observed;
use crate::system::consensus::store::Store;
use lead::Lead;
use propose::Proposing;
use std::collections::VecDeque;
use std::sync::Arc;
use take_over::Survey;

/// What a replica does.
#[derive(Clone, Debug)]
enum Role {
    /// It follows whoever is the primary.
    Backup,
    /// It is to be the primary, and asks how far the others are.
    New(Box<Survey>),
    /// It is the primary.
    Primary(Box<Lead>),
}

/// What waits for the disk.
#[derive(Clone, Debug)]
enum Held {
    /// A message.
    Say(ActorId, Box<Msg>),
    /// The primary's own log is durable up to here, in this epoch.
    Stable(u64, u64),
    /// What it took over from another is durable: it can begin, in this epoch.
    Complete(u64),
}

/// One replica of one partition.
#[derive(Clone, Debug)]
pub struct Replica {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
    me: ActorId,
    partition: PartitionId,
    slot: usize,
    role: Role,
    known: Known,
    log: ReplicatedLog<Entry>,
    /// Documents as of `applied`.
    store: Store,
    applied: u64,
    /// Documents as of the log's base.
    base: Store,
    /// Up to where all of the log may be used.
    whole: Whole,
    /// Every replica is known to have the log up to here.
    everywhere: u64,
    /// It never lost its disk, or has been filled again.
    member: bool,
    /// When it last heard of the primary.
    heard: SimTime,
    /// Since when it takes the primary for silent.
    silent_since: Option<SimTime>,
    /// It may take over: the policy says so (`true`: an operator does, whatever it costs).
    due: Option<bool>,
    proposing: Option<Proposing>,
    /// The greatest ballot it has seen.
    seen: Ballot,
    /// The last record handed to the disk, and the last durable one.
    handed: Lsn,
    durable: Lsn,
    held: VecDeque<(Lsn, Held)>,
    /// Reads can be answered: since it started it has heard up to where the log may be used.
    knows_whole: bool,
}

impl Replica {
    /// As deployed.
    pub fn new(
        settings: Arc<Settings>,
        directory: Arc<Directory>,
        me: ActorId,
        (partition, slot): (PartitionId, usize),
    ) -> Replica {
        Replica {
            settings,
            directory,
            me,
            partition,
            slot,
            role: Role::Backup,
            known: Known::default(),
            log: ReplicatedLog::default(),
            store: Store::default(),
            applied: 0,
            base: Store::default(),
            whole: Whole::default(),
            everywhere: 0,
            member: false,
            heard: SimTime::ZERO,
            silent_since: None,
            due: None,
            proposing: None,
            seen: Ballot::default(),
            handed: Lsn(0),
            durable: Lsn(0),
            held: VecDeque::new(),
            knows_whole: false,
        }
    }

    /// Its partition.
    pub fn partition(&self) -> PartitionId {
        self.partition
    }

    /// Which of the partition's replicas it is.
    pub fn slot(&self) -> usize {
        self.slot
    }

    /// Whether it takes itself for the primary.
    pub fn is_primary(&self) -> bool {
        matches!(self.role, Role::Primary(_))
    }

    /// The epoch of the newest primary it knows of.
    pub fn epoch(&self) -> u64 {
        self.known.now.epoch
    }

    /// Its log.
    pub fn log(&self) -> &ReplicatedLog<Entry> {
        &self.log
    }

    fn region(&self) -> RegionId {
        self.settings.slots[self.slot].region
    }

    fn without(&self, mutation: Mutation) -> bool {
        self.settings.without(mutation)
    }

    fn replica(&self, slot: usize) -> Option<ActorId> {
        self.directory.replicas.get(&self.partition)?.get(slot).copied()
    }

    fn primary(&self) -> Option<ActorId> {
        self.replica(usize::from(self.known.now.primary)).filter(|who| *who != self.me)
    }

    fn others(&self) -> impl Iterator<Item = (usize, ActorId)> + use<> {
        let all = self.directory.replicas.get(&self.partition).cloned().unwrap_or_default();
        let me = self.me;
        all.into_iter().enumerate().filter(move |(_, who)| *who != me)
    }

    pub(super) fn on_start<S: Kin>(&mut self, cx: Cx<S>) {
        self.load(cx);
        self.knows_whole = true;
        if usize::from(self.known.now.primary) == self.slot {
            self.lead_from_the_start(cx);
        } else {
            self.listen(cx);
        }
    }

    pub(super) fn on_restart<S: Kin>(&mut self, cx: Cx<S>) {
        if !cx.disk().member && cx.disk().log.last() == 0 {
            let store = Store::new(self.partition, self.settings.registers);
            self.handed = cx.persist(DiskRecord::Format(Box::new(store)));
        }
        self.load(cx);
        self.listen(cx);
        // A primary that starts again may do without a decision: it is the primary until there is another.
        if usize::from(self.known.now.primary) == self.slot && self.member {
            self.due = Some(false);
            self.stand(cx);
        }
    }

    fn load<S: Kin>(&mut self, cx: Cx<S>) {
        let disk = cx.disk();
        (self.known, self.member, self.log) = (disk.known, disk.member, disk.log.clone());
        (self.applied, self.whole) = (self.log.base(), disk.whole);
        self.base = match self.applied {
            0 => Store::new(self.partition, self.settings.registers),
            _ => disk.store.clone(),
        };
        self.store = self.base.clone();
        if self.uses_parts() {
            self.whole.0 = self.applied;
        }
        (self.heard, self.seen) = (cx.monotonic(), self.known.ballot);
    }

    pub(super) fn on_message<S: Kin>(&mut self, from: ActorId, msg: Msg, cx: Cx<S>) {
        match msg {
            Msg::Ask(ask) => self.on_ask(from, ask, cx),
            Msg::Append(append) => self.on_append(from, *append, cx),
            Msg::Appended(appended) => self.on_appended(from, appended, cx),
            Msg::Rejected(epoch, have, sent) => self.on_rejected(from, (epoch, &have, sent), cx),
            Msg::Fenced(known) | Msg::Lead(known) => self.learn(known, cx),
            Msg::Image(image) => self.on_image(from, *image, cx),
            Msg::Admit(epoch) => self.on_admit(epoch, cx),
            Msg::Survey(known) => self.on_survey(from, known, cx),
            Msg::Standing(epoch, have) => self.on_standing(from, epoch, *have, cx),
            Msg::Fetch(epoch, have) => self.on_fetch(from, epoch, &have, cx),
            Msg::Suffix(suffix) => self.on_suffix(*suffix, cx),
            Msg::Register(_, answer) => self.on_register(from, answer, cx),
            Msg::Granted(at) => self.on_granted(from, at, cx),
            Msg::TakeOver => self.on_decision(cx),
            Msg::Order(action, order) => self.on_order(from, action, &order, cx),
            Msg::Reply(_) | Msg::Renew(..) | Msg::Alarm(_) | Msg::Ordered(..) => {}
        }
    }

    pub(super) fn on_timer<S: Kin>(&mut self, timer: Timer, cx: Cx<S>) {
        match timer {
            Timer::Beat => self.beat(cx),
            Timer::Ship(slot) => self.release(usize::from(slot), cx),
            Timer::Cut => self.cut_point(cx),
            Timer::Silence => self.notice_silence(cx),
            Timer::TakeOver => {
                self.due = self.due.or(Some(false));
                self.stand(cx);
            }
            Timer::Propose => self.propose_again(cx),
            Timer::Survey => self.survey_again(cx),
            Timer::Image(slot) => self.send_image(usize::from(slot), cx),
            Timer::SwitchLate => self.give_up_switch(cx),
            Timer::Attempt(_) | Timer::Backoff(_) | Timer::Decide | Timer::Order(..) => {}
        }
    }

    pub(super) fn on_durable<S: Kin>(&mut self, upto: Lsn, cx: Cx<S>) {
        self.durable = self.durable.max(upto);
        while self.held.front().is_some_and(|(lsn, _)| *lsn <= self.durable) {
            match self.held.pop_front() {
                Some((_, Held::Say(to, msg))) => cx.send(to, *msg),
                Some((_, Held::Stable(epoch, index))) => self.on_stable(epoch, index, cx),
                Some((_, Held::Complete(epoch))) => self.on_complete(epoch, cx),
                None => {}
            }
        }
    }

    fn persist<S: Kin>(&mut self, record: DiskRecord, cx: Cx<S>) {
        self.handed = cx.persist(record);
    }

    /// Sends a message once everything handed to the disk so far is durable.
    fn promise<S: Kin>(&mut self, to: ActorId, msg: Msg, cx: Cx<S>) {
        if self.handed <= self.durable || self.without(Mutation::AcknowledgeBeforeDurable) {
            cx.send(to, msg);
        } else {
            self.held.push_back((self.handed, Held::Say(to, Box::new(msg))));
        }
    }

    /// What it has, and may use.
    fn have(&self) -> Have {
        let last = if self.uses_parts() { self.log.last() } else { self.whole.0 };
        let (lineage, base) = (self.log.lineage().clone(), self.log.base());
        Have { last, lineage, base, blank: !self.member }
    }

    /// Whether entries may be used as they come, not only whole recovery points. A primary has all of its own.
    fn uses_parts(&self) -> bool {
        matches!(self.settings.ship, Ship::Stream(_)) || self.without(Mutation::UsePartialPoint)
    }

    /// A configuration was decided, or somebody says so.
    fn learn<S: Kin>(&mut self, known: Known, cx: Cx<S>) {
        if known.ballot <= self.known.ballot && known.now.epoch <= self.known.now.epoch {
            return;
        }
        let before = std::mem::replace(&mut self.known, known);
        self.seen = self.seen.max(known.ballot);
        self.persist(DiskRecord::Known(known), cx);
        if known.now.epoch == before.now.epoch {
            return self.in_sync_changed(before.now.in_sync, cx);
        }
        self.step_down(cx);
        let forced = self.due.take() == Some(true);
        cx.cancel_timer(Timer::TakeOver);
        // A replica that lost its disk since it was chosen leaves it to others.
        if usize::from(known.now.primary) == self.slot && (self.member || forced) {
            self.take_over(before.now.primary != known.now.primary, cx);
        } else {
            self.heard = cx.monotonic();
            self.listen(cx);
        }
    }

    /// Waits for a sign of the primary: those that stand first in the table notice first that there is none.
    fn listen<S: Kin>(&mut self, cx: Cx<S>) {
        let turn = self.settings.heartbeat.scale(self.slot as f64);
        cx.set_timer(Timer::Silence, self.settings.silence + turn);
    }

    /// Carries out what may be used of the log.
    fn apply_upto(&mut self, upto: u64) {
        let upto = upto.min(self.log.last());
        disk::fold(&self.log, (self.applied, upto), &mut self.store);
        self.applied = self.applied.max(upto);
    }

    fn compact<S: Kin>(&mut self, cx: Cx<S>) {
        let keep = self.settings.log_entries;
        let upto = self.applied.saturating_sub(keep).min(self.needed(cx.monotonic()));
        if upto > self.log.base() + keep {
            disk::fold(&self.log, (self.log.base(), upto), &mut self.base);
            self.log.compact(upto);
            self.persist(DiskRecord::Compact(upto, self.everywhere), cx);
        }
    }

    /// Cuts off what comes after this entry. It is kept aside for whoever wants to know, and is no more part of the data.
    fn cut_off<S: Kin>(&mut self, after: u64, cx: Cx<S>) {
        let partition = self.partition;
        let removed = self.log.truncate(after);
        if removed.is_empty() {
            return;
        }
        if !self.without(Mutation::ForgetSuffix) {
            for write in removed.iter().flat_map(|entry| disk::writes(partition, &entry.entry)) {
                cx.change(Change::ConflictFeed { partition, write });
            }
        }
        self.whole.0 = self.whole.0.min(self.log.last());
        self.persist(DiskRecord::Truncate(after), cx);
        if self.applied > self.log.last() {
            self.rebuild();
        }
    }

    /// Documents as of the log's base, and what follows again: some of what was carried out is no more.
    fn rebuild(&mut self) {
        (self.applied, self.store) = (self.log.base(), self.base.clone());
        self.apply_upto(self.whole.0);
    }

    /// This replica may not answer: another may.
    fn send_on<S: Kin>(&self, to: ActorId, ask: &Ask, cx: Cx<S>) {
        let (op, attempt, observed, primary) = (ask.op, ask.attempt, Observed::Nothing, self.primary());
        let as_primary = false;
        cx.send(to, Msg::Reply(Box::new(Reply { op, attempt, ended: None, observed, primary, as_primary })));
    }

    fn milestone<S: Kin>(&self, what: &str, cx: Cx<S>) {
        let what = format!("partition {}: {what}", self.partition.0);
        cx.change(Change::Milestone { what, partition: Some(self.partition) });
    }

    fn term(&self) -> Term {
        Term(self.known.now.epoch)
    }

    fn why(&self) -> &'static str {
        match self.known.now.why {
            Why::Failover => "failover",
            Why::Switch => "switch",
        }
    }

    /// Whether the primary was heard lately.
    fn hears(&self, now: SimTime) -> bool {
        now.since(self.heard) < self.settings.silence
    }
}

/// Shortest time in which a message that was not answered is sent again.
const AGAIN: Span = Span::secs(1);
