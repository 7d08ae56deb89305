//! What a leader knows of another member's log, and what is on its way there.

use crate::base::time::SimTime;
use std::collections::VecDeque;

/// How the log is sent to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Where the logs part is not known: one message at a time. `waiting` for its answer, or for a sign of life.
    Probe {
        /// A message is on its way.
        waiting: bool,
    },
    /// One message after the other, as the window has room.
    Stream,
    /// It lacks what the log no longer has: an image up to this index is on its way.
    Image {
        /// The last index the image stands for.
        upto: u64,
    },
}

/// What a leader knows of another member.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Its log is the leader's up to here, durably.
    pub matched: u64,
    /// The next index to send.
    pub next: u64,
    /// How.
    pub mode: Mode,
    /// Messages on their way: the last index of each, and when it was sent.
    pub on_the_way: VecDeque<(u64, SimTime)>,
    /// When the leader last heard from it.
    pub contact: SimTime,
    /// The latest time at which the leader sent something that it answered.
    pub answered: SimTime,
    /// The last round of heartbeats that it answered.
    pub round: u64,
    /// Nothing was heard of it for as long as a leader has patience, as of the last heartbeat.
    pub silent: bool,
    /// It kept up when time was left out: what that brought it has.
    pub kept_up: bool,
    /// It said last that it has lost its disk: see [`Stable::mute`](super::Stable::mute).
    pub mute: bool,
}

impl Peer {
    /// A member of whose log nothing is known; the leader's ends at `last`.
    pub fn new(last: u64, now: SimTime) -> Peer {
        Peer {
            matched: 0,
            next: last + 1,
            mode: Mode::Probe { waiting: false },
            on_the_way: VecDeque::new(),
            contact: now,
            answered: SimTime::ZERO,
            round: 0,
            silent: false,
            kept_up: false,
            mute: false,
        }
    }

    /// Its log is the leader's up to `upto`.
    pub fn matches(&mut self, upto: u64) {
        self.matched = self.matched.max(upto);
        self.next = self.next.max(self.matched + 1);
        while self.on_the_way.front().is_some_and(|(last, _)| *last <= upto) {
            self.on_the_way.pop_front();
        }
        match self.mode {
            Mode::Probe { .. } => {
                self.on_the_way.clear();
                self.next = self.matched + 1;
                self.mode = Mode::Stream;
            }
            Mode::Image { upto } if self.matched >= upto => self.probe(),
            _ => {}
        }
    }

    /// Whether entries may leave for it before it says anything.
    pub fn has_room(&self, window: usize) -> bool {
        match self.mode {
            Mode::Probe { waiting } => !waiting,
            Mode::Stream => self.on_the_way.len() < window,
            Mode::Image { .. } => false,
        }
    }

    /// Find out again where the logs part.
    pub fn probe(&mut self) {
        self.mode = Mode::Probe { waiting: false };
        self.on_the_way.clear();
        self.next = self.matched + 1;
    }

    /// It did not take entries after `prev`; both logs may agree up to `hint`. False when that says nothing new. What it
    /// had and lost with its disk, it has no more.
    pub fn rejects(&mut self, prev: u64, hint: u64) -> bool {
        match self.mode {
            Mode::Stream if prev > self.matched => self.probe(),
            Mode::Probe { .. } if prev + 1 == self.next => {
                self.next = prev.min(hint + 1).max(1);
                self.matched = self.matched.min(self.next - 1);
                self.mode = Mode::Probe { waiting: false };
            }
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: SimTime = SimTime::ZERO;

    #[test]
    fn a_member_that_lacks_entries_is_probed_back_to_the_hint_and_then_streamed_to() {
        let mut peer = Peer::new(10, NOW);
        peer.mode = Mode::Probe { waiting: true };
        assert!(peer.rejects(10, 4));
        assert_eq!((peer.next, peer.mode), (5, Mode::Probe { waiting: false }));
        assert!(!peer.rejects(10, 4), "an answer that came twice says nothing new");
        peer.matches(7);
        assert_eq!((peer.matched, peer.next, peer.mode), (7, 8, Mode::Stream));
    }

    #[test]
    fn answers_free_the_window_and_an_image_ends_when_it_is_there() {
        let mut peer = Peer::new(0, NOW);
        peer.matches(0);
        peer.on_the_way.extend([(3, NOW), (6, NOW), (9, NOW)]);
        peer.matches(6);
        assert_eq!(peer.on_the_way.len(), 1);
        peer.mode = Mode::Image { upto: 20 };
        peer.matches(12);
        assert_eq!(peer.mode, Mode::Image { upto: 20 });
        peer.matches(20);
        assert_eq!((peer.mode, peer.next), (Mode::Probe { waiting: false }, 21));
    }
}
