//! The end of a window: everything is read back through the real clients.

use crate::base::ids::{Id, PartitionId};
use crate::base::time::Span;
use crate::engine::driver::{Draft, Driver};
use crate::model::operation::{Action, Key};
use std::collections::BTreeSet;

/// Pause between two closing reads of one client: 200 a second.
pub(crate) const PACE: Span = Span::millis(5);

/// A client that reads back for its region.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    /// Which, as an index into the driver's clients.
    pub client: usize,
    /// How far it is.
    next: u64,
    partitions: Vec<PartitionId>,
    registers: u64,
    objects: u64,
}

impl Reader {
    /// What to read next: the registers and objects of each partition, then which write-once keys it has.
    fn next(&mut self) -> Option<(PartitionId, Key, Action)> {
        let each = self.registers + self.objects + 1;
        let (partition, n) = (*self.partitions.get((self.next / each) as usize)?, self.next % each);
        self.next += 1;
        Some(if n < self.registers {
            (partition, Key::register(n), Action::Read)
        } else if n < self.registers + self.objects {
            (partition, Key::object(n - self.registers), Action::Read)
        } else {
            (partition, Key::once(0), Action::ReadBack)
        })
    }
}

impl Driver {
    /// Appoints who reads everything back: of each region, the first client that is `up` and uses the partition. Returns
    /// how many readers there are.
    pub fn begin_closing(
        &mut self,
        up: &dyn Fn(&crate::engine::driver::client::ClientState) -> bool,
    ) -> usize {
        let registers = self.workloads.iter().map(|(_, w)| w.registers.len()).max().unwrap_or(0);
        let objects = self.workloads.iter().map(|(_, w)| w.objects.len()).max().unwrap_or(0);
        let mine: Vec<PartitionId> =
            (0..self.mine.len()).filter(|i| self.mine[*i]).map(PartitionId::from_index).collect();
        let mut covered = BTreeSet::new();
        for (client, state) in self.clients.iter().enumerate().filter(|(_, state)| up(state)) {
            let uses = mine.iter().filter(|p| state.only.is_none_or(|only| only == **p));
            let partitions: Vec<PartitionId> =
                uses.copied().filter(|p| covered.insert((state.region, *p))).collect();
            if !partitions.is_empty() {
                self.readers.push(Reader { client, next: 0, partitions, registers, objects });
            }
        }
        self.readers.len()
    }

    /// The next closing read of a reader; `None` once it has read everything.
    pub fn closing_read(&mut self, reader: usize) -> Option<Draft> {
        let reader = self.readers.get_mut(reader)?;
        let (partition, key, action) = reader.next()?;
        Some(Draft { client: reader.client, partition, key, action, bytes: 0, closing: true, by_hand: false })
    }
}
