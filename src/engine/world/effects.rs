//! Carrying out what an actor asked for.

use super::{Stage, World};
use crate::base::ids::{ActorId, Id};
use crate::base::time::Span;
use crate::engine::contract::{Effect, System, TimerClass, TimerName, Wire};
use crate::engine::network::link::Waiting;
use crate::engine::network::{Fate, Receiver, Sender};
use crate::engine::queue::{Event, EventKind};
use crate::engine::record::{Change, EndReason, Record};

/// Most events pending at once. Far above what any load brings about (half a million messages in flight, or operations
/// not yet timed out); only actors that answer each message with several get there, within moments and without end.
/// A window in which they do ends as a storm.
const MOST_PENDING: usize = 1 << 19;

impl<S: System> World<S> {
    /// Carries out the effects of the callback that has just returned, in order.
    pub(super) fn carry_out(&mut self, id: ActorId) {
        let mut effects = std::mem::take(&mut self.effects);
        let mut persists = false;
        for effect in effects.drain(..) {
            match effect {
                Effect::Send(to, msg) => self.send(id, to, msg),
                Effect::SetTimer(name, after) => self.set_timer(id, name, after),
                Effect::CancelTimer(name) => {
                    if self.actors[id].timers.cancel(name) && name.class() == TimerClass::Work {
                        self.work_timers -= 1;
                    }
                }
                Effect::Persist(record) => {
                    self.actors[id].disk.stage(record);
                    persists = true;
                }
                Effect::Complete(op, completion) => self.complete(id, op, *completion),
                Effect::Attempt(op, throttled) => {
                    if let Some(op) = self.driver.open.get_mut(op) {
                        op.attempts = op.attempts.saturating_add(1);
                        op.throttled = op.throttled.saturating_add(u16::from(throttled));
                    }
                }
                Effect::Change(change) => self.changed(id, change),
                Effect::Answer(action, answer) => {
                    self.records.push(Record::Admin { at: self.now, action, answer: Some(answer) });
                }
                Effect::Busy(busy) => {
                    let was = std::mem::replace(&mut self.actors[id].busy, busy);
                    self.busy_actors = self.busy_actors + u32::from(busy) - u32::from(was);
                }
            }
        }
        self.effects = effects;
        if persists {
            self.hand_over(id);
        }
    }

    fn send(&mut self, from: ActorId, to: ActorId, msg: S::Msg) {
        let (here, bytes) = (&self.actors[from], msg.bytes());
        let node = here.node;
        let sender = Sender { actor: from, node, path_hash: here.path_hash };
        let there = &self.actors[to];
        let receiver = Receiver { actor: to, node: there.node, path_hash: there.path_hash };
        let fate = self.network.send(&self.plan.network, sender, receiver, (bytes, msg.purpose()), self.now);
        match fate {
            Fate::Lost => {}
            Fate::Arrives(at) => {
                if self.queue.len() >= MOST_PENDING {
                    return self.storm(msg.label());
                }
                let slot = self.pool.put((from, msg));
                self.queue.push(at, EventKind::Message, to.0, slot, 0);
            }
            Fate::Queues(link, propagation) => {
                let slot = self.pool.put((from, msg));
                let waiting = Waiting { slot, from: node, to: to.0, bytes, propagation };
                if let Some((at, generation)) = self.network.links[link as usize].enqueue(waiting, self.now) {
                    self.queue.push(at, EventKind::Departure, link, 0, generation);
                }
            }
        }
    }

    /// The window is over: it cannot be simulated any further. What is asked for after the first message too many is
    /// dropped, so that the memory stays bounded until the callback has returned.
    fn storm(&mut self, message: &'static str) {
        if !matches!(self.stage, Stage::Done(_)) {
            self.stage = Stage::Done(EndReason::Storm { at: self.now, message });
        }
    }

    fn set_timer(&mut self, id: ActorId, name: S::Timer, after: Span) {
        let real = self.clocks.real(self.actors[id].node, after);
        let (time, order) = (self.now + real, self.queue.order());
        let armed = self.actors[id].timers.set(name, (time, order));
        if let Some((slot, generation)) = armed.queue {
            let to = id.0;
            self.queue.push_event(Event { time, order, to, slot, generation, kind: EventKind::Timer });
        }
        if armed.fresh && name.class() == TimerClass::Work {
            self.work_timers += 1;
        }
    }

    fn hand_over(&mut self, id: ActorId) {
        let slot = &mut self.actors[id];
        let slowness = self.health[slot.node].slowness();
        let delay = self.plan.disk.persist.span(&mut slot.disk.stream).scale(slowness);
        let (at, epoch) = slot.disk.hand_over(slot.lsn, self.now, delay);
        self.queue.push(at, EventKind::Durable, id.index() as u32, 0, epoch);
    }

    fn changed(&mut self, actor: ActorId, change: Change) {
        let cut = match &change {
            Change::LineageCut { partition, region, survivor, .. } => Some((*partition, *region, *survivor)),
            _ => None,
        };
        if Self::disturbs(&change) {
            self.disturb();
        }
        self.records.push(Record::Change { at: self.now, actor, change });
        if let Some((partition, region, survivor)) = cut {
            self.strike_lineage(partition, region, survivor);
        }
    }
}
