//! Numbers for schedules of random faults, which have nothing to do with those of the simulation.

#[path = "asked.rs"]
mod asked;

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
pub struct Dice(u64);

impl Dice {
    /// Those of a schedule.
    pub fn of_schedule(number: u64) -> Dice {
        Dice(number.wrapping_mul(0x2545_f491_4f6c_dd1d))
    }

    /// Below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    /// Yes or no.
    pub fn yes(&mut self) -> bool {
        self.below(2) == 0
    }

    /// One of them.
    pub fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len() as u64) as usize]
    }
}

/// The schedules to run: `GEODES_SCHEDULES` of them, `few` without it, from number `GEODES_FIRST` (1) on.
pub fn schedules(few: u64) -> std::ops::Range<u64> {
    let first = setting("GEODES_FIRST", 1);
    first..first + setting("GEODES_SCHEDULES", few)
}

/// A number from the environment.
pub fn setting(name: &str, otherwise: u64) -> u64 {
    asked::given(name).unwrap_or(otherwise)
}
