//! The side that reads.

use super::{Msg, Next, Quorum, Read};
use crate::base::ids::ActorId;
use crate::base::rng::Stream;
use crate::engine::record::Change;
use crate::system::lab::Cx;

/// Reads what was committed.
#[derive(Clone, Debug)]
pub struct Reader {
    replicas: Vec<ActorId>,
    read: Read,
    committed: u64,
    /// What had been committed when its last read began.
    wanted: u64,
    /// Its reads so far: a late answer to another one does not count.
    reads: u64,
    answers: u32,
    newest: u64,
}

impl Reader {
    pub(super) fn new(replicas: Vec<ActorId>, read: Read) -> Self {
        Reader { replicas, read, committed: 0, wanted: 0, reads: 0, answers: 0, newest: 0 }
    }

    /// A reader that comes back knows of no read, and must not use a number again: it counts on from its clock.
    pub(super) fn on_restart(&mut self, cx: &Cx<'_, Quorum>) {
        self.reads = cx.monotonic().0;
    }

    /// The writer has committed a version: it is read after a while.
    pub(super) fn committed(&mut self, version: u64, cx: &mut Cx<'_, Quorum>) {
        self.committed = version;
        cx.set_timer(Next, self.read.after);
    }

    pub(super) fn ask(&mut self, cx: &mut Cx<'_, Quorum>) {
        (self.answers, self.newest) = (0, 0);
        self.reads += 1;
        self.wanted = self.committed;
        choose(&mut self.replicas, self.read.quorum as usize, cx.random("replicas"));
        for to in &self.replicas[..self.read.quorum as usize] {
            cx.send(*to, Msg::Read(self.reads));
        }
    }

    pub(super) fn answer(&mut self, read: u64, version: u64, cx: &mut Cx<'_, Quorum>) {
        if read != self.reads {
            return;
        }
        self.answers += 1;
        self.newest = self.newest.max(version);
        if self.answers == self.read.quorum {
            let stale = self.newest < self.wanted;
            cx.change(Change::Observed { what: "stale", value: f64::from(u8::from(stale)) });
        }
    }
}

/// Brings a random choice of `k` to the front, each equally likely (Fisher and Yates).
fn choose<T>(of: &mut [T], k: usize, stream: &mut Stream) {
    for i in 0..k.min(of.len()) {
        let other = i + stream.below((of.len() - i) as u64) as usize;
        of.swap(i, other);
    }
}
