//! Changes of members by joint consensus, learners first (dissertation, chapter 4), and of leaders (section 3.10).

use super::message::{Effect, Message};
use super::progress::Peer;
use super::{Core, Entry, Member, Membership, Payload};
use crate::base::time::SimTime;
use std::sync::Arc;

/// A change under way.
#[derive(Clone, Debug)]
pub(super) struct Change<I> {
    target: Membership<I>,
    /// The change after it.
    then: Option<Membership<I>>,
    /// Nobody asked for it.
    own: bool,
}

/// Why a leader does not do what it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It does not lead.
    NotLeader,
    /// It knows not yet what was committed before it, or something is under way.
    Busy,
    /// Nobody would vote, or lead.
    NoVoters,
    /// That is no voter with a log of its own.
    NotVoter,
}

impl<I: Member, C: Clone> Core<I, C> {
    /// Makes `target` the members: new voters first learn, then both majorities count, then the new one alone.
    /// [`Effect::Changed`] says that it is done.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn change_members(&mut self, target: Membership<I>, now: SimTime) -> Result<(), Refusal> {
        if !self.leads() {
            return Err(Refusal::NotLeader);
        }
        if !self.settled() || self.leading.change.is_some() || self.leading.transfer.is_some() {
            return Err(Refusal::Busy);
        }
        if target.voters.iter().all(|who| target.is_witness(*who)) {
            return Err(Refusal::NoVoters);
        }
        let target = Membership { outgoing: Vec::new(), ..target };
        self.leading.change = Some(Change { target, then: None, own: false });
        self.go_on_changing(now);
        Ok(())
    }

    /// Takes the next step of a change, if what it waits for has come. A leader that finds a change half done, both
    /// majorities counting, finishes it.
    pub(super) fn go_on_changing(&mut self, now: SimTime) {
        if !self.leads() || !self.settled() || self.last_members_at() > self.commit {
            return;
        }
        let members = self.members().clone();
        if members.is_joint() {
            let outgoing = Vec::new();
            return self.write_members(Membership { outgoing, ..(*members).clone() }, now);
        }
        self.let_go(&members);
        let Some(change) = &self.leading.change else { return self.leave(&members) };
        let target = change.target.clone();
        if target == *members {
            return self.end_change(&members, now);
        }
        if target.voters == members.voters {
            return self.write_members(target, now);
        }
        let strangers: Vec<I> =
            target.voters.iter().copied().filter(|who| !members.iter().any(|known| known == *who)).collect();
        if !strangers.is_empty() {
            let learners = members.learners.iter().copied().chain(strangers).collect();
            return self.write_members(Membership { learners, ..(*members).clone() }, now);
        }
        let new = target.voters.iter().filter(|who| !members.voters.contains(who));
        let caught_up = |who: &I| self.leading.peers.get(who).is_some_and(|p| p.matched >= self.commit);
        if new.into_iter().all(caught_up) {
            let outgoing = members.voters.clone();
            self.write_members(Membership { outgoing, ..target }, now);
        }
    }

    fn last_members_at(&self) -> u64 {
        self.members.back().map_or(0, |(index, _)| *index)
    }

    fn write_members(&mut self, members: Membership<I>, now: SimTime) {
        let known: Vec<I> =
            members.iter().chain(self.members().iter()).filter(|who| *who != self.me).collect();
        let last = self.log.last();
        for who in known {
            self.leading.peers.entry(who).or_insert_with(|| Peer::new(last, now));
        }
        let bytes = 16 * members.iter().count() as u32;
        self.append(Entry { payload: Payload::Members(Arc::new(members)), bytes }, now);
    }

    fn end_change(&mut self, members: &Membership<I>, now: SimTime) {
        let Some(Change { then, own, .. }) = self.leading.change.take() else { return };
        if let Some(target) = then {
            self.leading.change = Some(Change { target, then: None, own });
            return self.go_on_changing(now);
        }
        if !own {
            self.effects.push(Effect::Changed);
        }
        self.leave(members);
    }

    /// A voter has lost its disk: it is made a learner, and then a voter again.
    pub(super) fn readmit(&mut self, who: I, now: SimTime) {
        let members = self.members().clone();
        let idle = self.leading.change.is_none() && self.leading.transfer.is_none() && !members.is_joint();
        if !members.voters.contains(&who) || !idle || !self.settled() {
            return;
        }
        let mut target = (*members).clone();
        target.voters.retain(|voter| *voter != who);
        target.learners.push(who);
        if target.voters.iter().any(|voter| !target.is_witness(*voter)) {
            self.leading.change = Some(Change { target, then: Some((*members).clone()), own: true });
            self.go_on_changing(now);
        }
    }

    /// Whoever is a member no more has been told, or will find out.
    fn let_go(&mut self, members: &Membership<I>) {
        let commit = self.commit;
        let gone: Vec<I> =
            self.leading.peers.keys().copied().filter(|who| !members.iter().any(|m| m == *who)).collect();
        for who in gone {
            let (term, round) = (self.term, self.leading.round.0);
            self.send(who, Message::Heartbeat { term, commit, round, sent: SimTime::ZERO });
            self.leading.peers.remove(&who);
        }
    }

    /// A leader that is a member no more steps down once that is committed.
    fn leave(&mut self, members: &Membership<I>) {
        if !members.votes(self.me) {
            self.follow(self.term, None);
        }
    }

    /// Hands leadership to a voter: it is brought up to date, and then told to stand.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn transfer(&mut self, to: I, now: SimTime) -> Result<(), Refusal> {
        if !self.leads() {
            return Err(Refusal::NotLeader);
        }
        if !self.settled() || self.leading.transfer.is_some() || self.leading.change.is_some() {
            return Err(Refusal::Busy);
        }
        let members = self.members();
        if !members.voters.contains(&to) || members.is_witness(to) || to == self.me {
            return Err(Refusal::NotVoter);
        }
        self.leading.transfer = Some((to, now));
        self.hand_over();
        Ok(())
    }

    /// Whether a change of members is under way.
    pub fn is_changing(&self) -> bool {
        self.leading.change.is_some() || self.members().is_joint()
    }

    /// The one that leadership is being handed to.
    pub fn handing_over_to(&self) -> Option<I> {
        self.leading.transfer.map(|(to, _)| to)
    }

    pub(super) fn hand_over(&mut self) {
        let Some((to, _)) = self.leading.transfer else { return };
        let matched = self.leading.peers.get(&to).map_or(0, |peer| peer.matched);
        if matched == self.log.last() {
            self.leading.lease_void = true;
            let term = self.term;
            self.send(to, Message::TimeoutNow { term });
        }
    }

    pub(super) fn give_up_transfer(&mut self, now: SimTime) {
        if self.leading.transfer.is_some_and(|(_, since)| now.since(since) >= self.settings.patience) {
            self.leading.transfer = None;
        }
    }
}
