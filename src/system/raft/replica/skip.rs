//! What a stretch of time that is jumped over adds to the leader's log: see `engine/jump.rs`.
//!
//! The writes of such a stretch are not simulated, but whoever was away has to catch up with them, and whether that takes
//! the log or a snapshot depends on how many there were. So the leader counts its writes by minute, and after a jump appends
//! as many entries that change nothing ([`Payload::Left`](crate::algorithm::raft::Payload)). Those who were there all the
//! time get them for nothing: the jump has counted that traffic already.

use super::{Cx, Replica};
use crate::base::time::Span;

impl Replica {
    /// The world jumps: what is written meanwhile is missing in the log of whoever is away.
    pub fn on_skip(&mut self, by: Span) {
        if self.core.leads() && self.core.skip() {
            self.pace.skip(by);
        }
    }

    /// Appends what the last jump left out: one entry for each write, until there are so many that the log keeps none of those
    /// before.
    pub(super) fn make_up(&mut self, cx: Cx) {
        let now = cx.monotonic();
        self.pace.turn(now);
        if self.pace.owes() {
            let most = self.settings.log_entries.saturating_mul(2).saturating_add(1);
            let small = |bytes| u32::try_from(bytes).unwrap_or(u32::MAX);
            let lots: Vec<u32> = self.pace.take().lots(most).map(|lot| small(lot.bytes)).collect();
            self.core.left_out(lots, now);
        }
    }
}
