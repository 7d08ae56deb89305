//! The side that sends heartbeats.

use super::{Detector, Msg, Settings, Timer};
use crate::base::ids::ActorId;
use crate::base::time::{SimTime, Span};
use crate::system::lab::Cx;

/// A member.
#[derive(Clone, Debug)]
pub struct Member {
    watcher: ActorId,
    every: Span,
    in_step: bool,
    born: SimTime,
    sent: u64,
}

impl Member {
    pub(super) fn new(settings: &Settings, watcher: ActorId) -> Self {
        let Settings { every, in_step, .. } = *settings;
        Member { watcher, every, in_step, born: SimTime::ZERO, sent: 0 }
    }

    pub(super) fn on_start(&mut self, cx: &mut Cx<'_, Detector>) {
        self.born = cx.monotonic();
        let phase = if self.in_step { 1.0 } else { cx.random("phase").uniform() };
        cx.set_timer(Timer::Beat, self.every.scale(phase));
    }

    pub(super) fn beat(&mut self, cx: &mut Cx<'_, Detector>) {
        cx.send(self.watcher, Msg::Beat { born: self.born, number: self.sent });
        self.sent += 1;
        cx.set_timer(Timer::Beat, self.every);
    }
}
