//! Dice that are named by several numbers: what they show depends on nothing else.

use crate::dice::Dice;

/// The dice of these names.
pub fn dice(names: &[u64]) -> Dice {
    let mix = |seed: u64, name: &u64| Dice::of_schedule(seed ^ name).below(u64::MAX);
    Dice::of_schedule(names.iter().fold(1, mix))
}
