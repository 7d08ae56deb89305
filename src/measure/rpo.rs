//! RPO: which acknowledged writes each fault cost, and what became of those it put out of reach.
//!
//! The harness finds the lost set; this adds it up by fault and partition. `time` is
//! `max(onset, acknowledgement of the newest) - acknowledgement of the oldest`. Memory is bounded by the lost set.

use crate::base::ids::{FaultId, PartitionId};
use crate::base::time::{SimTime, Span};
use crate::engine::record::{Change, LostBulk, LostWrite};
use crate::model::operation::WriteId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Losses and exposures of a window.
#[derive(Clone, Debug, Default)]
pub struct Rpo {
    lost: BTreeMap<WriteId, Loss>,
    /// Losses of which only the sums are known.
    bulk: Vec<LostBulk>,
    exposed: BTreeMap<(FaultId, PartitionId), Exposure>,
    /// The last fault that left a partition with writes out of reach.
    exposer: BTreeMap<PartitionId, FaultId>,
    fates: BTreeMap<Option<FaultId>, Fates>,
    in_feed: BTreeMap<WriteId, Option<FaultId>>,
    reported: BTreeSet<WriteId>,
    conflict_losers: u64,
    merges: u64,
}

#[derive(Clone, Copy, Debug)]
struct Loss {
    fault: Option<FaultId>,
    partition: PartitionId,
    bytes: u32,
    acknowledged: SimTime,
    recoverable: bool,
    found: SimTime,
}

/// How much was lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossFinding {
    /// Writes.
    pub writes: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The stretch of time they were acknowledged in, counted up to the onset at least; zero without a write.
    pub time: Span,
}

/// What one fault cost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RpoFinding {
    /// All that was lost.
    pub all: LossFinding,
    /// Of that, what a disk still holds: it may come back.
    pub recoverable: LossFinding,
    /// Of that, what is gone for good.
    pub permanent: LossFinding,
    /// All that was lost, by partition (those that lost something).
    pub partitions: BTreeMap<PartitionId, LossFinding>,
}

/// Acknowledged writes that no reachable region held at a fault's onset, and what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExposedFinding {
    /// Over all partitions; the time is the longest of any.
    pub all: LossFinding,
    /// By partition (those with something exposed).
    pub partitions: BTreeMap<PartitionId, LossFinding>,
    /// Put into the conflict feed, and left there.
    pub conflict_feed: u64,
    /// Replaced by the result of a merge.
    pub merged: u64,
    /// Overruled by a recorded decision.
    pub conflict_lost: u64,
    /// Gone for good.
    pub permanently_lost: u64,
    /// All others: back in their place when their region returned.
    pub returned: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Exposure {
    writes: u64,
    bytes: u64,
    time: Span,
}

#[derive(Clone, Copy, Debug, Default)]
struct Fates {
    conflict_feed: u64,
    merged: u64,
    conflict_lost: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    writes: u64,
    bytes: u64,
    acknowledged: Option<(SimTime, SimTime)>,
}

impl Rpo {
    /// The harness found a write lost. A later finding about the same write stands: what was recoverable may be gone.
    pub fn lost(&mut self, write: &LostWrite) {
        let (fault, partition) = (write.fault, write.partition);
        let (bytes, acknowledged, recoverable) = (write.bytes, write.acknowledged, write.recoverable);
        let loss = Loss { fault, partition, bytes, acknowledged, recoverable, found: write.at };
        self.lost.insert(write.write, loss);
    }

    /// The harness found writes lost that it no longer remembers one by one.
    pub fn lost_bulk(&mut self, bulk: &LostBulk) {
        self.bulk.push(*bulk);
    }

    /// What a fault put out of reach at its onset.
    pub fn exposed(&mut self, fault: FaultId, partition: PartitionId, writes: u64, bytes: u64, time: Span) {
        if writes > 0 {
            self.exposed.insert((fault, partition), Exposure { writes, bytes, time });
            self.exposer.insert(partition, fault);
        }
    }

    /// Notes what the system says became of writes. Conflicts in a partition with writes out of reach are put down to
    /// those first: ordinary conflicts of the same time cannot be told apart.
    pub fn change(&mut self, change: &Change) {
        match change {
            Change::ConflictFeed { partition, write } => {
                let fault = self.fault_of(*write, *partition);
                if self.in_feed.insert(*write, fault).is_none() {
                    self.fates.entry(fault).or_default().conflict_feed += 1;
                }
            }
            Change::ConflictLost { partition, loser, .. } => {
                self.conflict_losers += 1;
                let fault = self.leave_feed(*loser, *partition);
                self.fates.entry(fault).or_default().conflict_lost += 1;
            }
            Change::Merged { partition, of, .. } => {
                self.merges += 1;
                for write in of {
                    let fault = self.leave_feed(*write, *partition);
                    self.fates.entry(fault).or_default().merged += 1;
                }
            }
            Change::ReportedLost { write, .. } => {
                self.reported.insert(*write);
            }
            _ => {}
        }
    }

    /// Takes in the losses of other partitions.
    pub fn merge(&mut self, other: Rpo) {
        self.lost.extend(other.lost);
        self.bulk.extend(other.bulk);
        self.exposed.extend(other.exposed);
        self.exposer.extend(other.exposer);
        for (fault, theirs) in other.fates {
            let mine = self.fates.entry(fault).or_default();
            mine.conflict_feed += theirs.conflict_feed;
            mine.merged += theirs.merged;
            mine.conflict_lost += theirs.conflict_lost;
        }
        self.in_feed.extend(other.in_feed);
        self.reported.extend(other.reported);
        self.conflict_losers += other.conflict_losers;
        self.merges += other.merges;
    }

    /// What a fault cost.
    pub fn finding(&self, fault: FaultId, onset: SimTime) -> RpoFinding {
        self.sum(onset, |blamed, _| blamed == Some(fault))
    }

    /// What is put down to no fault and was found lost in `from..to`: by an action, if one was sent at `from`.
    pub fn without_fault(&self, from: SimTime, to: SimTime) -> RpoFinding {
        self.sum(from, |blamed, found| blamed.is_none() && from <= found && found < to)
    }

    fn sum(&self, onset: SimTime, of: impl Fn(Option<FaultId>, SimTime) -> bool) -> RpoFinding {
        let (mut recoverable, mut permanent) = (Tally::default(), Tally::default());
        let mut partitions: BTreeMap<PartitionId, Tally> = BTreeMap::new();
        for bulk in self.bulk.iter().filter(|bulk| of(bulk.fault, bulk.at)) {
            let tally = Tally {
                writes: bulk.writes,
                bytes: bulk.bytes,
                acknowledged: Some((bulk.oldest, bulk.newest)),
            };
            let kind = if bulk.recoverable { &mut recoverable } else { &mut permanent };
            *kind = kind.and(tally);
            let partition = partitions.entry(bulk.partition).or_default();
            *partition = partition.and(tally);
        }
        for loss in self.lost.values().filter(|loss| of(loss.fault, loss.found)) {
            if loss.recoverable {
                recoverable.add(loss)
            } else {
                permanent.add(loss)
            }
            partitions.entry(loss.partition).or_default().add(loss);
        }
        RpoFinding {
            all: recoverable.and(permanent).finding(onset),
            recoverable: recoverable.finding(onset),
            permanent: permanent.finding(onset),
            partitions: partitions.into_iter().map(|(p, tally)| (p, tally.finding(onset))).collect(),
        }
    }

    /// What a fault put out of reach, and what became of it.
    pub fn exposure(&self, fault: FaultId) -> ExposedFinding {
        let mut finding = ExposedFinding::default();
        let all = (fault, PartitionId(0))..=(fault, PartitionId(u32::MAX));
        for ((_, partition), exposure) in self.exposed.range(all) {
            let part = LossFinding { writes: exposure.writes, bytes: exposure.bytes, time: exposure.time };
            finding.all.writes += part.writes;
            finding.all.bytes += part.bytes;
            finding.all.time = finding.all.time.max(part.time);
            finding.partitions.insert(*partition, part);
        }
        let fates = self.fates.get(&Some(fault)).copied().unwrap_or_default();
        let gone = |loss: &&Loss| loss.fault == Some(fault) && !loss.recoverable;
        let mut left = finding.all.writes;
        let mut take = |n: u64| {
            let taken = n.min(left);
            left -= taken;
            taken
        };
        finding.permanently_lost = take(self.lost.values().filter(gone).count() as u64);
        finding.merged = take(fates.merged);
        finding.conflict_lost = take(fates.conflict_lost);
        finding.conflict_feed = take(fates.conflict_feed);
        finding.returned = left;
        finding
    }

    /// Writes overruled by a recorded conflict decision, in all: no losses, counted apart.
    pub fn conflict_losers(&self) -> u64 {
        self.conflict_losers
    }

    /// Merges of conflicting writes.
    pub fn merges(&self) -> u64 {
        self.merges
    }

    /// Writes that the system reported lost and the harness did not find lost, and the reverse (0 when the system
    /// reports none at all).
    pub fn misreported(&self) -> (u64, u64) {
        let spurious = self.reported.iter().filter(|write| !self.lost.contains_key(write)).count();
        let silent = self.lost.keys().filter(|write| !self.reported.contains(write)).count();
        (spurious as u64, if self.reported.is_empty() { 0 } else { silent as u64 })
    }

    fn fault_of(&self, write: WriteId, partition: PartitionId) -> Option<FaultId> {
        let found = self.lost.get(&write).and_then(|loss| loss.fault);
        found.or_else(|| self.exposer.get(&partition).copied())
    }

    fn leave_feed(&mut self, write: WriteId, partition: PartitionId) -> Option<FaultId> {
        let Some(fault) = self.in_feed.remove(&write) else { return self.fault_of(write, partition) };
        let fates = self.fates.entry(fault).or_default();
        fates.conflict_feed = fates.conflict_feed.saturating_sub(1);
        fault
    }
}

impl Tally {
    fn add(&mut self, loss: &Loss) {
        self.writes += 1;
        self.bytes += u64::from(loss.bytes);
        let (oldest, newest) = self.acknowledged.unwrap_or((loss.acknowledged, loss.acknowledged));
        self.acknowledged = Some((oldest.min(loss.acknowledged), newest.max(loss.acknowledged)));
    }

    fn and(self, other: Tally) -> Tally {
        let join = |(a, b): (SimTime, SimTime), (c, d): (SimTime, SimTime)| (a.min(c), b.max(d));
        let acknowledged = match (self.acknowledged, other.acknowledged) {
            (Some(mine), Some(theirs)) => Some(join(mine, theirs)),
            (mine, theirs) => mine.or(theirs),
        };
        Tally { writes: self.writes + other.writes, bytes: self.bytes + other.bytes, acknowledged }
    }

    fn finding(self, onset: SimTime) -> LossFinding {
        let time = self.acknowledged.map(|(oldest, newest)| newest.max(onset).since(oldest));
        LossFinding { writes: self.writes, bytes: self.bytes, time: time.unwrap_or_default() }
    }
}
