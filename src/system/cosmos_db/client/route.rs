//! Where an operation goes (COS-8, COS-13).

use super::{Client, Cx, State};
use crate::base::ids::{ActorId, PartitionId, RegionId};
use crate::base::time::{SimTime, Span};
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
        let (first, own_choice) = (pending.attempt == 1, pending.excluded.is_empty());
        if !first {
            cx.attempt(op, throttled);
        }
        cx.set_timer(Timer::Attempt(op), self.settings.sdk.attempt_timeout);
        if let Some(after) = hedge.filter(|_| reads && !pending.hedged) {
            cx.set_timer(Timer::Hedge(op), after);
        }
        for to in targets {
            self.send_ask(op, to, 0, cx);
        }
        if own_choice {
            self.note_route(region, !reads, cx);
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

    /// Where an operation goes. A write goes to the write region, whatever became of earlier requests to it (as the
    /// library does it: `LocationCache.ResolveServiceEndpoint`). A read, and a write where several regions accept it,
    /// goes to the first preferred region that is up as far as the client knows, then to the write region, and to
    /// regions marked unavailable only when no other is left.
    pub(super) fn choose_region(&self, op: OpId, cx: Cx) -> Option<RegionId> {
        let now = cx.monotonic();
        let pending = self.pending.get(&op)?;
        let (partition, write) = (pending.request.partition, pending.request.action.is_write());
        self.best_region(partition, write, &pending.excluded, now)
    }

    fn best_region(
        &self,
        partition: PartitionId,
        write: bool,
        excluded: &[RegionId],
        now: SimTime,
    ) -> Option<RegionId> {
        let writer = self.config.partition(partition).writer;
        if write && !self.settings.multi() {
            return Some(writer);
        }
        let serves = |r: &RegionId| {
            self.config.online(*r) && (!write || self.config.writes(&self.settings, partition, *r))
        };
        let listed = || {
            let all = self.preferred.iter().copied();
            all.filter(|r| {
                serves(r) && !excluded.contains(r) && self.breaker_allows(partition, *r, write, now)
            })
        };
        let last = Some(writer).filter(|w| !excluded.contains(w));
        let up = listed().chain(last).find(|r| self.available(*r, now));
        up.or_else(|| listed().chain(last).next())
    }

    /// Notes where the client's requests go when that has changed; `None` before its first.
    fn note_route(&mut self, region: RegionId, write: bool, cx: Cx) {
        let before = self.routes.insert(write, region);
        if before.is_some_and(|before| before != region) {
            cx.change(Change::Rerouted { client: self.id, region, writes: write });
        }
    }

    fn available(&self, region: RegionId, now: SimTime) -> bool {
        self.unavailable.get(&region).is_none_or(|until| *until <= now)
    }

    fn breaker_allows(&self, p: PartitionId, region: RegionId, write: bool, now: SimTime) -> bool {
        self.breakers.get(&(p, region, write)).is_none_or(|b| b.allows(now))
    }

    /// COS-8: a region that does not answer is left alone for a while.
    pub(super) fn mark_unavailable(&mut self, region: RegionId, cx: Cx) {
        if self.without(Mutation::NeverMarkUnavailable) {
            return;
        }
        let until = cx.monotonic() + self.settings.sdk.unavailable_for;
        self.unavailable.insert(region, until);
        self.refresh(cx);
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
