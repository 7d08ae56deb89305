//! The departure queue of one directed link of finite bandwidth.

use crate::base::ids::{FaultId, NodeId};
use crate::base::time::{SimTime, Span};
use std::collections::VecDeque;

/// A message that waits for its departure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// Its place in the pool.
    pub slot: u32,
    /// The node it waits on.
    pub from: NodeId,
    /// The receiving actor.
    pub to: u32,
    /// Its size.
    pub bytes: u64,
    /// How long it takes once it has left.
    pub propagation: Span,
}

/// A directed link: first come, first served at its rate. Without a limit nothing waits.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    base: Option<f64>,
    limits: Vec<(FaultId, f64)>,
    queue: VecDeque<Waiting>,
    waiting_bytes: u64,
    /// Bytes of the head still to send at time `since`.
    left: f64,
    since: SimTime,
    generation: u32,
}

impl Link {
    /// A link of this many bytes a second, or without a limit.
    pub fn new(base: Option<f64>) -> Self {
        let (limits, queue) = (Vec::new(), VecDeque::new());
        Link { base, limits, queue, waiting_bytes: 0, left: 0.0, since: SimTime::ZERO, generation: 0 }
    }

    /// The present rate.
    fn rate(&self) -> Option<f64> {
        self.limits.iter().map(|(_, rate)| *rate).chain(self.base).reduce(f64::min)
    }

    /// Whether a message has to wait for its turn.
    pub fn queues(&self) -> bool {
        !self.queue.is_empty() || self.rate().is_some()
    }

    /// Adds a message; returns the departure to queue if it is the only one.
    pub fn enqueue(&mut self, message: Waiting, now: SimTime) -> Option<(SimTime, u32)> {
        self.queue.push_back(message);
        self.waiting_bytes += message.bytes;
        (self.queue.len() == 1).then(|| self.begin(now))
    }

    /// The head leaves; returns it and the next departure to queue. `None` if the event is stale.
    pub fn depart(&mut self, generation: u32, now: SimTime) -> Option<(Waiting, Option<(SimTime, u32)>)> {
        if generation != self.generation {
            return None;
        }
        let gone = self.queue.pop_front()?;
        self.waiting_bytes -= gone.bytes;
        let next = (!self.queue.is_empty()).then(|| self.begin(now));
        Some((gone, next))
    }

    /// What waits on a node that goes down never leaves; returns its places in the pool, and the departure to queue instead
    /// of the pending one if the head was among them.
    pub fn forget(&mut self, node: NodeId, now: SimTime) -> (Vec<u32>, Option<(SimTime, u32)>) {
        let head = self.queue.front().is_some_and(|m| m.from == node);
        let mut gone = Vec::new();
        self.queue.retain(|m| {
            if m.from == node {
                gone.push(m.slot);
                self.waiting_bytes -= m.bytes;
            }
            m.from != node
        });
        if !head {
            return (gone, None);
        }
        self.generation = self.generation.wrapping_add(1);
        (gone, (!self.queue.is_empty()).then(|| self.begin(now)))
    }

    /// Limits the rate while a fault lasts; returns the departure to queue instead of the pending one.
    pub fn limit(&mut self, fault: FaultId, rate: f64, now: SimTime) -> Option<(SimTime, u32)> {
        self.settle(now);
        self.limits.push((fault, rate));
        self.reschedule()
    }

    /// Ends a limit; returns the departure to queue instead of the pending one.
    pub fn unlimit(&mut self, fault: FaultId, now: SimTime) -> Option<(SimTime, u32)> {
        if !self.limits.iter().any(|(f, _)| *f == fault) {
            return None;
        }
        self.settle(now);
        self.limits.retain(|(f, _)| *f != fault);
        self.reschedule()
    }

    /// How long the present rate needs for all that waits.
    pub fn backlog(&self, now: SimTime) -> Span {
        let (Some(head), Some(rate)) = (self.queue.front(), self.rate()) else { return Span::ZERO };
        let sent = now.since(self.since).seconds() * rate;
        let behind = (self.waiting_bytes - head.bytes) as f64;
        Span::from_secs_f64(((self.left - sent).max(0.0) + behind) / rate)
    }

    fn begin(&mut self, now: SimTime) -> (SimTime, u32) {
        self.left = self.queue.front().map_or(0.0, |m| m.bytes as f64);
        self.since = now;
        (self.done(), self.generation)
    }

    fn done(&self) -> SimTime {
        self.rate().map_or(self.since, |rate| self.since + Span::from_secs_f64(self.left / rate))
    }

    fn settle(&mut self, now: SimTime) {
        let sent = self.rate().map_or(self.left, |rate| now.since(self.since).seconds() * rate);
        self.left = (self.left - sent).max(0.0);
        self.since = now;
    }

    fn reschedule(&mut self) -> Option<(SimTime, u32)> {
        self.generation = self.generation.wrapping_add(1);
        (!self.queue.is_empty()).then(|| (self.done(), self.generation))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(slot: u32, bytes: u64) -> Waiting {
        Waiting { slot, from: NodeId(slot), to: 0, bytes, propagation: Span::millis(50) }
    }
    fn seconds(s: u64) -> SimTime {
        SimTime::ZERO + Span::secs(s)
    }

    #[test]
    fn messages_leave_one_after_another_at_the_links_rate() {
        let mut link = Link::new(Some(1_000.0));
        let (first, generation) = link.enqueue(message(1, 2_000), SimTime::ZERO).expect("head");
        assert_eq!(first, seconds(2));
        assert_eq!(link.enqueue(message(2, 3_000), seconds(1)), None);
        assert_eq!(link.backlog(seconds(1)), Span::secs(4));
        let (gone, next) = link.depart(generation, first).expect("leaves");
        assert_eq!((gone.slot, next), (1, Some((seconds(5), generation))));
        assert_eq!(link.depart(generation, seconds(5)).expect("leaves").1, None);
        assert_eq!(link.backlog(seconds(5)), Span::ZERO);
    }

    #[test]
    fn a_limit_slows_what_is_left_of_the_head_and_its_end_frees_it() {
        let mut link = Link::new(None);
        assert!(!link.queues());
        link.limit(FaultId(0), 1_000.0, SimTime::ZERO);
        let (at, old) = link.enqueue(message(1, 4_000), SimTime::ZERO).expect("head");
        assert_eq!(at, seconds(4));
        let (at, new) = link.limit(FaultId(1), 500.0, seconds(2)).expect("moved");
        assert_eq!(at, seconds(6));
        assert!(link.depart(old, seconds(4)).is_none(), "the former departure is stale");
        let (at, _) = link.unlimit(FaultId(1), seconds(4)).expect("moved again");
        assert_eq!(at, seconds(5));
        let (at, last) = link.unlimit(FaultId(0), seconds(4)).expect("moved again");
        assert_eq!(at, seconds(4));
        assert!(new != last && link.depart(last, at).is_some());
        assert!(!link.queues());
    }

    #[test]
    fn a_link_without_any_bandwidth_waits_for_the_end_of_its_fault() {
        let mut link = Link::new(Some(100.0));
        link.limit(FaultId(0), 0.0, SimTime::ZERO);
        assert_eq!(link.enqueue(message(1, 100), SimTime::ZERO).expect("head").0, SimTime::MAX);
        assert_eq!(link.backlog(seconds(3)), Span::MAX);
        assert_eq!(link.unlimit(FaultId(0), seconds(9)).expect("moved").0, seconds(10));
    }

    #[test]
    fn what_waits_on_a_node_that_goes_down_never_leaves_and_the_rest_moves_up() {
        let mut link = Link::new(Some(1_000.0));
        link.enqueue(message(1, 2_000), SimTime::ZERO);
        link.enqueue(message(2, 3_000), SimTime::ZERO);
        link.enqueue(message(3, 1_000), SimTime::ZERO);
        assert_eq!(link.forget(NodeId(2), seconds(1)), (vec![2], None), "the head goes on");
        let (gone, next) = link.forget(NodeId(1), seconds(1));
        let (at, generation) = next.expect("there is a new head");
        assert_eq!((gone, at, link.backlog(seconds(1))), (vec![1], seconds(2), Span::secs(1)));
        assert!(link.depart(generation, at).is_some_and(|(m, next)| m.slot == 3 && next.is_none()));
        assert_eq!(link.forget(NodeId(3), seconds(3)), (vec![], None));
    }
}
