//! The transfer of one blob in chunks, a window of them at a time.
//!
//! Chunks of several transfers take turns on a link, so that transfers with equal windows share it equally; and a window
//! that covers the link's delay keeps it busy.

use std::collections::BTreeSet;

/// A transfer, as the side sees it that asks for chunks or sends them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    size: u64,
    chunk: u64,
    window: usize,
    next: u64,
    under_way: BTreeSet<u64>,
}

impl Transfer {
    /// Of `size` bytes, in chunks of `chunk` bytes, of which `window` (at least one each) are under way at once.
    pub fn new(size: u64, chunk: u64, window: usize) -> Self {
        let (chunk, window) = (chunk.max(1), window.max(1));
        Transfer { size, chunk, window, next: 0, under_way: BTreeSet::new() }
    }

    /// The next chunk to move, if the window lets one: its offset. What is empty is one chunk of nothing.
    pub fn next_chunk(&mut self) -> Option<u64> {
        let whole = self.next >= self.size && (self.next > 0 || !self.under_way.is_empty());
        if whole || self.under_way.len() >= self.window {
            return None;
        }
        let offset = self.next;
        self.next += self.chunk;
        self.under_way.insert(offset);
        Some(offset)
    }

    /// How long the chunk at `offset` is.
    pub fn length(&self, offset: u64) -> u64 {
        self.size.saturating_sub(offset).min(self.chunk)
    }

    /// A chunk has arrived; false if it was not under way: a repeated one.
    pub fn arrived(&mut self, offset: u64) -> bool {
        self.under_way.remove(&offset)
    }

    /// Chunks that are under way: to be repeated when nothing is heard of them.
    pub fn under_way(&self) -> impl Iterator<Item = u64> + '_ {
        self.under_way.iter().copied()
    }

    /// Whether every chunk has arrived.
    pub fn is_done(&self) -> bool {
        self.next > 0 && self.next >= self.size && self.under_way.is_empty()
    }

    /// The size of the blob.
    pub fn size(&self) -> u64 {
        self.size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_chunks_than_the_window_are_under_way_and_each_arrives_once() {
        let mut transfer = Transfer::new(25, 10, 2);
        assert_eq!(
            [transfer.next_chunk(), transfer.next_chunk(), transfer.next_chunk()],
            [Some(0), Some(10), None]
        );
        assert!(transfer.arrived(10) && !transfer.arrived(10));
        assert_eq!((transfer.next_chunk(), transfer.length(20)), (Some(20), 5));
        assert_eq!(transfer.under_way().collect::<Vec<_>>(), [0, 20]);
        assert!(transfer.arrived(0) && transfer.next_chunk().is_none() && !transfer.is_done());
        assert!(transfer.arrived(20) && transfer.is_done());
    }

    #[test]
    fn an_empty_blob_is_one_empty_chunk() {
        let mut transfer = Transfer::new(0, 10, 2);
        assert_eq!((transfer.next_chunk(), transfer.next_chunk(), transfer.length(0)), (Some(0), None, 0));
        assert!(!transfer.is_done() && transfer.arrived(0) && transfer.is_done());
        assert_eq!(transfer.next_chunk(), None);
    }
}
