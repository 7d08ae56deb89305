//! Messages, and what a follower makes of those of its leader (2014, section 5.3).

use super::message::{Effect, Entries, Head, Message, Record};
use super::{Core, Member, Mutation, Payload, Role};
use crate::algorithm::log::{Accept, ReplicatedLog, Term};
use crate::base::time::SimTime;
use std::collections::VecDeque;

impl<I: Member, C: Clone> Core<I, C> {
    /// A message came.
    pub fn on_message(&mut self, from: I, message: Message<I, C>, now: SimTime) {
        match message {
            Message::AskVote { term, pre, end, forced } => {
                self.on_ask_vote(from, (term, pre, forced), end, now);
            }
            Message::Vote { term, pre, given } => self.on_vote(from, term, pre, given, now),
            Message::Append { term, prev, entries, commit, sent } => {
                if self.hear(from, term, now) {
                    self.on_append(from, prev, &entries, commit, sent);
                } else {
                    let (term, hint) = (self.term, self.log.last());
                    self.send(from, Message::Rejected { term, prev: prev.0, hint, sent });
                }
            }
            Message::Heartbeat { term, commit, round, sent } => {
                if self.hear(from, term, now) {
                    self.commit_to(commit.min(self.log.last()));
                }
                let term = self.term;
                let mute = self.mute;
                self.send(from, Message::Alive { term, round, sent, mute });
            }
            Message::TimeoutNow { term } => {
                if term == self.term && self.role == Role::Follower {
                    self.stand_for_leader(now);
                }
            }
            Message::Appended { term, upto, sent } => {
                if self.is_answer(from, term, sent, now) {
                    self.on_appended(from, upto, now);
                }
            }
            Message::Rejected { term, prev, hint, sent } => {
                if self.is_answer(from, term, sent, now)
                    && self.leading.peers.get_mut(&from).is_some_and(|peer| peer.rejects(prev, hint))
                {
                    self.send_log(from, now);
                }
            }
            Message::Alive { term, round, sent, mute } => {
                if self.is_answer(from, term, sent, now) {
                    if mute {
                        self.readmit(from, now);
                    }
                    self.on_alive(from, (round, mute), sent, now);
                }
            }
        }
    }

    /// A leader of `term` speaks; false if that term is over.
    fn hear(&mut self, from: I, term: Term, now: SimTime) -> bool {
        if term < self.term {
            return false;
        }
        self.follow(term, Some(from));
        self.heard = Some(now);
        true
    }

    /// Whether an answer is one to what this leader said in its term; it takes note of the sign of life.
    fn is_answer(&mut self, from: I, term: Term, sent: SimTime, now: SimTime) -> bool {
        if term > self.term {
            self.follow(term, None);
            return false;
        }
        if term < self.term || !self.leads() {
            return false;
        }
        let Some(peer) = self.leading.peers.get_mut(&from) else { return false };
        peer.contact = now;
        peer.answered = peer.answered.max(sent);
        true
    }

    fn on_append(&mut self, from: I, prev: (u64, Term), entries: &Entries<I, C>, commit: u64, sent: SimTime) {
        let term = self.term;
        let upto = prev.0 + entries.len() as u64;
        match overwrite(&mut self.log, prev, entries, self.commit) {
            Some(changed) => {
                if changed {
                    self.learn_members(prev.0);
                    self.durable = self.durable.min(prev.0);
                    self.effects.push(Effect::Persist(Record::Append(prev, entries.clone())));
                }
                self.commit_to(commit.min(upto));
                let answer = Message::Appended { term, upto, sent };
                match self.without(Mutation::AcknowledgeBeforeDurable) {
                    true => self.send(from, answer),
                    false => self.promise(from, answer),
                }
            }
            None => {
                let hint = self.may_agree(prev);
                self.send(from, Message::Rejected { term, prev: prev.0, hint, sent });
            }
        }
    }

    /// The last index at which this log and one with `prev` may agree: all that is committed does, and nothing of a term
    /// after that of `prev`.
    fn may_agree(&self, prev: (u64, Term)) -> u64 {
        let mut index = self.log.last().min(prev.0.saturating_sub(1));
        for (term, first) in self.log.lineage().runs().iter().rev() {
            if *term > prev.1 && *first <= index {
                index = first - 1;
            }
        }
        index.max(self.commit)
    }

    /// The log changed after `after`: so may the members.
    pub(super) fn learn_members(&mut self, after: u64) {
        while self.members.len() > 1 && self.members.back().is_some_and(|(index, _)| *index > after) {
            self.members.pop_back();
        }
        for (index, _, entry) in self.log.iter_from((after + 1).max(self.log.base() + 1)) {
            if let Payload::Members(members) = &entry.payload {
                self.members.push_back((index, members.clone()));
            }
        }
    }

    pub(super) fn commit_to(&mut self, index: u64) {
        if index > self.commit {
            self.commit = index;
            self.effects.push(Effect::Committed);
            self.become_admitted();
        }
    }

    /// Members among whom it does not vote are committed: whatever it did before it lost its disk counts no more.
    fn become_admitted(&mut self) {
        if !self.mute {
            return;
        }
        let mut committed = self.members.iter().filter(|(index, _)| *index <= self.commit);
        if self.commit > 0 && committed.any(|(_, m)| !m.votes(self.me) && !m.voters.is_empty()) {
            self.mute = false;
            self.effects.push(Effect::Persist(Record::Admitted));
        }
    }

    /// A snapshot came. True: its owner takes the image over and makes both durable; the answer is given once they are.
    pub fn on_image(&mut self, from: I, head: &Head<I>, now: SimTime) -> bool {
        if !self.hear(from, head.term, now) {
            return false;
        }
        let term = self.term;
        let fits = self.log.lineage().term_of(head.upto) == head.lineage.term_of(head.upto);
        if head.upto <= self.commit || (fits && self.log.last() >= head.upto) {
            self.commit_to(head.upto);
            let upto = self.commit;
            self.promise(from, Message::Appended { term, upto, sent: SimTime::ZERO });
            return false;
        }
        self.log = ReplicatedLog::from_snapshot(head.lineage.clone(), head.upto);
        self.members = VecDeque::from([(head.upto, head.members.clone())]);
        (self.commit, self.durable) = (head.upto, head.upto);
        true
    }

    /// The image of the snapshot up to `upto` is on its way to the disk: the leader is told once it is durable.
    pub fn installed(&mut self, from: I, upto: u64) {
        self.become_admitted();
        let term = self.term;
        self.promise(from, Message::Appended { term, upto, sent: SimTime::ZERO });
    }
}

/// Takes entries over a log's own: a suffix that conflicts with them gives way, unless it is committed. `None` when they do
/// not follow the log, else whether the log changed.
pub fn overwrite<E: Clone>(
    log: &mut ReplicatedLog<E>,
    prev: (u64, Term),
    entries: &[(Term, E)],
    committed: u64,
) -> Option<bool> {
    match log.accept(prev.0, prev.1, entries) {
        Accept::Appended { .. } => Some(true),
        Accept::Duplicate => Some(false),
        Accept::Gap { .. } => None,
        Accept::Conflict { truncate_to } if truncate_to >= prev.0 && truncate_to >= committed => {
            log.truncate(truncate_to);
            log.accept(prev.0, prev.1, entries);
            Some(true)
        }
        Accept::Conflict { .. } => None,
    }
}
