//! Raft, without clocks, network or disks of its own.
//!
//! Ongaro and Ousterhout, In search of an understandable consensus algorithm, 2014; pre-votes, quorum checks, leadership
//! transfer, reads without log entries, leases, learners and membership change by joint consensus as in Ongaro, Consensus:
//! bridging theory and practice, 2014 (chapters 3, 4, 6 and 10).
//!
//! A [`Core`] takes messages, timers and the time, and leaves [`Effect`]s for its owner to carry out in order. The owner
//! draws the election time-outs, keeps what is to be persisted, holds back what must not be said before that is durable,
//! applies committed commands, and makes the image that a snapshot sends.

mod change;
mod election;
pub mod entry;
mod follow;
pub mod membership;
pub mod message;
pub mod mutation;
pub mod progress;
mod read;
mod replicate;
#[cfg(test)]
mod tests;

use crate::algorithm::log::{ReplicatedLog, Term};
use crate::base::time::{SimTime, Span};
use change::Change;
pub use change::Refusal;
pub use entry::{Entry, Payload};
pub use follow::overwrite;
pub use membership::Membership;
pub use message::{Effect, Head, Message, Record};
pub use mutation::Mutation;
use progress::Peer;
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;
use std::sync::Arc;

/// What a member can be called by.
pub trait Member: Copy + Ord + Debug {}
impl<I: Copy + Ord + Debug> Member for I {}

/// How the protocol is set.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Ask whether one could win before standing in a new term (dissertation, section 9.6).
    pub pre_vote: bool,
    /// A leader that hears from no quorum steps down, and whoever hears from a leader gives no vote (sections 6.2, 4.2.3).
    pub check_quorum: bool,
    /// Reads by lease while it holds (section 6.4.1); else each is confirmed by a round of heartbeats.
    pub lease_reads: bool,
    /// The shortest election time-out: nobody votes for another for so long after hearing from a leader.
    pub shortest_timeout: Span,
    /// A leader that has heard from no quorum for this long steps down; a transfer that takes longer is given up.
    pub patience: Span,
    /// Between two heartbeats.
    pub heartbeat: Span,
    /// The rates of two clocks differ from true time by at most this: leases are shorter by it.
    pub drift_ppm: u32,
    /// Messages with entries that may be on their way to a member.
    pub window: usize,
    /// Bytes of entries in one message, unless a single entry is larger.
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

    /// Whether this safeguard is off.
    pub fn without(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }
}

/// What a member is in its term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Follows a leader, or waits for one.
    Follower,
    /// Asks whether it could win.
    PreCandidate,
    /// Asks for votes.
    Candidate,
    /// Leads.
    Leader,
}

/// What is durable of a member.
#[derive(Clone, Debug, PartialEq)]
pub struct Stable<I, C> {
    /// The greatest term it knows.
    pub term: Term,
    /// Its vote in that term.
    pub vote: Option<I>,
    /// Its log.
    pub log: ReplicatedLog<Entry<I, C>>,
    /// The members as of the log's base.
    pub members: Arc<Membership<I>>,
    /// It has lost what it knew, votes among it: it gives none until it has been made a member anew.
    pub mute: bool,
}

impl<I, C> Default for Stable<I, C> {
    fn default() -> Self {
        let log = ReplicatedLog::default();
        Stable { term: Term(0), vote: None, log, members: Arc::new(Membership::default()), mute: true }
    }
}

/// A read that waits to be confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Read {
    id: u64,
    round: u64,
    index: u64,
}

/// What a leader keeps in its term.
#[derive(Clone, Debug)]
struct Leading<I> {
    peers: BTreeMap<I, Peer>,
    /// The number of the last round of heartbeats, and when it was sent.
    round: (u64, SimTime),
    reads: VecDeque<Read>,
    /// Reads that came before this term committed anything.
    early: Vec<u64>,
    transfer: Option<(I, SimTime)>,
    /// A transfer was begun in this term: somebody may stand whatever it heard, and no lease holds any more.
    lease_void: bool,
    change: Option<Change<I>>,
}

impl<I> Default for Leading<I> {
    fn default() -> Self {
        Leading {
            peers: BTreeMap::new(),
            round: (0, SimTime::ZERO),
            reads: VecDeque::new(),
            early: Vec::new(),
            transfer: None,
            lease_void: false,
            change: None,
        }
    }
}

/// One member of a group.
#[derive(Clone, Debug)]
pub struct Core<I, C> {
    settings: Arc<Settings>,
    me: I,
    term: Term,
    vote: Option<I>,
    log: ReplicatedLog<Entry<I, C>>,
    commit: u64,
    /// The members as of the log's base, and those that entries after it brought.
    members: VecDeque<(u64, Arc<Membership<I>>)>,
    role: Role,
    leader: Option<I>,
    /// When it last heard from a leader, or started.
    heard: Option<SimTime>,
    votes: BTreeMap<I, bool>,
    /// It has lost its disk, votes and all: see [`Stable::mute`].
    mute: bool,
    /// Up to where its own log is durable.
    durable: u64,
    leading: Leading<I>,
    effects: Vec<Effect<I, C>>,
}

impl<I: Member, C: Clone> Core<I, C> {
    /// A member with what is durable of it. One that `restarts` does not know whom it heard last: it counts as having
    /// heard from a leader just now, so that leases stay good.
    pub fn new(settings: Arc<Settings>, me: I, stable: Stable<I, C>, restarts: Option<SimTime>) -> Self {
        let Stable { term, vote, log, members, mute } = stable;
        let mut all = VecDeque::from([(log.base(), members)]);
        for (index, _, entry) in log.iter_from(log.base() + 1) {
            if let Payload::Members(members) = &entry.payload {
                all.push_back((index, members.clone()));
            }
        }
        Core {
            settings,
            me,
            term,
            vote,
            commit: log.base(),
            members: all,
            role: Role::Follower,
            leader: None,
            heard: restarts,
            votes: BTreeMap::new(),
            mute,
            durable: log.last(),
            leading: Leading::default(),
            effects: Vec::new(),
            log,
        }
    }

    /// It begins as the leader of its term, as if it had been elected.
    pub fn begin_as_leader(&mut self, now: SimTime) {
        self.become_leader(now);
    }

    /// It begins as a follower.
    pub fn begin(&mut self) {
        self.wait();
    }

    /// What is to be carried out, in order.
    pub fn take(&mut self) -> Vec<Effect<I, C>> {
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

    /// The greatest term it knows.
    pub fn term(&self) -> Term {
        self.term
    }

    /// Whom it takes for the leader of its term.
    pub fn leader(&self) -> Option<I> {
        self.leader
    }

    /// Its log.
    pub fn log(&self) -> &ReplicatedLog<Entry<I, C>> {
        &self.log
    }

    /// Up to where it knows its log to be committed.
    pub fn commit(&self) -> u64 {
        self.commit
    }

    /// Whether it gives no votes: see [`Stable::mute`].
    pub fn is_mute(&self) -> bool {
        self.mute
    }

    /// The members by its log, committed or not.
    pub fn members(&self) -> &Arc<Membership<I>> {
        &self.members[self.members.len() - 1].1
    }

    /// Whether something of its own term is committed: then it knows all that was committed before it led.
    pub fn settled(&self) -> bool {
        self.log.term_of(self.commit) == Some(self.term)
    }

    /// The records of what it sends to others, while it leads.
    pub fn peers(&self) -> impl Iterator<Item = (I, &Peer)> {
        self.leading.peers.iter().map(|(who, peer)| (*who, peer))
    }

    /// The log up to `upto` is in an image: its entries are dropped.
    pub fn compact(&mut self, upto: u64) {
        let upto = upto.min(self.commit);
        if upto <= self.log.base() {
            return;
        }
        self.log.compact(upto);
        while self.members.get(1).is_some_and(|(index, _)| *index <= upto) {
            self.members.pop_front();
        }
        self.effects.push(Effect::Persist(Record::Compact(upto)));
    }

    /// All records up to the mark are durable: a leader counts its own log that far.
    pub fn stable(&mut self, term: Term, index: u64, now: SimTime) {
        if self.log.term_of(index) == Some(term) || index <= self.log.base() {
            self.durable = self.durable.max(index);
        }
        if self.leads() {
            self.advance(now);
        }
    }

    fn without(&self, mutation: Mutation) -> bool {
        self.settings.without(mutation)
    }

    fn send(&mut self, to: I, message: Message<I, C>) {
        self.effects.push(Effect::Send(to, message));
    }

    /// Sent once all that was handed to the disk so far is durable.
    fn promise(&mut self, to: I, message: Message<I, C>) {
        self.effects.push(Effect::Promise(to, message));
    }

    fn end(&self) -> (Term, u64) {
        (self.log.last_term(), self.log.last())
    }

    fn others(&self) -> Vec<I> {
        self.members().iter().filter(|who| *who != self.me).collect()
    }
}
