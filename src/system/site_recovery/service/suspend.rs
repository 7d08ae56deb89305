//! Resynchronisation (ASR-1): a machine without a new recovery point for too long stops collecting what it writes; once its
//! cache account and the other region can be reached again, what differs is copied, and it goes on from there.

use super::Service;
use super::state::Protection;
use crate::engine::record::Change;
use crate::system::site_recovery::message::Msg;
use crate::system::site_recovery::{Cx, Mutation};

impl Service {
    /// Machines that have waited for too long, and those that wait already.
    pub(super) fn suspend(&mut self, cx: Cx) {
        let Some(limit) = self.settings.resync_after.filter(|_| self.state.run.is_none()) else { return };
        if self.without(Mutation::NeverSuspend) {
            return;
        }
        for vm in 0..self.state.vms.len() {
            let heard = self.hears(vm, false, self.settings.silence, cx);
            let state = &mut self.state.vms[vm];
            let newest = state.points.last().map(|tag| cx.now().since(tag.at) + state.aged);
            match state.protection {
                Protection::Protected if heard && newest.is_some_and(|age| age > limit) => {
                    state.protection = Protection::Suspended;
                    let what = format!("{} is to be resynchronised", self.settings.vms[vm].name);
                    cx.change(Change::Milestone { what, partition: None });
                    self.keep(cx);
                    self.tell(vm, cx);
                }
                Protection::Suspended => cx.send(self.cache(vm), Msg::Report),
                _ => {}
            }
        }
    }

    /// The cache account of a suspended machine can be reached.
    pub(super) fn end_suspension(&mut self, vm: usize, cx: Cx) {
        if self.hears_both(vm, self.settings.lately(), cx) {
            self.resynchronise(vm, cx);
        }
    }
}
