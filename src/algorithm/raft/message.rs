//! What members say to each other, and what a member asks its owner to do.

use super::entry::Entry;
use super::{Membership, Role};
use crate::algorithm::lineage::Lineage;
use crate::algorithm::log::Term;
use crate::base::time::SimTime;
use std::sync::Arc;

/// Entries with their terms.
pub type Entries<I, C> = Arc<[(Term, Entry<I, C>)]>;

/// A message between members.
#[derive(Clone, Debug)]
pub enum Message<I, C> {
    /// Vote for me in this term; or, with `pre`, would you?
    AskVote {
        /// The term it stands in, or would.
        term: Term,
        /// Nobody's term changes by the question.
        pre: bool,
        /// What its log ends in.
        end: (Term, u64),
        /// The leader asked it to stand: who hears from that leader votes all the same.
        forced: bool,
    },
    /// A vote, or a refusal.
    Vote {
        /// Given: the term of the question; else the term of the one who refuses.
        term: Term,
        /// In answer to a question with `pre`.
        pre: bool,
        /// Given or refused.
        given: bool,
    },
    /// Entries after the one named.
    Append {
        /// The leader's term.
        term: Term,
        /// Index and term of the entry before them.
        prev: (u64, Term),
        /// They.
        entries: Entries<I, C>,
        /// Up to where the log is committed.
        commit: u64,
        /// When the leader sent it, by its clock; comes back with the answer.
        sent: SimTime,
    },
    /// Its log is the leader's up to here, durably.
    Appended {
        /// Its term.
        term: Term,
        /// Up to where.
        upto: u64,
        /// Of the message it answers.
        sent: SimTime,
    },
    /// The entries do not follow its log.
    Rejected {
        /// Its term.
        term: Term,
        /// The index before the entries.
        prev: u64,
        /// The last index at which both logs may agree.
        hint: u64,
        /// Of the message it answers.
        sent: SimTime,
    },
    /// I lead.
    Heartbeat {
        /// The leader's term.
        term: Term,
        /// Up to where the follower's log is known to be committed.
        commit: u64,
        /// Which round of heartbeats it is.
        round: u64,
        /// When the leader sent it.
        sent: SimTime,
    },
    /// You do.
    Alive {
        /// Its term.
        term: Term,
        /// Of the heartbeat it answers.
        round: u64,
        /// Of the heartbeat it answers.
        sent: SimTime,
        /// It has lost its disk, and must be made a member anew before it votes.
        mute: bool,
    },
    /// Stand for election now.
    TimeoutNow {
        /// The leader's term.
        term: Term,
    },
}

/// What a snapshot says of the log that it stands for; the image itself is the owner's.
#[derive(Clone, Debug, PartialEq)]
pub struct Head<I> {
    /// The leader's term.
    pub term: Term,
    /// The last index it stands for.
    pub upto: u64,
    /// Who wrote which entries up to there.
    pub lineage: Lineage,
    /// The members as of there.
    pub members: Arc<Membership<I>>,
}

/// What is to be made durable.
#[derive(Clone, Debug)]
pub enum Record<I, C> {
    /// The greatest term it knows, and its vote in that.
    Ballot(Term, Option<I>),
    /// Entries after (index, term); whatever else followed that entry is cut off.
    Append((u64, Term), Entries<I, C>),
    /// Entries up to here are in an image.
    Compact(u64),
    /// It is a member anew, and votes again.
    Admitted,
}

/// What a member asks its owner to do.
#[derive(Clone, Debug)]
pub enum Effect<I, C> {
    /// Hand this to the disk.
    Persist(Record<I, C>),
    /// Send this now.
    Send(I, Message<I, C>),
    /// Send this once all that was handed to the disk so far is durable.
    Promise(I, Message<I, C>),
    /// Call [`Core::stable`](super::Core::stable) with these once all that was handed to the disk so far is durable.
    Stable(Term, u64),
    /// Set the election timer, anew, to a fresh draw of the time-out.
    WaitForLeader,
    /// Cancel the election timer and set the heartbeat timer: it leads.
    Lead,
    /// Cancel the heartbeat timer: it leads no more, and what it had in hand is void.
    StepDown,
    /// It has taken this role.
    Became(Role),
    /// More of the log is committed.
    Committed,
    /// Send an image to this member.
    SendImage(I),
    /// The read of this number may be answered once the log up to the index has been applied.
    ReadAt(u64, u64),
    /// The change of members that was asked for is complete.
    Changed,
}
