//! Elections (2014, section 5.2 and 5.4.1; pre-votes: dissertation, section 9.6).

use super::message::{Effect, Message, Record};
use super::progress::Peer;
use super::{Core, Entry, Leading, Member, Mutation, Role};
use crate::algorithm::log::Term;
use crate::base::time::SimTime;

impl<I: Member, C: Clone> Core<I, C> {
    /// The election timer ran out.
    pub fn time_out(&mut self, now: SimTime) {
        if self.leads() {
            return;
        }
        if !self.may_stand() {
            return self.wait();
        }
        self.leader = None;
        let alone = self.members().agree(|who| who == self.me);
        match self.settings.pre_vote && !alone && !self.without(Mutation::SkipPreVote) {
            true => self.ask(true, false, now),
            false => self.stand(false, now),
        }
    }

    /// Its leader asked it to stand.
    pub(super) fn stand_for_leader(&mut self, now: SimTime) {
        if self.may_stand() {
            self.stand(true, now);
        }
    }

    /// A witness has no commands to lead with, and a learner no vote.
    fn may_stand(&self) -> bool {
        let members = self.members();
        let witness = members.is_witness(self.me) && !self.without(Mutation::WitnessLeads);
        members.votes(self.me) && !witness && !self.mute
    }

    /// Becomes a candidate of the next term.
    fn stand(&mut self, forced: bool, now: SimTime) {
        self.term = Term(self.term.0 + 1);
        self.vote = Some(self.me);
        self.leader = None;
        self.effects.push(Effect::Persist(Record::Ballot(self.term, self.vote)));
        self.ask(false, forced, now);
    }

    fn ask(&mut self, pre: bool, forced: bool, now: SimTime) {
        self.become_role(if pre { Role::PreCandidate } else { Role::Candidate });
        self.votes.clear();
        self.votes.insert(self.me, true);
        let term = if pre { Term(self.term.0 + 1) } else { self.term };
        let end = self.end();
        for to in self.others() {
            if self.members().votes(to) {
                // Its own vote is durable before others can follow it.
                self.promise(to, Message::AskVote { term, pre, end, forced });
            }
        }
        self.wait();
        self.count(now);
    }

    /// Waits for a leader, for a new draw of the time-out.
    pub(super) fn wait(&mut self) {
        self.effects.push(Effect::WaitForLeader);
    }

    pub(super) fn become_role(&mut self, role: Role) {
        if self.role != role {
            if self.role == Role::Leader {
                self.leading = Leading::default();
                self.effects.push(Effect::StepDown);
            }
            self.role = role;
            self.effects.push(Effect::Became(role));
        }
    }

    /// Follows in `term`: `leader`, or nobody yet. A later term is made durable before anything is said in it.
    pub(super) fn follow(&mut self, term: Term, leader: Option<I>) {
        if term > self.term {
            (self.term, self.vote) = (term, None);
            self.effects.push(Effect::Persist(Record::Ballot(self.term, self.vote)));
        }
        let was = self.role;
        self.become_role(Role::Follower);
        self.leader = leader;
        if leader.is_some() || was != Role::Follower {
            self.wait();
        }
    }

    /// Whether it has heard from a leader within the shortest time-out, or leads: then another has no business to stand.
    fn is_led(&self, now: SimTime) -> bool {
        let heard = self.heard.is_some_and(|at| now.since(at) < self.settings.shortest_timeout);
        self.settings.check_quorum && (self.leads() || heard)
    }

    pub(super) fn on_ask_vote(
        &mut self,
        from: I,
        (term, pre, forced): (Term, bool, bool),
        end: (Term, u64),
        now: SimTime,
    ) {
        if self.mute || (!forced && self.is_led(now)) {
            return;
        }
        let current = end >= self.end() || self.without(Mutation::VoteForShorterLog);
        let free = self.vote.map_or(self.leader.is_none(), |who| who == from);
        if pre {
            let given = current && (term > self.term || term == self.term && free);
            let term = if given { term } else { self.term };
            return self.send(from, Message::Vote { term, pre, given });
        }
        let free = free || term > self.term;
        if term > self.term {
            self.follow(term, None);
        }
        if term < self.term || !current || !free {
            let term = self.term;
            return self.promise(from, Message::Vote { term, pre, given: false });
        }
        self.vote = Some(from);
        self.effects.push(Effect::Persist(Record::Ballot(self.term, self.vote)));
        self.promise(from, Message::Vote { term, pre, given: true });
        self.wait();
    }

    pub(super) fn on_vote(&mut self, from: I, term: Term, pre: bool, given: bool, now: SimTime) {
        let asked = match (pre, self.role) {
            (true, Role::PreCandidate) => Term(self.term.0 + 1),
            (false, Role::Candidate) => self.term,
            _ if term > self.term && !given => return self.follow(term, None),
            _ => return,
        };
        if !given && term > self.term {
            return self.follow(term, None);
        }
        if given && term == asked {
            self.votes.insert(from, true);
        } else if !given {
            self.votes.entry(from).or_insert(false);
        }
        self.count(now);
    }

    fn count(&mut self, now: SimTime) {
        let said = |who: I| self.votes.get(&who) == Some(&true);
        let enough = self.members().agree(said);
        match self.role {
            Role::PreCandidate if enough => self.stand(false, now),
            Role::Candidate if enough => self.become_leader(now),
            _ => {}
        }
    }

    /// Leads, and says so with an entry of its term, by which it learns what was committed before (section 5.4.2, 8).
    pub(super) fn become_leader(&mut self, now: SimTime) {
        self.become_role(Role::Leader);
        self.leader = Some(self.me);
        self.votes.clear();
        let last = self.log.last();
        self.leading = Leading::default();
        for who in self.others() {
            self.leading.peers.insert(who, Peer::new(last, now));
        }
        self.effects.push(Effect::Lead);
        self.append(Entry::blank(), now);
    }
}
