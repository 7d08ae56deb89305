//! Several write regions (COS-6): each region's writes travel to every other, in order per region; what two regions wrote
//! without knowing of each other is settled by the account's policy.

use super::ship::RETRY;
use super::{Cx, Replica};
use crate::algorithm::conflict::Policy;
use crate::algorithm::log::Term;
use crate::algorithm::version_vector::VersionVector;
use crate::base::ids::{ActorId, RegionId};
use crate::engine::record::Change;
use crate::model::operation::Key;
use crate::system::cosmos_db::entry::{Body, Entry, Lost, Stamp, generation, order};
use crate::system::cosmos_db::message::{Entries, Msg};
use crate::system::cosmos_db::store::Conflict;
use crate::system::cosmos_db::timer::Timer;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Writes of one region in one message.
const BATCH: usize = 256;
/// Writes in flight to one region before it acknowledges.
const WINDOW: u64 = 4096;
/// Of each region, writes kept that arrived before others that they follow; later ones are sent again. Each region has
/// room of its own: what would let the others have their turn must always find a place.
const EARLY: u64 = WINDOW + BATCH as u64;

impl Replica {
    /// Rebuilds the index of origins after the log was loaded.
    pub(super) fn index_origins(&mut self, base: u64) {
        for index in base + 1..=self.log.last() {
            let Some(entry) = self.log.get(index) else { continue };
            entry.raise(&mut self.vector);
            if let Some(stamp) = entry.stamp.clone() {
                self.remember(stamp.origin, stamp.seq, index);
            }
        }
    }

    pub(super) fn remember_own(&mut self, seq: u64, index: u64) {
        self.remember(self.own(), seq, index);
    }

    fn remember(&mut self, origin: u32, seq: u64, index: u64) {
        let base = self.log.base();
        let known: &mut VecDeque<(u64, u64)> = self.by_origin.entry(origin).or_default();
        while known.front().is_some_and(|(_, at)| *at <= base) {
            known.pop_front();
        }
        if known.back().is_none_or(|(s, _)| *s < seq) {
            known.push_back((seq, index));
        }
    }

    /// The log index up to which the writes of `origin` are covered by `seq` of them.
    pub(super) fn index_of(&self, origin: u32, seq: u64) -> u64 {
        let Some(known) = self.by_origin.get(&origin) else { return self.log.last() };
        let at = known.partition_point(|(s, _)| *s <= seq);
        known.get(at).map_or(self.log.last(), |(_, index)| index - 1)
    }

    /// The log index up to which everybody's writes are covered by `vector`.
    pub(super) fn index_covered_by(&self, vector: &VersionVector) -> u64 {
        let each = self.by_origin.keys().map(|origin| self.index_of(*origin, vector.get(*origin)));
        each.min().unwrap_or(self.log.last())
    }

    /// Whether the log here begins after something that a region with this vector lacks.
    fn dropped_after(&self, vector: &VersionVector) -> bool {
        let missing = self.vector.missing_from(vector);
        missing.into_iter().any(|(origin, first, _)| !self.keeps(origin, first))
    }

    /// Whether the log has write `seq` of `origin`.
    fn keeps(&self, origin: u32, seq: u64) -> bool {
        let Some(known) = self.by_origin.get(&origin) else { return false };
        let found = known.binary_search_by_key(&seq, |(s, _)| *s);
        found.is_ok_and(|at| known[at].1 > self.log.base())
    }

    /// What of each region has been applied to the documents here.
    pub(super) fn applied_vector(&self) -> VersionVector {
        if self.applied >= self.log.last() {
            return self.vector.clone();
        }
        let mut lowest = BTreeMap::new();
        for index in (self.applied + 1..=self.log.last()).rev() {
            for (origin, below) in self.log.get(index).into_iter().flat_map(Entry::below) {
                lowest.insert(origin, below);
            }
        }
        self.vector.iter().map(|(origin, seq)| (origin, *lowest.get(&origin).unwrap_or(&seq))).collect()
    }

    /// The order number of a new write of `key`, after every write of it in the documents and in the log.
    pub(super) fn order_after(&self, key: Key, deletes: bool, value: u64) -> u64 {
        let mut number = self.store.next_order(key, deletes, value);
        for index in self.applied + 1..=self.log.last() {
            let Some(entry) = self.log.get(index) else { continue };
            let Some(stamp) = entry.stamp.as_ref().filter(|_| entry.body.writes().any(|(k, _)| k == key))
            else {
                continue;
            };
            let after = order(generation(stamp.order) + u64::from(deletes), value);
            number = number.max(if after > stamp.order { after } else { stamp.order + 1 });
        }
        number
    }

    /// Sends a region what it lacks of this region's writes.
    pub(super) fn ship_deltas(&mut self, region: RegionId, cx: Cx) {
        let Some(leader) = self.ship_leader(region, cx) else { return };
        let own = self.own();
        let commit = self.commit;
        let peer = self.shipper.peers.entry(region).or_default();
        if peer.copying {
            return;
        }
        if !peer.known {
            if std::mem::replace(&mut peer.asked, true) {
                return;
            }
            peer.sent_vector = peer.vector.get(own);
            let vector = self.vector.clone();
            return cx.send(leader, Msg::Deltas { entries: Entries::from([]), vector });
        }
        let from = peer.sent_vector;
        let arrived = peer.resumed.map_or(0, |(at, _)| at);
        if from > peer.vector.get(own).max(arrived) + WINDOW {
            return;
        }
        let mut entries = self.own_after(own, from, commit);
        if entries.is_empty() {
            return;
        }
        self.shipper.peers.entry(region).or_default().weigh(&mut entries);
        let last = entries.last().and_then(|(_, e)| e.stamp.as_ref()).map_or(from, |s| s.seq);
        let vector = self.vector.clone();
        self.shipper.peers.entry(region).or_default().sent_vector = last;
        cx.send(leader, Msg::Deltas { entries: entries.into(), vector });
    }

    /// Committed writes of `origin` after number `seq`; none if the log does not have the next one.
    fn own_after(&self, origin: u32, seq: u64, commit: u64) -> Vec<(Term, Entry)> {
        let known = self.by_origin.get(&origin).filter(|_| self.keeps(origin, seq + 1));
        let Some(known) = known else { return Vec::new() };
        let at = known.partition_point(|(s, _)| *s <= seq);
        known
            .range(at..)
            .take(BATCH)
            .take_while(|(_, index)| *index <= commit)
            .filter_map(|(_, index)| self.log.get(*index).map(|e| (Term(0), e.clone())))
            .collect()
    }

    /// Writes of another region arrive at this region's leader.
    pub(super) fn on_deltas(&mut self, from: ActorId, entries: Entries, vector: VersionVector, cx: Cx) {
        if !self.is_leader() {
            return;
        }
        if self.copies.blank {
            return self.ask_copy(from, cx);
        }
        for (_, entry) in entries.iter() {
            let Some(Stamp { origin, seq, .. }) = entry.stamp.as_deref() else { continue };
            let held = self.vector.get(*origin);
            if *seq > held && *seq <= held + EARLY {
                self.copies.early.insert((*origin, *seq), entry.clone());
            }
        }
        let (news, gap) = self.admit_early();
        if !news.is_empty() {
            self.count_blanks(&news);
            self.append_as_leader(news, cx);
        }
        self.copies.ship_from = Some(from);
        self.copies.sources.insert(from);
        self.copies.peer_vector.get_or_insert(vector);
        self.answer_deltas(from, gap || entries.is_empty(), cx);
        self.note_merge_sync(cx);
    }

    /// Takes, of the writes that have arrived, those whose turn it is: after all earlier ones of their region, and after
    /// everything that was in the log where they were accepted. Says too whether an earlier one of some region is missing.
    fn admit_early(&mut self) -> (Vec<(Term, Entry)>, bool) {
        let mut news = Vec::new();
        let (mut gap, mut more) = (false, true);
        while std::mem::take(&mut more) {
            gap = false;
            let mut first = self.copies.early.keys().next().copied();
            while let Some((origin, seq)) = first {
                let next = self.vector.get(origin) + 1;
                let entry = self.copies.early.get(&(origin, seq));
                let seen = entry.and_then(|e| e.stamp.as_ref()).map(|s| &s.seen);
                let ready = seq == next && seen.is_none_or(|seen| self.vector.covers(seen));
                gap |= seq > next;
                if seq > next || (seq == next && !ready) {
                    // Nothing later of this region can have its turn before.
                    first = self.copies.early.range((origin + 1, 0)..).next().map(|(at, _)| *at);
                    continue;
                }
                if let Some(entry) = self.copies.early.remove(&(origin, seq)).filter(|_| ready) {
                    self.vector.advance(origin, seq);
                    self.remember(origin, seq, self.log.last() + 1 + news.len() as u64);
                    news.push((self.term(), entry));
                    more = true;
                }
                first = self.copies.early.range((origin, seq)..).next().map(|(at, _)| *at);
            }
        }
        (news, gap)
    }

    /// Tells a region what has been committed here of everybody's writes.
    pub(super) fn answer_deltas(&self, to: ActorId, resume: bool, cx: Cx) {
        // What is missing is told from what has arrived, progress from what is committed.
        let vector = if resume { self.vector.clone() } else { self.applied_vector() };
        cx.send(to, Msg::Merged { region: self.region, vector, resume });
    }

    /// Tells everyone who has sent writes lately what is committed here: who hears nothing of it sends nothing more.
    pub(super) fn answer_sources(&mut self, cx: Cx) {
        for to in &self.copies.sources {
            self.answer_deltas(*to, false, cx);
        }
        if self.applied >= self.log.last() {
            self.copies.sources.clear();
        }
    }

    /// A region says what it has.
    pub(super) fn on_merged(
        &mut self,
        from: ActorId,
        region: RegionId,
        vector: VersionVector,
        resume: bool,
        cx: Cx,
    ) {
        if !self.ships() {
            // Whoever passes on what a third region wrote is answered as well.
            if self.is_leader() && !resume {
                let (me, epoch) = (self.me, self.epoch);
                self.on_progress(me, (region, epoch), 0, Some(vector), cx);
            }
            return;
        }
        let own = self.own();
        let (all, now, at) = (self.vector.get(own), cx.monotonic(), vector.get(own));
        let peer = self.shipper.peers.entry(region).or_default();
        peer.leader = Some(from);
        // Each message under way behind a gap is answered: what is missing is sent once.
        let again = peer.resumed.is_some_and(|(from, when)| from == at && now.since(when) < RETRY);
        if resume && again {
            return;
        }
        // Regions compare vectors all the time: only one that rises, or has everything, shows progress.
        if at > peer.vector.get(own) || at >= all {
            peer.last_progress = now;
            peer.idle_retries = 0;
            peer.missed &= at < all;
        }
        peer.sent_vector = if resume || !peer.known { at } else { peer.sent_vector.max(at) };
        peer.known = true;
        let copying = peer.copying;
        let lacks = (resume || copying) && self.dropped_after(&vector);
        if lacks && resume && self.config.partition(self.partition).writer == self.region {
            return self.copy_to_region(from, region, cx);
        }
        let peer = self.shipper.peers.entry(region).or_default();
        peer.copying &= lacks;
        if resume {
            peer.resumed = Some((at, now));
            return self.ship_deltas(region, cx);
        }
        peer.vector.merge(&vector);
        self.report_progress(region, 0, Some(vector), cx);
        self.ship_deltas(region, cx);
    }

    /// COS-6: leaders of all write regions compare vectors, and pass on what a third region lacks.
    pub(super) fn exchange_vectors(&mut self, cx: Cx) {
        if !self.is_leader() {
            return;
        }
        cx.set_timer(Timer::AntiEntropy, self.settings.laws.anti_entropy);
        self.copies.sources.extend(self.copies.ship_from);
        self.answer_sources(cx);
        self.copies.sources.clear();
        self.relay(cx);
        self.report_conflicts(cx);
        self.note_merge_sync(cx);
        self.compact(cx);
    }

    /// Passes on other regions' writes that a peer reports to lack for longer than a round.
    fn relay(&mut self, cx: Cx) {
        let own = self.own();
        let known = std::mem::take(&mut self.copies.lagging);
        for region in self.config.followers().filter(|r| *r != self.region).collect::<Vec<_>>() {
            let Some(theirs) = self.copies.vectors.get(&region) else { continue };
            for (origin, from, _) in self.vector.missing_from(theirs) {
                if origin == own || origin == self.config.origin(region) {
                    continue;
                }
                let stuck = known.contains(&(region, origin, from));
                self.copies.lagging.insert((region, origin, from));
                let entries = if stuck {
                    self.own_after(origin, from.saturating_sub(1), self.commit)
                } else {
                    Vec::new()
                };
                if let (false, Some(leader)) = (entries.is_empty(), self.peer_leader(region, cx)) {
                    let vector = self.vector.clone();
                    cx.send(leader, Msg::Deltas { entries: entries.into(), vector });
                }
            }
        }
    }

    /// The hub reports the conflicts it has met, once for the account; a merge procedure runs there, exactly once.
    pub(super) fn report_conflicts(&mut self, cx: Cx) {
        let conflicts = std::mem::take(&mut self.conflicts);
        let hub = self.is_leader() && self.config.partition(self.partition).writer == self.region;
        if !hub || !self.settings.multi() {
            return;
        }
        for conflict in conflicts {
            self.settle(conflict, cx);
        }
    }

    fn settle(&mut self, conflict: Conflict, cx: Cx) {
        let Conflict { key, winner, loser, stamps } = conflict;
        let partition = self.partition;
        match self.settings.policy {
            Policy::Custom if self.settings.merge_procedure => {
                cx.change(Change::Merged { partition, of: vec![winner, loser], into: winner });
                let seen = stamps.0.order.max(stamps.1.order);
                self.append_hub(Body::Put(key, winner), seen + 1);
            }
            Policy::Custom => {
                let body = Body::Feed(Arc::from([Lost { key, write: loser, removes: false }]));
                self.append_hub(body, 0);
                cx.change(Change::ConflictFeed { partition, write: loser });
            }
            _ => cx.change(Change::ConflictLost { partition, loser, winner }),
        }
        let queued = std::mem::take(&mut self.copies.hub_entries);
        if !queued.is_empty() {
            self.append_as_leader(queued, cx);
        }
    }

    /// Queues a write of the hub itself.
    fn append_hub(&mut self, body: Body, order: u64) {
        let origin = self.own();
        let seq = self.vector.get(origin) + 1;
        let seen = self.vector.clone();
        self.vector.advance(origin, seq);
        let at = self.log.last() + 1 + self.copies.hub_entries.len() as u64;
        self.remember(origin, seq, at);
        let stamp = Some(Arc::new(Stamp { origin, seq, order, seen }));
        let term = self.term();
        self.copies.hub_entries.push((term, Entry { body, bytes: 256, stamp }));
    }

    /// A region that comes back is in sync when it has what another one had when that first spoke: under load something
    /// newer is always on its way.
    pub(super) fn note_merge_sync(&mut self, cx: Cx) {
        let caught_up = |theirs: &VersionVector| self.applied_vector().covers(theirs);
        if !self.synced && self.copies.peer_vector.as_ref().is_some_and(caught_up) {
            self.synced = true;
            self.send_alive(cx);
        }
    }
}
