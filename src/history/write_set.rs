//! Sets of writes, per partition.

use crate::algorithm::interval_set::IntervalSet;
use crate::base::ids::PartitionId;
use crate::model::operation::{Key, WriteId};
use std::collections::BTreeMap;

/// A set of writes. Ids of writes to write-once keys run through their serials, so whole suffixes of them take one pair.
#[derive(Clone, Debug, Default)]
pub struct WriteSet {
    partitions: BTreeMap<PartitionId, IntervalSet>,
}

impl WriteSet {
    /// Adds a write.
    pub fn insert(&mut self, partition: PartitionId, write: WriteId) {
        self.partitions.entry(partition).or_default().insert(write.0);
    }

    /// Adds the writes of the write-once keys `first` to `last`.
    pub fn insert_once(&mut self, partition: PartitionId, first: u64, last: u64) {
        let id = |serial| WriteId::of_once(partition, Key::once(serial)).0;
        self.partitions.entry(partition).or_default().insert_range(id(first), id(last));
    }

    /// Whether the write is in the set.
    pub fn contains(&self, partition: PartitionId, write: WriteId) -> bool {
        self.partitions.get(&partition).is_some_and(|ids| ids.contains(write.0))
    }

    /// How many writes there are.
    pub fn len(&self) -> u64 {
        self.partitions.values().map(IntervalSet::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.partitions.is_empty()
    }

    /// The set's ids of one partition.
    pub fn of(&self, partition: PartitionId) -> Option<&IntervalSet> {
        self.partitions.get(&partition)
    }

    /// The writes in this set and not in `other`, by partition and id.
    pub fn difference<'a>(
        &'a self,
        other: &'a WriteSet,
    ) -> impl Iterator<Item = (PartitionId, WriteId)> + 'a {
        self.partitions.iter().flat_map(|(partition, ids)| {
            let rest = match other.partitions.get(partition) {
                Some(gone) => ids.difference(gone),
                None => ids.clone(),
            };
            let ranges = rest.ranges().to_vec();
            ranges.into_iter().flat_map(|(a, b)| a..=b).map(|id| (*partition, WriteId(id)))
        })
    }
}

/// The serial of the write-once key that `write` wrote, if it is such a write: the inverse of [`WriteId::of_once`].
pub fn once_serial(write: WriteId) -> Option<u64> {
    const SERIAL_BITS: u32 = 40;
    (write.0 >> 63 == 1).then_some(write.0 & ((1 << SERIAL_BITS) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_serial_of_a_write_once_key_comes_back_from_its_write() {
        let write = WriteId::of_once(PartitionId(7), Key::once(12));
        assert_eq!(once_serial(write), Some(12));
        assert_eq!(once_serial(WriteId(12)), None);
    }

    #[test]
    fn a_difference_is_taken_partition_by_partition() {
        let mut all = WriteSet::default();
        let mut some = WriteSet::default();
        all.insert(PartitionId(0), WriteId(1));
        all.insert(PartitionId(1), WriteId(1));
        some.insert(PartitionId(1), WriteId(1));
        assert_eq!(all.difference(&some).collect::<Vec<_>>(), [(PartitionId(0), WriteId(1))]);
        assert_eq!((all.len(), some.contains(PartitionId(0), WriteId(1))), (2, false));
    }
}
