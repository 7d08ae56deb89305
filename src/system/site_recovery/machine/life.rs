//! A machine stops, is created from a recovery point, boots, and is left behind.

use super::{Boot, Machine, Then};
use crate::algorithm::lineage::Lineage;
use crate::base::ids::{Id, PartitionId};
use crate::base::time::Span;
use crate::engine::record::Change;
use crate::model::operation::{Action, WriteId};
use crate::system::consensus::store::Command;
use crate::system::site_recovery::disk::{DiskRecord, Use};
use crate::system::site_recovery::message::Msg;
use crate::system::site_recovery::point::Tag;
use crate::system::site_recovery::timer::Timer;
use crate::system::site_recovery::{Cx, Mutation};
use std::sync::Arc;

impl Machine {
    /// The service stops the machine, because it is failed over; it uploads everything first if told to drain.
    pub(super) fn on_stop(&mut self, epoch: u64, drain: bool, cx: Cx) {
        if self.used == Use::Machine {
            self.used = Use::Stopped;
            let served = self.serving;
            self.halt(cx);
            if drain && !served {
                // It was about to boot: what its disks have goes on being uploaded.
                self.drain_again(epoch, cx);
            } else if drain {
                self.draining = Some(epoch);
                cx.set_timer(Timer::Flush, Span::ZERO);
            }
            let own = self.epoch;
            let lsn = cx.persist(DiskRecord::Stop(own));
            self.after.push_back((lsn, Then::Stopped(epoch)));
        } else if self.used == Use::Stopped && drain && self.draining.is_none() {
            self.drain_again(epoch, cx);
        } else if self.used == Use::Stopped {
            self.stopped(epoch, cx);
        }
    }

    /// It serves nobody any more.
    fn halt(&mut self, cx: Cx) {
        let now = cx.monotonic();
        (self.serving, self.boot, self.round) = (false, None, None);
        self.writes.clear();
        self.referring.clear();
        self.held.clear();
        self.flow.advance(now);
        for disk in 0..self.spec().disks.len() {
            self.flow.set_rate(disk, 0.0, now);
        }
        cx.cancel_timer(Timer::Booted);
        cx.busy(false);
    }

    pub(super) fn stopped(&mut self, epoch: u64, cx: Cx) {
        if self.draining.is_some() {
            self.agent.written(cx.monotonic(), cx.disk().log.last());
            self.drained(cx);
        } else {
            cx.send(self.directory.service, Msg::Stopped(self.vm, epoch, None));
        }
    }

    /// The machine was failed over while it was away: what it has and the others do not is kept on its disks, and told.
    pub(super) fn superseded(&mut self, epoch: u64, cut: u64, cx: Cx) {
        self.halt(cx);
        self.draining = None;
        self.tell_suffix(cut, cx);
        (self.used, self.epoch) = (Use::Stopped, epoch);
        let lsn = cx.persist(DiskRecord::Stop(epoch));
        self.after.push_back((lsn, Then::Stopped(epoch)));
    }

    fn tell_suffix(&mut self, cut: u64, cx: Cx) {
        let partition = self.partition();
        if self.without(Mutation::ForgetSuffix) {
            return;
        }
        for (_, _, entry) in cx.disk().log.iter_from(cut.saturating_add(1)) {
            for write in writes(partition, &entry.command) {
                cx.change(Change::ConflictFeed { partition, write });
            }
        }
    }

    /// The replica becomes the machine.
    pub(super) fn on_create(
        &mut self,
        epoch: u64,
        (tag, aged): (Tag, Span),
        (wait, planned): (Span, bool),
        cx: Cx,
    ) {
        if self.used == Use::Machine && self.epoch == epoch && self.serving {
            if !std::mem::replace(&mut self.told, true) {
                self.tell_lineage(planned, cx);
            }
            return self.running(cx);
        }
        if self.used != Use::Replica || self.boot.is_some() {
            return;
        }
        let (create, boot) = (self.settings.create.clone(), self.settings.boot.clone());
        let takes = wait + create.span(cx.random("create")) + boot.span(cx.random("boot"));
        self.boot = Some(Boot::Created(epoch, tag, aged, planned));
        cx.change(Change::Observed { what: "stage-machine", value: takes.seconds() });
        cx.set_timer(Timer::Booted, takes);
    }

    pub(super) fn on_booted(&mut self, cx: Cx) {
        match self.boot.take() {
            Some(Boot::Created(epoch, tag, aged, planned)) => {
                let index = tag.index.min(cx.disk().log.last());
                (self.used, self.epoch) = (Use::Machine, epoch);
                let age = (cx.now().since(tag.at) + aged).seconds();
                cx.change(Change::Observed { what: "recovered-point-age", value: age });
                let lsn = cx.persist(DiskRecord::Promote(epoch, index));
                self.after.push_back((lsn, Then::Promoted(planned)));
            }
            Some(Boot::Again) => self.serve(false, cx),
            None => {}
        }
    }

    pub(super) fn promoted(&mut self, planned: bool, cx: Cx) {
        self.told = true;
        self.tell_lineage(planned, cx);
        self.load(cx.disk());
        self.serve(true, cx);
        self.running(cx);
    }

    fn tell_lineage(&mut self, planned: bool, cx: Cx) {
        let (partition, region, survivor) = (self.partition(), self.region(), cx.me());
        let why = if planned { "switch" } else { "failover" };
        cx.change(Change::LineageCut { partition, region, survivor, why });
        cx.change(Change::Writable { partition, region });
    }

    fn running(&mut self, cx: Cx) {
        let (epoch, cut) = (self.epoch, cx.disk().cut);
        let lineage = Arc::new(cx.disk().log.lineage().clone());
        cx.send(self.directory.service, Msg::Running(self.vm, epoch, lineage, cut));
    }

    /// How many of the writes that came with the recovery point name writes of the other machine that did not.
    pub(super) fn on_inspect(&mut self, epoch: u64, other: &Lineage, last: u64, cx: Cx) {
        if epoch != self.epoch || self.used != Use::Machine {
            return;
        }
        let named = self.spec().refers_to.map(PartitionId::from_index);
        let log = cx.disk().log.iter_from(1).take_while(|(index, ..)| *index <= cx.disk().cut);
        let dangling = log.filter(|(_, _, entry)| {
            let of = entry.refers.filter(|(partition, ..)| Some(*partition) == named);
            of.is_some_and(|(_, term, index)| index > 0 && !other.holds(term, index, last))
        });
        let value = dangling.count() as f64;
        cx.change(Change::Observed { what: "cross-vm-inconsistencies", value });
        cx.send(self.directory.service, Msg::Inspected(self.vm, epoch));
    }

    /// The stopped machine becomes the replica of the other one; what only it has is gone now.
    pub(super) fn on_follow(&mut self, stream: u64, epoch: u64, cut: u64, cx: Cx) {
        let disk = cx.disk();
        if disk.used == Use::Replica && disk.stream == stream {
            return self.following(cx);
        }
        if self.epoch > epoch || self.serving || self.boot.is_some() {
            return;
        }
        if self.epoch < epoch && matches!(self.used, Use::Machine | Use::Stopped) {
            self.tell_suffix(cut, cx);
        }
        self.halt(cx);
        (self.used, self.epoch, self.draining) = (Use::Replica, epoch, None);
        let lsn = cx.persist(DiskRecord::Follow(stream, epoch, cut));
        self.after.push_back((lsn, Then::Following));
    }

    pub(super) fn following(&mut self, cx: Cx) {
        let disk = cx.disk();
        cx.send(self.directory.service, Msg::Following(self.vm, disk.stream, disk.log.last()));
    }
}

/// The writes of a command.
fn writes(partition: PartitionId, command: &Command) -> Vec<WriteId> {
    match &command.action {
        Action::Insert(_) if command.key.is_once() => vec![WriteId::of_once(partition, command.key)],
        Action::Batch(all) => all.iter().map(|(_, write)| *write).collect(),
        action => action.write_id().into_iter().collect(),
    }
}
