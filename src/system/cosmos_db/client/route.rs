//! Where an operation goes (COS-8, COS-13).

use super::{Client, Cx, State};
use crate::base::ids::{ActorId, PartitionId, RegionId};
use crate::base::time::Span;
use crate::engine::record::Change;
use crate::model::operation::OpId;
use crate::system::cosmos_db::manager::Manager;
use crate::system::cosmos_db::mutation::Mutation;
use crate::system::cosmos_db::timer::Timer;

impl Client {
    /// Sends an operation to the best region known, or waits until there is one.
    pub(super) fn try_op(&mut self, op: OpId, cx: Cx) {
        if self.given_up(op, cx) {
            return;
        }
        let Some(pending) = self.pending.get(&op) else { return };
        let (partition, write) = (pending.request.partition, pending.request.action.is_write());
        let level = Self::level_of(&pending.request);
        let Some(region) = self.choose_region(op, cx) else {
            self.refresh(cx);
            if let Some(pending) = self.pending.get_mut(&op) {
                pending.excluded.clear();
            }
            return self.pause(op, self.settings.sdk.failover_retry, cx);
        };
        let Some(address) = self.addresses.get(&(partition, region)).cloned() else {
            return self.look_up(op, partition, region, cx);
        };
        let quorum = !write && level.reads_by_quorum();
        let needed = match quorum && !self.without(Mutation::ReadOneReplica) {
            true => Manager::read_quorum_of(address.members.len()).min(address.members.len()),
            false => 1,
        };
        let targets = match (write, address.leader) {
            (true, Some(leader)) => vec![leader],
            (true, None) => return self.look_up(op, partition, region, cx),
            (false, leader) => self.choose_replicas(&address.members, leader, needed, quorum, cx),
        };
        if targets.is_empty() {
            return self.look_up(op, partition, region, cx);
        }
        self.dispatch(op, region, targets, needed, cx);
    }

    fn dispatch(&mut self, op: OpId, region: RegionId, targets: Vec<ActorId>, needed: usize, cx: Cx) {
        let hedge = self.settings.sdk.hedge;
        let Some(pending) = self.pending.get_mut(&op) else { return };
        let throttled = pending.attempt > 0 && pending.throttled > 0;
        pending.attempt += 1;
        pending.region = region;
        pending.state = if needed > 1 { State::Quorum { replies: Vec::new(), needed } } else { State::Sent };
        let reads = !pending.request.action.is_write();
        if pending.attempt > 1 {
            cx.attempt(op, throttled);
        }
        cx.set_timer(Timer::Attempt(op), self.settings.sdk.attempt_timeout);
        if let Some(after) = hedge.filter(|_| reads && !pending.hedged) {
            cx.set_timer(Timer::Hedge(op), after);
        }
        for to in targets {
            self.send_ask(op, to, 0, cx);
        }
    }

    /// Reads prefer secondaries; a quorum takes any members.
    fn choose_replicas(
        &mut self,
        members: &[ActorId],
        leader: Option<ActorId>,
        needed: usize,
        quorum: bool,
        cx: Cx,
    ) -> Vec<ActorId> {
        let secondaries: Vec<ActorId> = members.iter().copied().filter(|m| Some(*m) != leader).collect();
        let mut from = if quorum || secondaries.is_empty() { members.to_vec() } else { secondaries };
        let mut chosen = Vec::with_capacity(needed);
        while chosen.len() < needed && !from.is_empty() {
            let at = cx.random("replica").below(from.len() as u64) as usize;
            chosen.push(from.swap_remove(at));
        }
        chosen
    }

    /// The first preferred region that is up as far as the client knows, else the write region; without a preferred list
    /// only the write region.
    fn choose_region(&mut self, op: OpId, cx: Cx) -> Option<RegionId> {
        let now = cx.monotonic();
        let pending = self.pending.get(&op)?;
        let (partition, write) = (pending.request.partition, pending.request.action.is_write());
        let writer = self.config.partition(partition).writer;
        if write && !self.settings.multi() {
            return self.available(writer, now).then_some(writer);
        }
        let excluded = &pending.excluded;
        let may = |r: &RegionId| {
            let serves =
                self.config.online(*r) && (!write || self.config.writes(&self.settings, partition, *r));
            serves
                && !excluded.contains(r)
                && self.available(*r, now)
                && self.breaker_allows(partition, *r, write, now)
        };
        let listed = self.preferred.iter().copied().find(|r| may(r));
        listed.or_else(|| (self.available(writer, now) && !excluded.contains(&writer)).then_some(writer))
    }

    fn available(&self, region: RegionId, now: crate::base::time::SimTime) -> bool {
        self.unavailable.get(&region).is_none_or(|until| *until <= now)
    }

    fn breaker_allows(
        &self,
        p: PartitionId,
        region: RegionId,
        write: bool,
        now: crate::base::time::SimTime,
    ) -> bool {
        self.breakers.get(&(p, region, write)).is_none_or(|b| b.allows(now))
    }

    /// COS-8: a region that does not answer is left alone for a while.
    pub(super) fn mark_unavailable(&mut self, region: RegionId, cx: Cx) {
        if self.without(Mutation::NeverMarkUnavailable) {
            return;
        }
        let until = cx.monotonic() + self.settings.sdk.unavailable_for;
        let fresh = self.available(region, cx.monotonic());
        self.unavailable.insert(region, until);
        self.refresh(cx);
        if fresh {
            let next = self
                .preferred
                .iter()
                .copied()
                .find(|r| self.config.online(*r) && self.available(*r, cx.monotonic()));
            let region = next.unwrap_or(self.config.partitions[0].writer);
            cx.change(Change::Rerouted { client: self.id, region });
        }
    }

    /// COS-8, edition 2026: consecutive failures open a breaker for one partition of one region.
    pub(super) fn note_result(&mut self, p: PartitionId, region: RegionId, write: bool, ok: bool, cx: Cx) {
        let Some((reads, writes, open)) = self.settings.sdk.breaker else { return };
        if write && !self.settings.multi() {
            return;
        }
        let threshold = if write { writes } else { reads };
        let fresh = || crate::algorithm::circuit_breaker::Breaker::new(threshold, Span::secs(300), open);
        let breaker = self.breakers.entry((p, region, write)).or_insert_with(fresh);
        if ok { breaker.success() } else { breaker.failure(cx.monotonic()) }
    }

    /// COS-8: a slow read is sent to the next region as well; the first answer wins.
    pub(super) fn hedge(&mut self, op: OpId, cx: Cx) {
        let Some(pending) = self.pending.get_mut(&op) else { return };
        if matches!(pending.state, State::Sent | State::Quorum { .. }) && !pending.hedged {
            pending.hedged = true;
            let region = pending.region;
            pending.excluded.push(region);
            self.try_op(op, cx);
        }
    }
}
