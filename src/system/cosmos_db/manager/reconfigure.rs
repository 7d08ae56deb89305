//! Reconfigurations of a replica set: promises, election, activation, and what is put in force (COS-3, COS-14).

use super::{Attempt, Cx, GRACE, Manager, RETRY, enough_answer};
use crate::algorithm::election::{Ballot, Election};
use crate::algorithm::log::Term;
use crate::algorithm::quorum::majority;
use crate::base::ids::{ActorId, PartitionId};
use crate::base::time::Span;
use crate::engine::contract::Lsn;
use crate::engine::record::Change;
use crate::system::cosmos_db::disk::{DiskRecord, SetConfig};
use crate::system::cosmos_db::message::Msg;
use crate::system::cosmos_db::mutation::Mutation;
use crate::system::cosmos_db::timer::Timer;
use std::sync::Arc;

impl Manager {
    /// Begins a new configuration: the members of the stable one that answer, and perhaps one more.
    pub(super) fn reconfigure(&mut self, p: PartitionId, joining: Option<ActorId>, cx: Cx) {
        let Some(set) = self.sets.get_mut(&p) else { return };
        let ballot = Ballot(set.highest.0.max(set.stable.ballot.0) + 1);
        set.highest = ballot;
        let members: Vec<ActorId> = set.stable.members.to_vec();
        let write_quorum = majority(members.len());
        let election = Election::new(ballot, members.clone(), write_quorum);
        set.attempt =
            Some(Attempt { election, joining, members: Arc::from([]), leader: None, configured: false });
        for member in members {
            cx.send(member, Msg::Prepare { ballot });
        }
        cx.set_timer(Timer::ReconfigureRetry(p), RETRY);
    }

    pub(super) fn on_promise(&mut self, from: ActorId, ballot: Ballot, term: Term, last: u64, cx: Cx) {
        let Some(p) = self.partition_of.get(&from).copied() else { return };
        let Some(set) = self.sets.get_mut(&p) else { return };
        let Some(attempt) = set.attempt.as_mut().filter(|a| a.election.ballot() == ballot) else { return };
        let before = attempt.election.ready();
        attempt.election.promise(from, term, last);
        let all = attempt.election.promised().len() == attempt.election.members().len();
        if attempt.leader.is_some() {
            return;
        }
        if all {
            self.elect(p, cx);
        } else if attempt.election.ready() && !before {
            cx.set_timer(Timer::PromiseGrace(p), GRACE);
        }
    }

    /// Enough promises are in: the longest log leads.
    pub(super) fn elect(&mut self, p: PartitionId, cx: Cx) {
        let stale = self.settings.without(Mutation::PromoteStaleReplica);
        let Some(set) = self.sets.get_mut(&p) else { return };
        let old_leader = set.stable.leader;
        let Some(attempt) = set.attempt.as_mut() else { return };
        cx.cancel_timer(Timer::PromiseGrace(p));
        if attempt.leader.is_some() || !attempt.election.ready() {
            return;
        }
        let promised = attempt.election.promised();
        let end = |who: ActorId| attempt.election.end_of(who).unwrap_or((Term(0), 0));
        let Some(mut winner) = attempt.election.winner() else { return };
        if promised.contains(&old_leader) && end(old_leader) == end(winner) {
            winner = old_leader;
        }
        if stale
            && let Some(worst) = promised.iter().copied().filter(|m| *m != old_leader).min_by_key(|m| end(*m))
        {
            winner = worst;
        }
        let members: Arc<[ActorId]> = promised.into_iter().chain(attempt.joining).collect();
        attempt.leader = Some(winner);
        attempt.members = members.clone();
        cx.send(winner, Msg::Activate { ballot: attempt.election.ballot(), members });
    }

    /// The new leader has brought a write quorum up: write the configuration down.
    pub(super) fn on_activated(&mut self, from: ActorId, ballot: Ballot, cx: Cx) {
        let Some(p) = self.partition_of.get(&from).copied() else { return };
        let Some(set) = self.sets.get_mut(&p) else { return };
        let Some(attempt) = set.attempt.as_mut().filter(|a| a.election.ballot() == ballot && !a.configured)
        else {
            return;
        };
        attempt.configured = true;
        let config = SetConfig { ballot, members: attempt.members.clone(), leader: from };
        let lsn = cx.persist(DiskRecord::Set(p, config));
        self.writing.push_back((lsn, p));
    }

    /// The configuration is durable: it is in force.
    pub fn on_durable(&mut self, upto: Lsn, cx: Cx) {
        while let Some((lsn, p)) = self.writing.front().copied() {
            if lsn > upto {
                break;
            }
            self.writing.pop_front();
            self.put_in_force(p, cx);
        }
    }

    fn put_in_force(&mut self, p: PartitionId, cx: Cx) {
        let now = cx.monotonic();
        let Some(stable) = cx.disk().sets.get(&p).cloned() else { return };
        let Some(set) = self.sets.get_mut(&p) else { return };
        for gone in set.stable.members.iter().filter(|m| !stable.members.contains(m)) {
            set.fresh.insert(*gone);
        }
        for member in stable.members.iter() {
            self.detector.watch(*member, now);
            set.fresh.remove(member);
        }
        let lost = std::mem::take(&mut set.leader_lost);
        let elected = lost || set.stable.leader != stable.leader;
        set.stable = stable.clone();
        set.attempt = None;
        set.stranded = false;
        set.building = None;
        set.suspected.retain(|m| stable.members.contains(m));
        cx.cancel_timer(Timer::ReconfigureRetry(p));
        let SetConfig { ballot, members, leader } = stable;
        for member in members.iter() {
            if self.informed {
                cx.send(*member, Msg::Region { config: self.config.clone(), lease: Span::ZERO });
            }
            cx.send(*member, Msg::Configure { ballot, members: members.clone(), leader });
        }
        if elected {
            cx.change(Change::Elected { partition: p, region: self.region, leader });
        }
        if members.len() < self.settings.replicas && !self.settings.without(Mutation::NeverRebuild) {
            cx.set_timer(Timer::Rebuild(p), self.settings.laws.rebuild_wait);
        }
    }

    pub(super) fn retry(&mut self, p: PartitionId, cx: Cx) {
        let now = cx.monotonic();
        let Some(set) = self.sets.get_mut(&p) else { return };
        let Some(joining) = set.attempt.as_ref().map(|a| a.joining) else { return };
        set.stranded = !enough_answer(&self.detector, set, now);
        if !set.stranded {
            self.reconfigure(p, joining, cx);
        }
    }

    /// COS-3: a member has been gone for so long that another replica takes its place.
    pub(super) fn rebuild(&mut self, p: PartitionId, cx: Cx) {
        let Some(set) = self.sets.get_mut(&p) else { return };
        if set.stable.members.len() >= self.settings.replicas || set.attempt.is_some() {
            return;
        }
        let now = cx.monotonic();
        let slots = self.directory.replicas.get(&(p, self.region)).cloned().unwrap_or_default();
        let spare =
            slots.into_iter().find(|s| !set.stable.members.contains(s) && !self.detector.is_suspect(*s, now));
        if let Some(target) = spare {
            set.building = Some(target);
            cx.send(set.stable.leader, Msg::Build { target });
        }
        cx.set_timer(Timer::Rebuild(p), self.settings.laws.rebuild_wait);
    }

    pub(super) fn on_built(&mut self, target: ActorId, cx: Cx) {
        let Some(p) = self.partition_of.get(&target).copied() else { return };
        let Some(set) = self.sets.get(&p) else { return };
        if set.attempt.is_none() && set.building == Some(target) {
            let what = format!("{} is rebuilt", self.replica_name(target, p));
            cx.change(Change::Milestone { what, partition: Some(p) });
            self.reconfigure(p, Some(target), cx);
        }
    }
}
