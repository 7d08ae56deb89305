//! What is durable: of a machine or its replica, of a cache account, of the service, of names.

use super::message::Chunk;
use super::point::Tag;
use super::service::state::State;
use crate::algorithm::log::{ReplicatedLog, Term};
use crate::base::ids::PartitionId;
use crate::engine::contract::{AckedWrite, Storage};
use crate::system::consensus::store::Command;
use std::collections::VecDeque;
use std::sync::Arc;

/// A write of the application.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What was written.
    pub command: Arc<Command>,
    /// The write of another machine that it names.
    pub refers: Option<(PartitionId, Term, u64)>,
}

/// What the disks of a machine are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Use {
    /// Of nobody: blank.
    #[default]
    Blank,
    /// Of a machine that runs, or would if its host did.
    Machine,
    /// Of a machine that was stopped because it was failed over.
    Stopped,
    /// A copy of another machine's.
    Replica,
}

/// A disk.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    /// What it is.
    pub used: Use,
    /// The epoch of the machine.
    pub epoch: u64,
    /// The write at which the epoch began.
    pub cut: u64,
    /// Its stream of uploads, of a machine or its replica.
    pub stream: u64,
    /// Of a replica: the chunks of the stream that it has.
    pub have: u64,
    /// The application's writes.
    pub log: ReplicatedLog<Arc<Entry>>,
    /// Of a replica: the recovery points that there are.
    pub points: Arc<[Tag]>,
    /// Of a cache account: chunks that were not processed yet.
    pub chunks: VecDeque<Arc<Chunk>>,
    /// Of a cache account: the last chunk of the stream, and the last of the application's writes in it.
    pub stored: (u64, u64),
    /// Of the service.
    pub state: Option<Box<State>>,
    /// Of names: the region of each machine, and as of which epoch.
    pub names: Vec<(usize, u64)>,
}

/// What can be written to a disk.
#[derive(Clone, Debug)]
pub enum DiskRecord {
    /// A write of the application.
    Append(Term, Arc<Entry>),
    /// The machine is over: it was failed over in this epoch.
    Stop(u64),
    /// The replica becomes the machine, from this write on, in this epoch.
    Promote(u64, u64),
    /// The machine becomes a replica: stream, epoch, the last write it keeps.
    Follow(u64, u64, u64),
    /// The machine is protected by this stream.
    Protect(u64),
    /// A replica takes chunks.
    Take(Arc<Vec<Arc<Chunk>>>),
    /// The recovery points that there are.
    Points(Arc<[Tag]>),
    /// A cache account takes a chunk.
    Store(Arc<Chunk>),
    /// A cache account drops chunks up to here.
    Drop(u64),
    /// The service's state.
    State(Box<State>),
    /// A name.
    Name(usize, usize, u64),
}

impl Storage for Disk {
    type Record = DiskRecord;

    fn write(&mut self, record: DiskRecord) {
        match record {
            DiskRecord::Append(term, entry) => _ = self.log.append(term, entry),
            DiskRecord::Stop(epoch) => (self.used, self.epoch) = (Use::Stopped, epoch),
            DiskRecord::Promote(epoch, index) => {
                self.log.truncate(index);
                (self.used, self.epoch, self.cut, self.stream) = (Use::Machine, epoch, index, 0);
                self.points = Arc::from([]);
            }
            DiskRecord::Follow(stream, epoch, index) => {
                self.log.truncate(index.min(self.log.last()));
                if epoch != self.epoch {
                    self.points = Arc::from([]);
                }
                (self.used, self.epoch, self.stream, self.have) = (Use::Replica, epoch, stream, 0);
            }
            DiskRecord::Protect(stream) => self.stream = stream,
            DiskRecord::Take(chunks) => chunks.iter().for_each(|chunk| self.take(chunk)),
            DiskRecord::Points(points) => self.points = points,
            DiskRecord::Store(chunk) => self.store(chunk),
            DiskRecord::Drop(upto) => {
                while self.chunks.front().is_some_and(|chunk| chunk.seq <= upto) {
                    self.chunks.pop_front();
                }
            }
            DiskRecord::State(state) => self.state = Some(state),
            DiskRecord::Name(vm, site, epoch) => {
                if let Some(name) = self.names.get_mut(vm).filter(|name| name.1 < epoch) {
                    *name = (site, epoch);
                }
            }
        }
    }
}

impl Disk {
    fn take(&mut self, chunk: &Chunk) {
        if self.used != Use::Replica || chunk.stream != self.stream || chunk.seq != self.have + 1 {
            return;
        }
        self.have = chunk.seq;
        let known = (self.log.last() - chunk.after.min(self.log.last())) as usize;
        for (term, entry) in chunk.entries.iter().skip(known) {
            self.log.append(*term, entry.clone());
        }
    }

    fn store(&mut self, chunk: Arc<Chunk>) {
        if chunk.stream > self.stream {
            self.chunks.clear();
            (self.stream, self.stored) = (chunk.stream, (0, chunk.after));
        }
        if chunk.stream == self.stream && chunk.seq == self.stored.0 + 1 {
            self.stored = (chunk.seq, chunk.after + chunk.entries.len() as u64);
            self.chunks.push_back(chunk);
        }
    }

    /// Whether the disk holds an acknowledged write, or one after it in the same lineage.
    pub fn holds(&self, write: &AckedWrite) -> bool {
        let at = &write.position;
        let log = || self.log.lineage().holds(Term(at.term), at.index, self.log.last());
        self.used != Use::Blank && log() || self.waits(at.term, at.index)
    }

    /// Whether it will hold it whatever recovery point is chosen.
    pub fn keeps(&self, write: &AckedWrite) -> bool {
        let oldest = self.points.iter().map(|point| point.index).min().unwrap_or(0);
        match self.used {
            Use::Machine | Use::Stopped => self.holds(write),
            Use::Replica => write.position.index <= oldest && self.holds(write),
            Use::Blank => false,
        }
    }

    /// Whether a write is in a chunk that was not processed.
    fn waits(&self, term: u64, index: u64) -> bool {
        let at = self.chunks.partition_point(|chunk| chunk.after + (chunk.entries.len() as u64) < index);
        let entry = self.chunks.get(at).and_then(|chunk| {
            let place = index.checked_sub(chunk.after + 1)?;
            chunk.entries.get(place as usize)
        });
        entry.is_some_and(|(written, _)| written.0 == term)
    }
}
