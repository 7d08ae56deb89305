//! One actor's disk: records become durable in the order they were handed over, each batch after a persist delay.
//!
//! Batches overlap (a disk takes many writes at once): a batch is durable after its own delay, but never before an
//! earlier one. A process crash leaves batches under way to complete, and a restarted process reads them through the
//! operating system even before; a power loss drops them, also while the process is down.

use crate::base::rng::Stream;
use crate::base::time::{SimTime, Span};
use crate::engine::contract::{Lsn, Storage};
use std::collections::VecDeque;

/// A disk with its writes under way.
#[derive(Clone, Debug)]
pub(crate) struct Disk<D: Storage> {
    /// What is durable.
    pub data: D,
    /// Delays are drawn from here.
    pub stream: Stream,
    records: VecDeque<D::Record>,
    batches: VecDeque<(Lsn, u32)>,
    staged: u32,
    last: SimTime,
    epoch: u32,
}

impl<D: Storage> Disk<D> {
    /// A disk that holds `data`.
    pub fn new(data: D, stream: Stream) -> Self {
        let (records, batches) = (VecDeque::new(), VecDeque::new());
        Disk { data, stream, records, batches, staged: 0, last: SimTime::ZERO, epoch: 0 }
    }

    /// Adds a record to the batch of the present callback.
    pub fn stage(&mut self, record: D::Record) {
        self.records.push_back(record);
        self.staged += 1;
    }

    /// Closes the batch, which ends with record `upto` and takes `delay`; returns when it is durable and the epoch its
    /// event must carry.
    pub fn hand_over(&mut self, upto: Lsn, now: SimTime, delay: Span) -> (SimTime, u32) {
        self.batches.push_back((upto, std::mem::take(&mut self.staged)));
        self.last = self.last.max(now + delay);
        (self.last, self.epoch)
    }

    /// Writes the oldest batch; `None` if its event is of a former epoch.
    pub fn complete(&mut self, epoch: u32) -> Option<Lsn> {
        if epoch != self.epoch {
            return None;
        }
        let (upto, count) = self.batches.pop_front()?;
        for record in self.records.drain(..(count as usize).min(self.records.len())) {
            self.data.write(record);
        }
        Some(upto)
    }

    /// Writes everything under way: a process that starts again after a mere crash finds all it had handed over.
    pub fn flush(&mut self) {
        for record in self.records.drain(..) {
            self.data.write(record);
        }
        self.forget();
    }

    /// Drops everything under way: the power went.
    pub fn lose(&mut self) {
        self.records.clear();
        self.forget();
    }

    /// Drops everything.
    pub fn destroy(&mut self) {
        self.lose();
        self.data = D::default();
    }

    fn forget(&mut self) {
        self.batches.clear();
        self.staged = 0;
        self.last = SimTime::ZERO;
        self.epoch = self.epoch.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Seed;

    #[derive(Clone, Debug, Default, PartialEq)]
    struct Log(Vec<u8>);
    impl Storage for Log {
        type Record = u8;
        fn write(&mut self, record: u8) {
            self.0.push(record);
        }
    }
    fn disk() -> Disk<Log> {
        Disk::new(Log::default(), Seed { scenario: 0, window: 0 }.named("n", "disk"))
    }

    #[test]
    fn records_of_one_batch_become_durable_together_and_batches_in_order() {
        let mut d = disk();
        d.stage(1);
        d.stage(2);
        let first = d.hand_over(Lsn(2), SimTime(0), Span(10));
        d.stage(3);
        let second = d.hand_over(Lsn(3), SimTime(1), Span(2));
        assert_eq!((first.0, second.0), (SimTime(10), SimTime(10)), "a later batch never overtakes");
        assert_eq!(d.complete(first.1), Some(Lsn(2)));
        assert_eq!(d.data, Log(vec![1, 2]));
        assert_eq!(d.complete(second.1), Some(Lsn(3)));
        assert_eq!(d.data, Log(vec![1, 2, 3]));
    }

    #[test]
    fn what_each_kind_of_crash_leaves_differs() {
        let start = || {
            let mut d = disk();
            d.stage(1);
            let (_, epoch) = d.hand_over(Lsn(1), SimTime(0), Span(10));
            d.complete(epoch);
            d.stage(2);
            let (_, epoch) = d.hand_over(Lsn(2), SimTime(20), Span(10));
            (d, epoch)
        };
        let (mut crash, epoch) = start();
        crash.flush();
        assert_eq!(crash.data, Log(vec![1, 2]));
        assert_eq!(crash.complete(epoch), None, "its event has become stale");
        let (mut power, epoch) = start();
        power.lose();
        assert_eq!(power.data, Log(vec![1]));
        assert_eq!(power.complete(epoch), None);
        let (mut gone, _) = start();
        gone.destroy();
        assert_eq!(gone.data, Log::default());
    }
}
