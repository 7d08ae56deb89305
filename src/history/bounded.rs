//! Bounded staleness: a read is never staler than T, and never misses more than K writes of its partition.

use super::evidence::Line;
use super::finding::{Certainty, Findings, Suspicion};
use super::versions::{Stamp, Version, Versions, View};
use crate::base::ids::PartitionId;
use crate::base::time::Span;
use crate::model::operation::{Claims, Operation, Outcome};
use std::collections::{BTreeMap, VecDeque};

/// Acknowledged writes that may have been open at one moment: kept beyond K, so that they can be told apart.
const MARGIN: usize = 4096;
/// The largest K whose writes are kept.
const LARGEST: u64 = 1 << 22;

/// The checker.
#[derive(Clone, Debug)]
pub struct Bounded {
    k: u64,
    t: Span,
    no_loss: bool,
    /// Per partition, the last acknowledged writes in the order of their ends: (invoked, completed).
    log: BTreeMap<PartitionId, VecDeque<(Stamp, Stamp)>>,
    /// The findings.
    pub findings: Findings,
}

impl Bounded {
    /// Reads that claim it are held to `k` writes of the partition and to `t`. With `no_loss` no write may be excused
    /// as lost. A `k` over four million is judged by time alone.
    pub fn new(k: u64, t: Span, no_loss: bool) -> Self {
        Bounded { k, t, no_loss, log: BTreeMap::new(), findings: Findings::new("bounded-staleness") }
    }

    /// A write ended. A batch is one write: it takes one place in a log.
    pub fn on_write(&mut self, op: &Operation) {
        if op.outcome != Outcome::Ok || self.k > LARGEST {
            return;
        }
        let log = self.log.entry(op.partition).or_default();
        log.push_back((op.invoked, op.completed));
        if log.len() > self.k as usize + MARGIN {
            log.pop_front();
        }
    }

    /// A read that succeeded, with what it returned.
    pub fn on_read(&mut self, op: &Operation, views: &[View], versions: &Versions) {
        if !op.claims.has(Claims::BOUNDED_STALENESS) {
            return;
        }
        self.findings.count();
        for view in views {
            if let Some(missed) = versions.missed(op, view) {
                self.judge(op, view, missed);
            }
        }
    }

    /// `missed` is the first write that the read should have shown.
    fn judge(&mut self, op: &Operation, view: &View, missed: &Version) {
        let why = if op.invoked.0.since(missed.completed.0) > self.t {
            "a read returned a version that had been superseded for longer than T"
        } else if self.missed_more_than_k(op, missed) {
            "a read missed more than K acknowledged writes of its partition"
        } else {
            return;
        };
        let lines =
            vec![Line::of_version(op.partition, view.key, missed), Line::of_read(op, view.key, view.value)];
        let (partition, key, returned, read) = (op.partition, view.key, view.value, op.completed);
        let suspicion =
            Suspicion { partition, key, returned, read, required: missed.id, seen: None, why, lines };
        self.findings.suspect(suspicion, Certainty::of(view.doubtful, !self.no_loss));
    }

    /// Everything that began certainly after the missed write ended is ordered after it, so it was missed too.
    fn missed_more_than_k(&self, op: &Operation, missed: &Version) -> bool {
        let Some(log) = self.log.get(&op.partition) else { return false };
        let from = log.partition_point(|(_, completed)| *completed <= missed.completed);
        let upto = log.partition_point(|(_, completed)| *completed < op.invoked);
        if (upto.saturating_sub(from) as u64) < self.k {
            return false;
        }
        let after = log.range(from..upto).filter(|(invoked, _)| *invoked > missed.completed).count() as u64;
        after + 1 > self.k
    }

    /// Writes held: at most K and a margin per partition.
    pub fn held(&self) -> usize {
        self.log.values().map(VecDeque::len).sum()
    }
}
