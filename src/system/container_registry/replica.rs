//! A replica of a registry in one region: it takes pushes and pulls by itself, and copies to the others in the background.

mod copy;
mod fetch;
mod serve;
mod skip;
mod sync;
mod take;

use super::Cx;
use super::content::Layer;
use super::disk::{Disk, Event, Members, Record, State};
use super::message::{Ask, Msg, Said};
use super::mutation::Mutation;
use super::settings::{Directory, Settings};
use super::timer::Timer;
use crate::algorithm::token_bucket::TokenBucket;
use crate::base::ids::ActorId;
use crate::base::time::{SimTime, Span};
use crate::engine::contract::Lsn;
use crate::system::pace::Pace;
use fetch::Fetch;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// A replica.
#[derive(Clone, Debug)]
pub struct Replica {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
    site: usize,
    /// The last stamp given or seen.
    stamp: u64,
    /// Number of the last own event handed to the disk.
    own: u64,
    waiting: VecDeque<(Lsn, Waiting)>,
    uploads: BTreeMap<(ActorId, u64), Upload>,
    reads: TokenBucket,
    writes: TokenBucket,
    /// When the tier's bandwidth has sent, and taken, all that is due.
    busy: [SimTime; 2],
    held: BTreeMap<(SimTime, u64), (ActorId, Msg)>,
    /// Chunks among what is held, or their answers: for whom, of which call, at which offset.
    due: BTreeSet<(ActorId, u64, u64)>,
    peers: BTreeMap<usize, Peer>,
    inboxes: BTreeMap<usize, Inbox>,
    fetches: BTreeMap<u64, Fetch>,
    calls: u64,
    /// It copies everything from this site.
    sync: Option<Sync>,
    /// Sites that have nothing to copy.
    nothing: BTreeSet<usize>,
    /// What others were found to have of whose events, the last time.
    compared: BTreeMap<(usize, u32), u64>,
    /// Imports under way: who waits for them.
    imports: BTreeMap<u64, Import>,
    /// How fast layers are uploaded here.
    pace: Pace,
}

/// What is done once a record is durable.
#[derive(Clone, Debug)]
enum Waiting {
    /// Say so.
    Answer(ActorId, Msg),
    /// An own event is there for the others.
    Own(Event),
    /// An event from a site was taken in.
    Taken(usize, Event),
    /// The copy is complete.
    Ready,
    /// Nothing.
    Nothing,
}

/// A layer that a client sends.
#[derive(Clone, Debug)]
struct Upload {
    layer: Layer,
    got: BTreeSet<u64>,
    bytes: u64,
}

/// Another replica, as a target of copies.
#[derive(Clone, Copy, Debug, Default)]
struct Peer {
    /// Its name; 0: not known.
    name: u32,
    /// Up to which own event it has everything, if that is known.
    acked: Option<u64>,
    /// The last own event that it was sent.
    sent: u64,
    /// It has answered since it was last offered something.
    heard: bool,
    /// It did not answer.
    silent: bool,
    /// A time is set at which it is looked at again.
    armed: bool,
    /// It has been silent, and does not have everything yet.
    behind: bool,
    /// It kept up when time was jumped over.
    kept_up: bool,
}

/// Another replica, as a source of copies.
#[derive(Clone, Debug, Default)]
struct Inbox {
    name: u32,
    events: BTreeMap<u64, Event>,
    /// The event that is being taken in, and its layers that are not here.
    job: Option<(u64, Event, VecDeque<Layer>)>,
}

/// Copying everything.
#[derive(Clone, Debug)]
struct Sync {
    from: usize,
    image: Option<Arc<super::disk::Image>>,
    left: VecDeque<Layer>,
    tries: usize,
}

/// Layers that are copied from another registry.
#[derive(Clone, Debug)]
struct Import {
    client: ActorId,
    call: u64,
    from: usize,
    ask: Ask,
    left: VecDeque<Layer>,
}

impl Replica {
    /// One that has just been deployed at a site.
    pub fn new(settings: Arc<Settings>, directory: Arc<Directory>, site: usize) -> Self {
        let tier = settings.tiers[settings.tier];
        let of = settings.of(settings.sites[site].registry).filter(|other| *other != site);
        let peer = |other: usize| {
            let name = if settings.sites[other].initial { Settings::first_name(other) } else { 0 };
            let acked = (name > 0).then_some(0);
            let peer = Peer { name, acked, ..Peer::default() };
            (other, Peer { heard: true, ..peer })
        };
        let peers = of.map(peer).collect();
        Replica {
            directory,
            site,
            stamp: 0,
            own: 0,
            waiting: VecDeque::new(),
            uploads: BTreeMap::new(),
            reads: TokenBucket::new(tier.reads / 60.0, tier.reads),
            writes: TokenBucket::new(tier.writes / 60.0, tier.writes),
            busy: [SimTime::ZERO; 2],
            held: BTreeMap::new(),
            due: BTreeSet::new(),
            peers,
            inboxes: BTreeMap::new(),
            fetches: BTreeMap::new(),
            calls: 0,
            sync: None,
            nothing: BTreeSet::new(),
            compared: BTreeMap::new(),
            imports: BTreeMap::new(),
            pace: Pace::default(),
            settings,
        }
    }

    /// The site where it is.
    pub fn site(&self) -> usize {
        self.site
    }

    pub(super) fn on_start(&mut self, cx: Cx) {
        self.compare_later(cx);
        if cx.disk().state == State::Absent && self.settings.sites[self.site].initial {
            self.begin(cx);
        }
    }

    pub(super) fn on_restart(&mut self, cx: Cx) {
        let disk = cx.disk();
        self.own = disk.last_own();
        self.stamp = disk.image.tags.values().map(|tagged| tagged.version.stamp).max().unwrap_or(0);
        for peer in self.peers.values_mut() {
            peer.acked = None;
        }
        self.take_tier(cx);
        self.compare_later(cx);
        match disk.state {
            State::Absent if self.is_member(disk) => self.begin(cx),
            State::Absent => {}
            State::Syncing => self.resume(cx),
            State::Ready => self.ask_all(cx),
        }
    }

    /// Whether there is to be a replica here, as far as it knows.
    fn is_member(&self, disk: &Disk) -> bool {
        let told = disk.members.as_ref().map(|members| members.sites.contains(&self.site));
        told.unwrap_or(self.settings.sites[self.site].initial)
    }

    /// The other replicas that there are.
    fn others(&self, disk: &Disk) -> Vec<usize> {
        let sites = self.peers.keys().copied();
        match &disk.members {
            Some(members) => sites.filter(|site| members.sites.contains(site)).collect(),
            None => sites.filter(|site| self.settings.sites[*site].initial).collect(),
        }
    }

    fn persist(&mut self, record: Record, then: Waiting, cx: Cx) {
        let lsn = cx.persist(record);
        self.waiting.push_back((lsn, then));
    }

    pub(super) fn on_durable(&mut self, upto: Lsn, cx: Cx) {
        while let Some((lsn, _)) = self.waiting.front()
            && *lsn <= upto
        {
            let Some((_, then)) = self.waiting.pop_front() else { return };
            match then {
                Waiting::Answer(to, msg) => self.answer(to, msg, cx),
                Waiting::Own(event) => {
                    self.announce(&event, true, cx);
                    self.offer_all(cx);
                }
                Waiting::Taken(site, event) => self.on_taken_in(site, &event, cx),
                Waiting::Ready => self.on_ready(cx),
                Waiting::Nothing => {}
            }
        }
    }

    pub(super) fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        let site = self.directory.site_of(from);
        match (msg, site) {
            (Msg::Ask(call, ask, copies), _) => self.on_ask(from, (call, ask, copies), cx),
            (Msg::Reply(call, reply, _), Some(site)) => self.on_chunk(site, call, *reply, cx),
            (Msg::Probe(round), _) if self.refused(cx).is_none() => cx.send(from, Msg::Alive(round)),
            (Msg::Members(members), _) => self.on_members(*members, cx),
            (Msg::Offer(name, events), Some(site)) => self.on_offer(site, name, &events, cx),
            (Msg::Taken(of, upto, by), Some(site)) => self.on_taken(site, (of, upto, by), cx),
            (Msg::Have(seen, active), Some(site)) => self.on_have(site, &seen, &active, cx),
            (Msg::Wanted, Some(site)) => self.on_wanted(site, cx),
            (Msg::Image(image, had), Some(site)) => self.on_image(site, image, had, cx),
            _ => {}
        }
    }

    pub(super) fn on_timer(&mut self, timer: Timer, cx: Cx) {
        match timer {
            Timer::Serve => self.serve_held(cx),
            Timer::Offer(site) => self.on_offer_due(site, cx),
            Timer::Compare => self.compare(cx),
            Timer::Sync => self.resume(cx),
            Timer::Call(call) => self.on_stall(call, cx),
            _ => {}
        }
    }

    /// The control plane says which replicas there are.
    fn on_members(&mut self, members: Members, cx: Cx) {
        let known = cx.disk().members.as_ref().map(|known| known.version);
        let (member, state) = (members.sites.contains(&self.site), cx.disk().state);
        if known < Some(members.version) {
            self.persist(Record::Members(members), Waiting::Nothing, cx);
            // What was persisted is there a moment later.
            return cx.set_timer(Timer::Sync, Span::secs(1));
        }
        self.take_tier(cx);
        match state {
            State::Ready if member => {
                cx.send(self.directory.traffic_manager, Msg::Ready(self.site, true));
            }
            State::Absent if member => self.begin(cx),
            _ => self.leave(cx),
        }
    }

    /// A replica that is to be deleted goes once the others have what was pushed to it (ACR-7).
    fn leave(&mut self, cx: Cx) {
        let disk = cx.disk();
        if disk.state == State::Absent || self.is_member(disk) {
            return;
        }
        let last = disk.last_own();
        let has = |site: &usize| self.peers.get(site).is_some_and(|peer| peer.acked >= Some(last));
        let told = self.own == last && self.others(disk).iter().all(has);
        if told || disk.state == State::Syncing {
            self.forget(cx);
            self.persist(Record::Delete, Waiting::Nothing, cx);
            cx.send(self.directory.traffic_manager, Msg::Ready(self.site, false));
        }
    }

    /// Nothing that was going on goes on.
    fn forget(&mut self, cx: Cx) {
        let calls: Vec<u64> = self.fetches.keys().copied().collect();
        calls.into_iter().for_each(|call| cx.cancel_timer(Timer::Call(call)));
        self.fetches.clear();
        self.inboxes.clear();
        self.uploads.clear();
        self.sync = None;
        self.own = 0;
        self.work(cx);
    }

    /// The tier as the control plane said last.
    fn take_tier(&mut self, cx: Cx) {
        let tier = cx.disk().members.as_ref().map_or(self.settings.tier, |members| members.tier);
        let tier = self.settings.tiers[tier.min(self.settings.tiers.len() - 1)];
        let now = cx.monotonic();
        if self.reads.burst() != tier.reads || self.writes.burst() != tier.writes {
            self.reads.set_rate(tier.reads / 60.0, tier.reads, now);
            self.writes.set_rate(tier.writes / 60.0, tier.writes, now);
        }
    }

    /// A stamp after everything that was seen here, and no earlier than the clock.
    fn next_stamp(&mut self, cx: Cx) -> u64 {
        self.stamp = (self.stamp + 1).max(cx.now().0);
        self.stamp
    }

    /// Tells the receiver of webhooks of a push that is here now (ACR-6).
    fn announce(&self, event: &Event, made_here: bool, cx: Cx) {
        if let Event::Tag(_, tagged, bytes, at) = event
            && tagged.image.is_some()
        {
            cx.send(self.directory.hooks, Msg::Webhook(self.site, *at, made_here, *bytes));
        }
    }

    /// Busy while another replica that was silent catches up, or while it copies everything itself.
    fn work(&mut self, cx: Cx) {
        let behind = self.peers.values().any(|peer| peer.behind && !peer.silent);
        cx.busy(behind || self.sync.is_some());
    }

    /// Whether copies are under way.
    pub fn unfinished(&self, disk: &Disk) -> bool {
        let last = Some(disk.last_own());
        let others = self.others(disk);
        let lacks = |peer: &Peer| !peer.silent && peer.acked < last;
        let offers = !self.settings.without(Mutation::OfferOnce);
        let peers = self.peers.iter().filter(|(site, _)| others.contains(site));
        disk.state == State::Ready && offers && peers.into_iter().any(|(_, peer)| lacks(peer))
            || self.inboxes.values().any(|inbox| inbox.job.is_some())
            || self.sync.is_some()
    }

    fn refused(&self, cx: Cx) -> Option<Said> {
        let serves = match cx.disk().state {
            State::Ready => self.is_member(cx.disk()),
            State::Syncing => self.settings.without(Mutation::ReadyAtOnce),
            State::Absent => false,
        };
        (!serves).then_some(Said::Unavailable)
    }
}
