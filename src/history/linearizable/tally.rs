//! What the checks of all keys add up to.

use super::evidence::{Finding, line};
use crate::base::ids::PartitionId;
use crate::base::time::Span;
use crate::history::cluster::{Access, Cluster, Point, in_order};
use crate::model::operation::{Key, WriteId};

/// The sum over keys.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    /// The violation that was complete first.
    pub first: Option<Finding>,
    /// The largest chi; `None` once a violation had none.
    pub delta: Option<Span>,
    /// 1 and the most writes certainly between a read and its value.
    pub k: u64,
    /// Operations that took part, once per key.
    pub checked: u64,
    /// The first reason why something could not be judged.
    pub unknown: Option<String>,
}

impl Tally {
    pub fn new() -> Tally {
        Tally { first: None, delta: Some(Span::ZERO), k: 1, checked: 0, unknown: None }
    }

    /// Notes a violation; the earliest one is kept.
    pub fn report(&mut self, finding: Finding) {
        let order = |f: &Finding| (f.at, f.partition, f.key);
        if self.first.as_ref().is_none_or(|first| order(&finding) < order(first)) {
            self.first = Some(finding);
        }
    }

    /// Notes that something could not be judged.
    pub fn give_up(&mut self, why: impl FnOnce() -> String) {
        self.unknown.get_or_insert_with(why);
    }

    /// Takes in the size of a conflict.
    pub fn measure(&mut self, chi: Option<Span>) {
        self.delta = self.delta.zip(chi).map(|(a, b)| a.max(b));
    }

    /// Adds the tally of other keys.
    pub fn merge(&mut self, other: Tally) {
        if let Some(finding) = other.first {
            self.report(finding);
        }
        self.measure(other.delta);
        self.k = self.k.max(other.k);
        self.checked += other.checked;
        if let Some(why) = other.unknown {
            self.give_up(|| why);
        }
    }
}

/// Where the findings of one key go.
pub(crate) struct Court<'a> {
    pub tally: &'a mut Tally,
    pub partition: PartitionId,
    pub key: Key,
}

impl Court<'_> {
    fn report(&mut self, why: String, accesses: Vec<Access>, unwritten: Option<WriteId>) {
        let accesses = in_order(accesses);
        let (partition, key) = (self.partition, self.key);
        self.tally.report(Finding {
            at: accesses
                .iter()
                .map(|a| a.finish)
                .filter(|f| *f != Point::NEVER)
                .max()
                .unwrap_or(Point::NEVER),
            partition,
            key,
            why,
            lines: accesses.iter().map(|a| line(partition, key, a)).collect(),
            unwritten,
        });
    }

    /// Two clusters conflict.
    pub fn conflict(&mut self, a: &Cluster, b: &Cluster) {
        let (old, new) = if a.written_by() <= b.written_by() { (a, b) } else { (b, a) };
        let name = |c: &Cluster| match c.value {
            WriteId::INITIAL => "the initial value".to_string(),
            value => format!("value {}", value.0),
        };
        let why = format!(
            "{} was current at times both before and after {}: some access to each ended before some access to the other began",
            name(old),
            name(new)
        );
        self.report(why, a.evidence(b), None);
    }

    /// A conflict with a version that is no longer remembered.
    pub fn stale(&mut self, old: &Cluster) {
        let why = format!("value {} was read after later versions had been read or written", old.value.0);
        self.report(why, old.write.into_iter().chain([old.first, old.last]).collect(), None);
        self.tally.measure(None);
    }

    /// A read ended before its write began.
    pub fn too_early(&mut self, read: Access, write: Access) {
        self.report(
            format!("value {} was read before its write was invoked", read.value.0),
            vec![read, write],
            None,
        );
        self.tally.measure(None);
    }

    /// A read returned the value of a write that had no effect.
    pub fn of_failed(&mut self, read: Access, write: Access) {
        self.report(
            format!("value {} was read, but its write failed", read.value.0),
            vec![read, write],
            None,
        );
        self.tally.measure(None);
    }

    /// A read returned a value that no known write can have put there.
    pub fn unwritten(&mut self, read: Access) {
        let why = format!(
            "value {} was read, but no write of it had been invoked, or it was overwritten long before",
            read.value.0
        );
        self.report(why, vec![read], Some(read.value));
        self.tally.measure(None);
    }

    /// A write ended whose value was reported as read but unwritten: it belongs to the evidence.
    pub fn late_write(&mut self, write: Access) {
        let (partition, key) = (self.partition, self.key);
        let first = self.tally.first.as_mut().filter(|f| (f.partition, f.key) == (partition, key));
        if let Some(finding) = first.filter(|f| f.unwritten == Some(write.value)) {
            finding.why = format!("value {} was read before its write was invoked", write.value.0);
            finding.lines.push(line(partition, key, &write));
            finding.unwritten = None;
        }
    }
}
