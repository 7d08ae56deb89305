//! Named timers of one actor: setting one again moves it.
//!
//! A timer that is moved later keeps its one pending event, which is moved when it fires early: a heartbeat that
//! re-arms an election timer costs no queue operation. The moved event gets the place in the order of ties that the
//! timer was given when it was set, so a run cannot tell the difference from one event per setting.

use crate::base::time::{SimTime, Span};
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
struct Slot<T> {
    name: Option<T>,
    due: (SimTime, u64),
    queued: (SimTime, u64),
    generation: u32,
}

/// The pending timers of one actor.
#[derive(Clone, Debug)]
pub(crate) struct Timers<T> {
    names: BTreeMap<T, u32>,
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
}

/// What setting a timer asks of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Armed {
    /// Queue an event with this slot and generation.
    pub queue: Option<(u32, u32)>,
    /// An event queued earlier has become stale.
    pub stale: bool,
    /// The timer was not pending before.
    pub fresh: bool,
}

/// What a popped timer event turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fired<T> {
    /// Cancelled, moved to an earlier time, or of a former life: nothing happened.
    Stale,
    /// The timer was moved later: queue the event again with this time and place.
    Early(SimTime, u64),
    /// It fires.
    Now(T),
}

impl<T: Copy + Ord> Timers<T> {
    /// No timers.
    pub fn new() -> Self {
        Timers { names: BTreeMap::new(), slots: Vec::new(), free: Vec::new() }
    }

    /// Sets or moves a timer to `due`, a time and a place in the order of ties.
    pub fn set(&mut self, name: T, due: (SimTime, u64)) -> Armed {
        if let Some(&at) = self.names.get(&name) {
            let slot = &mut self.slots[at as usize];
            slot.due = due;
            if due >= slot.queued {
                return Armed { queue: None, stale: false, fresh: false };
            }
            slot.queued = due;
            slot.generation = slot.generation.wrapping_add(1);
            return Armed { queue: Some((at, slot.generation)), stale: true, fresh: false };
        }
        let at = match self.free.pop() {
            Some(at) => at,
            None => {
                self.slots.push(Slot { name: None, due, queued: due, generation: 0 });
                (self.slots.len() - 1) as u32
            }
        };
        let slot = &mut self.slots[at as usize];
        (slot.name, slot.due, slot.queued) = (Some(name), due, due);
        self.names.insert(name, at);
        Armed { queue: Some((at, slot.generation)), stale: false, fresh: true }
    }

    /// Cancels a timer; false if it was not pending. Its event is stale from now on.
    pub fn cancel(&mut self, name: T) -> bool {
        match self.names.remove(&name) {
            Some(at) => {
                self.release(at);
                true
            }
            None => false,
        }
    }

    /// Whether an event still stands for a pending timer.
    pub fn alive(&self, slot: u32, generation: u32) -> bool {
        self.slots.get(slot as usize).is_some_and(|s| s.name.is_some() && s.generation == generation)
    }

    /// Whether an event stands for a timer that is due when the event is, rather than moved later meanwhile.
    pub fn is_due(&self, slot: u32, generation: u32) -> bool {
        self.alive(slot, generation) && self.slots.get(slot as usize).is_some_and(|s| s.due == s.queued)
    }

    /// Decides what a popped event is; a timer that fires is no longer pending.
    pub fn fire(&mut self, slot: u32, generation: u32) -> Fired<T> {
        if !self.alive(slot, generation) {
            return Fired::Stale;
        }
        let entry = &mut self.slots[slot as usize];
        if entry.due != entry.queued {
            entry.queued = entry.due;
            return Fired::Early(entry.due.0, entry.due.1);
        }
        let Some(name) = entry.name else { return Fired::Stale };
        self.names.remove(&name);
        self.release(slot);
        Fired::Now(name)
    }

    /// When the first timer that `of` approves of fires.
    pub fn first(&self, of: impl Fn(T) -> bool) -> Option<SimTime> {
        let due =
            self.names.iter().filter(|(name, _)| of(**name)).map(|(_, at)| self.slots[*at as usize].due.0);
        due.min()
    }

    /// Timers that `of` approves of fire earlier by `by`; `queue` is told each event to queue: its slot, its generation
    /// and its time, and returns its place in the order of ties.
    pub fn advance(
        &mut self,
        by: Span,
        of: impl Fn(T) -> bool,
        mut queue: impl FnMut(u32, u32, SimTime) -> u64,
    ) {
        for (name, &at) in self.names.iter().filter(|(name, _)| of(**name)) {
            let slot = &mut self.slots[at as usize];
            debug_assert!(slot.name == Some(*name), "a pending timer has its name in its slot");
            let due = SimTime(slot.due.0.0.saturating_sub(by.0));
            slot.generation = slot.generation.wrapping_add(1);
            let order = queue(at, slot.generation, due);
            (slot.due, slot.queued) = ((due, order), (due, order));
        }
    }

    /// Cancels all timers, calling `each` for every one.
    pub fn clear(&mut self, mut each: impl FnMut(T)) {
        while let Some((name, at)) = self.names.pop_first() {
            self.release(at);
            each(name);
        }
    }

    fn release(&mut self, at: u32) {
        let slot = &mut self.slots[at as usize];
        slot.name = None;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(t: u64, order: u64) -> (SimTime, u64) {
        (SimTime(t), order)
    }

    #[test]
    fn a_timer_moved_later_keeps_its_one_event_which_moves_on_early_fire() {
        let mut timers = Timers::new();
        let armed = timers.set('e', at(10, 1));
        let (slot, generation) = armed.queue.expect("a new timer is queued");
        for i in 2..100 {
            assert_eq!(
                timers.set('e', at(10 + i, i)),
                Armed { queue: None, stale: false, fresh: false },
                "moving later queues nothing"
            );
        }
        assert_eq!(timers.fire(slot, generation), Fired::Early(SimTime(109), 99));
        assert_eq!(timers.fire(slot, generation), Fired::Now('e'));
        assert_eq!(timers.fire(slot, generation), Fired::Stale);
    }

    #[test]
    fn a_timer_moved_earlier_leaves_a_stale_event_behind() {
        let mut timers = Timers::new();
        let (slot, old) = timers.set('e', at(10, 1)).queue.expect("queued");
        let armed = timers.set('e', at(5, 2));
        let (same, new) = armed.queue.expect("queued again");
        assert!(armed.stale && !armed.fresh && same == slot);
        assert_eq!(timers.fire(slot, new), Fired::Now('e'));
        assert_eq!(timers.fire(slot, old), Fired::Stale);
    }

    #[test]
    fn timers_come_earlier_by_a_jump_and_the_others_stay() {
        let mut timers = Timers::new();
        timers.set('w', at(100, 1));
        timers.set('w', at(120, 2));
        let (slot, generation) = timers.set('r', at(50, 3)).queue.expect("queued");
        assert_eq!(timers.first(|name| name == 'w'), Some(SimTime(120)));
        let mut queued = Vec::new();
        timers.advance(
            Span(90),
            |name| name == 'w',
            |slot, generation, time| {
                queued.push((slot, generation, time));
                9
            },
        );
        let (moved, next, time) = queued[0];
        assert_eq!((queued.len(), time), (1, SimTime(30)));
        assert_eq!(timers.fire(moved, next.wrapping_sub(1)), Fired::Stale);
        assert_eq!(timers.fire(moved, next), Fired::Now('w'));
        assert_eq!(timers.fire(slot, generation), Fired::Now('r'));
    }

    #[test]
    fn a_cancelled_timer_does_not_fire_even_when_its_slot_is_used_again() {
        let mut timers = Timers::new();
        let (slot, generation) = timers.set('a', at(10, 1)).queue.expect("queued");
        assert!(timers.cancel('a'));
        assert!(!timers.cancel('a'));
        let (again, next) = timers.set('b', at(20, 2)).queue.expect("queued");
        assert_eq!(slot, again);
        assert_eq!(timers.fire(slot, generation), Fired::Stale);
        assert_eq!(timers.fire(again, next), Fired::Now('b'));
    }
}
