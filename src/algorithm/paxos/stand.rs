//! Phase 1: standing for leader.

use super::message::{Effect, Message, Record};
use super::{Ballot, Core, Id, Mutation, Proposal, Role};
use crate::base::time::SimTime;
use std::collections::{BTreeMap, BTreeSet};

/// What a candidate has been told.
#[derive(Clone, Debug)]
pub struct Candidacy<C> {
    ballot: Ballot,
    promised: BTreeSet<Id>,
    /// Of each slot what was accepted in the highest ballot.
    found: BTreeMap<u64, (Ballot, Proposal<C>)>,
}

impl<C> Default for Candidacy<C> {
    fn default() -> Self {
        Candidacy { ballot: Ballot::default(), promised: BTreeSet::new(), found: BTreeMap::new() }
    }
}

impl<C: Clone> Core<C> {
    /// No leader was heard of for long enough.
    pub fn time_out(&mut self, now: SimTime) {
        if self.role != Role::Leader {
            self.leader = None;
            self.stand(now);
        }
    }

    /// It prepares a ballot of its own for all slots that it does not know to be chosen.
    pub(super) fn stand(&mut self, now: SimTime) {
        // The next time-out ends this attempt, if nothing else has.
        self.effects.push(Effect::WaitForLeader);
        if self.stable.mute || now < self.quiet_until {
            return;
        }
        self.follow();
        self.round = self.round.max(self.stable.promised.round) + 1;
        let ballot = Ballot { round: self.round, who: self.me };
        self.stable.promised = ballot;
        self.effects.push(Effect::Persist(Record::Promised(ballot)));
        self.role = Role::Candidate;
        self.effects.push(Effect::Became(Role::Candidate));
        let found = self.stable.accepted.range(self.chosen + 1..).map(|(slot, a)| (*slot, a.clone()));
        let found = if self.without(Mutation::IgnoreAccepted) { BTreeMap::new() } else { found.collect() };
        self.standing = Candidacy { ballot, promised: BTreeSet::from([self.me]), found };
        let first = self.chosen + 1;
        for to in self.others() {
            self.effects.push(Effect::Vow(to, Message::Prepare { ballot, first }));
        }
        self.lead_if_promised(now);
    }

    pub(super) fn on_promise(
        &mut self,
        from: Id,
        ballot: Ballot,
        accepted: Vec<(u64, Ballot, Proposal<C>)>,
        now: SimTime,
    ) {
        if self.role != Role::Candidate || ballot != self.standing.ballot {
            return;
        }
        self.standing.promised.insert(from);
        let ignored = self.without(Mutation::IgnoreAccepted);
        for (slot, ballot, proposal) in accepted.into_iter().filter(|_| !ignored) {
            if self.standing.found.get(&slot).is_none_or(|(known, _)| *known < ballot) {
                self.standing.found.insert(slot, (ballot, proposal));
            }
        }
        self.lead_if_promised(now);
    }

    /// A quorum promised: what it had accepted is proposed again, and gaps are closed.
    fn lead_if_promised(&mut self, now: SimTime) {
        if self.standing.promised.len() < self.settings.quorum() {
            return;
        }
        let Candidacy { ballot, mut found, .. } = std::mem::take(&mut self.standing);
        let first = self.chosen + 1;
        let last = found.last_key_value().map_or(self.chosen, |(slot, _)| *slot);
        let nothing = || Proposal { command: None, bytes: 0 };
        let again: Vec<Proposal<C>> =
            (first..=last).map(|slot| found.remove(&slot).map_or_else(nothing, |(_, p)| p)).collect();
        self.lead(ballot, again, now);
    }

    /// Another takes part in higher ballots only. A leader prepares a higher one at once, a candidate next time.
    pub(super) fn on_refused(&mut self, ballot: Ballot, promised: Ballot, now: SimTime) {
        self.round = self.round.max(promised.round);
        let mine = match self.role {
            Role::Leader => self.leading.ballot == ballot,
            Role::Candidate => self.standing.ballot == ballot,
            Role::Follower => false,
        };
        if !mine || promised <= ballot {
            return;
        }
        if self.role == Role::Leader {
            return self.stand(now);
        }
        self.follow();
        self.effects.push(Effect::WaitForLeader);
    }
}
