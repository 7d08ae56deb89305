//! What a checker found so far: the first violation, and suspicions that a later record may clear.

use super::evidence::Line;
use super::verdict::GuaranteeVerdict;
use super::versions::Stamp;
use crate::base::ids::PartitionId;
use crate::model::operation::{Key, WriteId};

/// Suspicions kept per guarantee. More than this are only counted.
const KEPT: usize = 64;

/// A read that seems to break a guarantee.
#[derive(Clone, Debug)]
pub struct Suspicion {
    /// The partition.
    pub partition: PartitionId,
    /// The key that was read.
    pub key: Key,
    /// What was returned; `None`: absent.
    pub returned: Option<WriteId>,
    /// When the read ended.
    pub read: Stamp,
    /// The write that the read should not have missed.
    pub required: WriteId,
    /// The write that had been seen and obliges the read, where the obligation stands only if that write stays.
    pub seen: Option<WriteId>,
    /// What is broken.
    pub why: &'static str,
    /// The operations that show it.
    pub lines: Vec<Line>,
}

/// Whether a suspicion is a violation at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// Nothing that may still come excuses it.
    Certain,
    /// A decision about the missed write, or its loss, may still be recorded.
    Overrulable,
    /// The write that made what was returned may still be open.
    Unexplained,
}

impl Certainty {
    /// The certainty of a finding about a read: `open`, whether an open write may have made what it returned;
    /// `overrulable`, whether the missed write may yet turn out not to be required.
    pub fn of(open: bool, overrulable: bool) -> Certainty {
        match (open, overrulable) {
            (true, _) => Certainty::Unexplained,
            (false, true) => Certainty::Overrulable,
            (false, false) => Certainty::Certain,
        }
    }
}

/// The findings of one guarantee.
#[derive(Clone, Debug)]
pub struct Findings {
    name: &'static str,
    checked: u64,
    violation: Option<(String, Vec<Line>)>,
    suspicions: Vec<Suspicion>,
    dropped: u64,
}

impl Findings {
    /// No findings yet about the guarantee `name`.
    pub fn new(name: &'static str) -> Self {
        Findings { name, checked: 0, violation: None, suspicions: Vec::new(), dropped: 0 }
    }

    /// Counts one judged operation.
    pub fn count(&mut self) {
        self.checked += 1;
    }

    /// Records a violation; the first one is shown.
    pub fn violated(&mut self, why: impl Into<String>, lines: Vec<Line>) {
        if self.violation.is_none() {
            self.violation = Some((why.into(), lines));
        }
    }

    /// Records a suspicion, which becomes a violation unless something clears it.
    pub fn suspect(&mut self, suspicion: Suspicion, certainty: Certainty) {
        if self.violation.is_some() {
            return;
        }
        if certainty == Certainty::Certain {
            return self.violated(suspicion.why, suspicion.lines);
        }
        let same = |s: &Suspicion| {
            let unexplained = certainty == Certainty::Unexplained;
            (s.partition, s.key, s.returned) == (suspicion.partition, suspicion.key, suspicion.returned)
                && (unexplained || s.required == suspicion.required)
        };
        if self.suspicions.iter().any(same) {
            return;
        }
        if self.suspicions.len() < KEPT {
            self.suspicions.push(suspicion);
        } else {
            self.dropped += 1;
        }
    }

    /// Whether nothing waits to be cleared.
    pub fn is_clear(&self) -> bool {
        self.suspicions.is_empty()
    }

    /// A decision or a loss was recorded that excuses missing `write`.
    pub fn excuse(&mut self, partition: PartitionId, write: WriteId) {
        self.suspicions.retain(|s| (s.partition, s.required) != (partition, write));
    }

    /// Decisions were recorded: drops the suspicions that `excused` now says are none.
    pub fn reconsider(&mut self, excused: impl Fn(&Suspicion) -> bool) {
        self.suspicions.retain(|s| !excused(s));
    }

    /// A write was lost: having seen it obliges nobody.
    pub fn lost(&mut self, partition: PartitionId, write: WriteId) {
        self.suspicions.retain(|s| (s.partition, s.seen) != (partition, Some(write)));
    }

    /// A write of `key` ended that was invoked at `invoked` and did or may have taken effect: a value or an absence
    /// that was taken for an old one may have been this write's.
    pub fn explain(
        &mut self,
        partition: PartitionId,
        key: Key,
        write: WriteId,
        invoked: Stamp,
        deletes: bool,
    ) {
        self.suspicions.retain(|s| {
            let same_key = (s.partition, s.key) == (partition, key);
            let explained =
                s.returned == Some(write) || (deletes && s.returned.is_none() && invoked <= s.read);
            !(same_key && explained)
        });
    }

    /// The verdict; `doubtful` says of a suspicion whether a write of its key is still open that may explain it.
    pub fn finish(self, doubtful: impl Fn(&Suspicion) -> bool) -> GuaranteeVerdict {
        let standing = self.suspicions.into_iter().find(|s| !doubtful(s));
        let violation = self.violation.or(standing.map(|s| (s.why.to_string(), s.lines)));
        match violation {
            Some((why, lines)) => {
                GuaranteeVerdict::violated(self.name, self.checked, why, lines_in_order(lines))
            }
            None if self.dropped > 0 => GuaranteeVerdict::unknown(
                self.name,
                self.checked,
                format!("{} suspicions came too fast to be followed up", self.dropped),
            ),
            None => GuaranteeVerdict::holds(self.name, self.checked),
        }
    }
}

/// The operations as text, by the time they ended, each once.
pub fn lines_in_order(mut lines: Vec<Line>) -> Vec<String> {
    lines.sort_by_key(|l| (l.completed, l.invoked));
    let mut shown: Vec<String> = lines.iter().map(Line::to_string).collect();
    shown.dedup();
    shown
}
