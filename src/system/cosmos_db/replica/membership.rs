//! Belonging to a replica set: promises, elections, configurations (COS-3).

use super::{Cx, InFlight, Leader, Replica};
use crate::algorithm::election::Ballot;
use crate::algorithm::quorum::majority;
use crate::base::ids::ActorId;
use crate::base::time::Span;
use crate::system::cosmos_db::disk::{DiskRecord, SetConfig};
use crate::system::cosmos_db::message::Msg;
use crate::system::cosmos_db::timer::Timer;
use std::sync::Arc;

impl Replica {
    /// Tells the manager that this replica is alive.
    pub(super) fn send_alive(&mut self, cx: Cx) {
        let synced = self.is_leader() && self.synced;
        let (partition, ballot, fresh) = (self.partition, self.ballot(), self.fresh);
        let alive = Msg::Alive { partition, ballot, fresh, synced, version: self.config.version };
        self.copies.asked_at = cx.monotonic();
        cx.send(self.manager, alive);
    }

    /// A promise fences off every lower ballot: the old leader's appends are refused from now on.
    pub(super) fn on_prepare(&mut self, _: ActorId, ballot: Ballot, cx: Cx) {
        if ballot < self.promised || self.set.is_none() {
            return;
        }
        self.promised = ballot;
        self.serving = false;
        self.leader.activating = None;
        let lsn = cx.persist(DiskRecord::Promise(ballot));
        self.in_flight.push_back((lsn, InFlight::Promise(ballot)));
    }

    /// The set has a leader of a higher ballot.
    pub(super) fn step_down(&mut self, ballot: Ballot) {
        self.promised = ballot;
        self.serving = false;
        self.leader.activating = None;
    }

    /// The promise is durable, and so is all of the log before it.
    pub(super) fn answer_promise(&mut self, ballot: Ballot, cx: Cx) {
        if ballot == self.promised {
            let (last, term) = self.point(self.log.last());
            cx.send(self.manager, Msg::Promise { ballot, term, last });
        }
    }

    /// Elected: bring the members of the new configuration up to this log before anything else.
    pub(super) fn on_activate(&mut self, ballot: Ballot, members: Arc<[ActorId]>, cx: Cx) {
        if ballot < self.promised {
            return;
        }
        self.promised = ballot;
        self.leader.cuts = 0;
        self.leader.tally = Default::default();
        self.leader.tally.ack(self.me, self.durable);
        self.leader.activating = Some((ballot, members.clone()));
        self.leader.learner = None;
        let last = self.log.last();
        let me = self.me;
        for member in members.iter().copied().filter(|m| *m != me) {
            self.send_from(member, last, cx);
        }
        cx.set_timer(Timer::Resend, Span::millis(500));
        self.advance_activation(cx);
    }

    /// A write quorum of the new configuration has the whole log: it can take over.
    pub(super) fn advance_activation(&mut self, cx: Cx) {
        let Some((ballot, members)) = self.leader.activating.clone() else { return };
        if self.leader.reached(&members, majority(members.len())) >= self.log.last() {
            cx.send(self.manager, Msg::Activated { ballot });
        }
    }

    /// The manager has made the configuration durable: it is in force.
    pub(super) fn on_configure(&mut self, ballot: Ballot, members: Arc<[ActorId]>, leader: ActorId, cx: Cx) {
        if ballot < self.promised {
            return;
        }
        let known = self.set.as_ref().is_some_and(|s| s.ballot == ballot) && self.serving;
        self.promised = ballot;
        self.fresh = false;
        if known {
            return;
        }
        let set = SetConfig { ballot, members, leader };
        cx.persist(DiskRecord::Promise(ballot));
        cx.persist(DiskRecord::Member(set.clone()));
        self.set = Some(set);
        self.take_up_role(cx);
    }

    /// Begins to act as leader or member of the configuration just learnt.
    pub(super) fn take_up_role(&mut self, cx: Cx) {
        let Some(set) = self.set.clone() else { return };
        self.serving = set.members.contains(&self.me);
        self.shipper.duty = None;
        self.copies.orphans = None;
        self.copies.early.clear();
        cx.busy(false);
        self.units.begin(set.leader == self.me, self.my_units(), cx.monotonic());
        if set.leader != self.me {
            self.fail_waiting(cx);
            self.leader = Leader::default();
            return self.acknowledge(cx);
        }
        let was_writable = self.leader.writable;
        let tally = std::mem::take(&mut self.leader.tally);
        let waiting = std::mem::take(&mut self.leader.waiting);
        let regions = std::mem::take(&mut self.leader.regions);
        self.leader = Leader { tally, waiting, regions, ..Leader::default() };
        self.leader.tally.ack(self.me, self.durable);
        self.copies.hear_afresh();
        self.restart_leader_timers(cx);
        if self.is_writer() {
            self.begin_writing(was_writable, cx);
        }
        self.resend(cx);
        self.appoint_shipper(cx);
        // The members may have said all there is to say while they were brought up to this log.
        self.advance_commit(cx);
    }

    fn restart_leader_timers(&mut self, cx: Cx) {
        let now = cx.monotonic();
        for region in self.config.regions.keys() {
            self.leader.regions.entry(*region).or_default().heard = now;
        }
        if self.settings.backup.is_some() {
            self.schedule_backup(cx);
        }
        if self.settings.multi() {
            cx.set_timer(Timer::AntiEntropy, self.settings.laws.anti_entropy);
        }
        cx.set_timer(Timer::LagWatch, Span::secs(1));
    }

    /// The manager asks the leader to bring a further replica up to date.
    pub(super) fn on_build(&mut self, target: ActorId, cx: Cx) {
        if !self.is_leader() || self.members().contains(&target) {
            return;
        }
        self.leader.learner = Some(target);
        self.tell_busy(cx);
        self.send_image(target, self.settings.laws.rebuild_rate, cx);
    }

    /// A replica under construction has caught up.
    pub(super) fn check_learner(&mut self, from: ActorId, upto: u64, cx: Cx) {
        if self.leader.learner == Some(from)
            && upto + 8 >= self.log.last()
            && !self.copies.due.contains_key(&from)
        {
            self.tell_busy(cx);
            cx.send(self.manager, Msg::Built { target: from });
        }
    }

    /// Work that must end before the world is settled: a replica being built, lost writes on their way to the feed.
    pub(super) fn tell_busy(&self, cx: Cx) {
        cx.busy(self.leader.learner.is_some() || self.copies.orphans.is_some());
    }
}
