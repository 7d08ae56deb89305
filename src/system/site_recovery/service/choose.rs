//! Which recovery point of each machine a failover goes to (ASR-4, ASR-6).

use super::Service;
use crate::base::time::{SimTime, Span};
use crate::system::site_recovery::config::PointText;
use crate::system::site_recovery::point::{Kind, Tag};
use crate::system::site_recovery::{Cx, Mutation};

/// A shared point of a group is chosen unless some machine's own is newer by more than this many intervals: then the machines
/// have not agreed for a while, and each is recovered to its own.
const APART: f64 = 2.5;

impl Service {
    /// Whether every machine has such a point.
    pub(super) fn choosable(&self, to: PointText, cx: Cx) -> bool {
        (0..self.state.vms.len()).all(|vm| self.newest(vm, to, cx.now()).is_some())
    }

    fn fits(to: PointText, tag: &Tag, now: SimTime) -> bool {
        match to {
            PointText::Latest => true,
            PointText::LatestProcessed => tag.kind != Kind::Latest,
            PointText::LatestAppConsistent => tag.kind == Kind::App,
            PointText::AtLeastOld(age) => tag.kind != Kind::Latest && now.since(tag.at) >= age,
        }
    }

    /// A machine's newest point of this kind.
    pub(super) fn newest(&self, vm: usize, to: PointText, now: SimTime) -> Option<Tag> {
        let points = self.state.vms[vm].points.iter();
        points.filter(|tag| Self::fits(to, tag, now)).max_by_key(|tag| (tag.at, tag.index)).copied()
    }

    /// The points to go to.
    pub(super) fn choose(&self, to: PointText, planned: bool, cx: Cx) -> Vec<Option<Tag>> {
        let now = cx.now();
        let mut chosen: Vec<Option<Tag>> =
            (0..self.state.vms.len()).map(|vm| self.newest(vm, to, now)).collect();
        if planned || self.without(Mutation::IgnoreSharedPoints) {
            return chosen;
        }
        for group in &self.settings.groups {
            let Some(shared) = self.newest_shared(group, to, now) else { continue };
            for vm in group {
                let tags = self.state.vms[*vm].points.iter();
                let mut fitting = tags.filter(|tag| tag.shared == Some(shared) && Self::fits(to, tag, now));
                chosen[*vm] = fitting.next_back().copied();
            }
        }
        chosen
    }

    /// The newest round that every machine of a group has a point of, unless it is too old.
    fn newest_shared(&self, group: &[usize], to: PointText, now: SimTime) -> Option<u64> {
        let (first, others) = group.split_first()?;
        let fitting = |vm: usize| self.state.vms[vm].points.iter().filter(move |t| Self::fits(to, t, now));
        let has = |vm: &usize, round: u64| fitting(*vm).any(|tag| tag.shared == Some(round));
        let rounds = fitting(*first).filter_map(|tag| tag.shared.map(|round| (tag.at, round)));
        let (at, round) = rounds.filter(|(_, round)| others.iter().all(|vm| has(vm, *round))).max()?;
        let own = group.iter().filter_map(|vm| {
            let crash = fitting(*vm).filter(|tag| tag.kind == Kind::Crash && tag.shared.is_none());
            crash.map(|tag| tag.at).max()
        });
        let limit = Span::from_secs_f64(APART * self.settings.crash_consistent.quantile(0.5));
        own.max().is_none_or(|newest| newest.since(at) <= limit).then_some(round)
    }
}
