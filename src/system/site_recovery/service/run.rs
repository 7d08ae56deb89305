//! A failover: machines are stopped, what waits is processed, points are chosen, and the recovery plan begins (ASR-4).

use super::state::{Protection, Run, Stage};
use super::{AGAIN, Service};
use crate::base::ids::{ActionId, Id, PartitionId};
use crate::base::time::Span;
use crate::engine::record::{Answer, Change};
use crate::system::site_recovery::config::PointText;
use crate::system::site_recovery::message::Msg;
use crate::system::site_recovery::timer::Timer;
use crate::system::site_recovery::{Cx, Mutation};

/// How long a cache account is given to say what it has.
const REPORT: Span = Span::secs(60);

impl Service {
    /// Somebody orders a failover. Answered when it is done; at once if it cannot be.
    pub(super) fn order_failover(
        &mut self,
        id: ActionId,
        to: PointText,
        planned: bool,
        cx: Cx,
    ) -> Option<Answer> {
        let refused = |why: &str| Some(Answer::Refused(why.to_owned()));
        if self.state.run.is_some() {
            return refused("a failover is under way");
        }
        let ready = if planned { self.state.all_protected() } else { self.state.all_recoverable() };
        if !ready {
            return refused("not every machine is protected");
        }
        if !self.hears_targets(cx) {
            return refused("the other region does not answer");
        }
        if planned && !self.silent(cx).is_empty() {
            return refused("a planned failover needs both regions");
        }
        if !self.choosable(to, cx) {
            return refused("a machine has no such recovery point");
        }
        self.begin_run(Some(id), to, planned, cx);
        None
    }

    pub(super) fn begin_run(&mut self, action: Option<ActionId>, to: PointText, planned: bool, cx: Cx) {
        let n = self.state.vms.len();
        for vm in 0..n {
            let what = format!("{} is failed over", self.settings.vms[vm].name);
            cx.change(Change::Decided { what, partition: Some(PartitionId::from_index(vm)) });
            let heard = self.heard[vm][self.state.vms[vm].active];
            let silent = heard.at.map_or(Span::ZERO, |at| cx.monotonic().since(at));
            let displayed = cx.now().since(heard.through).saturating_sub(silent);
            cx.change(Change::Observed { what: "rpo-displayed", value: displayed.seconds() });
        }
        self.alarm = None;
        let mut run = Run::new(action, to, planned, cx.now(), n);
        run.points = self.choose(to, planned, cx);
        for vm in 0..n {
            if !self.hears(vm, false, self.settings.lately(), cx) {
                run.stopped[vm] = Some(0);
            }
        }
        self.state.run = Some(run);
        self.keep(cx);
        cx.set_timer(Timer::Stop, self.settings.shutdown);
        cx.set_timer(Timer::Push, AGAIN);
        self.push_run(cx);
        self.advance(cx);
    }

    /// Goes on after a restart of the service.
    pub(super) fn resume_run(&mut self, cx: Cx) {
        let Some(run) = &self.state.run else { return };
        match run.stage {
            Stage::Stopping => cx.set_timer(Timer::Stop, self.settings.shutdown),
            Stage::Processing => cx.set_timer(Timer::GiveUpLatest, REPORT),
            Stage::Before | Stage::After => self.begin_script(cx),
            Stage::Creating | Stage::Inspecting => {}
        }
    }

    /// Says again what the present stage waits for; whether there is one.
    pub(super) fn push_run(&mut self, cx: Cx) -> bool {
        let Some(run) = &self.state.run else { return false };
        let drain = (run.planned || run.to == PointText::Latest) && !self.skips_drain();
        for vm in 0..self.state.vms.len() {
            let epoch = self.state.vms[vm].epoch + 1;
            match run.stage {
                Stage::Stopping if run.stopped[vm].is_none() => {
                    cx.send(self.machine(vm, false), Msg::Stop(epoch, drain));
                }
                Stage::Processing if !run.latest[vm] => cx.send(self.cache(vm), Msg::Report),
                _ => {}
            }
        }
        self.push_plan(cx);
        true
    }

    fn skips_drain(&self) -> bool {
        self.without(Mutation::FailBackWithoutDrain)
    }

    pub(super) fn on_stopped(&mut self, vm: usize, epoch: u64, seq: Option<u64>, cx: Cx) {
        let expected = self.state.vms[vm].epoch + 1;
        let Some(run) = self.state.run.as_mut().filter(|run| run.stage == Stage::Stopping) else { return };
        if epoch == expected && run.stopped[vm].is_none() {
            run.stopped[vm] = Some(seq.unwrap_or(0));
            self.advance(cx);
        }
    }

    /// Machines had long enough. A planned failover waits for those that are still there.
    pub(super) fn give_up_stop(&mut self, cx: Cx) {
        let Some(run) = self.state.run.as_ref().filter(|run| run.stage == Stage::Stopping) else { return };
        let planned = run.planned;
        let gone: Vec<bool> = (0..self.state.vms.len())
            .map(|vm| !planned || !self.hears(vm, false, self.settings.silence, cx))
            .collect();
        if let Some(run) = self.state.run.as_mut() {
            let left =
                run.stopped.iter_mut().zip(&gone).filter(|(stopped, gone)| stopped.is_none() && **gone);
            for (stopped, _) in left {
                // What was planned is a failover like any other once a machine is lost on the way.
                (*stopped, run.planned) = (Some(0), false);
            }
        }
        cx.set_timer(Timer::Stop, self.settings.shutdown);
        self.advance(cx);
    }

    /// On to the next stage, if nothing is missing for it.
    pub(super) fn advance(&mut self, cx: Cx) {
        let Some(run) = &self.state.run else { return };
        match run.stage {
            Stage::Stopping if run.stopped.iter().all(Option::is_some) => {
                cx.cancel_timer(Timer::Stop);
                let wanted = run.planned || run.to == PointText::Latest;
                let skips = self.without(Mutation::SkipPending) || (run.planned && self.skips_drain());
                // Of a copy that is under way there is nothing to process: its machine goes to a point from before.
                let copied: Vec<bool> = self.state.vms.iter().map(|vm| vm.protection.is_copied()).collect();
                if let Some(run) = self.state.run.as_mut() {
                    run.latest = copied.iter().map(|copied| !copied).collect();
                }
                self.enter(Stage::Processing, "stage-shutdown", cx);
                if !wanted || skips {
                    return self.go_to_points(cx);
                }
                cx.set_timer(Timer::GiveUpLatest, REPORT);
                self.push_run(cx);
                self.advance(cx);
            }
            Stage::Processing if run.latest.iter().all(|done| *done) => self.go_to_points(cx),
            _ => {}
        }
    }

    /// The next stage begins, and how long this one took is noted.
    pub(super) fn enter(&mut self, stage: Stage, was: &'static str, cx: Cx) {
        let now = cx.now();
        let Some(run) = self.state.run.as_mut() else { return };
        let value = now.since(run.began.1).seconds();
        cx.change(Change::Observed { what: was, value });
        (run.stage, run.began.1) = (stage, now);
        self.keep(cx);
    }

    /// Cache accounts that said nothing cannot be reached: what has arrived of them is all there is.
    pub(super) fn give_up_latest(&mut self, cx: Cx) {
        let Some(run) = self.state.run.as_ref().filter(|run| run.stage == Stage::Processing) else { return };
        if run.planned && self.silent(cx).is_empty() {
            return cx.set_timer(Timer::GiveUpLatest, REPORT);
        }
        let left: Vec<usize> = (0..run.latest.len()).filter(|vm| !run.latest[*vm]).collect();
        if let Some(run) = self.state.run.as_mut() {
            run.planned = false;
        }
        for vm in left {
            if !self.is_processing_latest(vm) {
                self.latest_is_there(vm, cx);
            }
        }
        if self.state.run.as_ref().is_some_and(|run| run.stage == Stage::Processing) {
            cx.set_timer(Timer::GiveUpLatest, REPORT);
        }
    }

    pub(super) fn latest_done(&mut self, vm: usize, cx: Cx) {
        if let Some(run) = self.state.run.as_mut().filter(|run| run.stage == Stage::Processing) {
            run.latest[vm] = true;
            self.advance(cx);
        }
    }

    fn go_to_points(&mut self, cx: Cx) {
        cx.cancel_timer(Timer::GiveUpLatest);
        let Some((to, planned)) = self.state.run.as_ref().map(|run| (run.to, run.planned)) else { return };
        let to = if planned && !self.skips_drain() { PointText::Latest } else { to };
        let points = self.choose(to, planned, cx);
        if let Some(run) = self.state.run.as_mut() {
            // What the point was that began the failover is not lost on the way: newer ones may have taken its place.
            let begun = std::mem::take(&mut run.points);
            run.points = points.into_iter().zip(begun).map(|(now, begun)| now.or(begun)).collect();
        }
        for vm in &mut self.state.vms {
            vm.protection = Protection::None;
        }
        self.stop_processing(cx);
        self.begin_plan(cx);
    }
}
