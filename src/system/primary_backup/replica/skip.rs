//! What a stretch of time that is jumped over adds to the primary's log: see `engine/jump.rs`.
//!
//! The writes of such a stretch are not simulated, but a backup that was away has to catch up with them, and what it takes
//! depends on how many there were; and where the log is shipped late, what was written before the jump has left since. So
//! the primary counts its writes by minute, and after a jump appends as many entries that change nothing ([`Entry::Left`]).
//! They travel like any others. Backups that were there all the time get them for nothing: the jump has counted that traffic
//! already.

use super::{Cx, Entry, Kin, Replica, Role};
use crate::base::time::Span;

impl Replica {
    /// The world jumps: what is written meanwhile is missing in the log of whoever is away.
    pub fn on_skip(&mut self, by: Span) {
        let lags = self.settings.lags();
        let Role::Primary(lead) = &mut self.role else { return };
        for peer in lead.peers.values_mut() {
            peer.kept_up = !peer.silent;
        }
        if lags || lead.peers.values().any(|peer| peer.silent) {
            lead.pace.skip(by);
        }
    }

    /// Appends what the last jump left out: one entry for each write, until there are so many that the log keeps none of those
    /// before.
    pub(super) fn make_up<S: Kin>(&mut self, cx: Cx<S>) {
        let (now, term, most) = (cx.monotonic(), self.term(), self.settings.log_entries * 2 + 1);
        let prev = (self.log.last(), self.log.last_term());
        let Some(lead) = self.lead_mut() else { return };
        lead.pace.turn(now);
        if !lead.pace.owes() {
            return;
        }
        let lots = lead.pace.take().lots(most);
        let left: Vec<Entry> = lots.map(|lot| Entry::Left { bytes: lot.bytes, had: false }).collect();
        let n = left.len() as u64;
        lead.peers.values_mut().for_each(|peer| peer.later(n));
        for entry in &left {
            self.log.append(term, entry.clone());
        }
        self.keep_entries(prev, left, cx);
    }
}
