//! The acceptor and learner.

use super::message::{Effect, Message, Record};
use super::{Ballot, Core, Id, Mutation, Proposal, Role};
use crate::base::time::SimTime;

impl<C: Clone> Core<C> {
    fn refuse(&mut self, to: Id, ballot: Ballot) {
        let promised = self.stable.promised;
        self.effects.push(Effect::Send(to, Message::Refused { ballot, promised }));
    }

    /// Whether it holds still for a leader that it has heard: then it promises nothing to another.
    fn holds_still(&self, from: Id, now: SimTime) -> bool {
        let heard =
            |(ballot, at): (Ballot, SimTime)| ballot.who != from && now < at + self.settings.shortest_timeout;
        self.role == Role::Leader || now < self.quiet_until || self.leader.is_some_and(heard)
    }

    pub(super) fn on_prepare(&mut self, from: Id, ballot: Ballot, first: u64, now: SimTime) {
        self.round = self.round.max(ballot.round);
        if self.stable.mute || self.holds_still(from, now) {
            return;
        }
        if first <= self.stable.base {
            return self.effects.push(Effect::SendImage(from));
        }
        if ballot <= self.stable.promised {
            return self.refuse(from, ballot);
        }
        self.follow();
        // It holds still for the candidate, too: else two could depose each other without end.
        self.leader = Some((ballot, now));
        self.stable.promised = ballot;
        self.effects.push(Effect::Persist(Record::Promised(ballot)));
        let accepted = self.stable.accepted.range(first..);
        let accepted =
            accepted.map(|(slot, (ballot, proposal))| (*slot, *ballot, proposal.clone())).collect();
        self.effects.push(Effect::Vow(from, Message::Promise { ballot, accepted }));
        self.effects.push(Effect::WaitForLeader);
    }

    /// Whether it takes part in this ballot, whose leader speaks; says so if not.
    fn takes_part(&mut self, from: Id, ballot: Ballot, now: SimTime) -> bool {
        self.round = self.round.max(ballot.round);
        if ballot < self.stable.promised && !self.without(Mutation::AcceptBelowPromise) {
            self.refuse(from, ballot);
            return false;
        }
        self.follow();
        self.leader = Some((ballot, now));
        if ballot > self.stable.promised {
            self.stable.promised = ballot;
            self.effects.push(Effect::Persist(Record::Promised(ballot)));
        }
        self.effects.push(Effect::WaitForLeader);
        true
    }

    pub(super) fn on_accept(
        &mut self,
        from: Id,
        ballot: Ballot,
        (first, proposals): (u64, Vec<Proposal<C>>),
        chosen: u64,
        now: SimTime,
    ) {
        if !self.takes_part(from, ballot, now) {
            return;
        }
        let upto = first + proposals.len() as u64 - 1;
        self.stable.accept(ballot, first, &proposals);
        self.effects.push(Effect::Persist(Record::Accepted(ballot, first, proposals)));
        let (prefix, mute) = (self.prefix_of(ballot), self.stable.mute);
        self.vow(from, Message::Accepted { ballot, first, upto, prefix, mute });
        self.learn(ballot, chosen);
    }

    pub(super) fn on_heartbeat(&mut self, from: Id, ballot: Ballot, beat: u64, chosen: u64, now: SimTime) {
        if !self.takes_part(from, ballot, now) {
            return;
        }
        self.learn(ballot, chosen);
        let (prefix, mute) = (self.prefix_of(ballot), self.stable.mute);
        self.vow(from, Message::Alive { ballot, beat, prefix, mute });
    }

    /// Says what it has accepted, once that is durable.
    fn vow(&mut self, to: Id, message: Message<C>) {
        self.effects.push(match self.without(Mutation::AnswerBeforeDurable) {
            true => Effect::Send(to, message),
            false => Effect::Vow(to, message),
        });
    }

    /// Up to which slot it has all that was proposed in a ballot, or is chosen.
    fn prefix_of(&mut self, ballot: Ballot) -> u64 {
        let known = if self.prefix.0 == ballot { self.prefix.1 } else { 0 };
        let mut upto = known.max(self.chosen);
        while self.stable.accepted.get(&(upto + 1)).is_some_and(|(b, _)| *b == ballot) {
            upto += 1;
        }
        self.prefix = (ballot, upto);
        upto
    }

    /// The leader of a ballot says that slots up to one are chosen. What was accepted in that ballot is what was chosen;
    /// what was accepted in another may be something else.
    fn learn(&mut self, ballot: Ballot, upto: u64) {
        let before = self.chosen;
        let any = self.without(Mutation::LearnAnyBallot);
        while self.chosen < upto
            && self.stable.accepted.get(&(self.chosen + 1)).is_some_and(|(b, _)| any || *b == ballot)
        {
            self.chosen += 1;
        }
        if self.chosen > before {
            self.effects.push(Effect::Chosen);
        }
    }

    /// An image of all slots up to one. Whether it brings anything.
    pub fn on_image(&mut self, upto: u64) -> bool {
        if upto <= self.chosen || self.role == Role::Leader {
            return false;
        }
        if self.role == Role::Candidate {
            self.follow();
            self.effects.push(Effect::WaitForLeader);
        }
        self.stable.cut(upto);
        self.chosen = upto;
        true
    }
}
