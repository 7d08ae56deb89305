//! What a client and a replica say to each other.

use super::store::{Command, Ended};
use crate::base::ids::{ActorId, ClientId, PartitionId, RegionId};
use crate::base::time::Span;
use crate::engine::contract::System;
use crate::model::operation::{Action, Key, Observed, OpId, Position, Status};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A client's request.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Who asks.
    pub client: ClientId,
    /// The operation.
    pub op: OpId,
    /// The oldest operation that the client still waits for.
    pub floor: OpId,
    /// Which try it is.
    pub attempt: u16,
    /// The key; for batches the first one.
    pub key: Key,
    /// What is asked.
    pub action: Action,
    /// Documents' size in bytes.
    pub bytes: u32,
}

impl Ask {
    /// The command that the log is to hold, and its size.
    pub fn command(&self) -> (Arc<Command>, u32) {
        let documents = if let Action::Batch(all) = &self.action { all.len() } else { 1 };
        let bytes = self.bytes.saturating_mul(documents as u32);
        let Ask { client, op, floor, key, .. } = *self;
        (Arc::new(Command { client, op, floor, key, action: self.action.clone(), bytes }), bytes)
    }

    /// The answer of a replica that does not lead, and may know who does.
    pub fn sent_on(&self, leader: Option<ActorId>) -> Reply {
        let (op, attempt, observed) = (self.op, self.attempt, Observed::Nothing);
        Reply { op, attempt, ended: None, observed, leader }
    }

    /// The answer of the leader, `me`.
    pub fn answered(&self, me: ActorId, ended: Ended, observed: Observed) -> Reply {
        let (op, attempt) = (self.op, self.attempt);
        Reply { op, attempt, ended: Some(ended), observed, leader: Some(me) }
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The operation.
    pub op: OpId,
    /// The try it answers.
    pub attempt: u16,
    /// How it ended; none when this replica does not lead.
    pub ended: Option<(Status, Option<Position>)>,
    /// What was read.
    pub observed: Observed,
    /// Who leads, as far as it knows.
    pub leader: Option<ActorId>,
}

/// What clients know of a deployment.
#[derive(Clone, Debug, Default)]
pub struct Guide {
    /// The replicas of each partition.
    pub replicas: BTreeMap<PartitionId, Vec<ActorId>>,
    /// Their regions, in the same order.
    pub regions: Vec<RegionId>,
    /// Which of them leads at the start.
    pub first_leader: usize,
    /// For each client the replicas that it may ask, the nearest first.
    pub nearest: BTreeMap<ClientId, Vec<usize>>,
    /// A client sends a request elsewhere after this long without an answer.
    pub attempt_timeout: Span,
    /// It asks again after this long where no leader is known.
    pub retry_pause: Span,
}

/// A system whose clients are these.
pub trait Consensus: System {
    /// A request as a message.
    fn ask(ask: Box<Ask>) -> Self::Msg;
    /// The timer of a try without an answer.
    fn attempt(op: OpId) -> Self::Timer;
    /// The timer of the pause before the next try.
    fn backoff(op: OpId) -> Self::Timer;
}
