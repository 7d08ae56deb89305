//! Settling, and the end of a window: arrivals stop, what is open ends, everything is read back.

use super::{BATCH, Stage, World};
use crate::base::time::SimTime;
use crate::engine::contract::{Actor, Observer, System};
use crate::engine::driver::closing::PACE;
use crate::engine::queue::{Event, EventKind};
use crate::engine::record::EndReason;
use crate::engine::settle::{Activity, CHECK_EVERY};

impl<S: System> World<S> {
    /// Once a second of virtual time: has the world settled, or has the window run out?
    pub(super) fn check(&mut self) {
        let now = self.next_check;
        self.next_check = now + CHECK_EVERY;
        let drained = self.driver.open.len() == 0;
        self.ripe = match self.stage {
            Stage::Running => self.over(now),
            Stage::Draining(reason) => (drained && !self.unfinished(now)).then_some(reason),
            Stage::Reading(reason, 0) => drained.then_some(reason),
            _ => None,
        };
        self.probe(now);
        if self.held {
            return;
        }
        if let Some(reason) = self.ripe {
            self.enter_next_stage(now, reason);
        } else if let Some(leap) = self.leap.filter(|leap| leap.wanted) {
            self.jump(now, leap.at_most);
        }
    }

    /// Runs on until, at a check at or after `from`, the present stage could end or the world could jump; returns when that
    /// is. The stage goes on: worlds of one window end their stages together, and jump together.
    pub(crate) fn run_stage(&mut self, from: SimTime, observer: &mut dyn Observer) -> SimTime {
        self.held = true;
        while self.ripe.is_none() && self.leap.is_none() || self.checked() < from {
            if self.storm_seen().is_some() {
                return self.now;
            }
            self.step(SimTime::MAX);
            if self.records.len() >= BATCH {
                self.flush(observer);
            }
        }
        self.checked()
    }

    /// The time of the last check.
    fn checked(&self) -> SimTime {
        SimTime(self.next_check.0 - CHECK_EVERY.0)
    }

    /// The storm that ended this world, if one did: the window's other worlds end with it.
    pub(crate) fn storm_seen(&self) -> Option<EndReason> {
        match self.stage {
            Stage::Done(reason @ EndReason::Storm { .. }) => Some(reason),
            _ => None,
        }
    }

    /// The window ends now, whatever the stage.
    pub(crate) fn break_off(&mut self, now: SimTime, reason: EndReason) {
        self.now = now;
        self.stage = Stage::Done(reason);
    }

    /// Why the present stage could end now, if it could.
    pub(crate) fn ripe(&self) -> Option<EndReason> {
        self.ripe
    }

    /// Whether the window is over.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done(_))
    }

    /// The present stage ends now.
    pub(crate) fn enter_next_stage(&mut self, now: SimTime, reason: EndReason) {
        self.now = now;
        self.ripe = None;
        match self.stage {
            Stage::Running => {
                self.driver.stop();
                self.stage = Stage::Draining(reason);
            }
            Stage::Draining(_) => self.begin_reading(reason),
            Stage::Reading(..) | Stage::Done(_) => self.stage = Stage::Done(reason),
        }
    }

    fn over(&mut self, now: SimTime) -> Option<EndReason> {
        let limits = self.plan.limits;
        let activity = self.activity(now);
        let settled = self.settling.check(now, &activity);
        let elapsed = self.jumps.now(now).since(SimTime::ZERO);
        let awaited = self.driver.recoveries.awaited(self.driver.last_invoked, now);
        if limits.until_settled && settled && !awaited && elapsed >= limits.at_least {
            return Some(EndReason::Settled);
        }
        if elapsed >= limits.cap {
            return Some(if limits.until_settled { EndReason::Cap } else { EndReason::Duration });
        }
        None
    }

    /// Whether an actor that runs says that something is under way, and the window has time left for it.
    fn unfinished(&self, now: SimTime) -> bool {
        let elapsed = self.jumps.now(now).since(SimTime::ZERO);
        let busy = |slot: &super::Slot<S>| {
            self.health[slot.node].running() && slot.actor.unfinished(&slot.disk.data)
        };
        elapsed < self.plan.limits.cap && self.actors.iter().any(|(_, slot)| busy(slot))
    }

    fn activity(&self, now: SimTime) -> Activity {
        let patience = S::patience(&self.deployed);
        Activity {
            faults: self.book.open,
            actions: self.actions_left,
            work_timers: self.work_timers,
            busy_actors: self.busy_actors,
            slow_operation: self.driver.open.oldest().is_some_and(|since| now.since(since) > patience),
            backlog: self.network.backlogged(patience, now),
            last_failure: self.driver.last_failure,
        }
    }

    fn begin_reading(&mut self, reason: EndReason) {
        let health = &self.health;
        let readers = self.driver.begin_closing(&|client| health[client.node].running());
        self.stage = Stage::Reading(reason, readers);
        for reader in 0..readers {
            self.queue.push(self.now, EventKind::Closing, reader as u32, 0, 0);
        }
    }

    /// A reader reads the next key.
    pub(super) fn closing_due(&mut self, event: Event) {
        match self.driver.closing_read(event.to as usize) {
            Some(draft) => {
                self.now = event.time;
                self.queue.push(event.time + PACE, EventKind::Closing, event.to, 0, 0);
                self.invoke(draft);
            }
            None => {
                if let Stage::Reading(reason, left) = self.stage {
                    self.stage = Stage::Reading(reason, left - 1);
                }
            }
        }
    }
}
