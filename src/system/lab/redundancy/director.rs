//! The director: it hands operations to the members, and decides which region serves.

use super::config::{QuorumOver, Settings};
use super::health::Health;
use super::repair::Crews;
use super::{Msg, Redundancy, Timer};
use crate::base::ids::ActorId;
use crate::base::time::Span;
use crate::engine::record::Change;
use crate::model::operation::OpId;
use crate::system::lab::Cx;
use std::collections::BTreeMap;

/// Operations kept that no quorum has answered: those that came before have timed out long ago.
const REMEMBERED: usize = 64;

/// The director.
#[derive(Clone, Debug)]
pub struct Director {
    settings: Settings,
    health: Health,
    crews: Crews,
    active: usize,
    /// The service is going back, and nothing is served.
    moving: bool,
    failing_over: bool,
    failing_back: bool,
    /// Number of the last write, and of the last one before the present lineage.
    written: u64,
    lineage: u64,
    pending: BTreeMap<OpId, Pending>,
}

/// An operation at the members.
#[derive(Clone, Debug)]
struct Pending {
    client: ActorId,
    write: u64,
    /// The only region that counts.
    only: Option<usize>,
    /// Answers by region.
    answers: Vec<usize>,
}

impl Director {
    /// The director of members that are all there, with this active region.
    pub fn new(settings: &Settings, active: usize) -> Director {
        Director {
            health: Health::new(settings),
            crews: Crews::new(settings.crews),
            settings: settings.clone(),
            active,
            moving: false,
            failing_over: false,
            failing_back: false,
            written: 0,
            lineage: 0,
            pending: BTreeMap::new(),
        }
    }

    /// The active region.
    pub fn active(&self) -> usize {
        self.active
    }

    /// Whether members of a region serve now.
    pub fn serves_from(&self, place: usize) -> bool {
        self.settings.quorum_over != QuorumOver::ActiveRegion || place == self.active
    }

    /// Time 0, or it starts again.
    pub fn start(&mut self, cx: &mut Cx<'_, Redundancy>) {
        for member in 0..self.health.members.len() {
            self.health.members[member].heard = cx.monotonic();
            cx.set_timer(Timer::Silent(member as u32), self.health.patience());
        }
    }

    /// A message of a client or a member.
    pub fn message(&mut self, from: ActorId, msg: Msg, cx: &mut Cx<'_, Redundancy>) {
        match msg {
            Msg::Do(op, write) => self.ask(from, op, write, cx),
            Msg::Did(op, member) => self.did(op, member, cx),
            Msg::Here { member, copy, restarted } => self.here((from, member), copy, restarted, cx),
            _ => {}
        }
    }

    /// A timer fired.
    pub fn timer(&mut self, timer: Timer, cx: &mut Cx<'_, Redundancy>) {
        match timer {
            Timer::Silent(member) => {
                let gone_for = self.health.gone_for(member as usize, cx.monotonic());
                self.health.members[member as usize].up = false;
                if self.crews.leave(member) {
                    cx.cancel_timer(Timer::Rebuilt(member));
                }
                self.look(gone_for, cx);
                self.send_crews(cx);
            }
            Timer::Failover => self.fail_over(cx),
            Timer::Failback => {
                self.moving = true;
                let takes = self.settings.failback.as_ref().map_or(Span::ZERO, |(_, takes)| *takes);
                cx.set_timer(Timer::FailbackDone, takes);
            }
            Timer::FailbackDone => {
                self.moving = false;
                self.failing_back = false;
                self.serve_from(0, cx);
            }
            Timer::Rebuilt(member) => self.rebuilt(member, cx),
            Timer::Heartbeat => {}
        }
    }

    fn ask(&mut self, client: ActorId, op: OpId, write: bool, cx: &mut Cx<'_, Redundancy>) {
        let only = (self.settings.quorum_over == QuorumOver::ActiveRegion).then_some(self.active);
        if self.moving {
            return;
        }
        self.written += u64::from(write);
        let number = if write { self.written } else { 0 };
        let answers = vec![0; self.settings.regions.len()];
        self.pending.insert(op, Pending { client, write: number, only, answers });
        if self.pending.len() > REMEMBERED {
            self.pending.pop_first();
        }
        let before_members = cx.me().0 + 1;
        for (member, state) in self.health.members.iter_mut().enumerate() {
            let to = ActorId(before_members + member as u32);
            if write {
                cx.send(to, Msg::Write(op, number));
                state.copy = state.copy.map(|_| number);
            } else if only.is_none_or(|place| place == state.place) {
                cx.send(to, Msg::Read(op));
            }
        }
    }

    fn did(&mut self, op: OpId, member: u32, cx: &mut Cx<'_, Redundancy>) {
        let Some(pending) = self.pending.get_mut(&op) else { return };
        let place = self.health.members[member as usize].place;
        pending.answers[place] += 1;
        let settings = &self.settings;
        let needed = if pending.write > 0 { settings.write_quorum } else { settings.read_quorum };
        let answers = match (settings.quorum_over, pending.only) {
            (QuorumOver::All, _) => pending.answers.iter().sum(),
            (_, Some(only)) => pending.answers[only],
            _ => pending.answers[place],
        };
        if answers >= needed {
            cx.send(pending.client, Msg::Done(op, pending.write));
            self.pending.remove(&op);
        }
    }

    /// A member says that it is there, and what it has.
    fn here(
        &mut self,
        (actor, member): (ActorId, u32),
        copy: Option<u64>,
        restarted: bool,
        cx: &mut Cx<'_, Redundancy>,
    ) {
        cx.set_timer(Timer::Silent(member), self.health.patience());
        let state = &mut self.health.members[member as usize];
        state.heard = cx.monotonic();
        let as_before = state.up && !restarted && state.copy.is_some() == copy.is_some();
        state.up = true;
        state.copy = copy;
        if copy.is_some_and(|upto| upto < self.written) {
            self.bring_up_to_date(actor, member, cx);
        }
        if as_before {
            return;
        }
        if self.crews.leave(member) {
            cx.cancel_timer(Timer::Rebuilt(member));
        }
        if copy.is_none() {
            self.crews.call(member);
        }
        if self.health.all_blank() {
            self.begin_again(cx);
        }
        self.send_crews(cx);
        self.look(Span::ZERO, cx);
    }

    /// What a member missed while it was away it gets at once, from any other that has it.
    fn bring_up_to_date(&mut self, actor: ActorId, member: u32, cx: &mut Cx<'_, Redundancy>) {
        let Some(best) = self.health.best() else { return };
        if self.health.members[member as usize].copy.is_some_and(|upto| upto < best) {
            cx.send(actor, Msg::Adopt(self.lineage, best));
            self.health.members[member as usize].copy = Some(best);
        }
    }

    /// All copies are gone.
    fn begin_again(&mut self, cx: &mut Cx<'_, Redundancy>) {
        cx.change(Change::Observed { what: "data-lost", value: 1.0 });
        self.lineage = self.written;
        for member in 0..self.health.members.len() as u32 {
            if self.crews.leave(member) {
                cx.cancel_timer(Timer::Rebuilt(member));
            }
            self.adopt(member, self.written, cx);
        }
    }

    fn adopt(&mut self, member: u32, upto: u64, cx: &mut Cx<'_, Redundancy>) {
        self.health.members[member as usize].copy = Some(upto);
        cx.send(ActorId(cx.me().0 + 1 + member), Msg::Adopt(self.lineage, upto));
    }

    /// Crews go to blank members while there is a copy to rebuild from.
    fn send_crews(&mut self, cx: &mut Cx<'_, Redundancy>) {
        while self.health.best().is_some()
            && let Some(member) = self.crews.go()
        {
            let takes = self.settings.rebuild.span(cx.random("rebuild"));
            cx.change(Change::Observed { what: "rebuild", value: takes.seconds() });
            cx.set_timer(Timer::Rebuilt(member), takes);
        }
    }

    fn rebuilt(&mut self, member: u32, cx: &mut Cx<'_, Redundancy>) {
        self.crews.leave(member);
        match self.health.best() {
            Some(best) => self.adopt(member, best, cx),
            None => self.crews.call(member),
        }
        self.send_crews(cx);
        self.look(Span::ZERO, cx);
    }

    /// Something changed `ago`: is it time to think of moving the service, or no longer?
    fn look(&mut self, ago: Span, cx: &mut Cx<'_, Redundancy>) {
        if self.settings.quorum_over != QuorumOver::ActiveRegion {
            return;
        }
        let out = !self.health.serves(self.active);
        match (out, self.failing_over, &self.settings.failover) {
            (true, false, Some(law)) => {
                let after = law.span(cx.random("failover"));
                cx.set_timer(Timer::Failover, Span(after.0.saturating_sub(ago.0)));
                self.failing_over = true;
            }
            (false, true, _) => {
                cx.cancel_timer(Timer::Failover);
                self.failing_over = false;
            }
            _ => {}
        }
        let back = self.active != 0 && self.health.serves(0);
        match (back, self.failing_back, &self.settings.failback) {
            (true, false, Some((law, _))) => {
                let wait = law.span(cx.random("failback"));
                cx.set_timer(Timer::Failback, wait);
                self.failing_back = true;
            }
            (false, true, _) if !self.moving => {
                cx.cancel_timer(Timer::Failback);
                self.failing_back = false;
            }
            _ => {}
        }
    }

    fn fail_over(&mut self, cx: &mut Cx<'_, Redundancy>) {
        self.failing_over = false;
        let able = (0..self.settings.regions.len()).find(|place| self.health.serves(*place));
        match able.filter(|_| !self.moving) {
            Some(place) => self.serve_from(place, cx),
            None => self.look(Span::ZERO, cx),
        }
    }

    fn serve_from(&mut self, place: usize, cx: &mut Cx<'_, Redundancy>) {
        self.active = place;
        let what = format!("{} serves", self.settings.regions[place].1);
        cx.change(Change::Decided { what, partition: None });
        if self.failing_over {
            cx.cancel_timer(Timer::Failover);
            self.failing_over = false;
        }
        self.look(Span::ZERO, cx);
    }
}
