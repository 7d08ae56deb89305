//! The online check of one register: the zones of [`cluster`](crate::history::cluster), folded as time goes on.
//!
//! Accesses arrive by their end, so a cluster's zone begins for good when its first access arrives, and only its latest
//! start moves on. Once every open operation began after two values were written, and some access to the second began
//! after the first was written, any further read of the first is a violation: its cluster is retired.

use super::tally::Court;
use crate::history::cluster::{Access, Cluster, Point};
use crate::model::operation::WriteId;
use std::collections::{BTreeMap, VecDeque};

/// Retired clusters remembered per register, to show and measure stale reads.
const RETIRED: usize = 32;
/// Unknown writes remembered per register until somebody reads them.
const CANDIDATES: usize = 4_096;
/// The value of a register after a lineage cut, until the first read decides.
const UNDECIDED: WriteId = WriteId(u64::MAX);

/// One register.
#[derive(Clone, Debug)]
pub(crate) struct Register {
    /// Clusters that may still be read, or matter to open operations, by when they were written.
    live: Vec<Cluster>,
    retired: VecDeque<Cluster>,
    /// Writes of unknown outcome that nobody has read.
    candidates: BTreeMap<WriteId, Access>,
    forgot_candidates: bool,
    /// Latest start of all accesses, its value, and the latest start of accesses to other values.
    newest: (Point, WriteId),
    second: Point,
    /// Latest start of retired clusters, as it was when they were retired.
    retired_until: Point,
    /// Clusters in `live` whose write has not ended.
    unwritten: usize,
    /// Something conflicted: from now on every access is compared with all clusters, to measure how far.
    conflicted: bool,
}

impl Register {
    /// A register that holds the initial value.
    pub fn new() -> Register {
        Register::holding(Access::initial())
    }

    /// A register that holds the value of `write`, which ended.
    pub fn holding(write: Access) -> Register {
        Register {
            live: vec![Cluster::new(write)],
            retired: VecDeque::new(),
            candidates: BTreeMap::new(),
            forgot_candidates: false,
            newest: (write.start, write.value),
            second: Point::BEGINNING,
            retired_until: Point::BEGINNING,
            unwritten: 0,
            conflicted: false,
        }
    }

    /// A lineage cut: any version may be the current one, and unknown writes may still take effect.
    pub fn restart(&mut self) {
        let candidates = std::mem::take(&mut self.candidates);
        let forgot_candidates = self.forgot_candidates;
        let undecided = Access { value: UNDECIDED, ..Access::initial() };
        *self = Register { candidates, forgot_candidates, ..Register::holding(undecided) };
    }

    /// A read that claims linearizability returned.
    pub fn read(&mut self, read: Access, court: &mut Court) {
        if let Some(at) = self.find(read.value) {
            self.live[at].add(read);
            self.raised(at, court);
        } else if let Some(at) = self.retired.iter().position(|c| c.value == read.value) {
            self.retired[at].add(read);
            let stale = self.retired[at];
            self.conflicted = true;
            if !self.compare(&stale, court) {
                court.stale(&stale);
            }
        } else {
            let mut cluster = Cluster::new(read);
            match self.candidates.remove(&read.value) {
                Some(write) => cluster.add(write),
                None => self.unwritten += 1,
            }
            self.live.push(cluster);
            self.raised(self.live.len() - 1, court);
        }
    }

    /// A write ended and had its effect, or (finish [`Point::NEVER`]) may have it at any time from its start.
    pub fn write(&mut self, write: Access, court: &mut Court) {
        if let Some(at) = self.find_unwritten(write.value) {
            if self.live[at].written_by() < write.start {
                court.too_early(self.live[at].first, write);
            }
            self.live[at].add(write);
            self.unwritten -= 1;
            self.raised(at, court);
            self.recount(write.value, court);
        } else if write.finish == Point::NEVER {
            court.late_write(write);
            self.candidates.insert(write.value, write);
            if self.candidates.len() > CANDIDATES {
                self.candidates.pop_first();
                self.forgot_candidates = true;
            }
        } else {
            court.late_write(write);
            self.live.push(Cluster::new(write));
            self.note(write.start, write.value);
        }
    }

    /// A write ended without effect.
    pub fn failed(&mut self, write: Access, court: &mut Court) {
        if let Some(at) = self.find_unwritten(write.value) {
            court.of_failed(self.live[at].first, write);
            self.live.remove(at);
            self.unwritten -= 1;
        }
    }

    /// Every access that arrives from now on begins at `horizon` or later.
    pub fn fold(&mut self, horizon: Point, court: &mut Court) {
        let mut horizon = horizon;
        if self.unwritten > 0 {
            self.settle_unwritten(horizon, court);
            if self.unwritten > 0 && self.find(UNDECIDED).is_some() {
                // One of them may turn out to be the version that survived a cut, read at its latest start.
                let unwritten = self.live.iter().filter(|c| c.write.is_none());
                horizon = unwritten.map(Cluster::current_until).fold(horizon, Point::min);
            }
        }
        let past = self.live.iter().take_while(|c| c.written_by() < horizon).count();
        if past < 2 && (past == 0 || self.retired_until <= self.live[0].written_by()) {
            return;
        }
        let (mut top, mut second) = ((self.retired_until, usize::MAX), Point::BEGINNING);
        for (i, cluster) in self.live[..past].iter().enumerate() {
            let until = cluster.current_until();
            if until > top.0 {
                second = top.0;
                top = (until, i);
            } else {
                second = second.max(until);
            }
        }
        let mut i = 0;
        let (retired, retired_until) = (&mut self.retired, &mut self.retired_until);
        self.live.retain(|cluster| {
            let others = if i == top.1 { second } else { top.0 };
            let stays = i >= past || others <= cluster.written_by();
            i += 1;
            if !stays {
                *retired_until = (*retired_until).max(cluster.current_until());
                if retired.len() == RETIRED {
                    retired.pop_front();
                }
                retired.push_back(*cluster);
            }
            stays
        });
    }

    /// Whether the value is known to have been written: acknowledged, or read.
    pub fn established(&self, value: WriteId) -> Option<Access> {
        let known = |c: &&Cluster| c.value == value && c.write.is_some();
        self.live.iter().chain(&self.retired).find(known).map(|c| c.first)
    }

    /// Whether a write of the value may still take effect.
    pub fn may_appear(&self, value: WriteId) -> bool {
        self.candidates.contains_key(&value)
    }

    /// A write of unknown outcome from before this register was looked at.
    pub fn expect(&mut self, write: Access) {
        self.candidates.insert(write.value, write);
    }

    /// A value from before this register was looked at that is known to have been written.
    pub fn remember(&mut self, cluster: Cluster) {
        self.live.push(cluster);
        self.note(cluster.current_until(), cluster.value);
    }

    /// How many clusters and unknown writes are held.
    pub fn footprint(&self) -> usize {
        self.live.len() + self.retired.len() + self.candidates.len()
    }

    fn find(&self, value: WriteId) -> Option<usize> {
        self.live.iter().rposition(|c| c.value == value)
    }

    fn find_unwritten(&self, value: WriteId) -> Option<usize> {
        if self.unwritten == 0 {
            return None;
        }
        self.live.iter().rposition(|c| c.value == value && c.write.is_none())
    }

    fn note(&mut self, start: Point, value: WriteId) {
        if value == self.newest.1 {
            self.newest.0 = self.newest.0.max(start);
        } else if start > self.newest.0 {
            self.second = self.newest.0;
            self.newest = (start, value);
        } else {
            self.second = self.second.max(start);
        }
    }

    /// The latest start of a live cluster may have moved on.
    fn raised(&mut self, at: usize, court: &mut Court) {
        let cluster = self.live[at];
        self.note(cluster.current_until(), cluster.value);
        let others = if self.newest.1 == cluster.value { self.second } else { self.newest.0 };
        if others <= cluster.written_by() && !self.conflicted {
            return;
        }
        let found = self.compare(&cluster, court);
        if !found && self.retired_until > cluster.written_by() && !self.conflicted {
            self.conflicted = true;
            court.stale(&cluster);
        }
    }

    /// Compares a cluster with all others; whether any conflicts.
    fn compare(&mut self, cluster: &Cluster, court: &mut Court) -> bool {
        let mut found = false;
        let others = self.live.iter().chain(&self.retired).filter(|c| c.value != cluster.value);
        for other in others.filter(|c| c.conflicts(cluster)) {
            if !found {
                court.conflict(cluster, other);
                found = true;
            }
            // Without its write a cluster cannot be measured: it is compared again when the write ends.
            if cluster.write.is_some() && other.write.is_some() {
                court.tally.measure(cluster.chi(other));
            }
        }
        if found {
            court.tally.k = court.tally.k.max(1 + self.hidden(cluster));
            self.conflicted = true;
        }
        found
    }

    /// How many writes certainly came between a value and its latest read.
    fn hidden(&self, cluster: &Cluster) -> u64 {
        self.live.iter().chain(&self.retired).filter(|other| cluster.is_hidden_by(other)).count() as u64
    }

    /// The write of a value ended that was read before: it may come between other values and their reads.
    fn recount(&self, value: WriteId, court: &mut Court) {
        let all = || self.live.iter().chain(&self.retired);
        if let Some(new) = all().find(|c| c.value == value).filter(|_| self.conflicted) {
            for cluster in all().filter(|c| c.is_hidden_by(new)) {
                court.tally.k = court.tally.k.max(1 + self.hidden(cluster));
            }
        }
    }

    /// Values that were read before the horizon and whose write is not among the operations still open were never
    /// written, or so long ago that they are forgotten; after a cut the first of them is the version that survived.
    fn settle_unwritten(&mut self, horizon: Point, court: &mut Court) {
        while let Some(at) = self.live.iter().position(|c| c.write.is_none() && c.written_by() < horizon) {
            let orphan = self.live.remove(at);
            self.unwritten -= 1;
            if let Some(at) = self.find(UNDECIDED) {
                let write = Access { value: orphan.value, ..Access::initial() };
                let cluster = &mut self.live[at];
                *cluster =
                    Cluster { value: orphan.value, write: Some(write), first: write, last: orphan.last };
                self.raised(at, court);
            } else if self.forgot_candidates {
                court
                    .tally
                    .give_up(|| "more writes of unknown outcome than are remembered for one key".into());
            } else {
                court.unwritten(orphan.first);
            }
        }
    }
}
