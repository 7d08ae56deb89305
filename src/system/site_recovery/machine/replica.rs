//! The replica of a machine's disks in the other region, and copies of it that are started for a test (ASR-8).

use super::{Machine, Then};
use crate::system::site_recovery::Cx;
use crate::system::site_recovery::disk::{DiskRecord, Use};
use crate::system::site_recovery::message::{Chunk, Msg};
use crate::system::site_recovery::point::Tag;
use crate::system::site_recovery::timer::Timer;
use std::sync::Arc;

impl Machine {
    pub(super) fn on_data(&mut self, chunks: Arc<Vec<Arc<Chunk>>>, cx: Cx) {
        let disk = cx.disk();
        let Some(first) = chunks.first().filter(|first| first.stream == disk.stream) else { return };
        if self.used != Use::Replica || self.boot.is_some() {
            return;
        }
        if self.taken.0 != disk.stream {
            self.taken = (disk.stream, disk.have);
            self.arrived.clear();
        }
        // What overtakes waits for what it overtook.
        self.arrived.insert(first.seq, chunks);
        while let Some(piece) = self.next_piece() {
            self.taken.1 = piece.last().map_or(self.taken.1, |last| last.seq.max(self.taken.1));
            let lsn = cx.persist(DiskRecord::Take(piece));
            self.after.push_back((lsn, Then::Took));
        }
    }

    /// A piece that has arrived and continues what was taken.
    fn next_piece(&mut self) -> Option<Arc<Vec<Arc<Chunk>>>> {
        let first = *self.arrived.first_key_value()?.0;
        if first > self.taken.1 + 1 { None } else { self.arrived.remove(&first) }
    }

    pub(super) fn took(&mut self, cx: Cx) {
        let disk = cx.disk();
        cx.send(self.directory.service, Msg::Have(self.vm, disk.stream, disk.have));
    }

    pub(super) fn on_points(&mut self, stream: u64, points: Arc<[Tag]>, cx: Cx) {
        if self.used == Use::Replica && cx.disk().stream == stream {
            cx.persist(DiskRecord::Points(points));
        }
    }

    /// A copy of the machine is started in a network of its own: nobody else sees it.
    pub(super) fn on_test(&mut self, id: u64, cx: Cx) {
        if self.used != Use::Replica || self.test == Some(id) {
            return;
        }
        self.test = Some(id);
        let (create, boot) = (self.settings.create.clone(), self.settings.boot.clone());
        let takes = create.span(cx.random("test")) + boot.span(cx.random("test"));
        cx.set_timer(Timer::Tested, takes);
    }

    pub(super) fn on_tested(&mut self, cx: Cx) {
        if let Some(id) = self.test.take() {
            cx.send(self.directory.service, Msg::Tested(self.vm, id));
        }
    }
}
