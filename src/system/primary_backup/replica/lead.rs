//! The primary: its beats, what it may acknowledge, and whom it counts on.

use super::peer::Peer;
use super::{Cx, Entry, Held, Kin, Replica, Role, Term};
use crate::algorithm::lease::Holder;
use crate::base::ids::{ActionId, ActorId};
use crate::base::time::SimTime;
use crate::engine::record::Change;
use crate::system::pace::Pace;
use crate::system::primary_backup::Mutation;
use crate::system::primary_backup::configuration::Set;
use crate::system::primary_backup::disk::DiskRecord;
use crate::system::primary_backup::message::{Appended, Ask, Have, Msg};
use crate::system::primary_backup::settings::{Mode, Ship};
use crate::system::primary_backup::timer::Timer;
use std::collections::BTreeMap;

/// What a primary keeps in memory.
#[derive(Clone, Debug)]
pub(super) struct Lead {
    /// Its first entry: nothing is acknowledged before that is.
    pub barrier: u64,
    /// It has said that it begins.
    pub announced: bool,
    /// It serves, or has served.
    pub writable: bool,
    /// Its own log is durable up to here.
    pub stable: u64,
    /// Acknowledged up to here.
    pub commit: u64,
    /// The backups, by slot.
    pub peers: BTreeMap<usize, Peer>,
    /// Leases from the coordinator's nodes, and up to when each has confirmed this primary.
    pub leases: Vec<Holder>,
    pub confirmed: Vec<SimTime>,
    /// The last time it asked for them.
    pub renewed: SimTime,
    /// Writes that wait to be acknowledged, by the index of their entry and with the time they came; and reads.
    pub writes: BTreeMap<u64, (ActorId, Box<Ask>, SimTime)>,
    pub reads: Vec<(SimTime, ActorId, Box<Ask>)>,
    /// The in-sync set in a proposal whose outcome is not known.
    pub proposed: Option<Set>,
    /// Semi-synchronous: it has fallen back to asynchronous.
    pub fallen_back: bool,
    /// Since when it waits for the first entry of its epoch.
    pub since: SimTime,
    /// It is handing over to this replica, by this order.
    pub handing: Option<(usize, (ActionId, ActorId))>,
    /// Another may be the primary by now, by its own doing.
    pub released: bool,
    /// How fast it is written to, and what a jump left out.
    pub pace: Pace,
}

impl Replica {
    fn new_lead(&self, barrier: u64, now: SimTime) -> Lead {
        let nodes = self.directory.coordinator.len();
        // A backup either has all that came before, or says what it has.
        let last = barrier.checked_sub(1).unwrap_or(self.log.last());
        Lead {
            barrier,
            announced: false,
            writable: false,
            stable: 0,
            commit: self.applied,
            peers: self.others().map(|(slot, _)| (slot, Peer::new(last, now))).collect(),
            leases: vec![Holder::new(); nodes],
            confirmed: vec![SimTime::ZERO; nodes],
            renewed: SimTime::ZERO,
            writes: BTreeMap::new(),
            reads: Vec::new(),
            proposed: None,
            fallen_back: false,
            since: now,
            handing: None,
            released: false,
            pace: Pace::default(),
        }
    }

    /// The primary of the table: it has been one for a while.
    pub(super) fn lead_from_the_start<S: Kin>(&mut self, cx: Cx<S>) {
        let now = cx.monotonic();
        let mut lead = self.new_lead(0, now);
        (lead.announced, lead.writable) = (true, true);
        for holder in &mut lead.leases {
            holder.requested(now);
            holder.granted(now, self.settings.silence);
        }
        self.role = Role::Primary(Box::new(lead));
        // Its beats and recovery points are in no step with those of others.
        let phase = cx.random("phase").uniform();
        cx.set_timer(Timer::Beat, self.settings.heartbeat.scale(phase));
        self.begin_points(cx);
    }

    fn begin_points<S: Kin>(&mut self, cx: Cx<S>) {
        if let Ship::Points(every, _) = self.settings.ship {
            let phase = cx.random("points").uniform();
            cx.set_timer(Timer::Cut, every.scale(phase));
        }
    }

    /// All that was acknowledged is here, and on disk: a new epoch begins with an entry of its own.
    pub(super) fn begin_to_lead<S: Kin>(&mut self, cx: Cx<S>) {
        let (succeeds, everywhere) = match &self.role {
            Role::New(survey) => (survey.succeeds, survey.everywhere),
            _ => (false, 0),
        };
        let (term, now) = (self.term(), cx.monotonic());
        let age = now.since(self.whole.1).seconds();
        if succeeds {
            self.tell_what_returns(everywhere, cx);
        }
        let barrier = self.log.append(term, Entry::Epoch);
        let prev = (barrier - 1, self.log.term_of(barrier - 1).unwrap_or_default());
        let lead = self.new_lead(barrier, now);
        self.role = Role::Primary(Box::new(lead));
        self.keep_entries(prev, vec![Entry::Epoch], cx);
        cx.cancel_timer(Timer::Silence);
        let partition = self.partition;
        if succeeds && self.settings.lags() {
            cx.change(Change::Observed { what: "recovery-point-age", value: age });
        }
        let (region, leader) = (self.region(), self.me);
        cx.change(Change::Elected { partition, region, leader });
        self.begin_points(cx);
        self.beat(cx);
    }

    /// Its log has nothing of the primary before it, which may have done without the end of it: that is back. All replicas
    /// had the log up to `everywhere`.
    fn tell_what_returns<S: Kin>(&mut self, everywhere: u64, cx: Cx<S>) {
        let followed = self.log.last_term().0 + 1 >= self.known.now.epoch;
        if followed || self.settings.no_loss() {
            return;
        }
        for write in self.writes_after(everywhere, cx) {
            cx.change(Change::ConflictFeed { partition: self.partition, write });
        }
    }

    /// Hands entries of its own to the disk.
    pub(super) fn keep_entries<S: Kin>(&mut self, prev: (u64, Term), entries: Vec<Entry>, cx: Cx<S>) {
        let (term, last, now) = (self.term(), self.log.last(), cx.monotonic());
        self.whole = (last, self.whole.1.max(now));
        let entries = entries.into_iter().map(|entry| (term, entry)).collect();
        self.persist(DiskRecord::Append(prev, entries, self.whole), cx);
        self.held.push_back((self.handed, Held::Stable(term.0, last)));
    }

    pub(super) fn on_stable<S: Kin>(&mut self, epoch: u64, index: u64, cx: Cx<S>) {
        if epoch != self.known.now.epoch {
            return;
        }
        let (partition, region, survivor, why) = (self.partition, self.region(), self.me, self.why());
        let in_sync = self.known.now.in_sync;
        let Some(lead) = self.lead_mut() else { return };
        lead.stable = lead.stable.max(index);
        if !std::mem::replace(&mut lead.announced, true) {
            cx.change(Change::LineageCut { partition, region, survivor, why });
            self.tell_quorum(in_sync, cx);
        }
        self.advance(cx);
    }

    fn tell_quorum<S: Kin>(&self, in_sync: Set, cx: Cx<S>) {
        if self.settings.keeps_in_sync() {
            let mut regions: Vec<_> = in_sync.iter().map(|slot| self.settings.slots[slot].region).collect();
            regions.sort_unstable();
            regions.dedup();
            cx.change(Change::Quorum { partition: self.partition, regions });
        }
    }

    pub(super) fn in_sync_changed<S: Kin>(&mut self, before: Set, cx: Cx<S>) {
        if !self.is_primary() || before == self.known.now.in_sync {
            return;
        }
        let names: Vec<String> = self.known.now.in_sync.iter().map(|slot| slot.to_string()).collect();
        self.milestone(&format!("in sync are replicas {}", names.join(", ")), cx);
        self.tell_quorum(self.known.now.in_sync, cx);
        self.advance(cx);
    }

    /// Whether it may still take itself for the primary: its lease, where it needs one.
    pub(super) fn may_act(&self, now: SimTime) -> bool {
        let Role::Primary(lead) = &self.role else { return false };
        let majority = lead.leases.len() / 2 + 1;
        let valid = lead.leases.iter().filter(|lease| lease.valid(now)).count();
        !lead.released && (!self.settings.lease || valid >= majority || self.without(Mutation::OutliveLease))
    }

    /// Whether it serves requests.
    pub(super) fn serves(&self, now: SimTime) -> bool {
        matches!(&self.role, Role::Primary(lead) if lead.writable && lead.handing.is_none())
            && self.may_act(now)
    }

    /// Up to where the backups have enough.
    fn backed_up(&self, lead: &Lead) -> u64 {
        let matched = |slot: usize| lead.peers.get(&slot).map_or(0, |peer| peer.matched);
        match self.settings.mode {
            _ if self.without(Mutation::AcknowledgeAlone) => u64::MAX,
            Mode::Synchronous(_) => {
                let counted = lead.proposed.unwrap_or_default().and(self.known.now.in_sync);
                counted.without(self.slot).iter().map(matched).min().unwrap_or(u64::MAX)
            }
            Mode::SemiSynchronous(k, _) if !lead.fallen_back => {
                let mut all: Vec<u64> = lead.peers.values().filter(|p| !p.blank).map(|p| p.matched).collect();
                all.sort_unstable_by(|a, b| b.cmp(a));
                k.checked_sub(1).map_or(u64::MAX, |at| all.get(at).copied().unwrap_or(0))
            }
            Mode::SemiSynchronous(..) | Mode::Asynchronous => u64::MAX,
        }
    }

    /// Acknowledges what can be.
    pub(super) fn advance<S: Kin>(&mut self, cx: Cx<S>) {
        let now = cx.monotonic();
        let Role::Primary(lead) = &self.role else { return };
        let upto = lead.stable.min(self.backed_up(lead));
        if upto <= lead.commit.max(lead.barrier.saturating_sub(1)) || !lead.announced || !self.may_act(now) {
            return self.hand_over(cx);
        }
        self.commit_upto(upto, cx);
        self.hand_over(cx);
    }

    pub(super) fn on_appended<S: Kin>(&mut self, from: ActorId, appended: Appended, cx: Cx<S>) {
        let Some(slot) = self.directory.slot(self.partition, from) else { return };
        let (epoch, now) = (self.known.now.epoch, cx.monotonic());
        let Appended { upto, blank, .. } = appended;
        let last = self.log.last();
        let old = self.without(Mutation::AcceptOldEpoch);
        let Some(lead) = self.lead_mut().filter(|_| appended.epoch == epoch || old) else { return };
        let commit = lead.commit;
        let Some(peer) = lead.peers.get_mut(&slot) else { return };
        if blank && !peer.blank {
            peer.matched = peer.matched.min(upto);
            peer.kept_up = false;
        }
        if upto > peer.matched {
            peer.image = None;
        }
        (peer.contact, peer.blank) = (now, blank);
        peer.arrived(upto.min(last));
        peer.answers(appended.sent);
        if blank && peer.matched >= commit && peer.matched >= lead.barrier {
            cx.send(from, Msg::Admit(epoch));
        }
        self.everywhere =
            self.lead_mut().and_then(|l| l.peers.values().map(|p| p.matched).min()).unwrap_or(last);
        self.feed(slot, cx);
        self.advance(cx);
        self.consider_in_sync(slot, cx);
    }

    /// A backup that has caught up belongs to the in-sync set again; with enough of them, the primary waits for them again.
    fn consider_in_sync<S: Kin>(&mut self, slot: usize, cx: Cx<S>) {
        let last = self.log.last();
        let Role::Primary(lead) = &self.role else { return };
        let Some(peer) = lead.peers.get(&slot).filter(|peer| !peer.blank) else { return };
        match self.settings.mode {
            Mode::Synchronous(_) => {
                let known = self.known.now.in_sync;
                if !known.has(slot) && lead.announced && peer.matched >= lead.commit.max(lead.barrier) {
                    self.propose_in_sync(known.with(slot), cx);
                }
            }
            Mode::SemiSynchronous(k, _) if lead.fallen_back => {
                let caught_up = lead.peers.values().filter(|p| !p.blank && p.matched >= last).count();
                if caught_up >= k {
                    if let Some(lead) = self.lead_mut() {
                        lead.fallen_back = false;
                    }
                    self.milestone("semi-synchronous again", cx);
                }
            }
            _ => {}
        }
    }

    pub(super) fn on_rejected<S: Kin>(
        &mut self,
        from: ActorId,
        (epoch, have, sent): (u64, &Have, SimTime),
        cx: Cx<S>,
    ) {
        let Some(slot) = self.directory.slot(self.partition, from) else { return };
        if epoch != self.known.now.epoch {
            return;
        }
        let common = self.log.lineage().divergence(&have.lineage, self.log.last(), have.last);
        let (now, again) = (cx.monotonic(), self.settings.heartbeat);
        let Some(peer) = self.lead_mut().and_then(|lead| lead.peers.get_mut(&slot)) else { return };
        (peer.contact, peer.blank) = (now, have.blank);
        peer.answers(sent);
        if peer.image.is_some() {
            return;
        }
        peer.rejected(common, again, now);
        if common < have.base {
            return self.begin_image(slot, cx);
        }
        self.feed(slot, cx);
    }

    /// Says that it is there, and looks after those that are silent.
    pub(super) fn beat<S: Kin>(&mut self, cx: Cx<S>) {
        if !self.is_primary() {
            return;
        }
        cx.set_timer(Timer::Beat, self.settings.heartbeat);
        self.renew(cx);
        self.make_up(cx);
        let now = cx.monotonic();
        let window = self.settings.window.0;
        let mut busy = false;
        for (slot, _) in self.others() {
            let lively = self.lively(slot, now);
            if let Some(peer) = self.lead_mut().and_then(|lead| lead.peers.get_mut(&slot)) {
                peer.silent = !lively;
                // What is on its way to one that does not answer is no work: it waits for as long as that one is away.
                busy |= lively && peer.catches_up(window);
            }
            self.feed(slot, cx);
            self.send_empty(slot, cx);
        }
        cx.busy(busy);
        self.look_after(now, cx);
        self.advance(cx);
    }

    /// Whether a backup was heard of lately.
    pub(super) fn lively(&self, slot: usize, now: SimTime) -> bool {
        let Role::Primary(lead) = &self.role else { return false };
        lead.peers.get(&slot).is_some_and(|peer| now.since(peer.contact) < self.settings.silence)
    }

    fn look_after<S: Kin>(&mut self, now: SimTime, cx: Cx<S>) {
        let Role::Primary(lead) = &self.role else { return };
        let waits_since = lead.writes.values().next().map(|(.., since)| *since);
        let waits_since = if lead.writable { waits_since } else { Some(lead.since) };
        let untold = lead.confirmed.iter().filter(|at| now.since(**at) < self.settings.silence.scale(2.0));
        let lost_touch = untold.count() < lead.confirmed.len() / 2 + 1;
        let settled = now.since(lead.since) > self.settings.silence.scale(2.0);
        match self.settings.mode {
            Mode::Synchronous(Some(after)) if lead.announced => {
                let known = self.known.now.in_sync;
                let silent =
                    |slot: &usize| lead.peers.get(slot).is_some_and(|p| now.since(p.contact) > after);
                let kept = known.iter().filter(silent).fold(known, Set::without);
                if kept != known {
                    self.propose_in_sync(kept, cx);
                }
            }
            Mode::SemiSynchronous(_, Some(after))
                if !lead.fallen_back && waits_since.is_some_and(|since| now.since(since) >= after) =>
            {
                if let Some(lead) = self.lead_mut() {
                    lead.fallen_back = true;
                }
                self.milestone("too few backups answer: asynchronous", cx);
            }
            _ => {}
        }
        if lost_touch && settled {
            self.ask_who_leads(cx);
        }
    }

    /// It is the primary no more: who waits here asks another.
    pub(super) fn step_down<S: Kin>(&mut self, cx: Cx<S>) {
        let role = std::mem::replace(&mut self.role, Role::Backup);
        self.proposing = None;
        for timer in [Timer::Beat, Timer::Cut, Timer::SwitchLate, Timer::Survey, Timer::Propose] {
            cx.cancel_timer(timer);
        }
        let Role::Primary(lead) = role else { return };
        if self.uses_parts() {
            // What was not acknowledged may be cut off yet.
            self.whole.0 = lead.commit;
        }
        cx.busy(false);
        for slot in lead.peers.keys().map(|slot| *slot as u8) {
            for timer in [Timer::Ship(slot), Timer::Image(slot)] {
                cx.cancel_timer(timer);
            }
        }
        let writes = lead.writes.into_values().map(|(from, ask, _)| (from, ask));
        for (from, ask) in writes.chain(lead.reads.into_iter().map(|(_, from, ask)| (from, ask))) {
            self.send_on(from, &ask, cx);
        }
    }
}
