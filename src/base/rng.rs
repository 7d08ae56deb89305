//! Random numbers: named, portable, one substream per component and purpose.
//!
//! A stream's key is `(seed, window, component path, purpose)`. The path is a component's stable name
//! (`region:West US/zone:1/node:3`), never an index, so that adding a region leaves every other draw as it was.
//! The key is folded by [`mix`] into SplitMix64, whose first four outputs seed a `Xoshiro256PlusPlus`.

use crate::base::digest::{mix, text_hash};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

/// What a window's draws depend on, besides names: the scenario's seed and the window's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed {
    /// The scenario's `seed`.
    pub scenario: u64,
    /// The key of the window within a study; 0 for a scripted scenario.
    pub window: u64,
}

impl Seed {
    /// The substream of one component and purpose.
    pub fn stream(self, component: u64, purpose: &str) -> Stream {
        let golden = 0x9e37_79b9_7f4a_7c15u64;
        let mut state = mix(self.scenario.wrapping_add(golden));
        for word in [self.window, component, text_hash(purpose)] {
            state = mix(state.wrapping_add(golden) ^ mix(word.wrapping_add(golden)));
        }
        let mut bytes = [0u8; 32];
        for chunk in bytes.chunks_exact_mut(8) {
            state = state.wrapping_add(golden);
            chunk.copy_from_slice(&mix(state).to_le_bytes());
        }
        Stream(Xoshiro256PlusPlus::from_seed(bytes))
    }

    /// The substream of a component named by its path.
    pub fn named(self, path: &str, purpose: &str) -> Stream {
        self.stream(text_hash(path), purpose)
    }
}

/// One substream of random numbers.
#[derive(Clone, Debug)]
pub struct Stream(Xoshiro256PlusPlus);

impl Stream {
    /// The next 64 random bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        use rand::Rng;
        self.0.next_u64()
    }

    /// A uniform number in the open interval (0, 1), from 53 bits.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        unit(self.bits())
    }

    /// A uniform integer in `0..n` (0 when `n` is 0), by Lemire's multiplication without rejection: the bias is below
    /// `n / 2^64`.
    #[inline]
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(n)) >> 64) as u64
    }

    /// True with probability `p`.
    #[inline]
    pub fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }
}

/// The open unit interval's number for 64 random bits.
#[inline]
fn unit(bits: u64) -> f64 {
    let u = ((bits >> 11) as f64 + 0.5) * (1.0 / (1u64 << 53) as f64);
    // The greatest of the 2^53 values would round up to 1.
    u.min(1.0 - f64::EPSILON / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_depends_on_every_part_of_its_key_and_on_nothing_else() {
        let seed = Seed { scenario: 42, window: 0 };
        let first = |s: Seed, path: &str, purpose: &str| s.named(path, purpose).bits();
        let base = first(seed, "region:West US", "latency");
        assert_eq!(base, first(seed, "region:West US", "latency"));
        assert_ne!(base, first(seed, "region:East US", "latency"));
        assert_ne!(base, first(seed, "region:West US", "loss"));
        assert_ne!(base, first(Seed { scenario: 43, ..seed }, "region:West US", "latency"));
        assert_ne!(base, first(Seed { window: 1, ..seed }, "region:West US", "latency"));
    }

    #[test]
    fn the_generator_is_pinned() {
        let mut s = Seed { scenario: 1, window: 2 }.named("a", "b");
        assert_eq!(
            [s.bits(), s.bits(), s.bits(), s.bits()],
            [0x86bd_943c_a661_edc7, 0x6f5e_f153_c9c9_c6e1, 0x657e_b7cf_28ee_cec8, 0xe7e3_baf7_942c_24df]
        );
        let mut s = Seed { scenario: 42, window: 0 }.named("region:West US/zone:1/node:3", "latency");
        assert_eq!(s.bits(), 0x614c_484e_fc63_c872);
        assert_eq!(s.uniform(), 0.9710822767350797);
        assert_eq!(s.below(1_000), 300);
    }

    #[test]
    fn a_uniform_is_never_0_and_never_1() {
        assert_eq!(unit(0), 1.0 / (1u64 << 54) as f64);
        assert!(unit(u64::MAX) < 1.0);
        assert!(unit(u64::MAX / 2) < 0.5 && unit(u64::MAX / 2 + 1) > 0.5 - f64::EPSILON);
    }
}
