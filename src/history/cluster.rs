//! Clusters of one value, a write and the reads that returned it, and the zones they span (Gibbons and Korach, Testing
//! Shared Memories, SIAM J. Comput. 1997).

use crate::base::ids::ClientId;
use crate::base::time::{SimTime, Span};
use crate::model::operation::{OpId, WriteId};

/// A point of a history: virtual time, then the event sequence number, with one point before and one after all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point(u128);

impl Point {
    /// Before every event: when initial values were written.
    pub const BEGINNING: Point = Point(0);
    /// After [`Point::BEGINNING`] and before every event: when something happened that nobody remembers the time of.
    pub const LONG_AGO: Point = Point(1);
    /// After every event: when an operation of unknown outcome ends.
    pub const NEVER: Point = Point(u128::MAX);

    /// The point of an event.
    pub fn at((time, sequence): (SimTime, u64)) -> Point {
        Point((u128::from(time.0) << 64 | u128::from(sequence)).saturating_add(2))
    }

    /// The event's time and sequence number; `None` for the points that are no events.
    pub fn event(self) -> Option<(SimTime, u64)> {
        match self {
            Point::BEGINNING | Point::LONG_AGO | Point::NEVER => None,
            Point(p) => Some((SimTime(((p - 2) >> 64) as u64), (p - 2) as u64)),
        }
    }

    /// By how much this point must move earlier, its sequence number kept, not to be later than `other`. `None` when
    /// either has no time.
    fn excess(self, other: Point) -> Option<Span> {
        let ((time, sequence), (other_time, other_sequence)) = (self.event()?, other.event()?);
        if self <= other {
            return Some(Span::ZERO);
        }
        Some(time.since(other_time) + Span(u64::from(sequence > other_sequence)))
    }
}

/// One access to one register: what the checkers need of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// The operation.
    pub id: OpId,
    /// Who called.
    pub client: ClientId,
    /// Whether it wrote `value`; otherwise it returned it.
    pub write: bool,
    /// The value. Every write has its own.
    pub value: WriteId,
    /// When it was invoked.
    pub start: Point,
    /// When it ended; [`Point::NEVER`] for a write that may take effect at any later time, or not at all.
    pub finish: Point,
}

impl Access {
    /// The write that put a register's initial value there.
    pub fn initial() -> Access {
        Access {
            id: OpId(u64::MAX),
            client: ClientId(u32::MAX),
            write: true,
            value: WriteId::INITIAL,
            start: Point::BEGINNING,
            finish: Point::BEGINNING,
        }
    }
}

/// The accesses to one value, reduced to what decides about order.
#[derive(Clone, Copy, Debug)]
pub struct Cluster {
    /// The value.
    pub value: WriteId,
    /// Its write; `None` while it has only been read.
    pub write: Option<Access>,
    /// The access that ended first.
    pub first: Access,
    /// The access that was invoked last.
    pub last: Access,
}

impl Cluster {
    /// The cluster of one access.
    pub fn new(access: Access) -> Cluster {
        let write = access.write.then_some(access);
        Cluster { value: access.value, write, first: access, last: access }
    }

    /// Takes in another access to the same value.
    pub fn add(&mut self, access: Access) {
        if access.write {
            self.write = Some(access);
        }
        if access.finish < self.first.finish {
            self.first = access;
        }
        if access.start > self.last.start {
            self.last = access;
        }
    }

    /// The earliest end of its accesses: the value has been written by then.
    #[inline]
    pub fn written_by(&self) -> Point {
        self.first.finish
    }

    /// The latest start of its accesses: the value was, or was going to be, current then.
    #[inline]
    pub fn current_until(&self) -> Point {
        self.last.start
    }

    /// Whether something in this cluster ended before something in `other` began, so that its value came first.
    #[inline]
    pub fn precedes(&self, other: &Cluster) -> bool {
        self.written_by() < other.current_until()
    }

    /// Whether each must come before the other. With closed intervals, a history in which every read follows its write
    /// is linearizable exactly if no two clusters conflict: in a longer cycle, the cluster with the latest start also
    /// conflicts with its successor.
    #[inline]
    pub fn conflicts(&self, other: &Cluster) -> bool {
        self.precedes(other) && other.precedes(self)
    }

    /// Whether a read of the value ended before its write was invoked.
    pub fn read_too_early(&self) -> bool {
        self.write.is_some_and(|write| self.written_by() < write.start)
    }

    /// The score chi of Golab, Li and Shah (Analyzing Consistency Properties for Fun and Profit, PODC 2011): by how much
    /// read starts must move earlier for two clusters not to conflict. `None` when that is not known, because a write
    /// is missing or a time was forgotten.
    pub fn chi(&self, other: &Cluster) -> Option<Span> {
        if !self.conflicts(other) {
            return Some(Span::ZERO);
        }
        // A cluster comes wholly after another one if all its reads may move back to the other's first end; its write
        // stays where it is.
        let after = |later: &Cluster, earlier: &Cluster| {
            let write = later.write?;
            let movable = write.start <= earlier.written_by();
            Some(movable.then(|| later.current_until().excess(earlier.written_by())))
        };
        match (after(self, other)?, after(other, self)?) {
            (Some(a), Some(b)) => Some(a?.min(b?)),
            (Some(a), None) | (None, Some(a)) => a,
            (None, None) => None,
        }
    }

    /// Whether this value was certainly overwritten by `write`, and that again before the last read of this value.
    pub fn is_hidden_by(&self, other: &Cluster) -> bool {
        other.write.is_some_and(|write| self.written_by() < write.start) && other.precedes(self)
    }

    /// The accesses that make two clusters conflict, each once, by start.
    pub fn evidence(&self, other: &Cluster) -> Vec<Access> {
        let mut accesses: Vec<Access> = [self.write, other.write].into_iter().flatten().collect();
        accesses.extend([self.first, self.last, other.first, other.last]);
        in_order(accesses)
    }
}

/// Accesses by start, each once, without the writes of initial values.
pub fn in_order(mut accesses: Vec<Access>) -> Vec<Access> {
    accesses.retain(|a| a.start != Point::BEGINNING);
    accesses.sort_by_key(|a| (a.start, a.finish, a.id, a.write));
    accesses.dedup();
    accesses
}
