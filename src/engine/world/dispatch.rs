//! Taking the next event off the calendar and handing it to its actor.

use super::{Stage, World};
use crate::base::ids::{ActionId, ActorId, Id, WorkloadId};
use crate::base::time::SimTime;
use crate::engine::contract::{Actor, Ctx, Lsn, System, TimerClass, TimerName, Wire};
use crate::engine::queue::{Event, EventKind};
use crate::engine::record::{Answer, Record};
use crate::engine::timers::Fired;

/// What a dispatched event is in the digest and the trail.
pub(super) struct Label {
    pub kind: &'static str,
    pub name: &'static str,
    pub size: u64,
}

impl<S: System> World<S> {
    /// Does the next thing that is due at or before `limit`: a fault edge, a settling check or an event. Returns whether
    /// there was one.
    pub fn step(&mut self, limit: SimTime) -> bool {
        let edge = self.edges.first().map(|(at, ..)| *at).unwrap_or(SimTime::MAX);
        let event = self.queue.peek().unwrap_or(SimTime::MAX);
        let due = edge.min(event).min(self.next_check);
        if due > limit || due == SimTime::MAX {
            return false;
        }
        if edge == due {
            if let Some((at, fault, edge)) = self.edges.pop_first() {
                self.now = at;
                self.fault_edge(fault, edge);
            }
        } else if self.next_check == due && self.next_check < event {
            self.check();
        } else if let Some(event) = self.queue.pop() {
            self.dispatch(event);
        }
        true
    }

    /// Runs everything due up to and at `time`, then stands there.
    pub fn run_until(&mut self, time: SimTime) {
        while !matches!(self.stage, Stage::Done(_)) && self.step(time) {}
        self.now = self.now.max(time);
    }

    fn dispatch(&mut self, event: Event) {
        match event.kind {
            EventKind::Message => self.message(event),
            EventKind::Timer => self.timer(event),
            EventKind::Durable => self.durable(event),
            EventKind::DurableLate => self.durable_late(event),
            EventKind::Admin => self.admin_due(event),
            EventKind::Arrival => self.arrival(event),
            EventKind::Timeout => self.timeouts(event),
            EventKind::Departure => self.departure(event),
            EventKind::Closing => self.closing_due(event),
        }
    }

    /// Whether the event's actor can take it now; a paused actor takes it when it goes on.
    fn ready(&mut self, event: Event) -> bool {
        let slot = &mut self.actors[ActorId(event.to)];
        let health = &self.health[slot.node];
        if !health.up() {
            return false;
        }
        if !health.running() {
            slot.deferred.push(event);
            return false;
        }
        true
    }

    fn message(&mut self, event: Event) {
        let to = ActorId(event.to);
        if !self.health[self.actors[to].node].up() {
            self.pool.take(event.slot);
            return;
        }
        if !self.ready(event) {
            return;
        }
        let Some((from, msg)) = self.pool.take(event.slot) else { return };
        self.now = event.time;
        let label = Label { kind: "message", name: msg.label(), size: msg.bytes() };
        self.callback(to, label, |actor, cx| actor.on_message(from, msg, cx));
    }

    fn timer(&mut self, event: Event) {
        let id = ActorId(event.to);
        let timers = &self.actors[id].timers;
        if !timers.alive(event.slot, event.generation) {
            return;
        }
        // A timer that was moved later goes back into the queue even while its actor is paused: were it to wait for the
        // end of the pause, it would then be queued again at a time that may have passed.
        if timers.is_due(event.slot, event.generation) && !self.ready(event) {
            return;
        }
        match self.actors[id].timers.fire(event.slot, event.generation) {
            Fired::Stale => {}
            Fired::Early(time, order) => self.queue.push_event(Event { time, order, ..event }),
            Fired::Now(name) => {
                self.now = event.time;
                if name.class() == TimerClass::Work {
                    self.work_timers -= 1;
                }
                let label = Label { kind: "timer", name: name.label(), size: 0 };
                self.callback(id, label, |actor, cx| actor.on_timer(name, cx));
            }
        }
    }

    fn durable(&mut self, event: Event) {
        let id = ActorId(event.to);
        let Some(upto) = self.actors[id].disk.complete(event.generation) else { return };
        let health = &self.health[self.actors[id].node];
        if !health.up() {
            return;
        }
        if health.running() {
            self.now = event.time;
            self.deliver_durable(id, upto);
        } else {
            let late = Event {
                kind: EventKind::DurableLate,
                slot: (upto.0 >> 32) as u32,
                generation: upto.0 as u32,
                ..event
            };
            self.actors[id].deferred.push(late);
        }
    }

    /// What became durable while its actor was paused; nothing if another pause has begun or the actor has crashed.
    fn durable_late(&mut self, event: Event) {
        if !self.ready(event) {
            return;
        }
        self.now = event.time;
        let upto = Lsn(u64::from(event.slot) << 32 | u64::from(event.generation));
        self.deliver_durable(ActorId(event.to), upto);
    }

    fn deliver_durable(&mut self, id: ActorId, upto: Lsn) {
        let label = Label { kind: "durable", name: "durable", size: upto.0 };
        self.callback(id, label, |actor, cx| actor.on_durable(upto, cx));
    }

    fn admin_due(&mut self, event: Event) {
        self.now = event.time;
        self.actions_left -= 1;
        self.command(ActionId(event.slot), self.commands[event.slot as usize].clone());
    }

    /// Hands a command to the administration actor.
    pub(super) fn command(&mut self, action: ActionId, command: S::Command) {
        let at = self.now;
        self.disturb();
        self.records.push(Record::Admin { at, action, answer: None });
        let admin = self.admin.filter(|id| self.health[self.actors[*id].node].running());
        match admin {
            Some(id) => {
                let label = Label { kind: "admin", name: "admin", size: u64::from(action.0) };
                self.callback(id, label, |actor, cx| actor.on_admin(action, command, cx));
            }
            None => {
                let answer = Some(Answer::Refused("the control plane is unreachable".into()));
                self.records.push(Record::Admin { at, action, answer });
            }
        }
    }

    pub(super) fn start(&mut self, id: ActorId) {
        let label = Label { kind: "start", name: "start", size: 0 };
        self.callback(id, label, |actor, cx| actor.on_start(cx));
    }

    /// A process starts again: what it had handed to its disk before a mere crash it finds there.
    pub(super) fn restart(&mut self, id: ActorId) {
        self.actors[id].disk.flush();
        let at = self.now;
        for client in self.driver.clients.iter().filter(|c| c.actor == id).map(|c| c.id) {
            self.records.push(Record::ClientRestarted { at, client });
        }
        let label = Label { kind: "restart", name: "restart", size: 0 };
        self.callback(id, label, |actor, cx| actor.on_restart(cx));
    }

    /// Calls an actor and carries out what it asks for.
    pub(super) fn callback(
        &mut self,
        id: ActorId,
        label: Label,
        call: impl FnOnce(&mut S::Actor, &mut Ctx<'_, S>),
    ) {
        self.count(id, &label);
        let slot = &mut self.actors[id];
        let (wall, monotonic) = self.clocks.read(slot.node, self.now);
        let mut cx = Ctx {
            me: id,
            wall,
            monotonic,
            disk: &slot.disk.data,
            next_lsn: &mut slot.lsn,
            effects: &mut self.effects,
            streams: &mut slot.streams,
            seed: self.seed,
            path_hash: slot.path_hash,
        };
        call(&mut slot.actor, &mut cx);
        self.carry_out(id);
    }

    /// Folds an event into the digest, and into the trail if one is kept.
    fn count(&mut self, id: ActorId, label: &Label) {
        let path = self.actors[id].path_hash;
        let (kind, name) = (self.labels.hash(label.kind), self.labels.hash(label.name));
        self.digest.fold(self.now.0);
        self.digest.fold(path ^ kind.rotate_left(17) ^ name.rotate_left(31) ^ label.size.rotate_left(47));
        self.note(|world| {
            let (time, path) = (world.now, &world.actors[id].path);
            format!("{time} {path} {} {} {}", label.kind, label.name, label.size)
        });
    }

    /// Counts an event that is in the digest already, and notes it in the trail if one is kept.
    pub(super) fn note(&mut self, describe: impl FnOnce(&Self) -> String) {
        self.events += 1;
        let Some(spec) = self.spec.trail else { return };
        if spec.every > 0 && self.events.is_multiple_of(spec.every) {
            self.trail.digests.push(self.digest.value());
        }
        if (spec.describe.0..spec.describe.1).contains(&self.events) {
            let line = describe(self);
            self.trail.events.push(line);
        }
    }

    pub(super) fn arrival(&mut self, event: Event) {
        let client = event.to as usize;
        let node = self.driver.clients[client].node;
        let up = self.health[node].running();
        let Some((next, draft)) = self.driver.arrive(client, event.time, up) else { return };
        self.queue.push(next, EventKind::Arrival, event.to, 0, 0);
        if let Some(draft) = draft {
            self.now = event.time;
            self.invoke(draft);
        }
    }

    fn departure(&mut self, event: Event) {
        let link = event.to as usize;
        let Some((gone, next)) = self.network.links[link].depart(event.generation, event.time) else {
            return;
        };
        if self.network.cut(gone.from, self.actors[ActorId(gone.to)].node) {
            self.pool.take(gone.slot);
        } else {
            self.queue.push(event.time + gone.propagation, EventKind::Message, gone.to, gone.slot, 0);
        }
        if let Some((at, generation)) = next {
            self.queue.push(at, EventKind::Departure, event.to, 0, generation);
        }
    }

    fn timeouts(&mut self, event: Event) {
        let workload = WorkloadId::from_index(event.to as usize);
        let mut overdue = Vec::new();
        if let Some(next) = self.driver.overdue(workload, event.time, &mut overdue) {
            self.queue.push(next, EventKind::Timeout, event.to, 0, 0);
        }
        for op in overdue {
            self.now = event.time;
            self.give_up(op);
        }
    }
}
