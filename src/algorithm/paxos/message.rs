//! What replicas say to each other, and what the owner of one is asked to do.

use super::{Ballot, Id, Proposal, Role};

/// A message between replicas of a group.
#[derive(Clone, Debug, PartialEq)]
pub enum Message<C> {
    /// Phase 1: take no part in lower ballots, and say what you have accepted for slots from `first` on.
    Prepare {
        /// The ballot.
        ballot: Ballot,
        /// The first slot that the candidate does not know to be chosen.
        first: u64,
    },
    /// So be it.
    Promise {
        /// The ballot.
        ballot: Ballot,
        /// What was accepted: slot, ballot, proposal.
        accepted: Vec<(u64, Ballot, Proposal<C>)>,
    },
    /// Phase 2: accept these for the slots from `first` on.
    Accept {
        /// The ballot.
        ballot: Ballot,
        /// The slot of the first.
        first: u64,
        /// The proposals.
        proposals: Vec<Proposal<C>>,
        /// All slots up to here are chosen.
        chosen: u64,
    },
    /// They are accepted.
    Accepted {
        /// The ballot.
        ballot: Ballot,
        /// The first slot.
        first: u64,
        /// The last.
        upto: u64,
        /// This replica has all that the leader proposed, up to here.
        prefix: u64,
        /// It has no vote.
        mute: bool,
    },
    /// The leader is there.
    Heartbeat {
        /// Its ballot.
        ballot: Ballot,
        /// The number of the heartbeat.
        beat: u64,
        /// All slots up to here are chosen.
        chosen: u64,
    },
    /// So is this replica.
    Alive {
        /// The leader's ballot.
        ballot: Ballot,
        /// The number of the heartbeat.
        beat: u64,
        /// This replica has all that the leader proposed, up to here.
        prefix: u64,
        /// It has no vote.
        mute: bool,
    },
    /// This replica takes part in higher ballots only.
    Refused {
        /// The ballot that came.
        ballot: Ballot,
        /// What it has promised itself to.
        promised: Ballot,
    },
}

/// What is to be persisted.
#[derive(Clone, Debug, PartialEq)]
pub enum Record<C> {
    /// A promise.
    Promised(Ballot),
    /// Proposals for the slots from one on were accepted in a ballot.
    Accepted(Ballot, u64, Vec<Proposal<C>>),
    /// Slots up to here move into the image.
    Compact(u64),
}

/// What the owner is asked to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect<C> {
    /// Persist this.
    Persist(Record<C>),
    /// Send this.
    Send(Id, Message<C>),
    /// Send this once everything is durable that was to be persisted before.
    Vow(Id, Message<C>),
    /// Tell [`Core::stable`](super::Core::stable) once everything is durable that was to be persisted before.
    Stable(Ballot, u64),
    /// Set the time-out anew, to call [`Core::time_out`](super::Core::time_out).
    WaitForLeader,
    /// It leads: no time-out, but heartbeats.
    Lead,
    /// It leads no more: who waits for an answer is to ask another.
    StepDown,
    /// Its role changed.
    Became(Role),
    /// More is chosen.
    Chosen,
    /// This replica lacks slots that only the image has.
    SendImage(Id),
    /// This read may be answered.
    ReadNow(u64),
}
