//! Configurations of one object, fed calls and returns: all of them, a few of them, or more than there are.

use crate::history::wgl::{Effect, State};
use std::collections::{BTreeMap, BTreeSet};

/// Most operations open at once.
pub(super) const SLOTS: u32 = 128;
/// Most configurations searched for one return, and for all of them.
const WORK: usize = 50_000;
const ALL_WORK: usize = 500_000;
/// The same when only a few are kept.
const FEW_WORK: usize = 1_500;
const ALL_FEW_WORK: usize = 1_000_000;
/// How many a few are.
const FEW: usize = 128;
/// Most operations of unknown outcome that would do the same, when only a few configurations are kept.
const TWINS: usize = 4;

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Every configuration.
    All,
    /// Those in which the least has taken effect.
    Few,
    /// More than there are: operations of unknown outcome may happen any number of times.
    Relaxed,
}

/// What a return left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// Some configuration.
    Some,
    /// None.
    None,
    /// It would have taken too long to find out.
    TooMany,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Config {
    pub state: State,
    /// The slots of open operations that have taken effect.
    pub done: u128,
}

/// The configurations.
#[derive(Clone, Debug)]
pub(super) struct Core {
    pub kind: Kind,
    pub configs: Vec<Config>,
    slots: Vec<Effect>,
    /// Slots in use.
    used: u128,
    /// Slots of operations that never return, since their outcome is unknown.
    optional: u128,
    /// The same, the oldest first.
    waiting: Vec<u32>,
    /// Configurations searched so far.
    pub spent: usize,
}

impl Core {
    pub fn new(state: State) -> Core {
        Core {
            kind: Kind::All,
            configs: vec![Config { state, done: 0 }],
            slots: Vec::new(),
            used: 0,
            optional: 0,
            waiting: Vec::new(),
            spent: 0,
        }
    }

    /// The same from these configurations on, where operations of unknown outcome may happen again and again.
    pub fn relaxed(&self, configs: &[Config]) -> Core {
        let blank = |c: &Config| Config { done: c.done & !self.optional, ..*c };
        let configs: BTreeSet<Config> = configs.iter().map(blank).collect();
        let (kind, configs) = (Kind::Relaxed, configs.into_iter().collect());
        Core { kind, configs, spent: 0, ..self.clone() }
    }

    /// From now on only a few of these configurations.
    pub fn keep_few(&mut self, configs: Vec<Config>) {
        self.kind = Kind::Few;
        self.configs = configs;
        self.spent = 0;
        self.trim();
    }

    /// An operation begins; `None` if there is no place for it. One of unknown outcome always has a place, or needs none,
    /// when not all configurations are kept.
    pub fn call(&mut self, effect: Effect, returns: bool) -> Option<u32> {
        if !returns && self.kind != Kind::All {
            let twins = self.waiting.iter().filter(|slot| self.slots[**slot as usize] == effect);
            let most = if self.kind == Kind::Few { TWINS } else { 1 };
            if twins.take(most).count() == most {
                return Some(SLOTS);
            }
        }
        let mut slot = (!self.used).trailing_zeros();
        if slot >= SLOTS && self.kind == Kind::Few && !self.waiting.is_empty() {
            // It will not happen any more: fewer configurations than there are.
            slot = self.waiting.remove(0);
            self.release(1 << slot);
        }
        if slot >= SLOTS {
            return None;
        }
        match self.slots.get_mut(slot as usize) {
            Some(place) => *place = effect,
            None => self.slots.push(effect),
        }
        let bit = 1u128 << slot;
        self.used |= bit;
        if !returns {
            self.optional |= bit;
            self.waiting.push(slot);
        }
        if effect.observes() {
            for config in self.configs.iter_mut().filter(|c| effect.apply(c.state) == Some(c.state)) {
                config.done |= bit;
            }
        }
        Some(slot)
    }

    /// An operation ends: only configurations in which it has taken effect remain.
    pub fn ret(&mut self, slot: u32) -> Left {
        let bit = 1u128 << slot;
        let mut next = Vec::new();
        let mut work = 0;
        let (most, all) = match self.kind {
            Kind::Few => (FEW_WORK, ALL_FEW_WORK),
            _ => (WORK, ALL_WORK),
        };
        let most = most.min(all.saturating_sub(self.spent));
        // Where the least has taken effect first: what covers a configuration is seen before it.
        let order = |config: Config| (config.done.count_ones(), config);
        let mut seen: BTreeMap<(State, u128), Vec<u128>> = BTreeMap::new();
        let mut todo: BTreeSet<(u32, Config)> = self.configs.drain(..).map(order).collect();
        while let Some((_, config)) = todo.pop_first() {
            let others = seen.entry((config.state, config.done & !self.optional)).or_default();
            let done = config.done & self.optional;
            if others.iter().any(|other| other & !done == 0) {
                continue;
            }
            work += 1 + others.len() / 16;
            others.push(done);
            if work > most {
                if self.kind == Kind::Few && !next.is_empty() {
                    break;
                }
                self.spent += work;
                return Left::TooMany;
            }
            if config.done & bit == 0 {
                todo.extend(self.steps(config).map(order));
                continue;
            }
            next.push(Config { done: config.done & !bit, ..config });
        }
        self.spent += work;
        self.used &= !bit;
        self.configs = next;
        self.forget();
        self.trim();
        if self.configs.is_empty() { Left::None } else { Left::Some }
    }

    /// The configurations one more effect away.
    fn steps(&self, config: Config) -> impl Iterator<Item = Config> + '_ {
        let open = self.used & !config.done;
        bits(open).filter_map(move |slot| {
            if self.has_twin_below(slot, open) {
                return None;
            }
            let state = self.slots[slot as usize].apply(config.state)?;
            let again = self.kind == Kind::Relaxed && self.optional & (1 << slot) != 0;
            let done = if again { config.done } else { config.done | 1 << slot };
            Some(self.observed(Config { state, done }))
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
        if all != 0 && !self.configs.is_empty() {
            self.release(all);
            self.waiting.retain(|slot| all & (1 << slot) == 0);
        }
        if self.configs.len() < 2 || self.optional == 0 {
            return;
        }
        let optional = self.optional;
        let mut kept: BTreeMap<(State, u128), Vec<u128>> = BTreeMap::new();
        self.configs.sort_unstable_by_key(|c| ((c.done & optional).count_ones(), *c));
        self.configs.retain(|c| {
            let others = kept.entry((c.state, c.done & !optional)).or_default();
            let spent = c.done & optional;
            let covered = others.iter().any(|other| other & !spent == 0);
            if !covered {
                others.push(spent);
            }
            !covered
        });
    }

    fn release(&mut self, slots: u128) {
        self.used &= !slots;
        self.optional &= !slots;
        self.configs.iter_mut().for_each(|c| c.done &= !slots);
    }

    /// Keeps a few, if only a few are to be kept: those with the fewest unknown operations spent, half of them with the
    /// fewest others done, which leaves the most choice, and half with the most, which leaves the least to do.
    fn trim(&mut self) {
        if self.kind != Kind::Few || self.configs.len() <= FEW {
            return;
        }
        let optional = self.optional;
        let spent = move |c: &Config| (c.done & optional).count_ones();
        let done = move |c: &Config| (c.done & !optional).count_ones();
        self.configs.sort_unstable_by_key(|c| (spent(c), done(c), *c));
        let mut rest = self.configs.split_off(FEW / 2);
        rest.sort_unstable_by_key(|c| (spent(c), u32::MAX - done(c), *c));
        self.configs.extend(rest.into_iter().take(FEW / 2));
    }

    /// Starts again from a state nobody knows. Operations of unknown outcome may still take effect.
    pub fn restart(&mut self) {
        self.configs = vec![Config { state: State::Any, done: 0 }];
        self.used = self.optional;
    }

    /// The state, if all configurations agree on it.
    pub fn known_state(&self) -> Option<State> {
        let first = self.configs.first()?.state;
        self.configs.iter().all(|c| c.state == first).then_some(first)
    }
}

fn bits(mut set: u128) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let slot = set.trailing_zeros();
        set &= set.wrapping_sub(1);
        (slot < u128::BITS).then_some(slot)
    })
}
