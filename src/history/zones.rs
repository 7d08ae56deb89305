//! Offline checks of one register's history in which every write has its own value: linearizability by zones in
//! O(n log n) (Gibbons and Korach, SIAM J. Comput. 1997), the smallest delta (Golab, Li and Shah, PODC 2011), and a
//! lower bound on k.
//!
//! The forward zone of a value spans from the first end to the last start of its accesses: it was the current value all
//! that time, so forward zones may not overlap. A value whose last start is not after its first end has a backward zone:
//! it was current at some moment from the last start to the first end, which must not all lie inside a forward zone.

use crate::base::time::Span;
use crate::history::cluster::{Access, Cluster, Point, in_order};
use crate::model::operation::WriteId;
use std::collections::BTreeMap;

/// Why a history is not linearizable, with the accesses that show it, by start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A value was read that no write can have put there.
    #[error("a value was read that was never written, or whose write had no effect")]
    NeverWritten(Vec<Access>),
    /// A read ended before the write of its value was invoked.
    #[error("a value was read before its write was invoked")]
    ReadBeforeWrite(Vec<Access>),
    /// Two values would each have to come before the other.
    #[error("an overwritten value was read: each of two values would have to come before the other")]
    Conflict(Vec<Access>),
}

impl Violation {
    /// The accesses that show it, by start.
    pub fn accesses(&self) -> &[Access] {
        match self {
            Violation::NeverWritten(a) | Violation::ReadBeforeWrite(a) | Violation::Conflict(a) => a,
        }
    }
}

/// Whether one register's history is linearizable: values unique per write, [`WriteId::INITIAL`] at the start, closed
/// intervals. Writes that had no effect are left out by the caller; those that may have had one never finish.
///
/// # Errors
/// The first violation found.
pub fn check(history: &[Access]) -> Result<(), Violation> {
    let clusters = clusters(history)?;
    let (forward, backward) = zones(&clusters);
    for pair in forward.windows(2) {
        if pair[0].conflicts(pair[1]) {
            return Err(Violation::Conflict(pair[0].evidence(pair[1])));
        }
    }
    // Forward zones are disjoint here: only the last one that begins before a backward zone can contain it.
    for zone in backward {
        let at = forward.partition_point(|f| f.written_by() < zone.current_until());
        if let Some(around) = at.checked_sub(1).map(|at| forward[at]).filter(|f| f.conflicts(zone)) {
            return Err(Violation::Conflict(around.evidence(zone)));
        }
    }
    Ok(())
}

/// The smallest length by which all read starts must move earlier for the history to become linearizable; zero if it
/// is. Costs O(n log n) and the number of overlapping zones.
///
/// # Errors
/// No length helps when a value was never written, or read before its write was invoked.
pub fn delta(history: &[Access]) -> Result<Span, Violation> {
    let clusters = clusters(history)?;
    let mut delta = Span::ZERO;
    for_each_overlap(&clusters, |a, b| delta = delta.max(a.chi(b).unwrap_or(Span::ZERO)));
    Ok(delta)
}

/// A lower bound on the smallest k for which the history is k-atomic (each read returns one of the k latest values): 1
/// and the most writes that certainly lie between a read's value and the read.
///
/// # Errors
/// No k helps when a value was never written, or read before its write was invoked.
pub fn k_lower_bound(history: &[Access]) -> Result<u64, Violation> {
    let clusters = clusters(history)?;
    let (forward, _) = zones(&clusters);
    // Writes by start, from the latest: those that began after a value was written, counted by when they were done.
    let mut ends: Vec<Point> = clusters.iter().map(Cluster::written_by).collect();
    ends.sort_unstable();
    let mut writes: Vec<(Point, Point)> =
        clusters.iter().filter_map(|c| Some((c.write?.start, c.written_by()))).collect();
    writes.sort_unstable();
    let mut counts = Counts::new(ends.len());
    let mut most = 0;
    for value in forward.iter().rev() {
        while let Some((_, end)) = writes.pop_if(|(start, _)| *start > value.written_by()) {
            counts.add(ends.partition_point(|e| *e < end));
        }
        most = most.max(counts.below(ends.partition_point(|e| *e < value.current_until())));
    }
    Ok(1 + most)
}

/// Clusters by value; those of unknown writes that nobody read are left out, since they need not have happened.
fn clusters(history: &[Access]) -> Result<Vec<Cluster>, Violation> {
    let initial = Access::initial();
    let mut by_value: BTreeMap<WriteId, Cluster> = BTreeMap::from([(initial.value, Cluster::new(initial))]);
    for access in history {
        by_value.entry(access.value).and_modify(|c| c.add(*access)).or_insert_with(|| Cluster::new(*access));
    }
    let clusters: Vec<Cluster> =
        by_value.into_values().filter(|c| c.written_by() < Point::NEVER || c.write.is_none()).collect();
    for cluster in &clusters {
        match cluster.write {
            None => return Err(Violation::NeverWritten(in_order(vec![cluster.first]))),
            Some(write) if cluster.read_too_early() => {
                return Err(Violation::ReadBeforeWrite(in_order(vec![cluster.first, write])));
            }
            Some(_) => {}
        }
    }
    Ok(clusters)
}

/// Forward and backward zones, each by the first end.
fn zones(clusters: &[Cluster]) -> (Vec<&Cluster>, Vec<&Cluster>) {
    let mut sorted: Vec<&Cluster> = clusters.iter().collect();
    sorted.sort_by_key(|c| c.written_by());
    sorted.into_iter().partition(|c| c.written_by() < c.current_until())
}

/// Calls `found` for every pair that conflicts: two overlapping forward zones, or a backward one inside a forward one.
fn for_each_overlap(clusters: &[Cluster], mut found: impl FnMut(&Cluster, &Cluster)) {
    let mut sorted: Vec<(Point, &Cluster)> =
        clusters.iter().map(|c| (c.written_by().min(c.current_until()), c)).collect();
    sorted.sort_by_key(|(begin, _)| *begin);
    let mut open: Vec<&Cluster> = Vec::new();
    for (begin, cluster) in sorted {
        open.retain(|c| c.written_by().max(c.current_until()) >= begin);
        open.iter().filter(|c| c.conflicts(cluster)).for_each(|c| found(c, cluster));
        open.push(cluster);
    }
}

/// A binary indexed tree of counts (Fenwick, 1994).
struct Counts(Vec<u64>);

impl Counts {
    fn new(n: usize) -> Counts {
        Counts(vec![0; n + 1])
    }

    /// One more at place `at`.
    fn add(&mut self, at: usize) {
        let mut i = at + 1;
        while i < self.0.len() {
            self.0[i] += 1;
            i += i & i.wrapping_neg();
        }
    }

    /// How many at places below `n`.
    fn below(&self, n: usize) -> u64 {
        let (mut i, mut sum) = (n, 0);
        while i > 0 {
            sum += self.0[i];
            i -= i & i.wrapping_neg();
        }
        sum
    }
}
