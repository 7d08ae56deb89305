//! Clients' requests, leases, and what an operator asks for.

use super::{Cx, Entry, Kin, Replica, Role};
use crate::base::ids::{ActionId, ActorId};
use crate::base::time::SimTime;
use crate::engine::record::Change;
use crate::model::operation::{Action, Observed, Status};
use crate::system::consensus::store::{Command, Ended};
use crate::system::primary_backup::Mutation;
use crate::system::primary_backup::command::Command as Order;
use crate::system::primary_backup::configuration::{Change as Proposed, Why};
use crate::system::primary_backup::message::{Ask, Msg, Reply};
use crate::system::primary_backup::position;
use crate::system::primary_backup::settings::Reads;
use crate::system::primary_backup::timer::Timer;
use std::sync::Arc;

impl Replica {
    pub(super) fn on_ask<S: Kin>(&mut self, from: ActorId, ask: Box<Ask>, cx: Cx<S>) {
        let now = cx.monotonic();
        if ask.anywhere {
            let ready = self.member && self.knows_whole && !matches!(self.role, Role::New(_));
            return if ready { self.answer_read(from, &ask, cx) } else { self.send_on(from, &ask, cx) };
        }
        if !self.serves(now) {
            return self.send_on(from, &ask, cx);
        }
        if ask.action.is_write() {
            return self.write(from, ask, cx);
        }
        match self.settings.reads {
            Reads::Lease | Reads::Unchecked => self.answer_read(from, &ask, cx),
            Reads::Confirmed => {
                if let Some(lead) = self.lead_mut() {
                    lead.reads.push((now, from, ask));
                    if lead.reads.len() == 1 {
                        self.renew(cx);
                    }
                }
            }
        }
    }

    fn write<S: Kin>(&mut self, from: ActorId, ask: Box<Ask>, cx: Cx<S>) {
        let documents = if let Action::Batch(all) = &ask.action { all.len() } else { 1 };
        let bytes = ask.bytes.saturating_mul(documents as u32);
        let Ask { client, op, floor, key, .. } = *ask;
        let command = Arc::new(Command { client, op, floor, key, action: ask.action.clone(), bytes });
        let (term, now) = (self.term(), cx.monotonic());
        let prev = (self.log.last(), self.log.last_term());
        let entry = Entry::Write(command);
        let index = self.log.append(term, entry.clone());
        if let Some(lead) = self.lead_mut() {
            lead.pace.note(u64::from(bytes), now);
            lead.writes.insert(index, (from, ask, now));
        }
        self.keep_entries(prev, vec![entry], cx);
        self.ship(cx);
    }

    fn answer<S: Kin>(&self, to: ActorId, ask: &Ask, ended: Ended, observed: Observed, cx: Cx<S>) {
        let (op, attempt, as_primary) = (ask.op, ask.attempt, self.is_primary());
        let primary = if as_primary { Some(self.me) } else { self.primary() };
        let reply = Reply { op, attempt, ended: Some(ended), observed, primary, as_primary };
        cx.send(to, Msg::Reply(Box::new(reply)));
    }

    fn answer_read<S: Kin>(&self, from: ActorId, ask: &Ask, cx: Cx<S>) {
        let observed = self.store.observe(ask.key, &ask.action);
        let status = if observed == Observed::Absent { Status::new(404, 0) } else { Status::OK };
        self.answer(from, ask, (status, None), observed, cx);
    }

    /// More is acknowledged: it is carried out, and who waits for it is told.
    pub(super) fn commit_upto<S: Kin>(&mut self, upto: u64, cx: Cx<S>) {
        let (partition, region) = (self.partition, self.region());
        let mut ended: Vec<(u64, Ended)> = Vec::new();
        for (index, term, entry) in self.log.iter_from(self.applied + 1).take_while(|(i, ..)| *i <= upto) {
            if let Entry::Write(command) = entry {
                ended.push((index, self.store.apply(command, position(term, index), false)));
            }
        }
        self.applied = self.applied.max(upto);
        let Some(lead) = self.lead_mut() else { return };
        lead.commit = upto;
        if !std::mem::replace(&mut lead.writable, true) {
            self.knows_whole = true;
            cx.change(Change::Writable { partition, region });
        }
        for (index, ended) in ended {
            let waiting = self.lead_mut().and_then(|lead| lead.writes.remove(&index));
            if let Some((from, ask, _)) = waiting {
                self.answer(from, &ask, ended, Observed::Nothing, cx);
            }
        }
        self.compact(cx);
    }

    /// Asks the coordinator whether it may go on.
    pub(super) fn renew<S: Kin>(&mut self, cx: Cx<S>) {
        let (now, known, partition) = (cx.monotonic(), self.known, self.partition);
        let Some(lead) = self.lead_mut() else { return };
        lead.renewed = now;
        lead.leases.iter_mut().for_each(|lease| lease.requested(now));
        for node in self.directory.coordinator.clone() {
            cx.send(node, Msg::Renew(partition, known, now));
        }
    }

    pub(super) fn on_granted<S: Kin>(&mut self, from: ActorId, at: SimTime, cx: Cx<S>) {
        let Some(node) = self.directory.coordinator.iter().position(|who| *who == from) else { return };
        let length = self.settings.silence;
        let Some(lead) = self.lead_mut() else { return };
        if let (Some(lease), Some(confirmed)) = (lead.leases.get_mut(node), lead.confirmed.get_mut(node)) {
            lease.granted(at, length);
            *confirmed = at.max(*confirmed);
        }
        let mut confirmed = lead.confirmed.clone();
        confirmed.sort_unstable_by(|a, b| b.cmp(a));
        let upto = confirmed.get(confirmed.len() / 2).copied().unwrap_or_default();
        let renewed = lead.renewed;
        let (ready, waiting) = std::mem::take(&mut lead.reads).into_iter().partition(|(at, ..)| *at <= upto);
        lead.reads = waiting;
        let again = lead.reads.first().is_some_and(|(at, ..)| *at > renewed);
        for (_, from, ask) in Vec::<(SimTime, ActorId, Box<Ask>)>::from_iter(ready) {
            if self.serves(cx.monotonic()) {
                self.answer_read(from, &ask, cx);
            } else {
                self.send_on(from, &ask, cx);
            }
        }
        if again {
            self.renew(cx);
        }
        self.advance(cx);
    }

    /// An operator's order: those that it concerns carry it out.
    pub(super) fn on_order<S: Kin>(&mut self, from: ActorId, action: ActionId, order: &Order, cx: Cx<S>) {
        let now = cx.monotonic();
        let (Order::SwitchOver(to) | Order::Promote(to, _)) = *order;
        if to == self.region() && self.is_primary() {
            if self.serves(now) {
                cx.send(from, Msg::Ordered(action, self.partition, None));
            }
            return;
        }
        match *order {
            Order::SwitchOver(_) => self.begin_switch(from, action, to, cx),
            Order::Promote(_, accept_loss) => {
                let led_there = self.settings.slots[usize::from(self.known.now.primary)].region == to;
                if to != self.region() || led_there || !matches!(self.role, Role::Backup) {
                    return;
                }
                let outside = self.settings.keeps_in_sync() && !self.known.now.in_sync.has(self.slot);
                let refusal = match (accept_loss, self.hears(now), outside) {
                    (false, true, _) => Some("the primary is alive"),
                    (false, _, true) => Some("the replica there is not in sync"),
                    _ => None,
                };
                if refusal.is_some() {
                    return cx.send(from, Msg::Ordered(action, self.partition, refusal));
                }
                self.due = Some(accept_loss);
                if self.proposing.is_none() {
                    self.stand(cx);
                }
            }
        }
    }

    fn begin_switch<S: Kin>(
        &mut self,
        from: ActorId,
        action: ActionId,
        to: crate::base::ids::RegionId,
        cx: Cx<S>,
    ) {
        let (sync, in_sync) = (self.settings.keeps_in_sync(), self.known.now.in_sync);
        let slots = self.settings.slots.clone();
        let Some(lead) = self.lead_mut().filter(|lead| lead.handing.is_none() && lead.writable) else {
            return;
        };
        let fit = lead.peers.iter().filter(|(slot, peer)| {
            slots[**slot].region == to && !peer.blank && (!sync || in_sync.has(**slot))
        });
        let best = fit.map(|(slot, peer)| (peer.matched, std::cmp::Reverse(*slot))).max();
        let Some((_, std::cmp::Reverse(target))) = best else {
            let why = Some("no replica there is in sync");
            return cx.send(from, Msg::Ordered(action, self.partition, why));
        };
        lead.handing = Some((target, (action, from)));
        let reads = std::mem::take(&mut lead.reads);
        for (_, from, ask) in reads {
            self.send_on(from, &ask, cx);
        }
        cx.set_timer(Timer::SwitchLate, self.settings.switch_timeout);
        self.feed(target, cx);
        self.advance(cx);
    }

    /// A planned switch goes on once its target has everything.
    pub(super) fn hand_over<S: Kin>(&mut self, cx: Cx<S>) {
        let (last, after) = (self.log.last(), self.known.now.epoch);
        let at_once = self.without(Mutation::SwitchWithoutDrain);
        let in_sync = self.settings.keeps_in_sync();
        let members = self.known.now.in_sync;
        let Role::Primary(lead) = &self.role else { return };
        let Some((target, _)) = lead.handing.filter(|(to, _)| !in_sync || members.has(*to)) else { return };
        let equal = lead.peers.get(&target).is_some_and(|peer| peer.matched >= last) && lead.commit >= last;
        if lead.released || self.proposing.is_some() || !(equal || at_once) {
            return;
        }
        self.propose(Proposed::TakeOver { after, to: target as u8, in_sync, why: Why::Switch }, false, cx);
    }

    /// The target of a planned switch did not catch up: the primary goes on.
    pub(super) fn give_up_switch<S: Kin>(&mut self, cx: Cx<S>) {
        let partition = self.partition;
        let Some(lead) = self.lead_mut() else { return };
        let Some((_, (action, operator))) = lead.handing else { return };
        if lead.released {
            return cx.set_timer(Timer::SwitchLate, super::AGAIN);
        }
        lead.handing = None;
        cx.send(operator, Msg::Ordered(action, partition, Some("the target did not catch up in time")));
    }
}
