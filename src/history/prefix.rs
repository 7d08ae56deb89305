//! Consistent prefix and whole batches.
//!
//! Strict consistent prefix: writes are seen in their order. Per client, serving region and partition: having seen a
//! write, no later read misses a write that was acknowledged before that one was invoked, nor goes back on a key.

use super::evidence::Line;
use super::finding::{Certainty, Findings, Suspicion};
use super::session::{Floor, Floors};
use super::versions::{START, Slot, Stamp, Versions, View};
use crate::base::ids::{ClientId, PartitionId, RegionId};
use crate::base::time::SimTime;
use crate::model::operation::{Action, Claims, Key, Observed, Operation, WriteId};
use indexmap::IndexMap;
use std::collections::{BTreeMap, VecDeque};

/// What one client saw of one partition through one region.
#[derive(Clone, Debug, Default)]
struct Sight {
    since: Stamp,
    /// The newest write seen, by the region that took it (with one writer: all together).
    seen: BTreeMap<Option<RegionId>, Floors>,
    reads: IndexMap<usize, Floors>,
}

/// The strict consistent prefix.
#[derive(Clone, Debug)]
pub struct Prefix {
    sights: IndexMap<(ClientId, RegionId, PartitionId), Sight>,
    /// The findings.
    pub findings: Findings,
    several_writers: bool,
}

impl Prefix {
    /// Nothing seen yet. With several writers only writes that one region took are in one order.
    pub fn new(several_writers: bool) -> Self {
        Prefix { sights: IndexMap::new(), findings: Findings::new("consistent-prefix"), several_writers }
    }

    /// A client's process started again: it has seen nothing yet.
    pub fn on_restart(&mut self, client: ClientId, at: SimTime) {
        for (_, sight) in self.sights.iter_mut().filter(|((c, _, _), _)| *c == client) {
            *sight = Sight { since: (at, u64::MAX), ..Sight::default() };
        }
    }

    /// A read that succeeded, with what it returned.
    pub fn on_read(&mut self, op: &Operation, views: &[View], versions: &Versions) {
        let (true, Some(region)) = (op.claims.has(Claims::CONSISTENT_PREFIX), op.served) else { return };
        self.findings.count();
        let restart = versions.restart(op.partition).unwrap_or(START);
        let sight = self.sights.entry((op.client, region, op.partition)).or_default();
        if sight.since < restart {
            *sight = Sight { since: restart, ..Sight::default() };
        }
        // A batch read is one point of the log: what it shows of one key binds the others.
        let mut within: BTreeMap<Option<RegionId>, Floor> = BTreeMap::new();
        for view in views.iter().filter(|_| views.len() > 1) {
            if let Some((origin, floor)) = floor_of(op, view, self.several_writers)
                && within.get(&origin).is_none_or(|f| f.floor < floor.floor)
            {
                within.insert(origin, floor);
            }
        }
        for view in views {
            if let Some(found) = judge(sight, op, view, versions, &within, self.several_writers) {
                let certainty = Certainty::of(view.doubtful, self.several_writers || found.seen.is_some());
                self.findings.suspect(found, certainty);
            }
        }
        if op.invoked > sight.since || sight.since == START {
            for view in views {
                let Some((origin, floor)) = floor_of(op, view, self.several_writers) else { continue };
                sight.seen.entry(origin).or_default().raise(floor);
                if let Slot::Key(key) = view.slot {
                    sight.reads.entry(key).or_default().raise(floor);
                }
            }
        }
    }

    /// Obligations held: what memory grows with.
    pub fn held(&self) -> usize {
        self.sights.values().map(|s| s.reads.len() + s.seen.len()).sum()
    }
}

fn floor_of(op: &Operation, view: &View, apart: bool) -> Option<(Option<RegionId>, Floor)> {
    let (floor, _, origin) = view.written?;
    let line = Line::of_read(op, view.key, view.value);
    let origin = origin.filter(|_| apart);
    Some((origin, Floor { since: op.completed, floor, witness: view.value?, line }))
}

fn judge(
    sight: &Sight,
    op: &Operation,
    view: &View,
    versions: &Versions,
    within: &BTreeMap<Option<RegionId>, Floor>,
    apart: bool,
) -> Option<Suspicion> {
    let found = |required: WriteId, seen, why, mut lines: Vec<Line>| {
        lines.push(Line::of_read(op, view.key, view.value));
        let (partition, key, returned, read) = (op.partition, view.key, view.value, op.completed);
        Some(Suspicion { partition, key, returned, read, required, seen, why, lines })
    };
    if let Slot::Key(key) = view.slot
        && let Some(floor) = sight.reads.get(&key).and_then(|f| f.at(op.invoked))
        && view.completed < floor.floor
        && !versions.excused(op.partition, view.key, floor.witness, view.value)
    {
        return found(floor.witness, None, "a read went back on a key within one region", vec![floor.line]);
    }
    let missed = versions.newer(view.slot, view.completed).filter(|v| {
        let gone = versions.lost.contains(op.partition, v.id);
        v.acknowledged()
            && v.invoked > sight.since
            && !gone
            && !versions.excused(op.partition, view.key, v.id, view.value)
    });
    for missed in missed {
        let origin = missed.origin.filter(|_| apart);
        // A write of a lineage that was cut later stands in no order with those of the next one.
        let seen = sight
            .seen
            .get(&origin)
            .and_then(|f| f.at(op.invoked))
            .into_iter()
            .chain(within.get(&origin))
            .filter(|f| !versions.lost.contains(op.partition, f.witness));
        if let Some(seen) = seen.max_by_key(|f| f.floor).filter(|f| missed.completed < f.floor) {
            let write = Line::of_version(op.partition, view.key, missed);
            return found(
                missed.id,
                Some(seen.witness),
                "a read missed a write that was complete before one that had been seen began",
                vec![write, seen.line],
            );
        }
    }
    None
}

/// Batch reads that returned a value nobody was yet known to have written: kept until the write ends.
const WAITING: usize = 64;

/// A transactional batch is seen whole or not at all.
#[derive(Clone, Debug)]
pub struct Batches {
    /// Which claim makes a read count.
    claim: Claims,
    /// The findings.
    pub findings: Findings,
    waiting: VecDeque<Operation>,
}

impl Batches {
    /// The checker `name` of batch reads that claim `claim`.
    pub fn new(name: &'static str, claim: Claims) -> Self {
        Batches { claim, findings: Findings::new(name), waiting: VecDeque::new() }
    }

    /// A batch read that succeeded, with what it returned.
    pub fn on_read(&mut self, op: &Operation, views: &[View], versions: &Versions) {
        if !op.claims.has(self.claim) || !matches!(op.action, Action::BatchRead(_)) {
            return;
        }
        self.findings.count();
        self.judge(op, views, versions);
        if views.iter().any(|v| v.doubtful) {
            self.waiting.push_back(op.clone());
            if self.waiting.len() > WAITING {
                self.waiting.pop_front();
            }
        }
    }

    /// An operation that made these writes ended that did or may have taken effect: reads that had shown one are judged again.
    pub fn on_write(&mut self, write: &Operation, writes: &[(Key, WriteId)], versions: &mut Versions) {
        if self.waiting.is_empty() {
            return;
        }
        let shows = |op: &Operation| {
            let Observed::Many(values) = &op.observed else { return false };
            op.partition == write.partition
                && values
                    .iter()
                    .any(|(_, value)| value.is_some_and(|v| writes.iter().any(|(_, id)| *id == v)))
        };
        for op in std::mem::take(&mut self.waiting) {
            if shows(&op) {
                let views = super::checkers::views_of(&op, versions);
                self.judge(&op, &views, versions);
                if views.iter().any(|v| v.doubtful) {
                    self.waiting.push_back(op);
                }
            } else {
                self.waiting.push_back(op);
            }
        }
    }

    fn judge(&mut self, op: &Operation, views: &[View], versions: &Versions) {
        let version = |view: &View| {
            let id = view.value?;
            versions.key(op.partition, view.key).and_then(|h| h.find(id))
        };
        for shown in views {
            let Some((whole, batch)) = version(shown).and_then(|v| Some((v, v.batch.as_ref()?))) else {
                continue;
            };
            for other in views.iter().filter(|o| o.key != shown.key) {
                let Some((_, part)) = batch.iter().find(|(key, _)| *key == other.key) else { continue };
                if other.value == Some(*part) {
                    continue;
                }
                // Two batches that both wrote both keys: one came first, so one of the two is torn.
                let crossed = version(other)
                    .and_then(|v| v.batch.as_ref())
                    .is_some_and(|b| b.iter().any(|(key, _)| *key == shown.key));
                if crossed || (!other.doubtful && other.completed < whole.invoked) {
                    let lines = vec![
                        Line::of_version(op.partition, shown.key, whole),
                        Line {
                            key: other.key,
                            value: Some(*part),
                            ..Line::of_version(op.partition, shown.key, whole)
                        },
                        Line::of_read(op, shown.key, shown.value),
                        Line::of_read(op, other.key, other.value),
                    ];
                    self.findings.violated("a read showed one write of a batch and not another", lines);
                }
            }
        }
    }
}
