//! A 64-bit fold over a sequence of words: the fingerprint of a run.

/// An order-sensitive 64-bit digest. Not cryptographic: it tells two runs apart, it does not resist an adversary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(u64);

impl Digest {
    /// The digest of nothing.
    pub const EMPTY: Digest = Digest(0x6765_6f64_6573_0001);

    /// Folds one word in.
    #[inline]
    pub fn fold(&mut self, word: u64) {
        self.0 = mix(self.0.rotate_left(29) ^ word);
    }

    /// The digest so far.
    pub fn value(self) -> u64 {
        self.0
    }
}

/// A bijective 64-bit finaliser (Stafford's variant 13 of the MurmurHash3 finaliser, as in SplitMix64).
#[inline]
pub const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A 64-bit hash of a text: FNV-1a, then [`mix`]. Stable for ever: substreams are keyed by it.
pub const fn text_hash(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut h = 0xcbf2_9ce4_8422_2325u64;
    let mut i = 0;
    while i < bytes.len() {
        h = (h ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        i += 1;
    }
    mix(h)
}
