//! Whether a replica would go on as it does now.
//!
//! What may grow without end is the log: it is kept until every member and every region of the account has it. While all
//! that are in service keep up, and a region that does not is past what the log still holds, so that only a copy of
//! everything can bring it back, nothing that a later moment depends on changes with time.

use super::Replica;
use crate::base::time::{SimTime, Span};
use crate::engine::contract::Steady;

/// An entry that a member or region in service still lacks is no older than this.
const FRESH: Span = Span::secs(5);

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
            || self.is_writer() && !leader.writable;
        Steady::when(!works && self.log_is_even(now) && self.vouched_for_is_even(now))
    }

    /// A writer's log: nobody in service lags by more than the last few seconds, and whoever is out of service gets a copy when it comes back.
    fn log_is_even(&self, now: SimTime) -> bool {
        if !self.is_writer() {
            return true;
        }
        let young =
            self.leader.ages.iter().rev().take_while(|(_, at)| now.since(*at) <= FRESH).count() as u64;
        let has = |upto: u64| upto + young >= self.commit;
        let members = self.members();
        let member = |m: &crate::base::ids::ActorId| has(self.leader.tally.of(*m).unwrap_or(0));
        let mut regions = self.config.regions.keys().filter(|r| **r != self.region);
        members.iter().all(member)
            && regions.all(|r| {
                // Of a region that has not answered this leader it is not known where its log ends.
                let upto = self.leader.regions.get(r).map_or(0, |progress| progress.upto);
                upto > 0 && upto < self.log.base() || has(upto)
            })
    }

    /// A reader that has to show how fresh it is: it was vouched for just now, or can show nothing any more.
    fn vouched_for_is_even(&self, now: SimTime) -> bool {
        let heard = now.since(self.freshness.heard()) <= FRESH + self.freshness_interval();
        !self.keeps_fresh() || heard || !self.is_fresh(now)
    }
}
