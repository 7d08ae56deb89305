//! The closing reads, and whether regions agree once writes have stopped.

use super::evidence::Line;
use super::finding::lines_in_order;
use super::verdict::GuaranteeVerdict;
use super::versions::{Stamp, View};
use super::write_set::WriteSet;
use crate::algorithm::interval_set::IntervalSet;
use crate::base::ids::{PartitionId, RegionId};
use crate::model::operation::{Key, Observed, Operation, WriteId};
use std::collections::BTreeMap;

/// What the last closing read of a key in one region returned.
#[derive(Clone, Copy, Debug)]
pub struct Closing {
    /// The value; `None`: absent.
    pub value: Option<WriteId>,
    /// When the read was invoked.
    pub invoked: Stamp,
    /// The read.
    pub line: Line,
}

/// Which write-once keys a region was found to hold.
#[derive(Clone, Debug)]
pub struct Held {
    /// Their serials.
    pub serials: IntervalSet,
    /// When the read was invoked.
    pub invoked: Stamp,
    /// The read.
    pub line: Line,
}

/// All closing reads that succeeded; of several in one region the last one counts.
#[derive(Clone, Debug, Default)]
pub struct ClosingReads {
    /// By key, then by serving region.
    pub keys: BTreeMap<(PartitionId, Key), BTreeMap<Option<RegionId>, Closing>>,
    /// Write-once keys.
    pub once: BTreeMap<PartitionId, BTreeMap<Option<RegionId>, Held>>,
}

impl ClosingReads {
    /// A closing read succeeded.
    pub fn on_read(&mut self, op: &Operation, views: &[View]) {
        for view in views {
            let line = Line::of_read(op, view.key, view.value);
            let closing = Closing { value: view.value, invoked: op.invoked, line };
            self.keys.entry((op.partition, view.key)).or_default().insert(op.served, closing);
        }
        if let Observed::Serials(ranges) = &op.observed {
            let mut serials = IntervalSet::new();
            ranges.iter().for_each(|(first, last)| serials.insert_range(*first, *last));
            let held = Held { serials, invoked: op.invoked, line: Line::of_read(op, op.key, None) };
            self.once.entry(op.partition).or_default().insert(op.served, held);
        }
    }

    /// Every write that some closing read showed.
    pub fn shown(&self) -> WriteSet {
        let mut shown = WriteSet::default();
        for ((partition, _), regions) in &self.keys {
            for write in regions.values().filter_map(|c| c.value) {
                shown.insert(*partition, write);
            }
        }
        for (partition, regions) in &self.once {
            for (first, last) in regions.values().flat_map(|h| h.serials.ranges()) {
                shown.insert_once(*partition, *first, *last);
            }
        }
        shown
    }

    /// Regions agree on every key. A difference in a window that ended before the system settled shows nothing.
    pub fn convergence(&self, settled: bool) -> GuaranteeVerdict {
        const NAME: &str = "convergence";
        let mut checked = 0;
        let mut difference = None;
        for regions in self.keys.values() {
            let mut reads = regions.iter().filter(|(region, _)| region.is_some()).map(|(_, c)| c);
            let Some(first) = reads.next() else { continue };
            checked += 1;
            if let Some(other) = reads.find(|c| c.value != first.value) {
                difference.get_or_insert(lines_in_order(vec![first.line, other.line]));
            }
        }
        for regions in self.once.values() {
            let mut reads = regions.iter().filter(|(region, _)| region.is_some()).map(|(_, h)| h);
            let Some(first) = reads.next() else { continue };
            checked += 1;
            if let Some(other) = reads.find(|h| h.serials != first.serials) {
                difference.get_or_insert_with(|| serials_apart(first, other));
            }
        }
        match difference {
            None if checked == 0 => GuaranteeVerdict::unknown(NAME, 0, "no closing read succeeded"),
            None => GuaranteeVerdict::holds(NAME, checked),
            Some(_) if !settled => GuaranteeVerdict::unknown(
                NAME,
                checked,
                "regions differ, but the window ended before it settled",
            ),
            Some(lines) => {
                GuaranteeVerdict::violated(NAME, checked, "closing reads of two regions differ", lines)
            }
        }
    }
}

fn serials_apart(first: &Held, other: &Held) -> Vec<String> {
    let mut lines = lines_in_order(vec![first.line, other.line]);
    for (a, b) in [(first, other), (other, first)] {
        let only = a.serials.difference(&b.serials);
        if let (Some((from, to)), Some(region)) = (only.ranges().first(), a.line.served) {
            lines.push(format!("only region {} holds once {from}..{to}; {} such keys", region.0, only.len()));
        }
    }
    lines
}
