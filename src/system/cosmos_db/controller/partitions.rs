//! Failover of each partition on its own (COS-9, edition 2026).
//!
//! A region's manager says which partitions have a leader and a majority there. A partition that its write region has
//! not named for as long as the edition's law has it, because the region is silent or because the partition is down
//! within it, moves to another region; the rest of the region goes on writing. It moves back when the old region names it
//! again and has caught up with it.

use super::{AGAIN, CONNECTED, Controller, Cx, LOOK_AGAIN};
use crate::base::ids::{PartitionId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::engine::record::Change;
use crate::system::cosmos_db::account::AccountConfig;
use crate::system::cosmos_db::level::Level;
use crate::system::cosmos_db::message::{Decision, Msg};
use crate::system::cosmos_db::timer::Timer;
use std::sync::Arc;

/// What the controller knows of a partition in its write region.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    /// When the write region last said that it can write.
    pub(super) well: SimTime,
    /// For how long it may not say so.
    patience: Option<Span>,
    pub(super) stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stage {
    Watching,
    /// A decision falls due.
    Deciding,
    /// A decision was taken: it may have to wait for a lease.
    Decided(SimTime),
    /// Nobody could take over.
    Stuck(SimTime),
}

impl Watched {
    fn new(now: SimTime) -> Watched {
        Watched { well: now, patience: None, stage: Stage::Watching }
    }
}

impl Controller {
    /// Whether partitions fail over one by one: with several write regions there is nothing to fail over but the hub.
    pub(super) fn by_partition(&self) -> bool {
        self.settings.failover.per_partition && !self.settings.multi() && self.may_fail_over()
    }

    /// A region says which of its partitions can write.
    pub(super) fn partitions_alive(&mut self, region: RegionId, led: &[PartitionId], cx: Cx) {
        for p in led.iter().filter(|p| self.config.partition(**p).writer == region) {
            let fresh = Watched::new(cx.monotonic());
            if let Some(old) = self.watched.insert(*p, fresh)
                && old.stage == Stage::Deciding
            {
                cx.cancel_timer(Timer::DecidePartition(*p));
            }
        }
    }

    /// The write region of a partition is another one now: it is watched from now on.
    pub(super) fn partitions_moved(&mut self, before: &AccountConfig, cx: Cx) {
        for p in self.all_partitions() {
            if before.partition(p).epoch != self.config.partition(p).epoch {
                cx.cancel_timer(Timer::DecidePartition(p));
                self.watched.insert(p, Watched::new(cx.monotonic()));
            }
        }
    }

    /// Partitions that cannot be written for too long are noticed.
    pub(super) fn watch_partitions(&mut self, cx: Cx) {
        if !self.by_partition() {
            return;
        }
        let now = cx.monotonic();
        for p in self.all_partitions() {
            let watched = self.watched.entry(p).or_insert_with(|| Watched::new(now));
            let law = &self.settings.failover.detect;
            let draw = || law.span(cx.random("detect")).max(CONNECTED);
            let patience = *watched.patience.get_or_insert_with(draw);
            let due = match watched.stage {
                Stage::Watching => now.since(watched.well) >= patience,
                Stage::Deciding => false,
                Stage::Decided(at) => now.since(at) >= AGAIN,
                Stage::Stuck(at) => now.since(at) >= LOOK_AGAIN,
            };
            if !due {
                continue;
            }
            if let Stage::Stuck(_) = watched.stage {
                self.decide_partition(p, cx);
                continue;
            }
            watched.stage = Stage::Deciding;
            let writer = self.config.partition(p).writer;
            let what = format!("{} does not write partition {}", self.settings.region_name(writer), p.0);
            cx.change(Change::Detected { what, partition: Some(p) });
            let after = self.settings.failover.decide.span(cx.random("decide"));
            cx.set_timer(Timer::DecidePartition(p), after);
        }
    }

    /// COS-9: the partition moves to the first region that qualifies; if none does, its writes stop.
    pub(super) fn decide_partition(&mut self, p: PartitionId, cx: Cx) {
        let now = cx.monotonic();
        let from = self.config.partition(p).writer;
        let to = self.target(from, &[p], now).filter(|_| self.by_partition());
        let stage = if to.is_some() { Stage::Decided(now) } else { Stage::Stuck(now) };
        self.watched.entry(p).or_insert_with(|| Watched::new(now)).stage = stage;
        let Some(to) = to else { return };
        let what = format!("fail over partition {} to {}", p.0, self.settings.region_name(to));
        cx.change(Change::Decided { what, partition: Some(p) });
        let lost = now.since(self.last(from)) >= CONNECTED;
        let decision = Decision::FailOver { partitions: Arc::from([p]), from, to, lost };
        cx.send(self.directory.account, Msg::Decide(decision));
    }

    /// Edition 2026: a partition moves back by itself once the old write region has caught up with it.
    pub(super) fn fail_back(&mut self, cx: Cx) {
        let settings = &self.settings;
        if !settings.failover.automatic_failback || settings.multi() || self.switch_due.is_some() {
            return;
        }
        let switching = self.asked.iter().any(|(_, d)| matches!(d, Decision::Switch { .. }));
        let (home, now) = (self.home, cx.monotonic());
        if switching
            || now < self.back_after
            || !self.config.online(home)
            || self.held_offline.contains(&home)
        {
            return;
        }
        let ready: Vec<PartitionId> =
            self.all_partitions().into_iter().filter(|p| self.may_go_back(*p, now)).collect();
        if ready.is_empty() {
            return;
        }
        let what = format!("switch back to {}", self.settings.region_name(home));
        cx.change(Change::Decided { what, partition: None });
        let decision = Decision::Switch { to: home, partitions: Arc::from(ready) };
        self.asked.push((None, decision.clone()));
        cx.send(self.directory.account, Msg::Decide(decision));
    }

    fn may_go_back(&self, p: PartitionId, now: SimTime) -> bool {
        let (home, partition) = (self.home, self.config.partition(p));
        let leads = |r: RegionId| {
            self.heard.get(&r).is_some_and(|h| now.since(h.at) < CONNECTED && h.led.contains(&p))
        };
        let synced = self.heard.get(&home).is_some_and(|h| h.synced.contains(&p));
        let inside = self.settings.level != Level::Strong || partition.full_member(home);
        partition.writer != home && leads(home) && leads(partition.writer) && synced && inside
    }
}
