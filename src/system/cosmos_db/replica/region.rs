//! What the account's configuration means to a leader: taking up writing, leaving it, lag, quorum (COS-5, COS-9, COS-11).

use super::{Cx, Replica};
use crate::algorithm::log::Term;
use crate::base::ids::{ActorId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::engine::record::Change;
use crate::system::cosmos_db::account::{AccountConfig, Begun};
use crate::system::cosmos_db::disk::DiskRecord;
use crate::system::cosmos_db::entry::{Body, Entry};
use crate::system::cosmos_db::level::Level;
use crate::system::cosmos_db::message::{Entries, Msg};
use crate::system::cosmos_db::mutation::Mutation;
use crate::system::cosmos_db::timer::Timer;
use std::sync::Arc;

/// A new writer waits this long for the other regions to say what they have.
const TAIL_WAIT: Span = Span::secs(2);
/// The throttle leaves this share of the bound as a margin for what is on its way.
const LAG_MARGIN: f64 = 0.9;

impl Replica {
    /// Configuration and lease, as this region's manager has them.
    pub(super) fn on_region(&mut self, config: Arc<AccountConfig>, lease: Span, cx: Cx) {
        if lease > Span::ZERO {
            self.lease_until = self.lease_until.max(self.copies.asked_at + lease);
        }
        let first = !std::mem::replace(&mut self.informed, true);
        if config.version <= self.config.version && !first {
            return;
        }
        let was_writer = self.is_writer() && !first;
        let was_online = self.config.online(self.region);
        let told = self.config.told_to_sync(self.region);
        let back: Vec<RegionId> = config.told_to_sync_after(&self.config).collect();
        if config.lives != self.config.lives {
            self.anew = cx.monotonic();
        }
        self.config = config;
        if !self.config.regions.contains_key(&self.region) {
            self.forget_data(cx);
        }
        let partition = self.config.partition(self.partition).clone();
        if self.is_leader() {
            let units = self.my_units();
            self.units.set_rate(units, cx.monotonic());
        }
        let promoted = partition.epoch > self.epoch;
        if self.settings.multi() && partition.writer != self.region && self.epoch < partition.restored {
            // COS-19: the account goes on from a backup, with which this data has nothing to do.
            self.forget_data(cx);
        }
        if promoted {
            self.epoch = partition.epoch;
            cx.persist(DiskRecord::Epoch(self.epoch));
            self.shipper.peers.clear();
            self.leader.regions.clear();
            self.leader.ages.clear();
            self.leader.handover = None;
            self.leader.drained = false;
            self.copies.hear_afresh();
        }
        let anew = promoted || self.config.told_to_sync(self.region) > told;
        if anew && partition.writer != self.region {
            self.synced = false;
            self.copies.hear_afresh();
        }
        self.ask_again(&back, cx);
        if !self.is_leader() {
            return;
        }
        let restored = !was_online && self.config.online(self.region) && !self.leader.writable;
        if self.is_writer() && (promoted || !was_writer || restored) {
            self.begin_writing(false, cx);
        } else if was_writer && !self.is_writer() {
            self.stop_writing(cx);
        }
        if self.is_writer() {
            self.confirm_joining(cx);
            self.appoint_shipper(cx);
            self.advance_global(cx);
        }
    }

    fn stop_writing(&mut self, cx: Cx) {
        self.leader.writable = false;
        self.shipper.duty = None;
        self.leader.shipper = None;
        cx.cancel_timer(Timer::ShipperWatch);
    }

    /// Becoming the writer: first look whether another region has more of the log (COS-9, catch-up).
    pub(super) fn begin_writing(&mut self, was_writable: bool, cx: Cx) {
        self.synced = true;
        if !self.config.online(self.region) && self.config.partition(self.partition).begun == Begun::Restore {
            // COS-19: the backup is not in yet.
            self.leader.writable = false;
            return cx.cancel_timer(Timer::CatchUp);
        }
        self.leader.tails.clear();
        let others: Vec<RegionId> = self.config.followers().filter(|r| *r != self.region).collect();
        if was_writable || self.settings.multi() || others.is_empty() {
            return self.finish_catch_up(cx);
        }
        self.leader.writable = false;
        for region in others {
            self.leader.tails.insert(region, false);
            if self.peer_leader(region, cx).is_some() {
                self.ask_tail(region, cx);
            }
        }
        cx.set_timer(Timer::CatchUp, TAIL_WAIT);
    }

    pub(super) fn ask_tail(&mut self, region: RegionId, cx: Cx) {
        if let Some(leader) = self.shipper.peers.get(&region).and_then(|p| p.leader) {
            let have = self.point(self.log.last());
            cx.send(leader, Msg::Tail { epoch: self.epoch, have });
        }
    }

    /// Another region was promoted and asks what this one has beyond it.
    pub(super) fn on_tail(&mut self, from: ActorId, epoch: u32, have: (u64, Term), cx: Cx) {
        if epoch < self.epoch {
            return;
        }
        let matches = self.log.matches(have.0, have.1);
        let entries: Entries = if matches && have.0 < self.log.last() {
            self.log.range(have.0 + 1, 4096).into()
        } else {
            Entries::from([])
        };
        cx.send(from, Msg::TailIs { epoch, prev: have, entries });
    }

    pub(super) fn on_tail_is(
        &mut self,
        from: ActorId,
        epoch: u32,
        prev: (u64, Term),
        entries: Entries,
        cx: Cx,
    ) {
        if epoch != self.epoch || !self.is_writer() || self.leader.writable {
            return;
        }
        let region = self.shipper.peers.iter().find(|(_, p)| p.leader == Some(from)).map(|(r, _)| *r);
        let new = self.log.last().saturating_sub(prev.0) as usize;
        if self.log.matches(prev.0, prev.1) && new < entries.len() {
            let at = self.point(self.log.last());
            let rest: Vec<_> = entries.iter().skip(new).cloned().collect();
            rest.iter().for_each(|(term, entry)| {
                self.log.append(*term, entry.clone());
            });
            self.send_appended(at, rest.into(), cx);
        }
        if let Some(region) = region {
            self.leader.tails.insert(region, true);
        }
        if self.leader.tails.values().all(|done| *done) {
            cx.cancel_timer(Timer::CatchUp);
            self.finish_catch_up(cx);
        }
    }

    /// All that can be had is here: the new lineage begins with this log.
    pub(super) fn finish_catch_up(&mut self, cx: Cx) {
        if !self.is_writer() {
            return;
        }
        if self.durable < self.log.last() {
            cx.set_timer(Timer::CatchUp, Span::millis(20));
            return;
        }
        self.leader.writable = true;
        let (partition, region) = (self.partition, self.region);
        let first_of_epoch =
            self.log.term_of(self.log.last()).is_none_or(|t| t.0 >> 32 < u64::from(self.epoch));
        let begun = self.config.partition(partition).begun;
        let one_log = !self.settings.multi() || begun == Begun::Restore;
        if first_of_epoch && self.epoch > 1 && one_log && self.copies.cut_epoch < self.epoch {
            self.copies.cut_epoch = self.epoch;
            cx.change(Change::LineageCut { partition, region, survivor: self.me, why: begun.name() });
            let first = Entry { body: Body::Epoch, bytes: 64, stamp: None };
            self.append_as_leader(vec![(self.term(), first)], cx);
        }
        if cx.monotonic() > SimTime::ZERO {
            cx.change(Change::Writable { partition, region });
        }
        self.appoint_shipper(cx);
        self.advance_global(cx);
    }

    /// COS-11: stop accepting writes until the target region has them all.
    pub(super) fn on_handover(&mut self, switch: (RegionId, u32), begin: bool, cx: Cx) {
        let overtaken = self.leader.handover.is_some_and(|(_, number)| number > switch.1);
        if !self.is_writer() || overtaken {
            return;
        }
        self.leader.handover = begin.then_some(switch);
        self.leader.drained = false;
        self.check_drained(cx);
    }

    fn check_drained(&mut self, cx: Cx) {
        let Some((to, switch)) = self.leader.handover else { return };
        let has_all = self.leader.regions.get(&to).is_some_and(|p| p.upto >= self.log.last());
        if has_all && self.commit == self.log.last() && !self.leader.drained {
            self.leader.drained = true;
            cx.send(self.directory.account, Msg::Drained { partition: self.partition, switch });
        }
    }

    /// The writing leader has committed more in its own region.
    pub(super) fn leader_committed(&mut self, cx: Cx) {
        self.advance_global(cx);
        self.check_drained(cx);
        self.report_conflicts(cx);
    }

    /// A region has committed more.
    pub(super) fn after_progress(&mut self, region: RegionId, cx: Cx) {
        self.advance_global(cx);
        self.check_drained(cx);
        self.forget_ages();
        if self.settings.level == Level::Strong {
            self.offer_quorum(region, cx);
            self.confirm_joining(cx);
        }
        if self.leader.throttling && !self.over_bound(cx) {
            self.leader.throttling = false;
            cx.change(Change::LagThrottle { partition: self.partition, on: false });
        }
        self.compact(cx);
    }

    /// What every region in service has is old; where there is no other, what every member has.
    pub(super) fn forget_ages(&mut self) {
        let others = self.config.followers().filter(|r| *r != self.region);
        let slowest = others.map(|r| self.leader.regions.get(&r).map_or(0, |p| p.upto)).min();
        let floor = slowest.unwrap_or_else(|| self.slowest_member());
        while self.leader.ages.front().is_some_and(|(index, _)| *index <= floor) {
            self.leader.ages.pop_front();
        }
    }

    /// COS-5: globally committed is what every region of the quorum has committed.
    pub(super) fn advance_global(&mut self, cx: Cx) {
        if self.settings.level != Level::Strong || !self.is_writer() || !self.leader.writable {
            return;
        }
        let quorum = &self.config.partition(self.partition).quorum;
        let others = quorum.iter().filter(|r| **r != self.region);
        let global = others
            .map(|r| self.leader.regions.get(r).map_or(0, |p| p.upto))
            .min()
            .unwrap_or(u64::MAX)
            .min(self.commit);
        if global > self.global {
            self.global = global;
            self.apply();
            self.send_marks(cx);
            self.wake_shipper(cx);
        }
    }

    /// COS-5: once a second the leader looks which regions hold the quorum up, or lag beyond the bound.
    pub(super) fn watch_lag(&mut self, cx: Cx) {
        if !self.is_leader() {
            return;
        }
        cx.set_timer(Timer::LagWatch, Span::secs(1));
        self.make_up(cx);
        self.confirm_joining(cx);
        // The last word on the commit may have been lost.
        if !std::mem::take(&mut self.leader.marks_sent) {
            self.send_marks(cx);
            self.leader.marks_sent = false;
        }
        if self.settings.level != Level::Strong || !self.is_writer() || self.commit <= self.global {
            return;
        }
        let now = cx.monotonic();
        let quorum = self.config.partition(self.partition).quorum.clone();
        for region in quorum.into_iter().filter(|r| *r != self.region) {
            let detect = self.settings.laws.quorum_detect.quantile(0.5);
            let progress = self.leader.regions.entry(region).or_default();
            let stuck = progress.upto <= self.global && self.commit > self.global;
            let oldest = self.leader.ages.iter().find(|(i, _)| *i > progress.upto).map_or(now, |(_, t)| *t);
            if stuck && now.since(oldest) > Span::from_secs_f64(detect) && !progress.asked_out {
                progress.asked_out = true;
                let what = format!("{} holds up the commit quorum", self.settings.region_name(region));
                cx.change(Change::Detected { what, partition: Some(self.partition) });
                let out = Msg::QuorumChange { partition: self.partition, region, out: true };
                cx.send(self.directory.account, out);
            }
        }
    }

    /// COS-5: a region that joins the quorum may serve when it has every entry that this log held when its leader learnt of
    /// that: later ones are not committed without it.
    fn confirm_joining(&mut self, cx: Cx) {
        if !self.is_writer() || !self.leader.writable {
            return;
        }
        let (now, last) = (cx.monotonic(), self.log.last());
        let joining = &self.config.partition(self.partition).joining;
        for (region, progress) in &mut self.leader.regions {
            if !joining.contains(region) {
                progress.join_at = None;
                continue;
            }
            let there = progress.upto >= *progress.join_at.get_or_insert(last);
            if there && now.since(progress.joined) >= Span::secs(1) {
                progress.joined = now;
                let (partition, region) = (self.partition, *region);
                cx.send(self.directory.account, Msg::Joined { partition, region });
            }
        }
    }

    /// A region that was taken out, or was about to be, has caught up.
    fn offer_quorum(&mut self, region: RegionId, cx: Cx) {
        let inside = self.config.partition(self.partition).quorum.contains(&region);
        let commit = self.commit;
        let progress = self.leader.regions.entry(region).or_default();
        let caught_up = progress.upto + 4 >= commit;
        if caught_up && (progress.asked_out || !inside) && self.config.online(region) {
            progress.asked_out = false;
            cx.send(
                self.directory.account,
                Msg::QuorumChange { partition: self.partition, region, out: false },
            );
        }
    }

    /// COS-5: whether a region lags so far that new writes must wait (bounded staleness).
    pub(super) fn lag_throttles(&mut self, cx: Cx) -> bool {
        if self.settings.level != Level::BoundedStaleness || self.settings.without(Mutation::ForgetThrottling)
        {
            return false;
        }
        let over = self.over_bound(cx);
        if over != self.leader.throttling {
            self.leader.throttling = over;
            cx.change(Change::LagThrottle { partition: self.partition, on: over });
        }
        over
    }

    fn over_bound(&self, cx: Cx) -> bool {
        let (k, t) = self.settings.bound;
        let now = cx.monotonic();
        let last = self.log.last();
        self.config.followers().filter(|r| *r != self.region && self.config.online(*r)).any(|region| {
            let Some(progress) = self.leader.regions.get(&region) else { return false };
            let lag = last.saturating_sub(progress.upto);
            if lag == 0 {
                return false;
            }
            let oldest = self.leader.ages.iter().find(|(i, _)| *i > progress.upto).map_or(now, |(_, at)| *at);
            let bound = t.seconds() * LAG_MARGIN;
            let drain = if progress.drain > 0.0 { lag as f64 / progress.drain } else { 0.0 };
            lag as f64 >= k as f64 * LAG_MARGIN.max(1.0 - 1.0 / k.max(1) as f64)
                || now.since(oldest).seconds() >= bound
                || (drain >= bound && lag > 100)
        })
    }
}
