//! Write-once keys of one partition: a register each while something is open on it, and after that a member of a set of
//! intervals, so that memory does not grow with their number.

use super::evidence::{Finding, place};
use super::open::Open;
use super::register::Register;
use super::tally::{Court, Tally};
use crate::algorithm::interval_set::IntervalSet;
use crate::base::ids::{ClientId, PartitionId};
use crate::history::cluster::{Access, Cluster, Point};
use crate::model::operation::{Key, OpId, WriteId};
use std::collections::{BTreeMap, VecDeque};

/// Acknowledgements remembered with their times.
const RECENT: usize = 256;

/// The write-once keys of a partition.
#[derive(Clone, Debug, Default)]
pub(crate) struct Once {
    active: BTreeMap<u64, (Open, Register)>,
    /// Serials that certainly exist.
    exist: IntervalSet,
    /// Serials that may exist or appear.
    perhaps: IntervalSet,
    recent: VecDeque<(u64, Access)>,
}

impl Once {
    /// An operation on a key begins.
    pub fn begin(&mut self, partition: PartitionId, key: Key, id: OpId, start: Point) {
        let serial = key.number();
        if !self.active.contains_key(&serial) {
            let register = self.register(partition, key);
            self.active.insert(serial, (Open::default(), register));
        }
        if let Some((open, _)) = self.active.get_mut(&serial) {
            open.begin(id, start);
        }
    }

    /// The state of a key something is open on.
    pub fn get(&mut self, key: Key) -> Option<&mut (Open, Register)> {
        self.active.get_mut(&key.number())
    }

    /// An operation on the key ended: folds its state away if it was the last one.
    pub fn fold(&mut self, now: Point, court: &mut Court) {
        let serial = court.key.number();
        let Some((open, register)) = self.active.get_mut(&serial) else { return };
        if !open.is_empty() {
            return register.fold(open.horizon(now), court);
        }
        register.fold(Point::NEVER, court);
        let value = WriteId::of_once(court.partition, court.key);
        if let Some(access) = register.established(value) {
            if self.exist.insert(serial) {
                if self.recent.len() == RECENT {
                    self.recent.pop_front();
                }
                self.recent.push_back((serial, access));
            }
        } else if register.may_appear(value) {
            self.perhaps.insert_range(serial, serial);
        }
        self.active.remove(&serial);
    }

    /// A lineage cut: whatever existed may be gone.
    pub fn restart(&mut self) {
        self.perhaps = self.perhaps.union(&self.exist);
        self.exist = IntervalSet::new();
        self.recent.clear();
        for (open, register) in self.active.values_mut() {
            open.cut();
            register.restart();
        }
    }

    /// A read of the whole partition returned these serials.
    pub fn read_back(
        &self,
        read: &Access,
        serials: &[(u64, u64)],
        partition: PartitionId,
        tally: &mut Tally,
    ) {
        let began_after = |access: &Access| access.finish < read.start;
        if self.recent.len() == RECENT && self.recent.front().is_some_and(|(_, a)| !began_after(a)) {
            return tally.give_up(|| "a read-back was open for too many inserts".into());
        }
        let mut excused = IntervalSet::new();
        serials.iter().for_each(|(first, last)| excused.insert_range(*first, *last));
        for (serial, _) in self.recent.iter().filter(|(_, a)| !began_after(a)) {
            excused.insert(*serial);
        }
        let missing = self.exist.difference(&excused);
        if missing.is_empty() {
            return;
        }
        tally.measure(None);
        let (first, last) = missing.ranges()[0];
        let key = Key::once(first);
        tally.report(Finding {
            at: read.finish,
            partition,
            key,
            why: format!(
                "a read-back of partition {} misses {} acknowledged keys",
                partition.0,
                missing.len()
            ),
            lines: vec![
                format!("{}: acknowledged or read before the read-back began", place(partition, key)),
                format!(
                    "client {} (operation {}) was told that serials {first} to {last} are absent",
                    read.client.0, read.id.0
                ),
            ],
            unwritten: None,
        });
    }

    /// The history ends.
    pub fn finish(&mut self, partition: PartitionId, tally: &mut Tally) {
        for (serial, (open, register)) in &mut self.active {
            let key = Key::once(*serial);
            register.fold(open.horizon(Point::NEVER), &mut Court { tally, partition, key });
        }
    }

    /// How much is remembered: registers, intervals and acknowledgements.
    pub fn footprint(&self) -> usize {
        self.active.len() + self.exist.ranges().len() + self.perhaps.ranges().len() + self.recent.len()
    }

    /// A key nothing was open on: what is known of it.
    fn register(&self, partition: PartitionId, key: Key) -> Register {
        let serial = key.number();
        // A write whose times are forgotten, and perhaps its outcome.
        let write = Access {
            id: OpId(u64::MAX),
            client: ClientId(u32::MAX),
            write: true,
            value: WriteId::of_once(partition, key),
            start: Point::LONG_AGO,
            finish: Point::NEVER,
        };
        let mut register = Register::new();
        if self.exist.contains(serial) {
            let forgotten = Access { finish: Point::LONG_AGO, ..write };
            let seen = self.recent.iter().rev().find(|(s, _)| *s == serial).map_or(forgotten, |(_, a)| *a);
            let mut cluster = Cluster::new(if seen.write { seen } else { write });
            cluster.add(seen);
            register.remember(cluster);
        } else if self.perhaps.contains(serial) {
            register.expect(write);
        }
        register
    }
}
