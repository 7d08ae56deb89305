//! The event queue: what happens next, in order of `(time, sequence)`.

use crate::base::digest::mix;
use crate::base::time::{SimTime, Span};

/// What an event is about; the meaning of its other fields depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum EventKind {
    /// A message reaches actor `to`; `slot` is its place in the pool.
    Message,
    /// A timer of actor `to` fires; `slot` and `generation` name it.
    Timer,
    /// The oldest batch of actor `to`'s disk is durable; `generation` is the disk's epoch.
    Durable,
    /// Actor `to` was paused when its records became durable: `slot` and `generation` are halves of the number.
    DurableLate,
    /// An operator's command is due; `slot` is the action.
    Admin,
    /// The next arrival of the driver's client `to`.
    Arrival,
    /// The oldest open operation of workload `to` may have timed out.
    Timeout,
    /// The head of link `to`'s queue has left.
    Departure,
    /// The next closing read of the driver's reader `to`.
    Closing,
}

/// One pending event. 32 bytes and `Copy`: payloads wait elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// When.
    pub time: SimTime,
    /// Place among events of the same time: the sequence number, or a hash of it when ties are shuffled.
    pub order: u64,
    /// The actor concerned.
    pub to: u32,
    /// Where the payload waits.
    pub slot: u32,
    /// Which use of the slot this event belongs to.
    pub generation: u32,
    /// What it is about.
    pub kind: EventKind,
}

impl Event {
    fn key(&self) -> (SimTime, u64) {
        (self.time, self.order)
    }
}

/// Pending events in a 4-ary heap: below a thousand of them its shape hardly matters, above it beats a binary heap by
/// its shorter paths.
#[derive(Clone, Debug)]
pub(crate) struct EventQueue {
    heap: Vec<Event>,
    sequence: u64,
    shuffle: Option<u64>,
}

const ARITY: usize = 4;

impl EventQueue {
    /// An empty queue; `shuffle` orders ties by a hash keyed with it.
    pub fn new(shuffle: Option<u64>) -> Self {
        EventQueue { heap: Vec::with_capacity(256), sequence: 0, shuffle }
    }

    /// The next place in the order of ties. No two are equal: the hash is a bijection.
    pub fn order(&mut self) -> u64 {
        self.sequence += 1;
        match self.shuffle {
            Some(seed) => mix(seed ^ self.sequence),
            None => self.sequence,
        }
    }

    /// Adds an event after all others of its time.
    pub fn push(&mut self, time: SimTime, kind: EventKind, to: u32, slot: u32, generation: u32) {
        let order = self.order();
        self.push_event(Event { time, order, to, slot, generation, kind });
    }

    /// Adds an event after all others of its time, and returns its place in the order of ties.
    pub fn again(&mut self, time: SimTime, kind: EventKind, to: u32, slot: (u32, u32)) -> u64 {
        let order = self.order();
        self.push_event(Event { time, order, to, slot: slot.0, generation: slot.1, kind });
        order
    }

    /// Adds an event whose place is already known.
    pub fn push_event(&mut self, event: Event) {
        self.heap.push(event);
        let mut at = self.heap.len() - 1;
        while at > 0 {
            let parent = (at - 1) / ARITY;
            if self.heap[parent].key() <= event.key() {
                break;
            }
            self.heap[at] = self.heap[parent];
            at = parent;
        }
        self.heap[at] = event;
    }

    /// When the first event of this kind is due.
    pub fn first(&self, kind: EventKind) -> Option<SimTime> {
        self.heap.iter().filter(|e| e.kind == kind).map(|e| e.time).min()
    }

    /// All events of this kind come earlier by `by`; their order among each other stays.
    pub fn advance(&mut self, kind: EventKind, by: Span) {
        let mut pending = std::mem::take(&mut self.heap);
        for event in pending.iter_mut().filter(|e| e.kind == kind) {
            event.time = SimTime(event.time.0.saturating_sub(by.0));
        }
        pending.into_iter().for_each(|event| self.push_event(event));
    }

    /// How many events are pending.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// The time of the first event.
    pub fn peek(&self) -> Option<SimTime> {
        self.heap.first().map(|e| e.time)
    }

    /// Takes the first event out.
    pub fn pop(&mut self) -> Option<Event> {
        let last = self.heap.pop()?;
        let Some(&first) = self.heap.first() else { return Some(last) };
        self.sink(0, last);
        Some(first)
    }

    fn sink(&mut self, mut at: usize, event: Event) {
        let n = self.heap.len();
        loop {
            let first = at * ARITY + 1;
            if first >= n {
                break;
            }
            let mut least = first;
            for child in first + 1..(first + ARITY).min(n) {
                if self.heap[child].key() < self.heap[least].key() {
                    least = child;
                }
            }
            if event.key() <= self.heap[least].key() {
                break;
            }
            self.heap[at] = self.heap[least];
            at = least;
        }
        self.heap[at] = event;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(q: &mut EventQueue) -> Vec<(u64, u32)> {
        std::iter::from_fn(|| q.pop()).map(|e| (e.time.0, e.slot)).collect()
    }

    #[test]
    fn an_event_is_32_bytes() {
        assert_eq!(std::mem::size_of::<Event>(), 32);
    }

    #[test]
    fn events_come_out_by_time_and_ties_by_sequence() {
        let mut q = EventQueue::new(None);
        for i in 0..1_000u32 {
            q.push(SimTime(mix(u64::from(i)) % 50), EventKind::Message, 0, i, 0);
        }
        let out = drain(&mut q);
        assert_eq!(out.len(), 1_000);
        assert!(out.windows(2).all(|w| w[0] < w[1]), "sorted by time, then by the order of pushing");
    }

    #[test]
    fn events_of_one_kind_come_earlier_and_all_others_stay() {
        let mut q = EventQueue::new(None);
        (0..50u32).for_each(|i| q.push(SimTime(u64::from(i) * 10), EventKind::Message, 0, i, 0));
        (50..53u32).for_each(|i| q.push(SimTime(1_000 + u64::from(i)), EventKind::Admin, 0, i, 0));
        assert_eq!(q.first(EventKind::Admin), Some(SimTime(1_050)));
        q.advance(EventKind::Admin, Span(900));
        let out = drain(&mut q);
        assert!(out.windows(2).all(|w| w[0].0 <= w[1].0));
        let moved: Vec<(u64, u32)> = out.into_iter().filter(|(_, slot)| *slot >= 50).collect();
        assert_eq!(moved, [(150, 50), (151, 51), (152, 52)]);
    }

    #[test]
    fn shuffling_changes_the_order_of_ties_and_nothing_else() {
        let run = |shuffle| {
            let mut q = EventQueue::new(shuffle);
            for i in 0..100u32 {
                q.push(SimTime(u64::from(i / 10)), EventKind::Message, 0, i, 0);
            }
            drain(&mut q)
        };
        let (plain, one, two) = (run(None), run(Some(1)), run(Some(2)));
        assert_ne!(plain, one);
        assert_ne!(one, two);
        assert_eq!(one, run(Some(1)));
        let sorted = |mut v: Vec<(u64, u32)>| {
            assert!(v.windows(2).all(|w| w[0].0 <= w[1].0));
            v.sort();
            v
        };
        assert_eq!(sorted(one), plain);
    }
}
