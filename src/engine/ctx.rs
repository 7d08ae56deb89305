//! What an actor sees of the world, and how it acts on it.

use crate::base::ids::{ActionId, ActorId};
use crate::base::rng::{Seed, Stream};
use crate::base::time::{SimTime, Span};
use crate::engine::contract::{Effect, Lsn, Storage, Streams, System};
use crate::engine::record::{Answer, Change, Completion};
use crate::model::operation::OpId;

/// Handed to every callback of an [`Actor`](crate::engine::contract::Actor).
pub struct Ctx<'a, S: System> {
    pub(crate) me: ActorId,
    pub(crate) wall: SimTime,
    pub(crate) monotonic: SimTime,
    pub(crate) disk: &'a S::Disk,
    pub(crate) next_lsn: &'a mut Lsn,
    pub(crate) effects: &'a mut Vec<Effect<S>>,
    pub(crate) streams: &'a mut Streams,
    pub(crate) seed: Seed,
    pub(crate) path_hash: u64,
}

impl<'a, S: System> Ctx<'a, S> {
    /// The actor itself.
    pub fn me(&self) -> ActorId {
        self.me
    }
    /// The node's wall clock: skewed, drifting, stepped as faults say. For timestamps only.
    pub fn now(&self) -> SimTime {
        self.wall
    }
    /// The node's steady clock: it drifts, but never jumps. For leases and time-outs.
    pub fn monotonic(&self) -> SimTime {
        self.monotonic
    }
    /// What is durable.
    pub fn disk(&self) -> &'a S::Disk {
        self.disk
    }
    /// Sends a message; it may arrive late, out of order, or never.
    pub fn send(&mut self, to: ActorId, msg: S::Msg) {
        self.effects.push(Effect::Send(to, msg));
    }
    /// Sets a timer, or moves it if it is set.
    pub fn set_timer(&mut self, timer: S::Timer, after: Span) {
        self.effects.push(Effect::SetTimer(timer, after));
    }
    /// Cancels a timer; nothing happens if it is not set.
    pub fn cancel_timer(&mut self, timer: S::Timer) {
        self.effects.push(Effect::CancelTimer(timer));
    }
    /// Hands a record to the disk; `on_durable` tells when it is safe.
    pub fn persist(&mut self, record: <S::Disk as Storage>::Record) -> Lsn {
        self.next_lsn.0 += 1;
        self.effects.push(Effect::Persist(record));
        *self.next_lsn
    }
    /// Tells the harness that an operation ended; later calls for the same operation are ignored.
    pub fn complete(&mut self, op: OpId, completion: Completion) {
        self.effects.push(Effect::Complete(op, Box::new(completion)));
    }
    /// Tells the harness that one more try is made; `after_throttle` when the last one was answered 429.
    pub fn attempt(&mut self, op: OpId, after_throttle: bool) {
        self.effects.push(Effect::Attempt(op, after_throttle));
    }
    /// Reports a change of state.
    pub fn change(&mut self, change: Change) {
        self.effects.push(Effect::Change(change));
    }
    /// Answers an operator's command.
    pub fn answer(&mut self, action: ActionId, answer: Answer) {
        self.effects.push(Effect::Answer(action, answer));
    }
    /// Says whether this actor is busy with work (catch-up, rebuild) that must end before the world is settled.
    pub fn busy(&mut self, busy: bool) {
        self.effects.push(Effect::Busy(busy));
    }
    /// The actor's random substream for one purpose.
    pub fn random(&mut self, purpose: &'static str) -> &mut Stream {
        let streams = &mut self.streams.by_purpose;
        let at = match streams.iter().position(|(name, _)| *name == purpose) {
            Some(at) => at,
            None => {
                streams.push((purpose, self.seed.stream(self.path_hash, purpose)));
                streams.len() - 1
            }
        };
        &mut streams[at].1
    }
}
