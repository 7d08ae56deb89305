//! Regular reads: a read that begins after a write was acknowledged returns that write or a newer one.

use super::evidence::Line;
use super::finding::{Certainty, Findings, Suspicion};
use super::versions::{Versions, View};
use crate::model::operation::{Claims, Operation};

/// The checker. Lamport's regular register (On interprocess communication, 1986), for several writers: of writes that
/// overlap, any may be the newer one, and reads need not agree about it.
#[derive(Clone, Debug)]
pub struct Regular {
    /// The findings.
    pub findings: Findings,
    overrulable: bool,
}

impl Regular {
    /// Nothing seen yet. `overrulable`: a decision that is recorded later may overrule what a read missed.
    pub fn new(overrulable: bool) -> Self {
        Regular { findings: Findings::new("regular-reads"), overrulable }
    }

    /// A read that succeeded, with what it returned.
    pub fn on_read(&mut self, op: &Operation, views: &[View], versions: &Versions) {
        if !op.claims.has(Claims::REGULAR) {
            return;
        }
        self.findings.count();
        for view in views {
            let Some(missed) = versions.missed(op, view) else { continue };
            let write = Line::of_version(op.partition, view.key, missed);
            let suspicion = Suspicion {
                partition: op.partition,
                key: view.key,
                returned: view.value,
                read: op.completed,
                required: missed.id,
                seen: None,
                why: "a read missed a write that had been acknowledged before it began",
                lines: vec![write, Line::of_read(op, view.key, view.value)],
            };
            self.findings.suspect(suspicion, Certainty::of(view.doubtful, self.overrulable));
        }
    }
}
