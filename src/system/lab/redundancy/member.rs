//! A member: one copy on one disk.

use super::{Copy, Msg, Redundancy, Settings, Timer};
use crate::base::ids::ActorId;
use crate::base::time::Span;
use crate::engine::contract::Lsn;
use crate::model::operation::OpId;
use crate::system::lab::Cx;
use std::collections::VecDeque;

/// A member process.
#[derive(Clone, Debug)]
pub struct Member {
    number: u32,
    director: ActorId,
    heartbeat: Span,
    /// The last write handed to the disk.
    handed: u64,
    /// Writes handed to the disk, to answer once they are durable.
    under_way: VecDeque<(Lsn, OpId)>,
}

impl Member {
    /// A member of this number.
    pub fn new(settings: &Settings, number: u32, director: ActorId) -> Member {
        Member { number, director, heartbeat: settings.heartbeat, handed: 0, under_way: VecDeque::new() }
    }

    /// It is there, as it says again and again.
    pub fn start(&mut self, cx: &mut Cx<'_, Redundancy>) {
        self.here(false, cx);
    }

    /// It is there again.
    pub fn restart(&mut self, cx: &mut Cx<'_, Redundancy>) {
        self.handed = cx.disk().upto;
        self.here(true, cx);
    }

    fn here(&self, restarted: bool, cx: &mut Cx<'_, Redundancy>) {
        let disk = cx.disk();
        let copy = disk.whole.then_some(disk.upto);
        cx.send(self.director, Msg::Here { member: self.number, copy, restarted });
        cx.set_timer(Timer::Heartbeat, self.heartbeat);
    }

    /// The director asks something. A blank member has no answer.
    pub fn message(&mut self, msg: Msg, cx: &mut Cx<'_, Redundancy>) {
        let disk = *cx.disk();
        match msg {
            Msg::Adopt(from, upto) => {
                self.handed = upto;
                cx.persist(Copy { whole: true, from, upto });
            }
            Msg::Read(op) if disk.whole => cx.send(self.director, Msg::Did(op, self.number)),
            // With a write missing in between it waits for the director to bring it up to date.
            Msg::Write(op, number) if disk.whole && number == self.handed + 1 => {
                self.handed = number;
                let lsn = cx.persist(Copy { upto: number, ..disk });
                self.under_way.push_back((lsn, op));
            }
            _ => {}
        }
    }

    /// Writes up to this one are on the disk.
    pub fn durable(&mut self, upto: Lsn, cx: &mut Cx<'_, Redundancy>) {
        while let Some((_, op)) = self.under_way.front().filter(|(lsn, _)| *lsn <= upto) {
            cx.send(self.director, Msg::Did(*op, self.number));
            self.under_way.pop_front();
        }
    }
}
