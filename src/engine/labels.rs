//! Hashes of labels without hashing a text per event.

use crate::base::digest::text_hash;

const SLOTS: usize = 256;

/// Remembers the hash of each label by where it lies in memory. The address only finds the entry: the hash itself
/// depends on the text alone, so digests are the same wherever a program is loaded.
#[derive(Clone, Debug)]
pub(crate) struct Labels {
    slots: Vec<(usize, usize, u64)>,
}

impl Labels {
    /// An empty table.
    pub fn new() -> Self {
        Labels { slots: vec![(0, 0, 0); SLOTS] }
    }

    /// The [`text_hash`] of a label.
    #[inline]
    pub fn hash(&mut self, label: &'static str) -> u64 {
        let (address, len) = (label.as_ptr() as usize, label.len());
        let slot = &mut self.slots[(address ^ (address >> 8) ^ len) % SLOTS];
        if slot.0 != address || slot.1 != len {
            *slot = (address, len, text_hash(label));
        }
        slot.2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_always_answers_with_the_hash_of_the_text() {
        const TEXT: &str = "append-entries-and-heartbeats-and-votes";
        let mut labels = Labels::new();
        for _ in 0..2 {
            for from in 0..TEXT.len() {
                for to in from..=TEXT.len() {
                    assert_eq!(labels.hash(&TEXT[from..to]), text_hash(&TEXT[from..to]));
                }
            }
        }
    }
}
