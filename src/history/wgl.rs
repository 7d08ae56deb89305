//! Linearizability of one key by search: Wing and Gong (Testing and Verifying Concurrent Objects, 1993), with Lowe's
//! memoisation and just-in-time order (Testing for Linearizability, 2017).
//!
//! The [`Frontier`] is fed calls and returns in order of time and carries every configuration the object may be in: its
//! state and which open operations have taken effect. Nothing else is remembered, so memory follows the concurrency on
//! the key, not the length of the history.

pub mod search;

use crate::history::cluster::{Access, Point};
use crate::model::operation::WriteId;
use std::collections::{BTreeMap, BTreeSet};

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
    /// More than [`Frontier::SLOTS`] operations open, or of unknown outcome, at once.
    #[error("more than 128 operations on one object were open or of unknown outcome at once")]
    Operations,
    /// More than [`Frontier::WORK`] configurations for one operation, or [`Frontier::ALL_WORK`] for all of them.
    #[error(
        "an operation on one object needed more than 50000 configurations, or all of them more than 2000000"
    )]
    Configurations,
}

/// An open operation's place in a [`Frontier`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Config {
    state: State,
    /// The slots of open operations that have taken effect.
    done: u128,
}

/// Every configuration an object may be in.
#[derive(Clone, Debug)]
pub struct Frontier {
    configs: Vec<Config>,
    slots: Vec<Effect>,
    /// Slots in use.
    used: u128,
    /// Slots of operations that never return, since their outcome is unknown.
    optional: u128,
    /// Configurations that may still be searched in all.
    left: usize,
}

impl Frontier {
    /// Most operations open at once.
    pub const SLOTS: u32 = 128;
    /// Most configurations searched for one return.
    pub const WORK: usize = 50_000;
    /// Most configurations searched for all returns.
    pub const ALL_WORK: usize = 2_000_000;

    /// An object in a known state (or in [`State::Any`]).
    pub fn new(state: State) -> Frontier {
        Frontier {
            configs: vec![Config { state, done: 0 }],
            slots: Vec::new(),
            used: 0,
            optional: 0,
            left: Frontier::ALL_WORK,
        }
    }

    /// An operation begins; `returns` is false if its outcome is unknown, so that it may take effect at any later time
    /// or never.
    ///
    /// # Errors
    /// [`GaveUp::Operations`].
    pub fn call(&mut self, effect: Effect, returns: bool) -> Result<Slot, GaveUp> {
        let slot = (!self.used).trailing_zeros();
        if slot >= Frontier::SLOTS {
            return Err(GaveUp::Operations);
        }
        match self.slots.get_mut(slot as usize) {
            Some(place) => *place = effect,
            None => self.slots.push(effect),
        }
        let bit = 1u128 << slot;
        self.used |= bit;
        if !returns {
            self.optional |= bit;
        }
        if effect.observes() {
            for config in self.configs.iter_mut().filter(|c| effect.apply(c.state) == Some(c.state)) {
                config.done |= bit;
            }
        }
        Ok(Slot(slot))
    }

    /// An operation ends: only configurations in which it has taken effect remain. False if there are none, and then
    /// the history is not linearizable.
    ///
    /// # Errors
    /// [`GaveUp::Configurations`].
    pub fn ret(&mut self, slot: Slot) -> Result<bool, GaveUp> {
        let bit = 1u128 << slot.0;
        let mut next = Vec::new();
        let mut work = 0;
        // Fewest unknown operations spent first: what covers a configuration is seen before it.
        let spent = |config: Config| ((config.done & self.optional).count_ones(), config);
        let mut seen: BTreeMap<(State, u128), Vec<u128>> = BTreeMap::new();
        let mut todo: BTreeSet<(u32, Config)> = self.configs.drain(..).map(spent).collect();
        while let Some((_, config)) = todo.pop_first() {
            let others = seen.entry((config.state, config.done & !self.optional)).or_default();
            let done = config.done & self.optional;
            if others.iter().any(|other| other & !done == 0) {
                continue;
            }
            work += 1 + others.len() / 16;
            others.push(done);
            if work > Frontier::WORK.min(self.left) {
                return Err(GaveUp::Configurations);
            }
            if config.done & bit != 0 {
                next.push(Config { done: config.done & !bit, ..config });
            } else {
                todo.extend(self.steps(config).map(spent));
            }
        }
        self.left -= work;
        self.used &= !bit;
        self.configs = next;
        self.forget();
        Ok(!self.configs.is_empty())
    }

    /// The configurations one more effect away.
    fn steps(&self, config: Config) -> impl Iterator<Item = Config> + '_ {
        let open = self.used & !config.done;
        bits(open).filter_map(move |slot| {
            if self.has_twin_below(slot, open) {
                return None;
            }
            let state = self.slots[slot as usize].apply(config.state)?;
            Some(self.observed(Config { state, done: config.done | 1 << slot }))
        })
    }

    /// Whether an unknown operation in a lower slot would do the same: unknown deletions, say, are as good as each other,
    /// so they are spent in order.
    fn has_twin_below(&self, slot: u32, open: u128) -> bool {
        let lower = open & self.optional & ((1 << slot) - 1);
        let effect = self.slots[slot as usize];
        self.optional & (1 << slot) != 0 && bits(lower).any(|other| self.slots[other as usize] == effect)
    }

    /// Open observations that the state satisfies take effect at once: they change nothing, so waiting gains nothing.
    fn observed(&self, mut config: Config) -> Config {
        for slot in bits(self.used & !config.done) {
            let effect = self.slots[slot as usize];
            if effect.observes() && effect.apply(config.state) == Some(config.state) {
                config.done |= 1 << slot;
            }
        }
        config
    }

    /// Drops configurations that another one covers, because it is in the same state with fewer unknown operations
    /// spent, and the slots of unknown operations that took effect in all.
    fn forget(&mut self) {
        let all = self.configs.iter().fold(self.optional, |all, c| all & c.done);
        if all != 0 {
            self.used &= !all;
            self.optional &= !all;
            self.configs.iter_mut().for_each(|c| c.done &= !all);
        }
        if self.configs.len() < 2 || self.optional == 0 {
            return;
        }
        let optional = self.optional;
        let mut kept: Vec<Config> = Vec::with_capacity(self.configs.len());
        self.configs.sort_unstable_by_key(|c| ((c.done & optional).count_ones(), *c));
        for c in self.configs.drain(..) {
            let covers = |k: &Config| {
                let same = k.state == c.state && k.done & !optional == c.done & !optional;
                same && k.done & optional & !c.done == 0
            };
            if !kept.iter().any(covers) {
                kept.push(c);
            }
        }
        self.configs = kept;
    }

    /// Starts again from a state nobody knows. Operations of unknown outcome may still take effect.
    ///
    /// The caller has no operation open that returns.
    pub fn restart(&mut self) {
        self.configs = vec![Config { state: State::Any, done: 0 }];
        self.used = self.optional;
    }

    /// The state, if all configurations agree on it.
    pub fn known_state(&self) -> Option<State> {
        let first = self.configs.first()?.state;
        self.configs.iter().all(|c| c.state == first).then_some(first)
    }

    /// How many configurations were searched so far.
    pub fn spent(&self) -> usize {
        Frontier::ALL_WORK - self.left
    }

    /// How many configurations there are.
    pub fn configurations(&self) -> usize {
        self.configs.len()
    }
}

fn bits(mut set: u128) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let slot = set.trailing_zeros();
        set &= set.wrapping_sub(1);
        (slot < u128::BITS).then_some(slot)
    })
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
    Ok(true)
}
