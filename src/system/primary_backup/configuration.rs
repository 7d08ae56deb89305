//! What the coordinator keeps of each partition: who is the primary, in which epoch, and whom it keeps in sync.

use crate::algorithm::register::Ballot;

/// One configuration of a partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// Counts up with each primary: the term of the entries it writes.
    pub epoch: u64,
    /// Counts up with each change.
    pub version: u64,
    /// The primary, by its slot.
    pub primary: u8,
    /// Replicas that have all that was acknowledged, by slot, the primary among them (synchronous mode).
    pub in_sync: Set,
    /// Why this primary.
    pub why: Why,
}

/// Why a primary was made one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Why {
    /// It was there first, or the one before it was silent.
    #[default]
    Failover,
    /// The one before it handed over.
    Switch,
}

/// A configuration that was decided, and under which ballot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The configuration.
    pub now: Configuration,
    /// The ballot.
    pub ballot: Ballot,
}

/// A set of slots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Set(pub u64);

impl Set {
    /// The slots below `n`.
    pub fn first(n: usize) -> Set {
        Set(if n >= 64 { u64::MAX } else { (1 << n) - 1 })
    }

    /// Only this one.
    pub fn one(slot: usize) -> Set {
        Set(1 << slot)
    }

    /// Whether it holds a slot.
    pub fn has(self, slot: usize) -> bool {
        self.0 >> slot & 1 == 1
    }

    /// With this one.
    pub fn with(self, slot: usize) -> Set {
        Set(self.0 | 1 << slot)
    }

    /// Without this one.
    pub fn without(self, slot: usize) -> Set {
        Set(self.0 & !(1 << slot))
    }

    /// Everything in either.
    pub fn and(self, other: Set) -> Set {
        Set(self.0 | other.0)
    }

    /// The slots, in order.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..64).filter(move |slot| self.has(*slot))
    }
}

/// What a proposal makes of the configuration that it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing: to learn what it is.
    Read,
    /// Make `to` the primary of the epoch after `after`.
    TakeOver {
        /// The epoch of the old primary.
        after: u64,
        /// Who.
        to: u8,
        /// Only from among those in sync.
        in_sync: bool,
        /// Why.
        why: Why,
    },
    /// The primary changes whom it keeps in sync.
    InSync {
        /// What it changes.
        of: Configuration,
        /// To whom.
        to: Set,
    },
}

impl Change {
    /// The next configuration: the present one, where the change does not apply any more.
    pub fn apply(self, now: Configuration) -> Configuration {
        match self {
            Change::TakeOver { after, to, in_sync, why } if now.epoch == after => {
                let fit = !in_sync || now.in_sync.has(usize::from(to));
                let old = usize::from(now.primary);
                let others = match (in_sync, why) {
                    // The old primary has to catch up first, unless it has just seen to it that all are equal.
                    (true, Why::Failover) if old != usize::from(to) => now.in_sync.without(old),
                    (true, _) => now.in_sync,
                    (false, _) => Set::default(),
                };
                let in_sync = others.with(usize::from(to));
                let (epoch, version) = (now.epoch + 1, now.version + 1);
                if fit { Configuration { epoch, version, primary: to, in_sync, why } } else { now }
            }
            Change::InSync { of, to } if of == now => {
                Configuration { in_sync: to, version: now.version + 1, ..now }
            }
            _ => now,
        }
    }

    /// Whether it makes another replica the primary.
    pub fn takes_over(self) -> bool {
        matches!(self, Change::TakeOver { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_in_sync_takes_over_and_only_from_the_primary_it_knew() {
        let now = Configuration { epoch: 3, version: 7, primary: 0, in_sync: Set(0b011), why: Why::Failover };
        let to = |to, after| Change::TakeOver { after, to, in_sync: true, why: Why::Failover };
        let next = to(1, 3).apply(now);
        assert_eq!((next.epoch, next.version, next.primary, next.in_sync), (4, 8, 1, Set(0b010)));
        assert_eq!(to(2, 3).apply(now), now, "it is not in sync");
        assert_eq!(to(1, 2).apply(now), now, "it knew another primary");
        assert_eq!(to(0, 3).apply(now).in_sync, Set(0b011), "the primary itself, started again");
    }

    #[test]
    fn a_set_changes_only_from_what_its_primary_knew() {
        let now = Configuration { epoch: 1, version: 2, in_sync: Set::first(3), ..Configuration::default() };
        let dropped = Change::InSync { of: now, to: now.in_sync.without(2) }.apply(now);
        assert_eq!((dropped.version, dropped.in_sync.iter().collect::<Vec<_>>()), (3, vec![0, 1]));
        assert_eq!(Change::InSync { of: now, to: Set::one(0) }.apply(dropped), dropped);
    }
}
