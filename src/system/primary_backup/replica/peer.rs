//! What a primary knows of one backup.

use super::AGAIN;
use crate::base::time::{SimTime, Span};
use crate::system::primary_backup::message::Whole;
use std::collections::VecDeque;

/// One backup, seen from the primary.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    /// The next entry to send.
    pub next: u64,
    /// It has the log up to here, durably.
    pub matched: u64,
    /// When it last said anything.
    pub contact: SimTime,
    /// Nothing was heard of it for long, as of the last beat.
    pub silent: bool,
    /// It kept up when time was jumped over: what that left out it has.
    pub kept_up: bool,
    /// It lost its disk, and has not caught up since.
    pub blank: bool,
    /// An image is being read for it, or is on its way: since when.
    pub image: Option<Option<SimTime>>,
    /// Up to where entries may leave for it, and as of when.
    pub released: Whole,
    /// Where recovery points are shipped: the last but one ended here.
    before: Option<u64>,
    /// What may leave later: up to where, as of when, and when.
    pub waiting: VecDeque<(Whole, SimTime)>,
    /// Messages on their way: the last entry of each, its bytes, and when it left.
    flight: VecDeque<(u64, u64, SimTime)>,
    bytes: u64,
    rewound: SimTime,
}

impl Peer {
    /// One of which nothing is known but that it may have all up to `last`.
    pub fn new(last: u64, now: SimTime) -> Peer {
        Peer {
            next: last + 1,
            matched: 0,
            contact: now,
            silent: false,
            kept_up: false,
            blank: false,
            image: None,
            released: (last, now),
            before: None,
            waiting: VecDeque::new(),
            flight: VecDeque::new(),
            bytes: 0,
            rewound: SimTime::ZERO,
        }
    }

    /// Whether another message may be sent.
    pub fn has_room(&self, window: u64) -> bool {
        self.image.is_none() && self.bytes < window
    }

    /// Whether it is being brought up to date, rather than kept so. However much a recovery point has, to ship it is no
    /// more than to keep up while all before it is there.
    pub fn catches_up(&self, window: u64) -> bool {
        let lacks_earlier = self.before.is_none_or(|before| self.matched < before);
        self.image.is_some() || lacks_earlier && self.bytes * 2 >= window
    }

    /// This recovery point may leave.
    pub fn release_point(&mut self, point: Whole) {
        self.before = Some(self.released.0);
        self.released = point;
    }

    /// Entries up to `last` were sent.
    pub fn sent(&mut self, last: u64, bytes: u64, now: SimTime) {
        self.flight.push_back((last, bytes, now));
        self.bytes += bytes;
        self.next = last + 1;
    }

    /// As many entries as this came after all that waits: what waited before has left, and as many of the new ones wait.
    pub fn later(&mut self, by: u64) {
        self.released.0 += by;
        self.before = self.before.map(|before| before + by);
        self.waiting.iter_mut().for_each(|((upto, _), _)| *upto += by);
    }

    /// It has everything up to `upto`.
    pub fn arrived(&mut self, upto: u64) {
        self.matched = self.matched.max(upto);
        self.next = self.next.max(upto + 1);
        while self.flight.front().is_some_and(|(last, ..)| *last <= upto) {
            if let Some((_, bytes, _)) = self.flight.pop_front() {
                self.bytes -= bytes;
            }
        }
    }

    /// It answers what left at `sent`. What left long before that was lost, or its answer: it is sent again.
    pub fn answers(&mut self, sent: SimTime) {
        if self.flight.front().is_some_and(|(.., left)| *left + AGAIN <= sent) {
            self.go_back(self.matched);
        }
        if self.image.flatten().is_some_and(|left| left + AGAIN <= sent) {
            self.image = None;
            self.go_back(self.matched);
        }
    }

    /// What was sent did not fit: it shares the log up to `common`. Words that come late, of what was put right since, are
    /// ignored: `again` is how often it is sent anew at most.
    pub fn rejected(&mut self, common: u64, again: Span, now: SimTime) {
        if common < self.matched || self.flight.is_empty() || now.since(self.rewound) >= again {
            self.rewound = now;
            self.matched = self.matched.min(common);
            self.go_back(common);
        }
    }

    fn go_back(&mut self, common: u64) {
        self.next = common + 1;
        self.flight.clear();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: u64) -> SimTime {
        SimTime::ZERO + Span::secs(s)
    }

    #[test]
    fn what_an_answer_to_something_later_leaves_out_is_sent_again() {
        let mut peer = Peer::new(0, at(0));
        peer.sent(3, 300, at(1));
        assert!(!peer.has_room(300) && peer.has_room(301));
        peer.answers(at(1) + Span::millis(999));
        assert_eq!(peer.next, 4);
        peer.answers(at(2));
        assert_eq!((peer.next, peer.has_room(1)), (1, true));
        peer.sent(3, 300, at(2));
        peer.arrived(2);
        assert_eq!((peer.matched, peer.next), (2, 4));
        peer.arrived(3);
        assert!(peer.has_room(1));
    }

    #[test]
    fn words_of_a_gap_that_come_late_do_not_send_everything_again() {
        let mut peer = Peer::new(9, at(0));
        peer.rejected(4, Span::secs(1), at(5));
        assert_eq!(peer.next, 5);
        peer.sent(9, 500, at(5));
        peer.rejected(4, Span::secs(1), at(5));
        assert_eq!(peer.next, 10);
        peer.arrived(9);
        peer.rejected(0, Span::secs(1), at(6));
        assert_eq!((peer.matched, peer.next), (0, 1), "its disk is gone");
    }
}
