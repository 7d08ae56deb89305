//! Multi-Paxos, without clocks, network or disks of its own.
//!
//! Lamport, Paxos made simple, 2001: an instance for each slot of a log, one ballot over all of them. Whoever stands for
//! leader prepares the whole suffix of the log that it does not know to be chosen (phase 1), proposes again what a quorum had
//! accepted of it, closes gaps with entries that do nothing, and then needs phase 2 only. Leases and catching up as in
//! Chandra, Griesemer and Redstone, Paxos made live, 2007.
//!
//! A [`Core`] takes messages, timers and the time, and leaves [`Effect`]s for its owner to carry out in order. The owner
//! draws the time-outs, keeps what is to be persisted, holds back what must not be said before that is durable, carries out
//! what is chosen, and makes the image that a replica gets which lacks what the others' logs no longer have.

mod accept;
mod lead;
pub mod message;
pub mod mutation;
mod stand;
#[cfg(test)]
mod tests;

use crate::base::time::{SimTime, Span};
use lead::Leading;
pub use message::{Effect, Message, Record};
pub use mutation::Mutation;
use stand::Candidacy;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A replica's number in its group, from 0.
pub type Id = u32;

/// A ballot: of two, the greater one supersedes. Round 0 is nobody's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ballot {
    /// Its round.
    pub round: u64,
    /// Whose it is.
    pub who: Id,
}

/// What is proposed for a slot.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal<C> {
    /// A command; none in a slot that only closes a gap.
    pub command: Option<C>,
    /// Its size.
    pub bytes: u32,
}

/// How the protocol is set.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How many replicas there are.
    pub replicas: u32,
    /// Reads by lease while it holds; else each is confirmed by a round of heartbeats.
    pub lease_reads: bool,
    /// The shortest time-out: nobody promises anything to another for so long after hearing from a leader.
    pub shortest_timeout: Span,
    /// A leader that has heard from no quorum for this long leads no more.
    pub patience: Span,
    /// Between two heartbeats.
    pub heartbeat: Span,
    /// The rates of two clocks differ from true time by at most this: leases are shorter by it.
    pub drift_ppm: u32,
    /// Slots that may be on their way to a replica.
    pub window: u64,
    /// Bytes of proposals in one message, unless a single one is larger.
    pub batch_bytes: u64,
    /// The safeguard that is off, in tests.
    pub mutation: Option<Mutation>,
}

impl Settings {
    /// For how long a leader may trust a quorum that answered what it sent: the shortest time-out, less what two clocks
    /// within the bound may drift apart meanwhile.
    pub fn lease(&self) -> Span {
        if self.without(Mutation::LeaseOutlivesTimeouts) {
            return self.shortest_timeout.scale(4.0);
        }
        let drift = u128::from(self.drift_ppm.min(1_000_000));
        let length = u128::from(self.shortest_timeout.0) * (1_000_000 - drift) / (1_000_000 + drift);
        Span(u64::try_from(length).unwrap_or(u64::MAX))
    }

    /// How many replicas are a quorum.
    pub fn quorum(&self) -> usize {
        self.replicas as usize / 2 + 1
    }

    /// Whether this safeguard is off.
    pub fn without(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }
}

/// What is durable of a replica.
#[derive(Clone, Debug, PartialEq)]
pub struct Stable<C> {
    /// It takes no part in lower ballots.
    pub promised: Ballot,
    /// What it accepted for each slot, and in which ballot.
    pub accepted: BTreeMap<u64, (Ballot, Proposal<C>)>,
    /// All slots up to here are chosen, and are in the image only.
    pub base: u64,
    /// It has lost what it knew, promises among it: it learns, and votes no more.
    pub mute: bool,
}

impl<C> Default for Stable<C> {
    fn default() -> Self {
        Stable { promised: Ballot::default(), accepted: BTreeMap::new(), base: 0, mute: true }
    }
}

impl<C: Clone> Stable<C> {
    /// These proposals for the slots from `first` on were accepted in a ballot.
    pub fn accept(&mut self, ballot: Ballot, first: u64, proposals: &[Proposal<C>]) {
        self.promised = self.promised.max(ballot);
        for (slot, proposal) in (first..).zip(proposals).filter(|(slot, _)| *slot > self.base) {
            self.accepted.insert(slot, (ballot, proposal.clone()));
        }
    }

    /// Slots up to here are in the image.
    pub fn cut(&mut self, upto: u64) {
        self.base = self.base.max(upto);
        self.accepted = self.accepted.split_off(&(self.base + 1));
    }

    /// The last slot that anything was accepted for.
    pub fn last(&self) -> u64 {
        self.accepted.last_key_value().map_or(self.base, |(slot, _)| *slot)
    }
}

/// What a replica is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Accepts what a leader proposes, or waits for one.
    Follower,
    /// Prepares a ballot.
    Candidate,
    /// Proposes.
    Leader,
}

/// A replica of a group.
#[derive(Clone, Debug)]
pub struct Core<C> {
    settings: Arc<Settings>,
    me: Id,
    stable: Stable<C>,
    /// All slots up to here are known to be chosen.
    chosen: u64,
    role: Role,
    /// The ballot of the leader that it heard last, and when.
    leader: Option<(Ballot, SimTime)>,
    /// The ballot whose proposals it has of all slots up to one: cached.
    prefix: (Ballot, u64),
    /// The greatest round that it has heard of.
    round: u64,
    /// It promises nothing before: who knows what it heard before it restarted.
    quiet_until: SimTime,
    standing: Candidacy<C>,
    leading: Leading,
    effects: Vec<Effect<C>>,
}

impl<C: Clone> Core<C> {
    /// A replica with what is durable of it; `restarts`: now, if it ran before.
    pub fn new(settings: Arc<Settings>, me: Id, stable: Stable<C>, restarts: Option<SimTime>) -> Core<C> {
        let quiet_until = restarts.map_or(SimTime::ZERO, |now| now + settings.shortest_timeout);
        let (chosen, round) = (stable.base, stable.promised.round);
        Core {
            settings,
            me,
            stable,
            chosen,
            role: Role::Follower,
            leader: None,
            prefix: (Ballot::default(), 0),
            round,
            quiet_until,
            standing: Candidacy::default(),
            leading: Leading::default(),
            effects: Vec::new(),
        }
    }

    /// The effects so far, in order, for the owner to carry out.
    pub fn take(&mut self) -> Vec<Effect<C>> {
        std::mem::take(&mut self.effects)
    }

    /// What it is.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Whether it leads.
    pub fn leads(&self) -> bool {
        self.role == Role::Leader
    }

    /// Who leads, as far as it knows.
    pub fn leader(&self) -> Option<Id> {
        match self.role {
            Role::Leader => Some(self.me),
            Role::Candidate => None,
            Role::Follower => self.leader.map(|(ballot, _)| ballot.who),
        }
    }

    /// Whether it votes no more.
    pub fn is_mute(&self) -> bool {
        self.stable.mute
    }

    /// All slots up to here are known to be chosen.
    pub fn chosen(&self) -> u64 {
        self.chosen
    }

    /// All slots up to here are in the image only.
    pub fn base(&self) -> u64 {
        self.stable.base
    }

    /// What is chosen after slot `from`, as far as it is known, with the ballot in which it was accepted here.
    pub fn chosen_after(&self, from: u64) -> impl Iterator<Item = (u64, Ballot, Option<&C>)> {
        let range = self.stable.accepted.range(from + 1..self.chosen.max(from) + 1);
        range.map(|(slot, (ballot, proposal))| (*slot, *ballot, proposal.command.as_ref()))
    }

    /// The start: it waits for a leader.
    pub fn begin(&mut self) {
        self.effects.push(Effect::WaitForLeader);
    }

    /// Slots up to `upto`, all carried out, are forgotten.
    pub fn compact(&mut self, upto: u64) {
        self.stable.cut(upto.min(self.chosen));
        self.effects.push(Effect::Persist(Record::Compact(self.stable.base)));
    }

    fn without(&self, mutation: Mutation) -> bool {
        self.settings.without(mutation)
    }

    fn others(&self) -> impl Iterator<Item = Id> + use<C> {
        let me = self.me;
        (0..self.settings.replicas).filter(move |id| *id != me)
    }

    /// It follows: nobody in particular, or the leader of a ballot.
    fn follow(&mut self) {
        if self.role == Role::Leader {
            self.leading = Leading::default();
            self.effects.push(Effect::StepDown);
        }
        if self.role != Role::Follower {
            self.standing = Candidacy::default();
            self.role = Role::Follower;
            self.effects.push(Effect::Became(Role::Follower));
        }
    }

    /// A message from another replica of the group.
    pub fn on_message(&mut self, from: Id, message: Message<C>, now: SimTime) {
        match message {
            Message::Prepare { ballot, first } => self.on_prepare(from, ballot, first, now),
            Message::Promise { ballot, accepted } => self.on_promise(from, ballot, accepted, now),
            Message::Accept { ballot, first, proposals, chosen } => {
                self.on_accept(from, ballot, (first, proposals), chosen, now);
            }
            Message::Accepted { ballot, first, upto, prefix, mute } => {
                self.on_accepted(from, ballot, (first, upto), prefix, mute, now);
            }
            Message::Heartbeat { ballot, beat, chosen } => self.on_heartbeat(from, ballot, beat, chosen, now),
            Message::Alive { ballot, beat, prefix, mute } => {
                self.on_alive(from, ballot, beat, prefix, mute, now);
            }
            Message::Refused { ballot, promised } => self.on_refused(ballot, promised, now),
        }
    }
}
