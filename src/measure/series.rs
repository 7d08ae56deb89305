//! Series: the operations of one kind that one client region makes on one partition.

use crate::base::ids::{Id, PartitionId, RegionId};
use crate::model::operation::Operation;
use serde::{Deserialize, Serialize};

/// Reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// Operations that cannot change data.
    Read,
    /// Operations that can.
    Write,
}

impl Kind {
    /// Both, reads first.
    pub const ALL: [Kind; 2] = [Kind::Read, Kind::Write];

    /// `read` or `write`, as in measure paths.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Read => "read",
            Kind::Write => "write",
        }
    }

    /// The kind called `name`.
    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind of an operation.
    pub fn of(operation: &Operation) -> Kind {
        if operation.action.is_write() { Kind::Write } else { Kind::Read }
    }
}

/// Which series an operation belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SeriesKey {
    /// Where the client sits.
    pub region: RegionId,
    /// What it asked.
    pub partition: PartitionId,
    /// Whether it read or wrote.
    pub kind: Kind,
}

/// What part of the operations a value is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// All of them.
    Account,
    /// Those of the clients of one region.
    Region(RegionId),
    /// Those on one partition.
    Partition(PartitionId),
}

impl Scope {
    /// Whether a series is inside.
    pub fn has(self, key: SeriesKey) -> bool {
        match self {
            Scope::Account => true,
            Scope::Region(region) => key.region == region,
            Scope::Partition(partition) => key.partition == partition,
        }
    }

    /// The three scopes that a series is part of.
    pub fn of(key: SeriesKey) -> [Scope; 3] {
        [Scope::Account, Scope::Region(key.region), Scope::Partition(key.partition)]
    }
}

const ABSENT: u32 = u32::MAX;

/// One accumulator per series, made when the series is first seen; looked up in constant time.
#[derive(Clone, Debug, Default)]
pub struct SeriesTable<T> {
    regions: usize,
    partitions: usize,
    index: Vec<u32>,
    items: Vec<(SeriesKey, T)>,
}

impl<T: Default> SeriesTable<T> {
    /// An empty table, sized for so many regions and partitions; it grows when it meets more.
    pub fn new(regions: usize, partitions: usize) -> Self {
        SeriesTable { regions, partitions, index: vec![ABSENT; regions * partitions * 2], items: Vec::new() }
    }

    /// The accumulator of a series.
    pub fn at(&mut self, key: SeriesKey) -> &mut T {
        if key.region.index() >= self.regions || key.partition.index() >= self.partitions {
            self.grow(key);
        }
        let place = self.place(key);
        if self.index[place] == ABSENT {
            self.index[place] = self.items.len() as u32;
            self.items.push((key, T::default()));
        }
        &mut self.items[self.index[place] as usize].1
    }

    /// All series seen, in order of key.
    pub fn sorted(&self) -> Vec<(SeriesKey, &T)> {
        let mut all: Vec<_> = self.items.iter().map(|(key, item)| (*key, item)).collect();
        all.sort_by_key(|(key, _)| *key);
        all
    }

    /// All series seen, to change.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (SeriesKey, &mut T)> {
        self.items.iter_mut().map(|(key, item)| (*key, item))
    }

    /// Takes in another table; `join` settles series that both have.
    pub fn merge(&mut self, mut other: SeriesTable<T>, join: impl Fn(&mut T, T)) {
        other.items.sort_by_key(|(key, _)| *key);
        for (key, item) in other.items {
            join(self.at(key), item);
        }
    }

    fn place(&self, key: SeriesKey) -> usize {
        (key.region.index() * self.partitions + key.partition.index()) * 2 + key.kind as usize
    }

    fn grow(&mut self, key: SeriesKey) {
        self.regions = self.regions.max(key.region.index() + 1);
        self.partitions = self.partitions.max(key.partition.index() + 1);
        self.index = vec![ABSENT; self.regions * self.partitions * 2];
        for i in 0..self.items.len() {
            let place = self.place(self.items[i].0);
            self.index[place] = i as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(region: u32, partition: u32, kind: Kind) -> SeriesKey {
        SeriesKey { region: RegionId(region), partition: PartitionId(partition), kind }
    }

    #[test]
    fn a_table_keeps_its_series_when_it_grows() {
        let mut table: SeriesTable<u32> = SeriesTable::new(1, 1);
        *table.at(key(0, 0, Kind::Write)) = 7;
        *table.at(key(3, 9, Kind::Read)) = 8;
        *table.at(key(0, 0, Kind::Write)) += 1;
        let all: Vec<_> = table.sorted().into_iter().map(|(key, n)| (key.partition.0, *n)).collect();
        assert_eq!(all, [(0, 8), (9, 8)]);
    }
}
