//! Puts the outcomes of operations back into the order in which they were invoked.
//!
//! Operations complete out of order: one that times out ends long after those that were invoked behind it. The queue
//! holds the operations invoked since the oldest open one, so its length is bounded by the operations that fit into one
//! time-out, however long the window is.

use crate::base::time::{SimTime, Span};
use crate::model::operation::OpId;
use std::collections::VecDeque;

/// When an operation was invoked: virtual time and event sequence number.
pub type Invocation = (SimTime, u64);

/// No operation has this number.
const MARK: OpId = OpId(u64::MAX);

#[derive(Clone, Debug)]
struct Slot<T> {
    at: Invocation,
    id: OpId,
    state: State<T>,
}

#[derive(Clone, Debug)]
enum State<T> {
    Open,
    Settled(T),
    LeftOut,
}

/// A queue of operations in order of invocation, each of which is let out once all before it have ended.
#[derive(Clone, Debug)]
pub struct InOrder<T> {
    slots: VecDeque<Slot<T>>,
    patience: Span,
    given_up: u64,
    longest: usize,
}

impl<T> InOrder<T> {
    /// An empty queue. An operation still open `patience` after its invocation is given up: it no longer holds up others.
    pub fn new(patience: Span) -> Self {
        InOrder { slots: VecDeque::new(), patience, given_up: 0, longest: 0 }
    }

    /// An operation was invoked. Calls come in order of time.
    pub fn announce(&mut self, at: Invocation, id: OpId) {
        let slot = Slot { at, id, state: State::Open };
        match self.slots.back() {
            Some(last) if last.at > at => {
                let place = self.slots.partition_point(|other| other.at <= at);
                self.slots.insert(place, slot);
            }
            _ => self.slots.push_back(slot),
        }
        self.longest = self.longest.max(self.slots.len());
    }

    /// An operation ended; `None` leaves it out. One that was never announced is taken in at its place, or at the front
    /// when its place has gone by.
    pub fn settle(&mut self, at: Invocation, id: OpId, item: Option<T>) {
        let state = item.map_or(State::LeftOut, State::Settled);
        let place = self.slots.partition_point(|slot| slot.at < at);
        let same = (place..self.slots.len())
            .take_while(|i| self.slots[*i].at == at)
            .find(|i| self.slots[*i].id == id)
            .or_else(|| self.slots.iter().position(|slot| slot.id == id));
        match same {
            Some(i) => self.slots[i].state = state,
            None => self.slots.insert(place, Slot { at, id, state }),
        }
        self.longest = self.longest.max(self.slots.len());
    }

    /// Something else happened, after all that was invoked so far: its turn comes once all of that has ended.
    pub fn mark(&mut self, at: SimTime, item: T) {
        let at = self.slots.back().map_or((at, 0), |last| last.at);
        self.slots.push_back(Slot { at, id: MARK, state: State::Settled(item) });
    }

    /// The next operation whose turn it is, if it has ended.
    pub fn next(&mut self, now: SimTime) -> Option<T> {
        loop {
            let front = self.slots.front()?;
            match front.state {
                State::Open if now.since(front.at.0) <= self.patience => return None,
                State::Open => {
                    self.given_up += 1;
                    self.slots.pop_front();
                }
                State::LeftOut => {
                    self.slots.pop_front();
                }
                State::Settled(_) => {
                    let Some(Slot { state: State::Settled(item), .. }) = self.slots.pop_front() else {
                        return None;
                    };
                    return Some(item);
                }
            }
        }
    }

    /// The next operation that has ended, passing over those that are open: for the end of a window.
    pub fn drain(&mut self) -> Option<T> {
        while let Some(slot) = self.slots.pop_front() {
            match slot.state {
                State::Settled(item) => return Some(item),
                State::Open => self.given_up += 1,
                State::LeftOut => {}
            }
        }
        None
    }

    /// Operations that were still open when the window ended, or when they were given up: censored.
    pub fn given_up(&self) -> u64 {
        self.given_up
    }

    /// The most operations it ever held.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Takes in what another queue, also drained, has counted.
    pub fn merge(&mut self, other: &InOrder<T>) {
        self.given_up += other.given_up;
        self.longest = self.longest.max(other.longest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Invocation {
        (SimTime::ZERO + Span::secs(secs), secs)
    }

    #[test]
    fn an_open_operation_holds_up_those_behind_it_and_no_longer() {
        let mut order = InOrder::new(Span::secs(60));
        for i in 0..3 {
            order.announce(at(i), OpId(i));
        }
        order.settle(at(1), OpId(1), Some('b'));
        order.settle(at(2), OpId(2), None);
        assert_eq!(order.next(at(3).0), None);
        order.settle(at(0), OpId(0), Some('a'));
        assert_eq!(order.next(at(3).0), Some('a'));
        assert_eq!(order.next(at(3).0), Some('b'));
        assert_eq!(order.next(at(3).0), None);
        assert_eq!(order.given_up(), 0);
    }

    #[test]
    fn an_operation_that_never_ends_is_given_up() {
        let mut order = InOrder::new(Span::secs(5));
        order.announce(at(0), OpId(0));
        order.announce(at(1), OpId(1));
        order.settle(at(1), OpId(1), Some('b'));
        assert_eq!(order.next(at(5).0), None);
        assert_eq!(order.next(at(6).0), Some('b'));
        assert_eq!(order.given_up(), 1);
    }

    #[test]
    fn a_mark_waits_for_all_that_was_invoked_before_it() {
        let mut order = InOrder::new(Span::secs(60));
        order.announce(at(0), OpId(0));
        order.mark(at(5).0, 'm');
        order.announce(at(6), OpId(1));
        order.settle(at(6), OpId(1), Some('b'));
        assert_eq!(order.next(at(7).0), None);
        order.settle(at(0), OpId(0), Some('a'));
        let all: Vec<char> = std::iter::from_fn(|| order.next(at(8).0)).collect();
        assert_eq!(all, ['a', 'm', 'b']);
    }

    #[test]
    fn the_end_of_a_window_lets_everything_out() {
        let mut order = InOrder::new(Span::secs(60));
        for i in 0..3 {
            order.announce(at(i), OpId(i));
        }
        order.settle(at(2), OpId(2), Some('c'));
        assert_eq!(order.drain(), Some('c'));
        assert_eq!(order.drain(), None);
        assert_eq!(order.given_up(), 2);
    }
}
