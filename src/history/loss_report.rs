//! What a system says it lost, against what the harness found; and whether anything may be lost at all.

use super::evidence::key_name;
use super::promise::Promise;
use super::verdict::GuaranteeVerdict;
use super::versions::Stamp;
use super::write_set::{WriteSet, once_serial};
use crate::base::ids::{FaultId, PartitionId, RegionId};
use crate::base::time::SimTime;
use crate::engine::record::{Change, LostBulk, LostWrite};
use crate::model::operation::{Key, WriteId};
use std::collections::BTreeMap;

/// Losses and what became of them.
#[derive(Clone, Debug, Default)]
pub struct Losses {
    /// All writes that the harness found lost.
    lost: WriteSet,
    /// Those that a disk still held.
    recoverable: WriteSet,
    /// Writes in the conflict feed, merged, overruled, reported lost, or lost for good.
    accounted: WriteSet,
    reported: WriteSet,
    /// Writes that durability does not ask for.
    excused: WriteSet,
    /// Where losses are known by their sums only: the first and last acknowledgement among them.
    bulk: BTreeMap<PartitionId, (SimTime, SimTime)>,
    /// Which losses the promise covers.
    promise: Promise,
    broken: u64,
    first: Option<String>,
}

impl Losses {
    /// Nothing lost yet, in an account that replicates over so many regions.
    pub fn over(regions: u32) -> Losses {
        Losses { promise: Promise::over(regions), ..Losses::default() }
    }

    /// A fault began, in these regions.
    pub fn on_fault(&mut self, fault: FaultId, regions: &[RegionId]) {
        self.promise.on_fault(fault, regions);
    }

    /// A fault ended.
    pub fn on_repair(&mut self, fault: FaultId) {
        self.promise.on_repair(fault);
    }

    /// The harness found a write lost.
    pub fn on_lost(&mut self, lost: &LostWrite) {
        let (partition, write) = (lost.partition, lost.write);
        self.lost.insert(partition, write);
        self.excused.insert(partition, write);
        if lost.recoverable {
            self.recoverable.insert(partition, write);
        } else {
            self.accounted.insert(partition, write);
        }
        if self.promise.covers(lost.fault, partition) {
            self.broken += 1;
            self.first.get_or_insert_with(|| lost_line(lost));
        }
    }

    /// The harness found more writes lost than it can name.
    pub fn on_bulk(&mut self, bulk: &LostBulk) {
        let times = self.bulk.entry(bulk.partition).or_insert((bulk.oldest, bulk.newest));
        *times = (times.0.min(bulk.oldest), times.1.max(bulk.newest));
        if bulk.writes > 0 && self.promise.covers(bulk.fault, bulk.partition) {
            self.broken += bulk.writes;
            self.first.get_or_insert_with(|| bulk_line(bulk));
        }
    }

    /// The system changed state.
    pub fn on_change(&mut self, change: &Change) {
        let mut account = |partition: PartitionId, write: WriteId, excuse: bool| {
            self.accounted.insert(partition, write);
            if excuse {
                self.excused.insert(partition, write);
            }
        };
        match change {
            Change::Quorum { partition, regions } => self.promise.on_quorum(*partition, regions),
            Change::ConflictFeed { partition, write } => account(*partition, *write, true),
            Change::ConflictLost { partition, loser, .. } => account(*partition, *loser, true),
            Change::Merged { partition, of, .. } => of.iter().for_each(|w| account(*partition, *w, true)),
            Change::ReportedLost { partition, write } => {
                account(*partition, *write, false);
                self.reported.insert(*partition, *write);
            }
            _ => {}
        }
    }

    /// Whether durability need not ask for a write, acknowledged at `acknowledged` if that is remembered.
    pub fn excuses(&self, partition: PartitionId, write: WriteId, acknowledged: Option<Stamp>) -> bool {
        let within = |(first, last): &(SimTime, SimTime)| {
            acknowledged.is_none_or(|(at, _)| (*first..=*last).contains(&at))
        };
        self.excused.contains(partition, write) || self.bulk.get(&partition).is_some_and(within)
    }

    /// `loss-report`: the system's account and the harness's agree. `shown`: writes in the closing reads.
    pub fn report(&self, shown: &WriteSet, settled: bool) -> GuaranteeVerdict {
        const NAME: &str = "loss-report";
        let checked = self.lost.len() + self.reported.len();
        let mut not_lost = self.reported.difference(&self.lost);
        if let Some(write) = not_lost.find(|(partition, _)| !self.bulk.contains_key(partition)) {
            let why = "a write was reported lost that is not lost";
            return GuaranteeVerdict::violated(NAME, checked, why, vec![write_line(write)]);
        }
        let silent = self
            .recoverable
            .difference(&self.accounted)
            .find(|(partition, write)| !shown.contains(*partition, *write));
        match silent {
            None => GuaranteeVerdict::holds(NAME, checked),
            Some(_) if !settled => GuaranteeVerdict::unknown(
                NAME,
                checked,
                "a recoverable write is not yet accounted for, but the window ended before it settled",
            ),
            Some(write) => {
                let why = "a recoverable write came back nowhere and was not reported";
                GuaranteeVerdict::violated(NAME, checked, why, vec![write_line(write)])
            }
        }
    }

    /// `no-loss`: no acknowledged write was lost within the promised scope.
    pub fn no_loss(&self, acknowledged: u64) -> GuaranteeVerdict {
        match &self.first {
            None => GuaranteeVerdict::holds("no-loss", acknowledged),
            Some(first) => {
                let why = format!("{} acknowledged writes were lost", self.broken);
                GuaranteeVerdict::violated("no-loss", acknowledged, why, vec![first.clone()])
            }
        }
    }
}

fn lost_line(lost: &LostWrite) -> String {
    let fault = lost.fault.map_or("no fault".to_string(), |f| format!("fault {}", f.0));
    format!(
        "{}: write {} = {} acknowledged at {} is lost ({fault})",
        lost.at,
        key_name(lost.partition, lost.key),
        lost.write.0,
        lost.acknowledged
    )
}

fn bulk_line(bulk: &LostBulk) -> String {
    let fault = bulk.fault.map_or("no fault".to_string(), |f| format!("fault {}", f.0));
    format!(
        "{}: {} writes of p{} acknowledged from {} to {} are lost ({fault})",
        bulk.at, bulk.writes, bulk.partition.0, bulk.oldest, bulk.newest
    )
}

fn write_line((partition, write): (PartitionId, WriteId)) -> String {
    match once_serial(write) {
        Some(serial) => format!("write of {}", key_name(partition, Key::once(serial))),
        None => format!("write {} of p{}", write.0, partition.0),
    }
}
