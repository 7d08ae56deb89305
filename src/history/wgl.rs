//! Linearizability of one key by search: Wing and Gong (Testing and Verifying Concurrent Objects, 1993), with Lowe's
//! memoisation and just-in-time order (Testing for Linearizability, 2017).
//!
//! The [`Frontier`] is fed calls and returns in order of time and carries every configuration the object may be in: its
//! state and which open operations have taken effect. Nothing else is remembered, so memory follows the concurrency on
//! the key, not the length of the history. When there are too many configurations it goes on with two bounds: a few of
//! them, of which one that gets to the end proves the history linearizable, and an object on which operations of unknown
//! outcome may happen any number of times, which proves it not linearizable when even that is stuck.

mod core;
mod frontier;
pub mod search;

pub use frontier::{Frontier, Slot};

use crate::history::cluster::{Access, Point};
use crate::model::operation::WriteId;

/// What an object holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Anything: the first operation that can tell decides.
    Any,
    /// It does not exist.
    Absent,
    /// It exists with this value.
    Value(WriteId),
}

/// What one operation needs to find, and leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Found this state, changed nothing.
    Saw(State),
    /// Found the object with whatever value, changed nothing (409).
    SawPresent,
    /// Found the object with another value than this one, changed nothing (412).
    SawOther(WriteId),
    /// Wrote the value over whatever was there.
    Put(WriteId),
    /// Created the object: it was absent.
    Insert(WriteId),
    /// Replaced the value of an existing object.
    Replace(WriteId),
    /// Removed the object; if true, it existed.
    Delete(bool),
    /// Replaced exactly this value.
    Conditional {
        /// The value found.
        expected: WriteId,
        /// The value left.
        write: WriteId,
    },
    /// Did nobody knows what: it was still open when the history ended.
    Anything,
}

impl Effect {
    /// The state afterwards; `None` if the operation cannot take effect in `state`.
    pub fn apply(self, state: State) -> Option<State> {
        let exists = state != State::Absent;
        let holds = |value: WriteId| state == State::Value(value) || state == State::Any;
        match self {
            Effect::Saw(seen) => (state == seen || state == State::Any).then_some(seen),
            Effect::SawPresent => exists.then_some(state),
            Effect::SawOther(value) => (exists && state != State::Value(value)).then_some(state),
            Effect::Put(value) => Some(State::Value(value)),
            Effect::Insert(value) => holds_absent(state).then_some(State::Value(value)),
            Effect::Replace(value) => exists.then_some(State::Value(value)),
            Effect::Delete(existed) => (exists || !existed).then_some(State::Absent),
            Effect::Conditional { expected, write } => holds(expected).then_some(State::Value(write)),
            Effect::Anything => Some(State::Any),
        }
    }

    /// The value it leaves, if it leaves one.
    pub fn leaves(self) -> Option<WriteId> {
        match self {
            Effect::Put(v) | Effect::Insert(v) | Effect::Replace(v) => Some(v),
            Effect::Conditional { write, .. } => Some(write),
            _ => None,
        }
    }

    /// Whether it can take effect in a state that `other` leaves, and not in every state.
    pub fn may_need(self, other: Effect) -> bool {
        let state = match other {
            Effect::Delete(_) => State::Absent,
            Effect::Anything => return true,
            other => match other.leaves() {
                Some(value) => State::Value(value),
                None => return false,
            },
        };
        let always = matches!(self, Effect::Put(_) | Effect::Delete(false) | Effect::Anything);
        !always && self.apply(state).is_some()
    }

    /// Whether it only observes.
    pub fn observes(self) -> bool {
        matches!(self, Effect::Saw(_) | Effect::SawPresent | Effect::SawOther(_))
    }
}

fn holds_absent(state: State) -> bool {
    matches!(state, State::Absent | State::Any)
}

/// The search gave up: too many operations or configurations at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GaveUp {
    /// More than [`Frontier::SLOTS`] operations open at once.
    #[error("more than 128 operations on one object were open at once")]
    Operations,
    /// No order was found among the configurations that were looked at, and it is not certain that there is none.
    #[error("too many orders are possible on one object: none of those tried explains everything")]
    Configurations,
}

/// One operation on an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// What it needs and does.
    pub effect: Effect,
    /// When it was invoked.
    pub start: Point,
    /// When it ended; [`Point::NEVER`] if its outcome is unknown.
    pub finish: Point,
}

impl From<&Access> for Call {
    /// An access to a register, as an operation on an object that exists.
    fn from(access: &Access) -> Call {
        let effect =
            if access.write { Effect::Put(access.value) } else { Effect::Saw(State::Value(access.value)) };
        Call { effect, start: access.start, finish: access.finish }
    }
}

/// Whether a history of one object that starts in `initial` is linearizable, intervals closed.
///
/// # Errors
/// [`GaveUp`] if it could not be decided within bounds.
pub fn check(history: &[Call], initial: State) -> Result<bool, GaveUp> {
    check_from(Frontier::new(initial), history)
}

/// Whether a history of one object is linearizable after what `frontier` has seen, intervals closed.
///
/// # Errors
/// [`GaveUp`] if it could not be decided within bounds.
pub fn check_from(mut frontier: Frontier, history: &[Call]) -> Result<bool, GaveUp> {
    // Calls come before returns of the same point: intervals are closed.
    let mut events: Vec<(Point, bool, usize)> = Vec::with_capacity(2 * history.len());
    for (i, call) in history.iter().enumerate() {
        events.push((call.start, false, i));
        if call.finish != Point::NEVER {
            events.push((call.finish, true, i));
        }
    }
    events.sort_unstable();
    let mut slots = vec![None; history.len()];
    for (_, returns, i) in events {
        match slots[i] {
            Some(slot) if returns => {
                if !frontier.ret(slot)? {
                    return Ok(false);
                }
            }
            _ => slots[i] = Some(frontier.call(history[i].effect, history[i].finish != Point::NEVER)?),
        }
    }
    if frontier.is_lost() { Err(GaveUp::Configurations) } else { Ok(true) }
}
