//! Restoring the last backup into a region (COS-19).

use super::{Account, Begun, Cx, RegionState};
use crate::base::ids::{PartitionId, RegionId};
use crate::base::time::Span;
use crate::system::cosmos_db::message::{Decision, Msg};
use crate::system::cosmos_db::timer::Timer;
use std::collections::BTreeSet;

/// Backups that have not been taken in by a region after this long are sent to it again.
const RESTORE_AGAIN: Span = Span::mins(1);

/// A restore that was asked for.
#[derive(Clone, Debug)]
pub(super) struct Restoring {
    pub(super) region: RegionId,
    /// The region is to write, and waits for the backups.
    pub(super) begun: bool,
    /// Partitions whose backup is in.
    pub(super) done: BTreeSet<PartitionId>,
}

impl Account {
    /// COS-19: the vault has a backup of every partition, or the restore is refused.
    pub(super) fn on_backups(&mut self, there: bool, cx: Cx) {
        let Some(restoring) = self.restoring.as_ref().filter(|r| !r.begun) else { return };
        if there {
            let after = self.settings.laws.restore.clone().span(cx.random("restore"));
            return cx.set_timer(Timer::RestoreDone, after);
        }
        let why = "there is no backup of every partition yet".to_string();
        let decision = Decision::Restore(restoring.region);
        self.restoring = None;
        cx.send(self.directory.controller, Msg::Decided(decision, Err(why)));
    }

    /// COS-19: the restored account writes in one region, whatever became of the others, once its backups are there.
    pub(super) fn restore(&mut self, cx: Cx) {
        let Some(Restoring { region, begun, .. }) = self.restoring else { return };
        if !begun {
            let others: Vec<RegionId> =
                self.config.regions.keys().copied().filter(|r| *r != region).collect();
            let until = others.into_iter().filter_map(|r| self.leased_until(r, cx)).max();
            if let Some(until) = until {
                let wait = until.since(cx.monotonic()) + Span::millis(1);
                return cx.set_timer(Timer::RestoreDone, wait);
            }
            if let Some(restoring) = &mut self.restoring {
                restoring.begun = true;
            }
            self.change(cx, |c| {
                c.regions.values_mut().for_each(|s| *s = RegionState::Offline);
                c.regions.insert(region, RegionState::Syncing);
                let units = c.units.values().copied().fold(0.0, f64::max);
                c.units.insert(region, units);
                c.regions.keys().copied().collect::<Vec<_>>().into_iter().for_each(|r| c.begin_anew(r));
                for partition in &mut c.partitions {
                    partition.writer = region;
                    partition.epoch += 1;
                    partition.begun = Begun::Restore;
                    partition.restored = partition.epoch;
                    partition.quorum = BTreeSet::from([region]);
                    partition.joining.clear();
                }
            });
        }
        cx.send(self.directory.vault, Msg::Restore(region));
        cx.set_timer(Timer::RestoreDone, RESTORE_AGAIN);
    }

    /// A partition's backup is in; with the last of them the region serves.
    pub(super) fn on_restored(&mut self, partition: PartitionId, cx: Cx) {
        let Some(restoring) = self.restoring.as_mut().filter(|r| r.begun) else { return };
        restoring.done.insert(partition);
        if restoring.done.len() < self.directory.partitions.len() {
            return;
        }
        let region = restoring.region;
        self.restoring = None;
        cx.cancel_timer(Timer::RestoreDone);
        self.change(cx, |c| {
            c.regions.insert(region, RegionState::Online);
        });
        self.done(Decision::Restore(region), cx);
    }
}
