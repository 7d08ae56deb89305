//! A primary, which writes and ships what it wrote.

use super::{Msg, RecoveryPoints, Settings, Timer, Way};
use crate::base::dist::Law;
use crate::base::ids::ActorId;
use crate::base::time::SimTime;
use crate::system::lab::Cx;
use std::sync::Arc;

/// Writes, and ships what it wrote.
#[derive(Clone, Debug)]
pub struct Primary {
    copies: Vec<ActorId>,
    gap: Option<Law>,
    way: Way,
    written: Vec<SimTime>,
}

impl Primary {
    pub(super) fn new(settings: &Settings, copies: Vec<ActorId>) -> Self {
        let (gap, way) = (settings.gap.clone(), settings.way.clone());
        Primary { copies, gap, way, written: Vec::new() }
    }

    /// The old primary writes no more: it shows what it has.
    pub(super) fn on_restart(&self, cx: &mut Cx<'_, RecoveryPoints>) {
        let log: Arc<[SimTime]> = Arc::from(cx.disk().0.as_slice());
        self.copies.iter().for_each(|to| cx.send(*to, Msg::Back(log.clone())));
    }

    pub(super) fn on_start(&mut self, cx: &mut Cx<'_, RecoveryPoints>) {
        self.next_write(cx);
        if let Way::Points(every, _) = self.way {
            for copy in 0..self.copies.len() as u32 {
                let phase = cx.random("phase").uniform();
                cx.set_timer(Timer::Cut(copy), every.scale(phase));
            }
        }
    }

    fn next_write(&self, cx: &mut Cx<'_, RecoveryPoints>) {
        if let Some(law) = &self.gap {
            let gap = law.span(cx.random("writes"));
            cx.set_timer(Timer::Write, gap);
        }
    }

    pub(super) fn write(&mut self, cx: &mut Cx<'_, RecoveryPoints>) {
        let now = cx.monotonic();
        self.written.push(now);
        cx.persist(now);
        if let Way::Records(_) = self.way {
            self.copies.iter().for_each(|to| cx.send(*to, Msg::Record(self.written.len() as u64)));
        }
        self.next_write(cx);
    }

    pub(super) fn cut(&mut self, copy: u32, cx: &mut Cx<'_, RecoveryPoints>) {
        let Way::Points(every, lag) = &self.way else { return };
        let as_of = cx.monotonic() - lag.span(cx.random("lag"));
        let writes = self.written.partition_point(|at| *at <= as_of) as u64;
        cx.send(self.copies[copy as usize], Msg::Point(as_of, writes));
        cx.set_timer(Timer::Cut(copy), *every);
    }
}
