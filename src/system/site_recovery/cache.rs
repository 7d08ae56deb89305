//! Where one machine's uploads go: its part of the cache account in its region (ASR-1, ASR-4). It keeps them until they were
//! processed in the other region; while its region is out of reach so are they, and they are gone if it is destroyed.

use super::disk::DiskRecord;
use super::message::{Chunk, Msg};
use super::settings::Directory;
use super::timer::Timer;
use super::{Cx, pop_if};
use crate::base::ids::ActorId;
use crate::base::time::{SimTime, Span};
use crate::engine::contract::Lsn;
use crate::system::site_recovery::point::Tag;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// How often it says again what waits in it.
const ANNOUNCE: Span = Span::secs(30);
/// Chunks and bytes that leave in one message.
const PIECE: (usize, u64) = (512, 64_000_000);

/// A cache account's part for one machine.
#[derive(Clone, Debug)]
pub struct Cache {
    directory: Arc<Directory>,
    vm: usize,
    site: usize,
    /// The stream, and the last chunk handed to the disk.
    taken: (u64, u64),
    /// Chunks being written: whether they have points.
    writing: VecDeque<(Lsn, bool)>,
    /// Chunks that overtook others.
    early: BTreeMap<u64, Arc<Chunk>>,
}

impl Cache {
    /// An empty one.
    pub fn new(directory: Arc<Directory>, vm: usize, site: usize) -> Cache {
        Cache { directory, vm, site, taken: (0, 0), writing: VecDeque::new(), early: BTreeMap::new() }
    }

    pub(super) fn on_start(&mut self, cx: Cx) {
        self.taken = (cx.disk().stream, cx.disk().stored.0);
        cx.set_timer(Timer::Announce, ANNOUNCE);
    }

    pub(super) fn on_message(&mut self, from: ActorId, msg: Msg, cx: Cx) {
        match msg {
            Msg::Upload(chunk) => self.on_upload(from, chunk, cx),
            Msg::Resume(stream) => self.on_resume(from, stream, cx),
            Msg::Report => self.announce(cx),
            Msg::Fetch(stream, have, upto) => self.on_fetch(stream, have, upto, cx),
            Msg::Processed(stream, upto) if stream == cx.disk().stream => {
                cx.persist(DiskRecord::Drop(upto));
            }
            _ => {}
        }
    }

    /// A machine that has booted asks where to go on. Chunks of its former life that wait for others will never fit: it makes
    /// new ones with the same numbers.
    fn on_resume(&mut self, from: ActorId, stream: u64, cx: Cx) {
        self.early.clear();
        // It asks again once all is written.
        if self.writing.is_empty() {
            let (disk, stored) = (cx.disk(), cx.disk().stored);
            let (seq, index) = if disk.stream == stream { stored } else { (0, 0) };
            cx.send(from, Msg::Expect(stream, seq, index));
        }
    }

    fn on_upload(&mut self, from: ActorId, chunk: Arc<Chunk>, cx: Cx) {
        let (stream, taken) = self.taken;
        if chunk.stream < stream {
            return;
        }
        if chunk.stream > stream {
            self.taken = (chunk.stream, 0);
            self.early.clear();
        } else if chunk.seq <= taken {
            return cx.send(from, Msg::Stored(stream, cx.disk().stored.0));
        }
        self.early.insert(chunk.seq, chunk);
        while let Some(chunk) = self.early.remove(&(self.taken.1 + 1)) {
            self.taken.1 = chunk.seq;
            let marked = !chunk.tags.is_empty();
            let lsn = cx.persist(DiskRecord::Store(chunk));
            self.writing.push_back((lsn, marked));
        }
    }

    pub(super) fn on_durable(&mut self, upto: Lsn, cx: Cx) {
        let mut marked = None;
        while let Some((_, tags)) = pop_if(&mut self.writing, |(lsn, _)| *lsn <= upto) {
            marked = Some(marked.unwrap_or(false) || tags);
        }
        let Some(marked) = marked else { return };
        let disk = cx.disk();
        cx.send(self.directory.machines[self.vm][self.site], Msg::Stored(disk.stream, disk.stored.0));
        if marked {
            self.announce(cx);
        }
    }

    pub(super) fn on_announce(&mut self, cx: Cx) {
        cx.set_timer(Timer::Announce, ANNOUNCE);
        if cx.disk().chunks.iter().any(|chunk| chunk.copy || !chunk.tags.is_empty()) {
            self.announce(cx);
        }
    }

    /// Tells the service what there is.
    fn announce(&mut self, cx: Cx) {
        let disk = cx.disk();
        let tagged = disk.chunks.iter().flat_map(|c| c.tags.iter().map(|tag| (c.seq, *tag)));
        let tags: Arc<[(u64, Tag)]> = tagged.collect();
        let through = disk.chunks.back().map_or(SimTime::ZERO, |chunk| chunk.through);
        let waiting = Msg::Waiting(self.vm, disk.stream, disk.stored.0, through, tags);
        cx.send(self.directory.service, waiting);
    }

    /// Sends chunks to the replica.
    fn on_fetch(&mut self, stream: u64, have: u64, upto: u64, cx: Cx) {
        let disk = cx.disk();
        if stream != disk.stream {
            return;
        }
        let replica = self.directory.machines[self.vm][1 - self.site];
        let mut piece: Vec<Arc<Chunk>> = Vec::new();
        let mut bytes = 0;
        for chunk in disk.chunks.iter().filter(|chunk| chunk.seq > have && chunk.seq <= upto) {
            if piece.len() >= PIECE.0 || (bytes + chunk.bytes > PIECE.1 && !piece.is_empty()) {
                cx.send(replica, Msg::Data(Arc::new(std::mem::take(&mut piece))));
                bytes = 0;
            }
            bytes += chunk.bytes;
            piece.push(chunk.clone());
        }
        if !piece.is_empty() {
            cx.send(replica, Msg::Data(Arc::new(piece)));
        }
    }
}
