//! Bounded staleness away from the write region (COS-5): a replica reads only while it can show that it is fresh enough.
//!
//! The write region throttles when a region lags, but a region that is cut off does not hear of it. So each replica
//! there asks the writer from time to time how far it has committed. Once the replica has committed that much itself, it
//! lacks nothing that was acknowledged before it asked, and may serve reads for T from then. The writer answers only under
//! its lease: a deposed one cannot vouch for what its successor acknowledged.

use super::{Cx, Replica};
use crate::base::ids::ActorId;
use crate::base::time::{SimTime, Span};
use crate::system::cosmos_db::level::Level;
use crate::system::cosmos_db::message::Msg;
use crate::system::cosmos_db::timer::Timer;
use std::collections::VecDeque;

/// Questions asked within T.
const PER_BOUND: u64 = 20;
/// Clocks may run apart by this much (parts per thousand of T).
const DRIFT_PER_MILLE: u64 = 1;

/// What a replica of another region knows of its own staleness.
#[derive(Clone, Debug, Default)]
pub struct Freshness {
    /// Nothing acknowledged before this moment is lacking here, by this replica's clock.
    since: Option<SimTime>,
    /// Answers that are ahead of this replica's commit: (commit, when it was asked for).
    ahead: VecDeque<(u64, SimTime)>,
    /// The last answer.
    heard: SimTime,
}

impl Freshness {
    /// When the writer last answered.
    pub(super) fn heard(&self) -> SimTime {
        self.heard
    }
}

impl Replica {
    pub(super) fn keeps_fresh(&self) -> bool {
        self.settings.level == Level::BoundedStaleness
            && !self.settings.multi()
            && self.config.regions.len() > 1
            && self.config.partition(self.partition).writer != self.region
    }

    /// A replica of a long-running account has just shown that it is fresh.
    pub(super) fn begin_fresh(&mut self, cx: Cx) {
        self.freshness.since = Some(cx.monotonic());
        self.freshness.heard = cx.monotonic();
        self.schedule_freshness(cx);
    }

    pub(super) fn schedule_freshness(&mut self, cx: Cx) {
        if self.settings.level == Level::BoundedStaleness && !self.settings.multi() {
            cx.set_timer(Timer::Freshness, self.freshness_interval());
        }
    }

    pub(super) fn freshness_interval(&self) -> Span {
        Span(self.settings.bound.1.0 / PER_BOUND).clamp(Span::millis(100), Span::secs(10))
    }

    /// Asks the writer how far it has committed.
    pub(super) fn ask_freshness(&mut self, cx: Cx) {
        self.schedule_freshness(cx);
        if !self.keeps_fresh() || !self.serving {
            return;
        }
        let (now, interval) = (cx.monotonic(), self.freshness_interval());
        let writer = self.config.partition(self.partition).writer;
        if now.since(self.freshness.heard) > interval * 3 {
            self.shipper.peers.entry(writer).or_default().leader = None;
        }
        if let Some(leader) = self.peer_leader(writer, cx) {
            cx.send(leader, Msg::Freshness { epoch: self.epoch, asked: now });
        }
    }

    /// Another region asks; the writer answers while it holds its lease.
    pub(super) fn on_freshness(&mut self, from: ActorId, epoch: u32, asked: SimTime, cx: Cx) {
        if epoch == self.epoch
            && self.is_writer()
            && self.leader.writable
            && self.lease_until > cx.monotonic()
        {
            cx.send(from, Msg::FreshnessIs { epoch, asked, commit: self.commit });
        }
    }

    /// The writer's answer.
    pub(super) fn on_freshness_is(&mut self, epoch: u32, asked: SimTime, commit: u64, cx: Cx) {
        if epoch != self.epoch {
            return;
        }
        self.freshness.heard = cx.monotonic();
        if self.freshness.ahead.len() as u64 >= PER_BOUND {
            self.freshness.ahead.pop_front();
        }
        self.freshness.ahead.push_back((commit, asked));
        self.note_fresh();
    }

    /// More has been committed here.
    pub(super) fn note_fresh(&mut self) {
        let commit = self.commit;
        while let Some((_, asked)) = self.freshness.ahead.front().copied().filter(|(at, _)| *at <= commit) {
            self.freshness.ahead.pop_front();
            self.freshness.since = self.freshness.since.max(Some(asked));
        }
    }

    /// Whether no read served now can miss what was acknowledged more than T ago.
    pub(super) fn is_fresh(&self, now: SimTime) -> bool {
        if !self.keeps_fresh() {
            return true;
        }
        let bound = self.settings.bound.1;
        let bound = Span(bound.0 - bound.0 / 1000 * DRIFT_PER_MILLE);
        self.freshness.since.is_some_and(|since| now.since(since) < bound)
    }
}
