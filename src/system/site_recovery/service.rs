//! The service: it knows which machine runs where, makes recovery points of what was uploaded, calls a person when a
//! machine is silent, and carries out failovers.
//!
//! It is a global control plane, which `control-plane-down` takes down; what it has decided is on its disk.

mod choose;
mod plan;
mod process;
mod protect;
mod run;
pub mod state;
mod steady;
mod suspend;

use super::command::Command;
use super::config::PortText;
use super::disk::DiskRecord;
use super::message::{Beat, Msg};
use super::settings::{Directory, Settings};
use super::timer::Timer;
use super::{Cx, Mutation};
use crate::base::ids::{ActionId, ActorId, Id, PartitionId};
use crate::base::time::{SimTime, Span};
use crate::engine::record::{Answer, Change};
use process::Processing;
use state::{Protection, State, VmState};
use std::sync::Arc;

/// What was not answered is said again this often.
const AGAIN: Span = Span::secs(5);

/// What the service last heard of a machine in one region.
#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    /// When, by the service's clock; never: none.
    at: Option<SimTime>,
    serving: bool,
    /// Everything up to there was uploaded.
    through: SimTime,
    /// That is longer ago by this than its clock says: time that was left out.
    aged: Span,
    /// Seconds of upload that wait.
    backlog: f64,
}

impl Heard {
    /// Whether that was less than so long ago.
    fn is_within(&self, span: Span, now: SimTime) -> bool {
        self.at.is_some_and(|at| now.since(at) < span)
    }

    fn reached(&mut self, through: SimTime) {
        if through > self.through {
            (self.through, self.aged) = (through, Span::ZERO);
        }
    }
}

/// The service.
#[derive(Clone, Debug)]
pub struct Service {
    settings: Arc<Settings>,
    directory: Arc<Directory>,
    state: State,
    heard: Vec<[Heard; 2]>,
    processing: Processing,
    /// A person was called then, by so much earlier.
    alarm: Option<(SimTime, Span)>,
    /// When it last looked who is silent.
    watched: SimTime,
    /// Somebody waits to go back.
    returning: bool,
}

impl Service {
    /// One that knows nothing.
    pub fn new(settings: Arc<Settings>, directory: Arc<Directory>) -> Service {
        let n = settings.vms.len();
        let state = State::new(&settings, 0);
        let processing = Processing::new(&settings);
        let heard = vec![[Heard::default(); 2]; n];
        let (alarm, watched) = (None, SimTime::ZERO);
        Service { settings, directory, state, heard, processing, alarm, watched, returning: false }
    }

    fn without(&self, mutation: Mutation) -> bool {
        self.settings.without(mutation)
    }

    fn machine(&self, vm: usize, other: bool) -> ActorId {
        let active = self.state.vms[vm].active;
        self.directory.machines[vm][if other { 1 - active } else { active }]
    }

    fn cache(&self, vm: usize) -> ActorId {
        self.directory.caches[vm][self.state.vms[vm].active]
    }

    fn keep(&mut self, cx: Cx) {
        cx.persist(DiskRecord::State(Box::new(self.state.clone())));
        let busy = self.state.run.is_some()
            || self.state.test.is_some()
            || self.state.vms.iter().any(|vm| vm.protection.is_under_way());
        cx.busy(busy);
    }

    pub(super) fn on_start(&mut self, cx: Cx) {
        let now = cx.now();
        self.listen(|_| now, cx);
    }

    /// What it had decided holds, and all are taken for present until they have been silent for long enough; `through` says what
    /// was uploaded of each machine.
    fn listen(&mut self, through: impl Fn(&VmState) -> SimTime, cx: Cx) {
        if let Some(state) = &cx.disk().state {
            self.state = (**state).clone();
        }
        let at = Some(cx.monotonic());
        for (state, heard) in self.state.vms.iter().zip(&mut self.heard) {
            *heard = [Heard { at, serving: true, through: through(state), ..Heard::default() }; 2];
        }
        cx.set_timer(Timer::Watch, self.settings.heartbeat);
        cx.set_timer(Timer::Monitor, self.settings.monitor);
    }

    /// What it had decided goes on.
    pub(super) fn on_restart(&mut self, cx: Cx) {
        // What was uploaded since the newest point it hears from the machines.
        self.listen(|vm| vm.points.last().map_or(SimTime::ZERO, |newest| newest.at), cx);
        self.keep(cx);
        self.resume_run(cx);
        if self.state.vms.iter().any(|vm| vm.protection == Protection::Resources) {
            self.make_resources(cx);
        }
        cx.set_timer(Timer::Push, AGAIN);
    }

    pub(super) fn on_admin(&mut self, id: ActionId, command: Command, cx: Cx) {
        let answer = match command {
            Command::Failover(to) => self.order_failover(id, to.to, false, cx),
            Command::Failback => self.order_failover(id, super::config::PointText::Latest, true, cx),
            Command::TestFailover(to) => self.order_test(id, to.to, cx),
            Command::Enable => self.order_enable(id, cx),
            Command::Commit => self.order_commit(cx),
            Command::Reprotect => self.order_reprotect(id, cx),
            Command::Port(port) => {
                self.state.port_open = port == PortText::Open;
                self.keep(cx);
                (0..self.state.vms.len()).for_each(|vm| self.tell(vm, cx));
                Some(Answer::Done)
            }
        };
        if let Some(answer) = answer {
            cx.answer(id, answer);
        }
    }

    /// Tells both of a machine's regions how it stands.
    fn tell(&self, vm: usize, cx: Cx) {
        let standing = self.state.vms[vm].standing(self.state.port_open);
        for machine in self.directory.machines[vm] {
            cx.send(machine, Msg::Standing(standing));
        }
    }

    pub(super) fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        match msg {
            Msg::Beat(beat) => self.on_beat(from, beat, cx),
            Msg::Waiting(vm, stream, seq, through, tags) => {
                self.on_waiting(vm, (stream, seq, through), &tags, cx);
            }
            Msg::Have(vm, stream, have) => self.on_have(vm, stream, have, cx),
            Msg::Stopped(vm, epoch, seq) => self.on_stopped(vm, epoch, seq, cx),
            Msg::Running(vm, epoch, lineage, cut) => self.on_running(vm, epoch, (lineage, cut), cx),
            Msg::Pointed(vm, epoch) => self.on_pointed(vm, epoch, cx),
            Msg::Inspected(vm, epoch) => self.on_inspected(vm, epoch, cx),
            Msg::Tested(vm, id) => self.on_tested(vm, id, cx),
            Msg::Following(vm, stream, upto) => self.on_following(vm, stream, upto, cx),
            _ => {}
        }
    }

    pub(super) fn on_timer(&mut self, timer: Timer, cx: Cx) {
        match timer {
            Timer::Watch => self.watch(cx),
            Timer::Monitor => self.monitor(cx),
            Timer::Made(server) => self.on_made(usize::from(server), cx),
            Timer::Stalled(server) => self.on_stalled(usize::from(server), cx),
            Timer::Decide => self.decide(cx),
            Timer::Push => self.push(cx),
            Timer::Stop => self.give_up_stop(cx),
            Timer::GiveUpLatest => self.give_up_latest(cx),
            Timer::Script => self.on_script(cx),
            Timer::Resources => self.on_resources(cx),
            Timer::FailBack => self.on_fail_back(cx),
            _ => {}
        }
    }

    fn on_beat(&mut self, from: ActorId, beat: Beat, cx: Cx) {
        let Some(vm) = self.state.vms.get(beat.vm) else { return };
        let heard = &mut self.heard[beat.vm][beat.site];
        (heard.at, heard.serving, heard.backlog) = (Some(cx.monotonic()), beat.serving, beat.backlog);
        heard.reached(beat.through);
        cx.send(from, Msg::Standing(vm.standing(self.state.port_open)));
    }

    /// Whether a machine in one of its regions was heard lately.
    fn hears(&self, vm: usize, other: bool, within: Span, cx: Cx) -> bool {
        let active = self.state.vms[vm].active;
        self.heard[vm][if other { 1 - active } else { active }].is_within(within, cx.monotonic())
    }

    /// Whether a machine was heard lately in both of its regions.
    fn hears_both(&self, vm: usize, within: Span, cx: Cx) -> bool {
        self.hears(vm, false, within, cx) && self.hears(vm, true, within, cx)
    }

    /// Whether every machine can be created in its other region, as far as the service knows.
    fn hears_targets(&self, cx: Cx) -> bool {
        (0..self.state.vms.len()).all(|vm| self.hears(vm, true, self.settings.silence, cx))
    }

    /// Machines that run nowhere, as far as the service knows.
    fn silent(&self, cx: Cx) -> Vec<usize> {
        let all = 0..self.state.vms.len();
        all.filter(|vm| !self.hears(*vm, false, self.settings.silence, cx)).collect()
    }

    fn watch(&mut self, cx: Cx) {
        cx.set_timer(Timer::Watch, self.settings.heartbeat);
        self.watched = cx.monotonic();
        self.suspend(cx);
        let Some((law, _)) = self.settings.manual.clone() else { return self.go_home(cx) };
        let silent = self.silent(cx);
        let idle = self.alarm.is_none() && self.state.run.is_none() && self.state.all_protected();
        if !silent.is_empty() && idle && self.hears_targets(cx) {
            for vm in silent {
                let what = format!("{} is silent", self.settings.vms[vm].name);
                let partition = Some(PartitionId::from_index(vm));
                cx.change(Change::Detected { what, partition });
            }
            self.alarm = Some((cx.monotonic(), Span::ZERO));
            let after = law.span(cx.random("decide"));
            let at_once = self.without(Mutation::DecideAtOnce);
            cx.set_timer(Timer::Decide, if at_once { Span::ZERO } else { after });
        }
        self.go_home(cx);
    }

    /// The person who was called decides: who is heard again needs no failover.
    fn decide(&mut self, cx: Cx) {
        let Some((called, left_out)) = self.alarm.take() else { return };
        let Some((_, to)) = self.settings.manual.clone() else { return };
        let ready = self.state.run.is_none() && self.state.all_protected();
        if self.silent(cx).is_empty() || !ready {
            return;
        }
        let value = (cx.monotonic().since(called) + left_out).seconds();
        cx.change(Change::Observed { what: "stage-decide", value });
        if self.hears_targets(cx) && self.choosable(to, cx) {
            self.begin_run(None, to, false, cx);
        }
    }

    /// Notes how old the newest points are, and how far uploads are behind.
    fn monitor(&mut self, cx: Cx) {
        cx.set_timer(Timer::Monitor, self.settings.monitor);
        let now = cx.now();
        for (vm, state) in self.state.vms.iter().enumerate() {
            let heard = self.heard[vm][state.active];
            let has = state.protection != Protection::None;
            if let Some(newest) = state.points.last().filter(|_| has) {
                let value = (now.since(newest.at) + state.aged).seconds();
                cx.change(Change::Observed { what: "recovery-point-age", value });
                let value = (now.since(heard.through) + heard.aged).seconds();
                cx.change(Change::Observed { what: "replication-lag", value });
                cx.change(Change::Observed { what: "upload-backlog", value: heard.backlog });
            }
        }
    }

    /// Says again what was not answered.
    fn push(&mut self, cx: Cx) {
        let running = self.push_run(cx);
        let protecting = self.push_protection(cx);
        let testing = self.push_test(cx);
        if running || protecting || testing {
            cx.set_timer(Timer::Push, AGAIN);
        }
    }
}
