//! Reads that leave no entry in the log (dissertation, section 6.4): confirmed by a round of heartbeats, or by a lease.

use super::message::Effect;
use super::{Core, Member, Mutation, Read};
use crate::base::time::SimTime;

impl<I: Member, C: Clone> Core<I, C> {
    /// A read of this number: [`Effect::ReadAt`] says when it may be answered, [`Effect::StepDown`] that it never will.
    /// False if this member does not lead.
    pub fn read(&mut self, id: u64, now: SimTime) -> bool {
        if !self.leads() {
            return false;
        }
        if self.without(Mutation::ReadUnconfirmed) {
            self.effects.push(Effect::ReadAt(id, self.commit));
        } else if !self.settled() {
            self.leading.early.push(id);
        } else {
            self.begin_read(id, now);
        }
        true
    }

    fn begin_read(&mut self, id: u64, now: SimTime) {
        let index = self.commit;
        if self.members().agree(|who| who == self.me) || self.holds_lease(now) {
            return self.effects.push(Effect::ReadAt(id, index));
        }
        // Reads of one instant share a round.
        if self.leading.round.1 != now || self.leading.round.0 == 0 {
            self.leading.round = (self.leading.round.0 + 1, now);
            self.send_heartbeats(now);
        }
        let round = self.leading.round.0;
        self.leading.reads.push_back(Read { id, round, index });
    }

    /// The first entry of this term is committed.
    pub(super) fn begin_early_reads(&mut self, now: SimTime) {
        if self.settled() {
            for id in std::mem::take(&mut self.leading.early) {
                self.begin_read(id, now);
            }
        }
    }

    /// Whether a quorum answered something that this leader sent so short a time ago that none of them can have voted for
    /// another since.
    pub fn holds_lease(&self, now: SimTime) -> bool {
        if !self.settings.lease_reads || self.leading.lease_void {
            return false;
        }
        let answered = |who: I| match who == self.me {
            true => now.0,
            false => self.leading.peers.get(&who).map_or(0, |peer| peer.answered.0),
        };
        let since = self.members().reached(answered);
        since > 0 && now < SimTime(since) + self.settings.lease()
    }

    pub(super) fn confirm_reads(&mut self, _now: SimTime) {
        let confirmed = self.members().reached(|who| match who == self.me {
            true => u64::MAX,
            false => self.leading.peers.get(&who).map_or(0, |peer| peer.round),
        });
        while self.leading.reads.front().is_some_and(|read| read.round <= confirmed) {
            let Some(read) = self.leading.reads.pop_front() else { return };
            self.effects.push(Effect::ReadAt(read.id, read.index));
        }
    }
}
