//! Whether a replica would go on as it does now.
//!
//! What may grow without end is the log: it is kept until every member and every region of the account has it. While all
//! that answer keep up, and a region that does not is past what the log still holds, so that only a copy of everything can
//! bring it back, nothing that a later moment depends on changes with time. While the log is kept for a region that has
//! long been silent, only its length does, and that is made up for after a jump: see `pace.rs`.

use super::Replica;
use crate::base::ids::{ActorId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::engine::contract::Steady;

/// An entry that a member or region in service still lacks is no older than this.
const FRESH: Span = Span::secs(5);
/// A region that was not heard for so long is away, rather than slow.
const AWAY: Span = Span::mins(1);

impl Replica {
    /// For how long it would.
    pub fn steady(&self, now: SimTime) -> Steady {
        let (leader, copies) = (&self.leader, &self.copies);
        let works = self.installing()
            || !copies.due.is_empty()
            || copies.orphans.is_some()
            || copies.restoring
            || leader.activating.is_some()
            || leader.learner.is_some()
            || leader.orphans_from.is_some()
            || leader.settling.is_some()
            || leader.handover.is_some()
            || self.is_writer() && (!leader.writable || leader.pace.owes());
        Steady::when(!works && self.log_is_even(now) && self.vouched_for_is_even(now))
    }

    /// A writer's log: nobody who answers lags by more than the last few seconds.
    fn log_is_even(&self, now: SimTime) -> bool {
        if !self.is_writer() {
            return true;
        }
        let young =
            self.leader.ages.iter().rev().take_while(|(_, at)| now.since(*at) <= FRESH).count() as u64;
        let members = self.members();
        let member = |m: &ActorId| self.leader.tally.of(*m).unwrap_or(0) + young >= self.commit;
        let mut regions = self.config.regions.keys().filter(|r| **r != self.region);
        members.iter().all(member)
            && regions.all(|r| self.is_away(*r, now) || self.is_past(*r) || self.lag_of(*r) <= young)
    }

    /// Whether the log is kept for a region that is away: it is what grows.
    pub(super) fn keeps_log(&self, now: SimTime) -> bool {
        let mut others = self.config.regions.keys().filter(|r| **r != self.region);
        others.any(|r| self.is_away(*r, now) && !self.is_past(*r) && self.lag_of(*r) > 0)
    }

    fn is_away(&self, region: RegionId, now: SimTime) -> bool {
        let known = self.leader.regions.get(&region);
        known.is_none_or(|progress| now.since(progress.heard) >= AWAY)
    }

    /// The log no longer holds what the region lacks. Of one that has not answered this leader nothing is known.
    fn is_past(&self, region: RegionId) -> bool {
        let upto = self.leader.regions.get(&region).map_or(0, |progress| progress.upto);
        upto > 0 && upto < self.log.base()
    }

    /// How many of this region's writes another one lacks.
    fn lag_of(&self, region: RegionId) -> u64 {
        if self.settings.multi() {
            let own = self.own();
            let held = self.copies.vectors.get(&region).map_or(0, |vector| vector.get(own));
            return self.vector.get(own).saturating_sub(held);
        }
        let upto = self.leader.regions.get(&region).map_or(0, |progress| progress.upto);
        self.commit.saturating_sub(upto)
    }

    /// A reader that has to show how fresh it is: it was vouched for just now, or can show nothing any more.
    fn vouched_for_is_even(&self, now: SimTime) -> bool {
        let heard = now.since(self.freshness.heard()) <= FRESH + self.freshness_interval();
        !self.keeps_fresh() || heard || !self.is_fresh(now)
    }
}
