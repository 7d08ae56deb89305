//! One server of a cluster.

use super::{Ballot, Election, Msg, Settings, Term, Timer};
use crate::algorithm::quorum::{Tally, majority};
use crate::base::dist::Law;
use crate::base::ids::ActorId;
use crate::base::time::Span;
use crate::engine::contract::Lsn;
use crate::system::lab::Cx;

/// What a server is in its term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Waits for a leader.
    Follower,
    /// Asks for votes.
    Candidate,
    /// Leads.
    Leader,
    /// Takes no part any more.
    Resting,
}

/// A server.
#[derive(Clone, Debug)]
pub struct Server {
    others: Vec<ActorId>,
    scribe: ActorId,
    timeout: Law,
    first_timeout: Option<Span>,
    heartbeat: Span,
    role: Role,
    ballot: Ballot,
    /// Who voted for it, up to which term.
    votes: Tally<ActorId>,
    /// What may leave only once this record is durable.
    held_back: Vec<(Lsn, ActorId, Msg)>,
}

impl Server {
    pub(super) fn new(settings: &Settings, number: u32, others: Vec<ActorId>, scribe: ActorId) -> Self {
        let first_timeout = (number as usize).checked_sub(1).and_then(|i| settings.first_timeouts.get(i));
        let leads = number == 0 && settings.starts_with_leader;
        Server {
            others,
            scribe,
            timeout: settings.timeout.clone(),
            first_timeout: first_timeout.copied(),
            heartbeat: settings.heartbeat,
            role: if leads { Role::Leader } else { Role::Follower },
            ballot: Ballot::default(),
            votes: Tally::new(),
            held_back: Vec::new(),
        }
    }

    /// What it is.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The greatest term it knows.
    pub fn term(&self) -> Term {
        self.ballot.term
    }

    /// The leader at the start leads in term 0, which nobody asks votes for.
    pub(super) fn on_start(&mut self, cx: &mut Cx<'_, Election>) {
        if self.role == Role::Leader {
            let phase = cx.random("phase").uniform();
            cx.set_timer(Timer::Heartbeat, self.heartbeat.scale(phase));
        } else {
            self.wait(cx);
        }
    }

    /// A server that comes back follows, with the ballot on its disk.
    pub(super) fn on_restart(&mut self, cx: &mut Cx<'_, Election>) {
        self.role = Role::Follower;
        self.first_timeout = None;
        self.ballot = *cx.disk();
        self.wait(cx);
    }

    /// Waits for a leader, for a new draw of the time-out.
    fn wait(&mut self, cx: &mut Cx<'_, Election>) {
        let drawn = self.timeout.span(cx.random("timeout"));
        cx.set_timer(Timer::Election, self.first_timeout.take().unwrap_or(drawn));
    }

    pub(super) fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Election>) {
        match timer {
            Timer::Election => self.stand(cx),
            Timer::Heartbeat if self.role == Role::Leader => self.lead(cx),
            Timer::Heartbeat => {}
        }
    }

    /// Becomes a candidate of the next term.
    fn stand(&mut self, cx: &mut Cx<'_, Election>) {
        self.role = Role::Candidate;
        self.ballot = Ballot { term: Term(self.ballot.term.0 + 1), voted_for: Some(cx.me()) };
        let (term, lsn) = (self.ballot.term, cx.persist(self.ballot));
        cx.send(self.scribe, Msg::Candidate(term, cx.monotonic()));
        self.held_back.extend(self.others.iter().map(|to| (lsn, *to, Msg::Ask(term))));
        // Its own vote, which is durable before any other can come.
        self.votes.ack(cx.me(), term.0);
        self.wait(cx);
        self.count(cx);
    }

    fn lead(&mut self, cx: &mut Cx<'_, Election>) {
        self.others.iter().for_each(|to| cx.send(*to, Msg::Heartbeat(self.ballot.term)));
        cx.set_timer(Timer::Heartbeat, self.heartbeat);
    }

    pub(super) fn on_message(&mut self, from: ActorId, msg: Msg, cx: &mut Cx<'_, Election>) {
        if self.role == Role::Resting {
            return;
        }
        match msg {
            Msg::Ask(term) => self.asked(from, term, cx),
            Msg::Vote(term, given) => {
                self.learn(term, cx);
                if given {
                    self.votes.ack(from, term.0);
                    self.count(cx);
                }
            }
            Msg::Heartbeat(term) => {
                self.learn(term, cx);
                if term == self.ballot.term {
                    self.role = Role::Follower;
                    self.wait(cx);
                }
            }
            Msg::Rest => {
                self.role = Role::Resting;
                cx.cancel_timer(Timer::Election);
                cx.cancel_timer(Timer::Heartbeat);
            }
            Msg::Candidate(..) | Msg::Won(..) => {}
        }
    }

    /// There is a later term: it follows in that.
    fn learn(&mut self, term: Term, cx: &mut Cx<'_, Election>) {
        if term > self.ballot.term {
            self.ballot = Ballot { term, voted_for: None };
            cx.persist(self.ballot);
            if self.role != Role::Follower {
                cx.cancel_timer(Timer::Heartbeat);
                self.role = Role::Follower;
                self.wait(cx);
            }
        }
    }

    fn asked(&mut self, from: ActorId, term: Term, cx: &mut Cx<'_, Election>) {
        self.learn(term, cx);
        let free = self.ballot.voted_for.is_none_or(|who| who == from);
        if term < self.ballot.term || !free {
            return cx.send(from, Msg::Vote(self.ballot.term, false));
        }
        self.ballot.voted_for = Some(from);
        let lsn = cx.persist(self.ballot);
        self.held_back.push((lsn, from, Msg::Vote(term, true)));
        self.wait(cx);
    }

    /// Leads, if it is a candidate that a majority voted for.
    fn count(&mut self, cx: &mut Cx<'_, Election>) {
        let needed = majority(self.others.len() + 1);
        if self.role == Role::Candidate && self.votes.reached_by(needed) == self.ballot.term.0 {
            self.role = Role::Leader;
            cx.cancel_timer(Timer::Election);
            cx.send(self.scribe, Msg::Won(self.ballot.term, cx.monotonic()));
            self.lead(cx);
        }
    }

    /// What it has promised is durable: it may be said.
    pub(super) fn on_durable(&mut self, upto: Lsn, cx: &mut Cx<'_, Election>) {
        let ready = self.held_back.iter().take_while(|(lsn, ..)| *lsn <= upto).count();
        for (_, to, msg) in self.held_back.drain(..ready) {
            cx.send(to, msg);
        }
    }
}
