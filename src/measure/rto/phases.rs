//! What a recovery spent its time on: detect, decide, elect, catch up, reroute.
//!
//! Read backwards from the restoration, as its cause chain: the last time the partition became writable before it, the
//! last election or cut of the lineage before that, the last decision before that; forwards only for the first sign of
//! detection. A phase whose event is missing has no length, and what is left is rerouting: the phases add up to the RTO.

use crate::base::ids::PartitionId;
use crate::base::time::{SimTime, Span};
use crate::engine::record::Change;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Events that end a phase, as the system reported them.
#[derive(Clone, Debug, Default)]
pub struct Milestones {
    all: BTreeSet<(SimTime, Step, Option<PartitionId>)>,
    dropped: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Detected,
    Decided,
    Elected,
    Writable,
}

/// Lengths of the phases of one recovery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phases {
    /// From the onset until the failure was noticed.
    pub detect: Span,
    /// Until something was decided.
    pub decide: Span,
    /// Until a leader was elected, or a new lineage begun.
    pub elect: Span,
    /// Until the partition accepted writes.
    pub catch_up: Span,
    /// Until clients succeeded again: all the rest.
    pub reroute: Span,
}

impl Phases {
    /// Names and lengths, in order.
    pub fn parts(&self) -> [(&'static str, Span); 5] {
        [
            ("detect", self.detect),
            ("decide", self.decide),
            ("elect", self.elect),
            ("catch-up", self.catch_up),
            ("reroute", self.reroute),
        ]
    }
}

impl Milestones {
    /// Beyond so many, further ones are only counted: a bound on memory, far above what one cluster of faults causes.
    pub const MOST: usize = 1 << 17;

    /// Notes a change, if it ends a phase.
    pub fn add(&mut self, at: SimTime, change: &Change) {
        let (step, partition) = match change {
            // The leader was elected before, which was said by itself.
            Change::LineageCut { why: "election", .. } => return,
            Change::Detected { partition, .. } => (Step::Detected, *partition),
            Change::Decided { partition, .. } => (Step::Decided, *partition),
            Change::Elected { partition, .. } | Change::LineageCut { partition, .. } => {
                (Step::Elected, Some(*partition))
            }
            Change::Writable { partition, .. } => (Step::Writable, Some(*partition)),
            _ => return,
        };
        if self.all.len() < Self::MOST {
            self.all.insert((at, step, partition));
        } else {
            self.dropped += 1;
        }
    }

    /// Takes in what other worlds of the same window saw; an account-level event that all of them saw counts once.
    pub fn merge(&mut self, other: Milestones) {
        self.all.extend(other.all);
        self.dropped += other.dropped;
    }

    /// Events that were not kept: see [`Milestones::MOST`].
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The phases of a recovery of `partition`; `rto` is at most `restored - onset` (less when clients were down), and
    /// phases beyond it are cut off.
    pub fn phases(
        &self,
        onset: SimTime,
        restored: SimTime,
        partition: PartitionId,
        rto: Option<Span>,
    ) -> Phases {
        let Some(rto) = rto else { return Phases::default() };
        let last = |step: Step, until: SimTime| {
            let mut inside = self.all.range((onset, Step::Detected, None)..).take_while(|m| m.0 <= until);
            let concerns =
                |m: &&(SimTime, Step, Option<PartitionId>)| m.1 == step && m.2.is_none_or(|p| p == partition);
            if step == Step::Detected {
                inside.find(concerns).map(|m| m.0)
            } else {
                inside.filter(concerns).last().map(|m| m.0)
            }
        };
        let writable = last(Step::Writable, restored);
        let elected = last(Step::Elected, writable.unwrap_or(restored));
        let decided = last(Step::Decided, elected.or(writable).unwrap_or(restored));
        let detected = last(Step::Detected, decided.or(elected).or(writable).unwrap_or(restored));
        let mut done = Span::ZERO;
        let mut until = |event: Option<SimTime>| {
            let reached = event.map_or(done, |at| at.since(onset).min(rto)).max(done);
            let length = reached.saturating_sub(done);
            done = reached;
            length
        };
        let (detect, decide) = (until(detected), until(decided));
        let (elect, catch_up) = (until(elected), until(writable));
        Phases { detect, decide, elect, catch_up, reroute: rto.saturating_sub(done) }
    }
}
