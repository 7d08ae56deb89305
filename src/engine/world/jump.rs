//! Whether a world can jump, and its jump: see `engine/jump.rs`.

use super::{Stage, World};
use crate::base::ids::FaultId;
use crate::base::time::{SimTime, Span};
use crate::engine::contract::{Actor, System, TimerClass, TimerName};
use crate::engine::driver::Driver;
use crate::engine::faults::Edge;
use crate::engine::jump::{Leap, Moment, PROBE, Steady, credited};
use crate::engine::network::Network;
use crate::engine::queue::EventKind;
use crate::engine::record::{Change, Record};
use crate::engine::settle::PATIENCE;
use crate::model::fault::FaultKind;
use std::collections::BTreeSet;

impl<S: System> World<S> {
    /// At every check: at the end of a probe interval, how far the world could jump.
    pub(super) fn probe(&mut self, now: SimTime) {
        self.leap = None;
        if self.stage != Stage::Running || !now.0.is_multiple_of(PROBE.0) {
            return;
        }
        let Some(mut probe) = self.probe.take() else { return };
        self.records.push(Record::Probed { at: now });
        probe.close(now);
        probe.count(counters(&mut self.network, &mut self.driver));
        let agrees = probe.agrees(now, S::longest_memory(&self.deployed));
        self.probe = Some(probe);
        if agrees && self.is_even() {
            self.leap = self.room(now);
        }
    }

    /// Notes that something changed, if anybody is watching for that.
    pub(super) fn disturb(&mut self) {
        let now = self.now;
        if let Some(probe) = &mut self.probe {
            probe.disturb(now);
        }
    }

    /// Whether a change of the system's state is one: what only tells of the flow of operations is not.
    pub(super) fn disturbs(change: &Change) -> bool {
        !matches!(
            change,
            Change::Observed { .. }
                | Change::Milestone { .. }
                | Change::ConflictLost { .. }
                | Change::Merged { .. }
        )
    }

    /// Whether nothing of the engine's own grows: work under way, what waits for a link or the end of a pause, what a
    /// drifting clock gains.
    fn is_even(&self) -> bool {
        let drifts = self.book.begun.iter().any(|id| {
            self.book.is_open(*id) && matches!(self.book.faults[*id].fault.kind, FaultKind::ClockDrift { .. })
        });
        !self.book.begun.is_empty()
            && !drifts
            && self.busy_actors == 0
            && !self.network.backlogged(PATIENCE, self.now)
            && self.health.iter().all(|(_, health)| !health.up() || health.running())
    }

    /// The room for a jump: until the next thing that comes from outside, or that an actor knows of.
    fn room(&self, now: SimTime) -> Option<Leap> {
        let outside = self.edges.first().map(|(at, ..)| *at);
        let asked = self.queue.first(EventKind::Admin);
        let (mut until, mut works) = (Steady::Forever, None::<SimTime>);
        for (_, slot) in self.actors.iter().filter(|(_, slot)| self.health[slot.node].up()) {
            let (wall, monotonic) = self.clocks.read(slot.node, now);
            let steady = slot.actor.steady(&Moment { wall, monotonic, disk: &slot.disk.data });
            until = until.and(steady);
            if until == Steady::No {
                return None;
            }
            let due = slot.timers.first(|name| name.class() != TimerClass::Routine);
            works = works.into_iter().chain(due).min();
        }
        let limit = (self.plan.limits.cap).saturating_sub(self.jumps.now(now).since(SimTime::ZERO));
        let known = match until {
            Steady::Until(span) => span,
            _ => Span::MAX,
        };
        let next = [outside, asked, works].into_iter().flatten().min().unwrap_or(SimTime::MAX);
        let room = next.since(now).min(known).min(limit);
        // What comes at the very end of the room comes after the jump.
        let at_most = Span(room.0.saturating_sub(1) / PROBE.0 * PROBE.0);
        let wanted = outside.is_some() || asked.is_some() || self.work_timers > 0;
        (at_most >= PROBE).then_some(Leap { at_most, wanted })
    }

    /// How far the world could jump, as of the last check.
    pub(crate) fn leap(&self) -> Option<Leap> {
        self.leap
    }

    /// Jumps by `by`, which is within the room, at the check `now`.
    pub(crate) fn jump(&mut self, now: SimTime, by: Span) {
        self.digest.fold(now.0);
        self.digest.fold(by.0);
        self.edges = earlier(&self.edges, by);
        self.queue.advance(EventKind::Admin, by);
        for id in self.actors.ids() {
            let slot = &mut self.actors[id];
            if !self.health[slot.node].up() {
                continue;
            }
            slot.actor.on_skip(by);
            let queue = &mut self.queue;
            slot.timers.advance(
                by,
                |name| name.class() != TimerClass::Routine,
                |place, generation, time| queue.again(time, EventKind::Timer, id.0, (place, generation)),
            );
        }
        self.jumps.note(now, by);
        self.driver.recoveries.jumped(now);
        self.leap = None;
        self.records.push(Record::Jumped { at: now, by });
        let Some(mut probe) = self.probe.take() else { return };
        for partition in &self.partitions {
            self.ledger.jump(*partition, credited(probe.written(*partition), by));
        }
        for (counter, added) in counters(&mut self.network, &mut self.driver).zip(probe.added()) {
            *counter += credited(added, by);
        }
        probe.jumped(counters(&mut self.network, &mut self.driver));
        self.probe = Some(probe);
    }
}

/// What a world itself counts up to the end: traffic, and operations that were not made because clients were down.
fn counters<'a>(network: &'a mut Network, driver: &'a mut Driver) -> impl Iterator<Item = &'a mut u64> {
    let skipped = driver.clients.iter_mut().map(|client| &mut client.skipped);
    network.counters().chain(skipped)
}

/// Edges of faults, all of them earlier by `by`.
fn earlier(edges: &BTreeSet<(SimTime, FaultId, Edge)>, by: Span) -> BTreeSet<(SimTime, FaultId, Edge)> {
    edges.iter().map(|(at, fault, edge)| (SimTime(at.0.saturating_sub(by.0)), *fault, *edge)).collect()
}
