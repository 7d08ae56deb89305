//! A replica of one partition in one region.
//!
//! The leader of the write region's set gives writes their place in the log and acknowledges them when a majority of
//! the set has them durably (COS-2). One secondary ships the committed log to the other regions (COS-4), whose leaders
//! append it through their own sets. Readers are served from the committed prefix (COS-5).

mod append;
mod capacity;
mod copy;
mod feed;
mod follow;
mod freshness;
mod membership;
mod merge;
mod pace;
mod read;
mod region;
mod ship;
mod steady;
mod write;

use crate::algorithm::election::Ballot;
use crate::algorithm::log::{ReplicatedLog, Term};
use crate::algorithm::quorum::Tally;
use crate::algorithm::version_vector::VersionVector;
use crate::base::ids::{ActorId, PartitionId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::engine::contract::{Ctx, Lsn};
use crate::system::cosmos_db::CosmosDb;
use crate::system::cosmos_db::account::AccountConfig;
use crate::system::cosmos_db::disk::{DiskRecord, SetConfig};
use crate::system::cosmos_db::entry::Entry;
use crate::system::cosmos_db::message::{Ask, Marks, Msg};
use crate::system::cosmos_db::settings::{Directory, Settings};
use crate::system::cosmos_db::store::{Conflict, Store};
use crate::system::cosmos_db::tenure::Tenure;
use crate::system::cosmos_db::timer::Timer;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

type Cx<'a, 'b> = &'a mut Ctx<'b, CosmosDb>;

/// A replica: leader, secondary, or an empty spare slot.
#[derive(Clone, Debug)]
pub struct Replica {
    pub(super) settings: Arc<Settings>,
    pub(super) directory: Arc<Directory>,
    /// The partition.
    pub partition: PartitionId,
    /// The region.
    pub region: RegionId,
    me: ActorId,
    manager: ActorId,
    fresh: bool,

    log: ReplicatedLog<Entry>,
    store: Store,
    applied: u64,
    durable: u64,
    in_flight: VecDeque<(Lsn, InFlight)>,
    promised: Ballot,
    set: Option<SetConfig>,
    serving: bool,
    commit: u64,
    /// The commit here is as far as the leader's was when it last spoke: until then, after a start, nothing is read.
    current: bool,
    global: u64,
    /// What the leader last said of the log, ahead of what is durable here perhaps.
    marked: Marks,
    /// Everybody has the log up to here; `region_floor`: as the write region says.
    floor: u64,
    region_floor: u64,
    /// Who last appended to this log.
    following: Option<Following>,
    /// Conflicts met while applying and not yet reported.
    conflicts: Vec<Conflict>,

    config: Arc<AccountConfig>,
    /// The configuration was heard of since the process started: before that it may be out of date.
    informed: bool,
    epoch: u32,
    /// When this replica learnt that some region's data began anew.
    anew: SimTime,
    lease_until: SimTime,
    synced: bool,

    /// Several write regions: writes of each region in this log.
    vector: VersionVector,
    /// Several write regions: log index of each recent write, by origin.
    by_origin: BTreeMap<u32, VecDeque<(u64, u64)>>,
    leader: Leader,
    shipper: Shipper,
    units: capacity::Units,
    copies: copy::Copies,
    freshness: freshness::Freshness,
}

/// Whom a member follows.
#[derive(Clone, Copy, Debug)]
struct Following {
    tenure: Tenure,
    leader: ActorId,
    /// The log here is known to be the leader's up to this index: only that far may it be acknowledged or committed.
    matched: u64,
}

/// What only a leader knows.
#[derive(Clone, Debug, Default)]
struct Leader {
    /// How often it cut its log since it was elected.
    cuts: u32,
    /// Durable index of each member.
    tally: Tally<ActorId>,
    /// Set while members are brought up to a new configuration.
    activating: Option<(Ballot, Arc<[ActorId]>)>,
    /// Writes waiting for their quorum, by index.
    waiting: VecDeque<Waiting>,
    /// Committed index of each other region.
    regions: BTreeMap<RegionId, RegionProgress>,
    /// This leader has caught up with other regions in its epoch and accepts writes.
    writable: bool,
    /// Answers of other regions in the catch-up after a promotion.
    tails: BTreeMap<RegionId, bool>,
    /// A planned switch is under way, to this region and of this number: accept no writes until it is over.
    handover: Option<(RegionId, u32)>,
    drained: bool,
    /// Who ships, and when it last reported.
    shipper: Option<ActorId>,
    shipper_heard: SimTime,
    /// When each entry was appended that some region lacks, or, where there is no other region, some member: (index, time).
    ages: VecDeque<(u64, SimTime)>,
    pace: pace::Pace,
    throttling: bool,
    /// The members were told of the commit since the last look.
    marks_sent: bool,
    last_stamp_us: u64,
    learner: Option<ActorId>,
    orphans_from: Option<ActorId>,
    orphans_at: u64,
    settling: Option<feed::Settling>,
}

/// What the leader of the writing set knows of another region.
#[derive(Clone, Debug, Default)]
struct RegionProgress {
    upto: u64,
    /// Several write regions: it has everybody's writes in this log up to here; `upto` tells of those of this region.
    covered: u64,
    heard: SimTime,
    asked_out: bool,
    /// Joining the quorum: where this leader's log ended when it learnt of that, and when it last said that the region
    /// has come so far.
    join_at: Option<u64>,
    joined: SimTime,
    /// Acknowledged entries per second, smoothed.
    drain: f64,
}

/// A write that waits for its quorum.
#[derive(Clone, Debug)]
struct Waiting {
    index: u64,
    from: ActorId,
    ask: Box<Ask>,
    status: crate::model::operation::Status,
    charge: f32,
}

/// What the shipping replica keeps for each other region.
#[derive(Clone, Debug, Default)]
struct Shipper {
    /// The epoch in which the leader gave this replica the duty: in another one its log may not be the account's.
    duty: Option<u32>,
    leader: Option<ActorId>,
    peers: BTreeMap<RegionId, Peer>,
    armed: bool,
    /// The next look at regions that do not answer is due; setting its timer again would put it off.
    retrying: bool,
}

#[derive(Clone, Debug, Default)]
struct Peer {
    leader: Option<ActorId>,
    sent: u64,
    acked: u64,
    known: bool,
    /// Its log did not join on: it was sent what follows this point, and gets nothing more until it has answered.
    probing: Option<u64>,
    /// It has been asked where it stands.
    asked: bool,
    /// Its manager has been asked who leads there.
    resolving: bool,
    idle_retries: u32,
    global_sent: u64,
    last_progress: SimTime,
    vector: VersionVector,
    sent_vector: u64,
    /// From where it was last sent what it lacks, and when.
    resumed: Option<(u64, SimTime)>,
    copying: bool,
    /// When a copy that does not arrive is given up.
    copy_until: SimTime,
    /// Who answered last, when, and how long after the answer before it.
    answering: Option<ActorId>,
    answered: SimTime,
    gap: Span,
    /// How often the window of entries under way was halved, and how many have come through since.
    narrowed: u32,
    through: u64,
    /// Time was jumped over while it was away: what it lacks of that is sent in full.
    missed: bool,
}

/// Something handed to the disk.
#[derive(Clone, Debug)]
enum InFlight {
    /// The log up to this index.
    Log(u64),
    /// A promise to answer when durable.
    Promise(Ballot),
    /// A copy that was installed.
    Installed,
}

impl Leader {
    /// Up to where `quorum` of these members have the log durably.
    fn reached(&self, members: &[ActorId], quorum: usize) -> u64 {
        let mut tally = self.tally.clone();
        tally.retain(|m| members.contains(&m));
        tally.reached_by(quorum)
    }
}

impl Replica {
    /// A replica that has just started, whatever its disk holds: it takes that up in `on_start` or `on_restart`.
    pub fn new(
        settings: Arc<Settings>,
        directory: Arc<Directory>,
        (partition, region, me): (PartitionId, RegionId, ActorId),
    ) -> Replica {
        let manager = directory.managers[&region];
        let config = Arc::new(AccountConfig::initial(&settings));
        let units = capacity::Units::new(settings.units_per_s);
        let store = Store::new(partition, settings.registers);
        Replica {
            partition,
            region,
            me,
            manager,
            fresh: true,
            log: ReplicatedLog::default(),
            store,
            applied: 0,
            durable: 0,
            in_flight: VecDeque::new(),
            promised: Ballot(0),
            set: None,
            serving: false,
            commit: 0,
            current: false,
            global: 0,
            marked: Marks::default(),
            floor: 0,
            region_floor: 0,
            following: None,
            conflicts: Vec::new(),
            config,
            informed: false,
            epoch: 0,
            anew: SimTime::ZERO,
            lease_until: SimTime::ZERO,
            synced: false,
            vector: VersionVector::default(),
            by_origin: BTreeMap::new(),
            leader: Leader::default(),
            shipper: Shipper::default(),
            units,
            copies: copy::Copies::default(),
            freshness: freshness::Freshness::default(),
            settings,
            directory,
        }
    }

    /// At the start everything is as a long-running account left it: configured, elected, in sync.
    pub fn on_start(&mut self, cx: Cx) {
        self.recover(cx);
        self.fresh = false;
        self.epoch = self.config.partition(self.partition).epoch;
        self.informed = true;
        self.current = true;
        if self.set.is_some() {
            self.leader.writable = true;
            self.synced = self.config.regions.contains_key(&self.region);
            self.lease_until = cx.monotonic() + self.settings.laws.lease;
            self.take_up_role(cx);
        }
        self.begin_fresh(cx);
        let phase = Span(cx.random("phase").below(self.settings.laws.heartbeat.0));
        cx.set_timer(Timer::Heartbeat, phase);
    }

    /// Takes up what the disk holds after a restart, and asks the manager for the rest.
    pub fn on_restart(&mut self, cx: Cx) {
        self.recover(cx);
        self.send_alive(cx);
        self.schedule_freshness(cx);
        cx.set_timer(Timer::Heartbeat, self.settings.laws.heartbeat);
    }

    fn recover(&mut self, cx: Cx) {
        let disk = cx.disk();
        self.log = disk.log.clone();
        self.store = disk.store.clone();
        self.applied = disk.log.base();
        self.commit = disk.log.base();
        self.durable = disk.log.last();
        self.promised = disk.promised;
        self.set = disk.set.clone();
        self.epoch = disk.epoch;
        self.following = None;
        self.in_flight.clear();
        self.vector = disk.vector.clone();
        self.by_origin.clear();
        self.copies.blank = disk.blank;
        self.index_origins(disk.log.base());
        let first = Store::new(self.partition, self.settings.registers);
        if self.log.last() == 0 && self.store == Store::default() && self.store != first {
            self.store = first.clone();
            cx.persist(DiskRecord::Format(Box::new(first)));
        }
    }

    /// Dispatches a message.
    pub fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        match msg {
            Msg::Ask(ask) => self.on_ask(from, ask, cx),
            Msg::Append { tenure, prev, entries, last, marks } => {
                self.on_append(from, tenure, (prev, entries, last), marks, cx)
            }
            Msg::Ack { tenure, upto } => {
                self.on_ack(from, tenure, upto, cx);
                self.check_restored(cx);
            }
            Msg::Nack { tenure, have, copy } => self.on_nack(from, tenure, (have, copy), cx),
            Msg::Commit { tenure, marks } => self.on_commit(tenure, marks, cx),
            Msg::ShipDuty { ballot, epoch, on } => self.on_ship_duty(from, ballot, on.then_some(epoch), cx),
            Msg::Progress { region, epoch, upto, vector } => {
                self.on_progress(from, (region, epoch), upto, vector, cx)
            }
            Msg::Ship { epoch, prev, entries, marks } => self.on_ship(from, epoch, prev, entries, marks, cx),
            Msg::Shipped { region, blank: true, .. } => self.copy_to_region(from, region, cx),
            Msg::Shipped { region, epoch, upto, resume, .. } => {
                self.on_shipped(from, region, epoch, (upto, resume), cx)
            }
            Msg::Deltas { entries, vector } => self.on_deltas(from, entries, vector, cx),
            Msg::Merged { region, vector, resume } => self.on_merged(from, region, vector, resume, cx),
            Msg::Orphans { writes, bytes } => self.on_orphans(from, writes, bytes, cx),
            Msg::OrphansKept => self.on_orphans_kept(cx),
            Msg::ReadFeed(_) => self.on_read_feed(from, cx),
            Msg::SettleFeed(_, page) => self.on_settle_feed(from, &page, cx),
            Msg::Prepare { ballot } => self.on_prepare(from, ballot, cx),
            Msg::Activate { ballot, members } => self.on_activate(ballot, members, cx),
            Msg::Configure { ballot, members, leader } => self.on_configure(ballot, members, leader, cx),
            Msg::Region { config, lease } => self.on_region(config, lease, cx),
            Msg::Resolved { region, leader, .. } => self.on_peer_resolved(region, leader, cx),
            Msg::Handover { to, begin, switch, .. } => self.on_handover((to, switch), begin, cx),
            Msg::Tail { epoch, have } => self.on_tail(from, epoch, have, cx),
            Msg::TailIs { epoch, prev, entries } => self.on_tail_is(from, epoch, prev, entries, cx),
            Msg::Build { target } => self.on_build(target, cx),
            Msg::Copy(tenure, image) => self.on_copy(from, tenure, image, cx),
            Msg::Backup(image) => self.on_restore(image, cx),
            Msg::Freshness { epoch, asked } => self.on_freshness(from, epoch, asked, cx),
            Msg::FreshnessIs { epoch, asked, commit } => self.on_freshness_is(epoch, asked, commit, cx),
            Msg::MoreUnits => self.on_more_units(from, cx),
            Msg::Units(granted, wait) => self.units.granted(granted, wait, cx.monotonic()),
            _ => {}
        }
    }

    /// Dispatches a timer.
    pub fn on_timer(&mut self, timer: Timer, cx: Cx) {
        match timer {
            Timer::Heartbeat => {
                self.send_alive(cx);
                cx.set_timer(Timer::Heartbeat, self.settings.laws.heartbeat);
            }
            Timer::Resend => self.resend(cx),
            Timer::Ship => self.on_ship_timer(cx),
            Timer::ShipRetry => self.on_ship_retry(cx),
            Timer::ShipperWatch => self.watch_shipper(cx),
            Timer::AntiEntropy => self.exchange_vectors(cx),
            Timer::CatchUp => self.finish_catch_up(cx),
            Timer::Backup => self.take_backup(cx),
            Timer::Freshness => self.ask_freshness(cx),
            Timer::LagWatch => self.watch_lag(cx),
            Timer::CopyNext => self.on_copy_done(cx),
            _ => {}
        }
    }

    /// Records are durable.
    pub fn on_durable(&mut self, upto: Lsn, cx: Cx) {
        while let Some((lsn, _)) = self.in_flight.front() {
            if *lsn > upto {
                break;
            }
            let Some((_, what)) = self.in_flight.pop_front() else { break };
            match what {
                InFlight::Log(index) => self.on_log_durable(index, cx),
                InFlight::Promise(ballot) => self.answer_promise(ballot, cx),
                InFlight::Installed => self.on_installed(cx),
            }
        }
    }

    /// Whether this replica leads its set and may act as its leader now.
    pub fn is_leader(&self) -> bool {
        self.serving && self.set.as_ref().is_some_and(|s| s.leader == self.me)
    }

    /// Whether this replica leads its set, or is bringing it up to its log to lead it.
    fn leads(&self) -> bool {
        self.is_leader() || self.leader.activating.is_some()
    }

    /// Whether this replica leads the set that writes.
    pub fn is_writer(&self) -> bool {
        self.informed && self.is_leader() && self.config.writes(&self.settings, self.partition, self.region)
    }

    fn ballot(&self) -> Ballot {
        self.set.as_ref().map_or(Ballot(0), |s| s.ballot)
    }

    /// How many entries the leader remembers the time of.
    pub fn appends_remembered(&self) -> usize {
        self.leader.ages.len()
    }

    /// What this leader's messages to its members are stamped with.
    fn tenure(&self) -> Tenure {
        let ballot = self.leader.activating.as_ref().map_or(self.ballot(), |(ballot, _)| *ballot);
        Tenure { ballot, cuts: self.leader.cuts }
    }

    /// A copy that replaced everything is not durable yet: until then nothing else is taken.
    fn installing(&self) -> bool {
        self.in_flight.iter().any(|(_, what)| matches!(what, InFlight::Installed))
    }

    fn members(&self) -> Arc<[ActorId]> {
        self.set.as_ref().map_or_else(|| Arc::from([]), |s| s.members.clone())
    }

    /// Several write regions: under which number this region's writes are counted.
    fn own(&self) -> u32 {
        self.config.origin(self.region)
    }

    /// The term in which this leader writes: the account's epoch, then the set's ballot.
    fn term(&self) -> Term {
        Term((u64::from(self.epoch) << 32) | (self.ballot().0 & 0xffff_ffff))
    }

    /// Index and term of the entry at `index`, for matching logs.
    fn point(&self, index: u64) -> (u64, Term) {
        (index, self.log.lineage().term_of(index).unwrap_or(Term(0)))
    }
}
