//! What a group asks of a member, whatever its make.

use crate::algorithm::raft as core;
use crate::base::time::{SimTime, Span};

/// A message between members.
pub type Message = core::Message<u64, u64>;

/// What one tick stands for.
pub const TICK: Span = Span::millis(10);

/// How members of both makes are set.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Members of the group, numbered from 1.
    pub members: u64,
    /// Ask whether one could win before standing.
    pub pre_vote: bool,
    /// A leader that hears from no quorum steps down, and whoever hears a leader does not vote.
    pub check_quorum: bool,
    /// Time-outs are of at least so many ticks, and of fewer than twice as many.
    pub election: u64,
    /// Ticks between heartbeats.
    pub heartbeat: u64,
    /// Messages with entries on their way to a member.
    pub window: usize,
    /// The safeguard that is off in Geodes' members.
    pub without: Option<core::Mutation>,
    /// Of the time-outs.
    pub seed: u64,
}

/// What can be seen of a member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Its term.
    pub term: u64,
    /// Its vote in that term; 0 for none.
    pub vote: u64,
    /// Whom it takes for the leader; 0 for nobody.
    pub leader: u64,
    /// It leads.
    pub leads: bool,
    /// Up to where it knows its log to be committed.
    pub commit: u64,
    /// The terms of its log's entries, and their commands.
    pub log: Vec<(u64, Option<u64>)>,
}

/// A member.
pub trait Member {
    /// Its election timer ran out.
    fn time_out(&mut self, now: SimTime);
    /// Its heartbeat timer ran out: a leader says that it leads, and gives up a transfer that takes too long.
    fn beat(&mut self, now: SimTime);
    /// A tick went by; its own timers count it.
    fn tick(&mut self, now: SimTime);
    /// A command for the log; false if it does not take it.
    fn propose(&mut self, command: u64, now: SimTime) -> bool;
    /// Hand leadership over.
    fn transfer(&mut self, to: u64, now: SimTime);
    /// A message came.
    fn on_message(&mut self, from: u64, message: Message, now: SimTime);
    /// It crashed and comes back with what is durable.
    fn restart(&mut self, now: SimTime);
    /// What it has to say, and to whom.
    fn take(&mut self) -> Vec<(u64, Message)>;
    /// What can be seen of it.
    fn seen(&self) -> Seen;
    /// Whether it leads and has committed something in its term, with nothing else under way: then it can hand over.
    fn can_hand_over(&self) -> bool;
}
