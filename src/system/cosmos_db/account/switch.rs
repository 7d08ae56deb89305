//! Planned switches of the write region (COS-11), of all partitions or of some.

use super::{Account, Begun, Cx};
use crate::base::ids::{PartitionId, RegionId};
use crate::base::time::Span;
use crate::system::cosmos_db::level::Level;
use crate::system::cosmos_db::message::{Decision, Msg};
use crate::system::cosmos_db::mutation::Mutation;
use crate::system::cosmos_db::timer::Timer;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A target region that does not catch up for this long is given up.
const CATCH_UP_WITHIN: Span = Span::secs(60);

/// A planned switch under way.
#[derive(Clone, Debug)]
pub(super) struct Switch {
    number: u32,
    to: RegionId,
    asked: Decision,
    /// Partitions that another region wrote when it began.
    pub(super) partitions: Arc<[PartitionId]>,
    drained: BTreeSet<PartitionId>,
}

impl Account {
    /// COS-11: the writing region stops, the target catches up, then the roles change.
    pub(super) fn begin_switch(&mut self, asked: Decision, to: RegionId, wanted: &[PartitionId], cx: Cx) {
        if self.switch.is_some() {
            let why = "another switch is under way".to_string();
            return cx.send(self.directory.controller, Msg::Decided(asked, Err(why)));
        }
        let away = |p: &&PartitionId| self.config.partition(**p).writer != to;
        let partitions: Arc<[PartitionId]> = wanted.iter().filter(away).copied().collect();
        if partitions.is_empty() {
            return self.done(asked, cx);
        }
        let drained = BTreeSet::new();
        self.switches += 1;
        let number = self.switches;
        self.switch = Some(Switch { number, to, asked, partitions: partitions.clone(), drained });
        if self.settings.without(Mutation::SwitchWithoutDrain) {
            partitions.iter().for_each(|p| self.on_drained(*p, number, cx));
            return;
        }
        self.tell_writers(to, &partitions, true, cx);
        cx.set_timer(Timer::SwitchTimeout, CATCH_UP_WITHIN);
    }

    fn tell_writers(&mut self, to: RegionId, partitions: &Arc<[PartitionId]>, begin: bool, cx: Cx) {
        let writers: BTreeSet<RegionId> =
            partitions.iter().map(|p| self.config.partition(*p).writer).collect();
        let switch = self.switches;
        for manager in writers.iter().filter_map(|writer| self.directory.managers.get(writer)) {
            cx.send(*manager, Msg::Handover { to, partitions: partitions.clone(), begin, switch });
        }
    }

    /// The target has all of a partition; when it has all of them, the roles change. What was said of an earlier switch
    /// does not count: since then writes were accepted.
    pub(super) fn on_drained(&mut self, p: PartitionId, number: u32, cx: Cx) {
        let this = |s: &&mut Switch| s.number == number && s.partitions.contains(&p);
        let Some(switch) = self.switch.as_mut().filter(this) else { return };
        switch.drained.insert(p);
        if switch.drained.len() < switch.partitions.len() {
            return;
        }
        let strong = self.settings.level == Level::Strong;
        let (to, config) = (switch.to, &self.config);
        let serves = |p: &PartitionId| config.online(to) && (!strong || config.partition(*p).full_member(to));
        if !self.settings.without(Mutation::SwitchWithoutDrain) && !switch.partitions.iter().all(serves) {
            return self.abort_switch("the target region was lost meanwhile", cx);
        }
        let Some(Switch { asked, partitions, .. }) = self.switch.take() else { return };
        cx.cancel_timer(Timer::SwitchTimeout);
        self.change(cx, |c| {
            for p in partitions.iter() {
                let partition = &mut c.partitions[p.0 as usize];
                partition.writer = to;
                partition.epoch += 1;
                partition.begun = Begun::Switch;
                partition.quorum.insert(to);
            }
        });
        self.done(asked, cx);
    }

    /// The writing regions go on writing.
    pub(super) fn abort_switch(&mut self, why: &str, cx: Cx) {
        let Some(Switch { to, asked, partitions, .. }) = self.switch.take() else { return };
        cx.cancel_timer(Timer::SwitchTimeout);
        self.tell_writers(to, &partitions, false, cx);
        cx.send(self.directory.controller, Msg::Decided(asked, Err(why.to_string())));
    }
}
