//! Protection (ASR-1, ASR-8): enabling it, protecting a machine again after a failover, going back, and tests.

use super::state::{Protection, Test};
use super::{AGAIN, Service};
use crate::base::ids::{ActionId, Id};
use crate::engine::record::{Answer, Change};
use crate::system::site_recovery::config::PointText;
use crate::system::site_recovery::message::{Copying, Msg};
use crate::system::site_recovery::point::Tag;
use crate::system::site_recovery::settings::Failback;
use crate::system::site_recovery::timer::Timer;
use crate::system::site_recovery::{Cx, Mutation};

impl Protection {
    /// Whether its disks were copied: it goes on having points, or would if everything could be reached.
    pub fn is_copied(self) -> bool {
        matches!(self, Protection::Protected | Protection::Suspended)
    }

    /// Whether something is being made or copied.
    pub fn is_under_way(self) -> bool {
        self != Protection::None && !self.is_copied()
    }
}

fn refused(why: &str) -> Option<Answer> {
    Some(Answer::Refused(why.to_owned()))
}

impl Service {
    pub(super) fn order_enable(&mut self, id: ActionId, cx: Cx) -> Option<Answer> {
        if self.state.vms.iter().any(|vm| vm.protection != Protection::None || vm.epoch > 1) {
            return refused("machines are protected, or were failed over");
        }
        self.state.vms.iter_mut().for_each(|vm| vm.protection = Protection::Resources);
        (self.state.since, self.state.protecting) = (Some(cx.now()), vec![id]);
        self.keep(cx);
        self.make_resources(cx);
        None
    }

    pub(super) fn make_resources(&mut self, cx: Cx) {
        let after = self.settings.resources.span(cx.random("resources"));
        cx.set_timer(Timer::Resources, after);
    }

    pub(super) fn on_resources(&mut self, cx: Cx) {
        for vm in self.state.vms.iter_mut().filter(|vm| vm.protection == Protection::Resources) {
            (vm.protection, vm.stream) = (Protection::Preparing(Copying::Everything), vm.stream + 1);
        }
        self.begin_protection(cx);
    }

    pub(super) fn order_commit(&mut self, cx: Cx) -> Option<Answer> {
        if self.state.run.is_some() || self.state.vms.iter().all(|vm| vm.committed) {
            return refused("there is nothing to commit");
        }
        self.state.vms.iter_mut().for_each(|vm| vm.committed = true);
        self.keep(cx);
        Some(Answer::Done)
    }

    pub(super) fn order_reprotect(&mut self, id: ActionId, cx: Cx) -> Option<Answer> {
        if self.state.run.is_some() || self.state.vms.iter().any(|vm| !vm.committed || vm.epoch == 1) {
            return refused("there is no failover, or it was not committed");
        }
        if self.state.vms.iter().any(|vm| vm.protection != Protection::None) {
            return refused("machines are protected");
        }
        if !self.hears_targets(cx) {
            return refused("the other region does not answer");
        }
        self.state.protecting = vec![id];
        self.protect_again(cx);
        None
    }

    fn protect_again(&mut self, cx: Cx) {
        let whole = self.without(Mutation::CopyWholeDisks);
        let copying = if whole { Copying::Everything } else { Copying::Delta };
        for vm in &mut self.state.vms {
            (vm.protection, vm.stream) = (Protection::Preparing(copying), vm.stream + 1);
            (vm.committed, vm.processed) = (true, 0);
        }
        self.state.since = Some(cx.now());
        self.begin_protection(cx);
    }

    /// A cache account has lost what it had: the machine begins again, with what differs.
    pub(super) fn resynchronise(&mut self, vm: usize, cx: Cx) {
        let state = &mut self.state.vms[vm];
        if !state.protection.is_copied() || self.state.run.is_some() {
            return;
        }
        (state.protection, state.stream) = (Protection::Preparing(Copying::Delta), state.stream + 1);
        state.processed = 0;
        self.state.since.get_or_insert(cx.now());
        let what = format!("{} is resynchronised", self.settings.vms[vm].name);
        cx.change(Change::Milestone { what, partition: None });
        self.begin_protection(cx);
    }

    fn begin_protection(&mut self, cx: Cx) {
        self.keep(cx);
        self.push_protection(cx);
        cx.set_timer(Timer::Push, AGAIN);
    }

    /// Says again what a protection waits for; whether one is under way.
    pub(super) fn push_protection(&mut self, cx: Cx) -> bool {
        let mut under_way = false;
        for (vm, state) in self.state.vms.iter().enumerate() {
            if let Protection::Preparing(_) = state.protection {
                under_way = true;
                // A replica that only begins a new stream keeps all it has.
                let keep = if state.points.is_empty() { state.cut } else { u64::MAX };
                cx.send(self.machine(vm, true), Msg::Follow(state.stream, state.epoch, keep));
            }
        }
        under_way
    }

    /// The other region's disks are a replica now, with the application's writes up to there.
    pub(super) fn on_following(&mut self, vm: usize, stream: u64, upto: u64, cx: Cx) {
        let state = &mut self.state.vms[vm];
        let Protection::Preparing(copying) = state.protection else { return };
        if stream != state.stream {
            return;
        }
        let blank = upto < state.cut;
        state.protection = Protection::Copying(upto, if blank { Copying::Everything } else { copying });
        if self.without(Mutation::ProtectBeforeCopy) {
            let tag = Tag { at: cx.now(), index: u64::MAX, ..Tag::FIRST };
            let state = &mut self.state.vms[vm];
            state.points.push(tag);
        }
        self.keep(cx);
        self.tell(vm, cx);
        if self.without(Mutation::ProtectBeforeCopy) {
            self.protected(vm, cx);
        }
    }

    /// A machine has a recovery point.
    pub(super) fn protected(&mut self, vm: usize, cx: Cx) {
        let state = &mut self.state.vms[vm];
        if !matches!(state.protection, Protection::Copying(..)) {
            return;
        }
        state.protection = Protection::Protected;
        cx.change(Change::Milestone {
            what: format!("{} is protected", self.settings.vms[vm].name),
            partition: Some(crate::base::ids::PartitionId::from_index(vm)),
        });
        if self.state.all_protected() {
            if let Some(since) = self.state.since.take() {
                let value = cx.now().since(since).seconds();
                cx.change(Change::Observed { what: "protection-time", value });
            }
            for action in std::mem::take(&mut self.state.protecting) {
                cx.answer(action, Answer::Done);
            }
            self.plan_return(cx);
        }
    }

    /// After a failover, once the other region is back: machines are protected again, where the policy says so.
    pub(super) fn go_home(&mut self, cx: Cx) {
        let idle = self.settings.failback.is_some() && self.state.run.is_none() && self.alarm.is_none();
        let bare = self.state.vms.iter().all(|vm| vm.protection == Protection::None && vm.epoch > 1);
        let both = |vm: usize| self.hears_both(vm, self.settings.lately(), cx);
        if idle && bare && (0..self.state.vms.len()).all(both) {
            self.protect_again(cx);
        }
    }

    fn plan_return(&mut self, cx: Cx) {
        let away = self.state.vms.iter().any(|vm| vm.active == 1);
        if let Some(Failback::After(law)) = &self.settings.failback
            && away
            && !std::mem::replace(&mut self.returning, true)
        {
            let after = law.span(cx.random("failback"));
            cx.set_timer(Timer::FailBack, after);
        }
    }

    pub(super) fn on_fail_back(&mut self, cx: Cx) {
        self.returning = false;
        let well = (0..self.state.vms.len()).all(|vm| self.hears_both(vm, self.settings.silence, cx));
        let away = self.state.vms.iter().any(|vm| vm.active == 1);
        if away && well && self.state.run.is_none() && self.state.all_protected() {
            self.begin_run(None, PointText::Latest, true, cx);
        } else if away && self.state.all_protected() {
            self.plan_return(cx);
        }
    }

    pub(super) fn order_test(&mut self, id: ActionId, to: PointText, cx: Cx) -> Option<Answer> {
        if self.state.run.is_some() || self.state.test.is_some() {
            return refused("a failover or a test is under way");
        }
        if !self.state.all_recoverable() || !self.choosable(to, cx) {
            return refused("a machine has no such recovery point");
        }
        let left = (0..self.state.vms.len()).collect();
        self.state.test = Some(Test { action: id, began: cx.now(), left });
        if self.without(Mutation::TestTakesNames) {
            for (vm, state) in self.state.vms.iter().enumerate() {
                cx.send(self.directory.names, Msg::Point(vm, 1 - state.active, state.epoch + 1));
            }
        }
        self.keep(cx);
        self.push_test(cx);
        cx.set_timer(Timer::Push, AGAIN);
        None
    }

    pub(super) fn push_test(&mut self, cx: Cx) -> bool {
        let Some(test) = &self.state.test else { return false };
        for vm in &test.left {
            cx.send(self.machine(*vm, true), Msg::Test(test.action.index() as u64));
        }
        true
    }

    pub(super) fn on_tested(&mut self, vm: usize, id: u64, cx: Cx) {
        let Some(test) = self.state.test.as_mut().filter(|test| test.action.index() as u64 == id) else {
            return;
        };
        test.left.retain(|left| *left != vm);
        if test.left.is_empty() {
            let (action, began) = (test.action, test.began);
            self.state.test = None;
            let value = cx.now().since(began).seconds();
            cx.change(Change::Observed { what: "test-failover-time", value });
            cx.answer(action, Answer::Done);
        }
        self.keep(cx);
    }
}
