//! Recovery points: their moments, marked in what is uploaded (ASR-2), and agreed with the other machines of a replication
//! group over port 20004 (ASR-6).
//!
//! The first machine of a group leads: it stands still and asks the others to, each notes how far its disk is, and once
//! all have, the leader lets them go on. Nobody wrote or answered anything between the notes, so that whatever one of the
//! points names is in the others. If not all answer in time, or the port is blocked, each machine marks a point of its own.

use super::Machine;
use crate::base::ids::ActorId;
use crate::base::time::{SimTime, Span};
use crate::system::site_recovery::config::PortText;
use crate::system::site_recovery::message::Msg;
use crate::system::site_recovery::point::{Kind, Tag};
use crate::system::site_recovery::timer::Timer;
use crate::system::site_recovery::{Cx, Mutation};
use std::collections::BTreeSet;

/// The leader of a round waits this long for the others.
const ROUND: Span = Span::secs(1);
/// Who was asked to stand still goes on by itself after this long, and what the application is given to write out.
const GO_ON: Span = Span::secs(5);

/// A point that is being marked.
#[derive(Clone, Debug)]
pub(super) struct Round {
    /// Which: none, if the machine is alone.
    number: Option<u64>,
    kind: Kind,
    /// The moment by the steady clock, and the point.
    noted: (SimTime, Tag),
    /// The leader waits for them.
    waits: BTreeSet<ActorId>,
    leads: bool,
}

impl Machine {
    /// Whether the application waits.
    pub(super) fn stands_still(&self) -> bool {
        let freezes = |round: &Round| match round.number {
            None => !self.without(Mutation::SkipFreeze),
            Some(_) => !self.without(Mutation::SkipBarrier),
        };
        self.round.as_ref().is_some_and(freezes)
    }

    /// The other machines of the group, and whether this one leads them.
    fn peers(&self) -> (Vec<ActorId>, bool) {
        let group = self.settings.group_of[self.vm].map_or(&[][..], |group| &self.settings.groups[group]);
        let others = group.iter().filter(|vm| **vm != self.vm);
        let peers = others.map(|vm| self.directory.machines[*vm][self.site]).collect();
        (peers, group.first() == Some(&self.vm))
    }

    fn note(&self, kind: Kind, cx: Cx) -> (SimTime, Tag) {
        (cx.monotonic(), Tag { at: cx.now(), index: self.applied, kind, shared: None })
    }

    pub(super) fn on_tag(&mut self, cx: Cx) {
        if !self.serving {
            return;
        }
        let next = self.settings.crash_consistent.span(cx.random("tag"));
        cx.set_timer(Timer::Tag, next);
        self.begin(Kind::Crash, cx);
    }

    pub(super) fn on_app_tag(&mut self, cx: Cx) {
        let Some(every) = self.settings.app_consistent.filter(|_| self.serving) else { return };
        cx.set_timer(Timer::AppTag, every);
        let (peers, leads) = self.peers();
        if leads || peers.is_empty() || self.port == PortText::Blocked {
            self.begin(Kind::App, cx);
        }
    }

    fn begin(&mut self, kind: Kind, cx: Cx) {
        if self.round.is_some() || !self.agent.protects() {
            return;
        }
        let (peers, leads) = self.peers();
        let noted = self.note(kind, cx);
        if leads && !peers.is_empty() && self.port == PortText::Open {
            let number = cx.now().0;
            peers.iter().for_each(|peer| cx.send(*peer, Msg::Mark(number, kind == Kind::App)));
            let waits = peers.into_iter().collect();
            self.round = Some(Round { number: Some(number), kind, noted, waits, leads });
            cx.set_timer(Timer::GiveUpMark, ROUND);
        } else if kind == Kind::App {
            self.round = Some(Round { number: None, kind, noted, waits: BTreeSet::new(), leads: false });
            let after = self.settings.freeze.span(cx.random("freeze"));
            cx.set_timer(Timer::Thaw, after);
        } else {
            self.mark(noted, None, cx);
        }
    }

    fn mark(&mut self, (at, tag): (SimTime, Tag), shared: Option<u64>, cx: Cx) {
        self.agent.mark(at, Tag { shared, ..tag });
        self.flush(cx);
    }

    /// The leader asks this machine to stand still.
    pub(super) fn on_mark(&mut self, from: ActorId, number: u64, app: bool, cx: Cx) {
        let ready = self.serving && self.round.is_none() && self.agent.protects();
        if !ready || self.port == PortText::Blocked {
            return;
        }
        let kind = if app { Kind::App } else { Kind::Crash };
        let noted = self.note(kind, cx);
        self.round = Some(Round { number: Some(number), kind, noted, waits: BTreeSet::new(), leads: false });
        let writing = Span::from_secs_f64(self.settings.freeze.quantile(0.99));
        cx.set_timer(Timer::GiveUpMark, if app { GO_ON + writing } else { GO_ON });
        cx.send(from, Msg::Marked(number));
    }

    pub(super) fn on_marked(&mut self, from: ActorId, number: u64, cx: Cx) {
        let Some(round) = self.round.as_mut().filter(|r| r.leads && r.number == Some(number)) else { return };
        round.waits.remove(&from);
        if !round.waits.is_empty() || self.port == PortText::Blocked {
            return;
        }
        cx.cancel_timer(Timer::GiveUpMark);
        match round.kind {
            Kind::App => {
                let after = self.settings.freeze.span(cx.random("freeze"));
                cx.set_timer(Timer::Thaw, after);
            }
            _ => self.release(true, cx),
        }
    }

    /// The application has written everything out.
    pub(super) fn on_thaw(&mut self, cx: Cx) {
        match &mut self.round {
            Some(Round { leads: true, .. }) => self.release(true, cx),
            Some(round) if round.number.is_none() => {
                round.noted.0 = cx.monotonic();
                (round.noted.1.at, round.noted.1.index) = (cx.now(), self.applied);
                self.thaw(None, cx);
            }
            _ => {}
        }
    }

    /// The leader ends the round.
    fn release(&mut self, all: bool, cx: Cx) {
        let Some(number) = self.round.as_ref().and_then(|round| round.number) else { return };
        for peer in self.peers().0 {
            if self.port == PortText::Open {
                cx.send(peer, Msg::Release(number, all));
            }
        }
        self.thaw(all.then_some(number), cx);
    }

    fn thaw(&mut self, shared: Option<u64>, cx: Cx) {
        if let Some(round) = self.round.take() {
            self.mark(round.noted, shared, cx);
            self.go_on(cx);
        }
    }

    pub(super) fn on_release(&mut self, number: u64, all: bool, cx: Cx) {
        let mine = self.round.as_ref().is_some_and(|r| !r.leads && r.number == Some(number));
        if mine && self.port == PortText::Open {
            cx.cancel_timer(Timer::GiveUpMark);
            self.thaw(all.then_some(number), cx);
            // It marks a point of its own only if the leader does not come again.
            let next = self.settings.crash_consistent.span(cx.random("tag"));
            cx.set_timer(Timer::Tag, next + Span::secs(30));
        }
    }

    /// The others, or the leader, did not answer in time: the point is this machine's own.
    pub(super) fn on_give_up_mark(&mut self, cx: Cx) {
        match self.round.as_ref().map(|round| round.leads) {
            Some(true) => self.release(false, cx),
            Some(false) => self.thaw(None, cx),
            None => {}
        }
    }
}
