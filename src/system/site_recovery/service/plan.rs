//! The recovery plan (ASR-5): up to seven groups one after another, the machines of a group together, scripts between.

use super::Service;
use super::state::Stage;
use crate::algorithm::lineage::Lineage;
use crate::base::dist::Law;
use crate::base::time::Span;
use crate::engine::record::{Answer, Change};
use crate::system::site_recovery::message::Msg;
use crate::system::site_recovery::settings::Group;
use crate::system::site_recovery::timer::Timer;
use crate::system::site_recovery::{Cx, Mutation};
use std::sync::Arc;

impl Service {
    fn groups(&self) -> Vec<Group> {
        if self.without(Mutation::IgnoreGroups) {
            let nothing = || Law::Constant(0.0);
            let vms = (0..self.state.vms.len()).collect();
            return vec![Group { vms, before: nothing(), after: nothing() }];
        }
        self.settings.plan.clone()
    }

    pub(super) fn begin_plan(&mut self, cx: Cx) {
        self.enter(Stage::Before, "stage-process", cx);
        self.begin_script(cx);
    }

    pub(super) fn begin_script(&mut self, cx: Cx) {
        let Some(run) = &self.state.run else { return };
        let groups = self.groups();
        let Some(group) = groups.get(run.group) else { return };
        let law = if run.stage == Stage::Before { &group.before } else { &group.after };
        let takes = law.span(cx.random("script"));
        cx.set_timer(Timer::Script, takes);
    }

    pub(super) fn on_script(&mut self, cx: Cx) {
        let Some(run) = &self.state.run else { return };
        let (group, groups) = (run.group, self.groups().len());
        match run.stage {
            Stage::Before => {
                cx.change(Change::Milestone {
                    what: format!("group {} is started", group + 1),
                    partition: None,
                });
                self.enter(Stage::Creating, "stage-script", cx);
                self.make_room(cx);
                self.push_plan(cx);
            }
            Stage::After if group + 1 < groups => {
                if let Some(run) = self.state.run.as_mut() {
                    run.group += 1;
                }
                self.enter(Stage::Before, "stage-script", cx);
                self.begin_script(cx);
            }
            Stage::After => {
                self.enter(Stage::Inspecting, "stage-script", cx);
                self.push_plan(cx);
                self.look(cx);
            }
            _ => {}
        }
    }

    /// The machines that are started now.
    fn started(&self) -> Vec<usize> {
        let group = self.state.run.as_ref().map(|run| run.group);
        group.and_then(|at| self.groups().get(at).map(|group| group.vms.clone())).unwrap_or_default()
    }

    /// Machines for which there is no room wait for it.
    fn make_room(&mut self, cx: Cx) {
        let capacity = self.settings.capacity.clone().filter(|_| !self.without(Mutation::IgnoreCapacity));
        for vm in self.started() {
            let Some(run) = self.state.run.as_mut() else { return };
            run.created += 1;
            let wait = match &capacity {
                Some((room, law)) if run.created > *room => law.span(cx.random("capacity")).seconds(),
                _ => 0.0,
            };
            run.waits[vm] = Some(wait);
        }
        self.keep(cx);
    }

    /// Orders that were not answered.
    pub(super) fn push_plan(&mut self, cx: Cx) {
        let Some(run) = &self.state.run else { return };
        if !matches!(run.stage, Stage::Creating | Stage::Inspecting) {
            return;
        }
        for vm in self.started() {
            let state = &self.state.vms[vm];
            match (&run.running[vm], run.points[vm]) {
                (None, Some(tag)) => {
                    let wait = Span::from_secs_f64(run.waits[vm].unwrap_or(0.0));
                    let (epoch, aged, planned) = (state.epoch + 1, state.aged, run.planned);
                    cx.send(self.machine(vm, true), Msg::Create { epoch, tag, aged, wait, planned });
                }
                (Some(_), _) if !run.pointed[vm] => {
                    cx.send(self.directory.names, Msg::Point(vm, state.active, state.epoch));
                }
                _ => {}
            }
        }
        if run.stage == Stage::Inspecting {
            for vm in 0..self.state.vms.len() {
                let other = self.settings.vms[vm].refers_to.and_then(|other| run.running[other].clone());
                if let Some((lineage, last)) = other.filter(|_| !run.inspected[vm]) {
                    let epoch = self.state.vms[vm].epoch;
                    cx.send(self.machine(vm, false), Msg::Inspect(epoch, lineage, last));
                }
            }
        }
    }

    pub(super) fn on_running(&mut self, vm: usize, epoch: u64, log: (Arc<Lineage>, u64), cx: Cx) {
        let state = &mut self.state.vms[vm];
        let Some(run) = self.state.run.as_mut() else { return };
        if epoch != state.epoch + 1 || run.running[vm].is_some() {
            return;
        }
        (state.epoch, state.active, state.cut) = (epoch, 1 - state.active, log.1);
        (state.committed, state.processed) = (run.planned, 0);
        state.points.clear();
        state.aged = Span::ZERO;
        run.running[vm] = Some(log);
        self.forget_intervals(vm);
        self.heard[vm][self.state.vms[vm].active] =
            super::Heard { at: Some(cx.monotonic()), serving: true, through: cx.now(), ..Default::default() };
        self.keep(cx);
        self.tell(vm, cx);
        self.push_plan(cx);
    }

    /// A machine is reached under its name again.
    pub(super) fn on_pointed(&mut self, vm: usize, epoch: u64, cx: Cx) {
        let Some(run) = self.state.run.as_mut() else { return };
        if epoch < self.state.vms[vm].epoch || run.running[vm].is_none() {
            return;
        }
        run.pointed[vm] = true;
        let pointed = run.pointed.clone();
        if run.stage == Stage::Creating && self.started().iter().all(|vm| pointed[*vm]) {
            self.enter(Stage::After, "stage-group", cx);
            self.begin_script(cx);
        }
    }

    pub(super) fn on_inspected(&mut self, vm: usize, epoch: u64, cx: Cx) {
        if epoch == self.state.vms[vm].epoch
            && let Some(run) = self.state.run.as_mut()
        {
            run.inspected[vm] = true;
            self.look(cx);
        }
    }

    /// The failover is over once every machine that names another was looked at.
    fn look(&mut self, cx: Cx) {
        let Some(run) = self.state.run.as_ref().filter(|run| run.stage == Stage::Inspecting) else { return };
        let names = |vm: usize| self.settings.vms[vm].refers_to.is_some();
        if (0..self.state.vms.len()).any(|vm| names(vm) && !run.inspected[vm]) {
            return;
        }
        let (action, began) = (run.action, run.began.0);
        self.state.run = None;
        let value = cx.now().since(began).seconds();
        cx.change(Change::Observed { what: "failover-time", value });
        cx.change(Change::Milestone { what: "failover complete".to_owned(), partition: None });
        self.keep(cx);
        if let Some(action) = action {
            cx.answer(action, Answer::Done);
        }
    }
}
