//! How fast writes come, and how many of them a jump left out, for those who keep them for someone who is away.

use crate::base::time::{SimTime, Span};
use crate::engine::jump::{PROBE, credited};

/// Writes and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    /// How many.
    pub writes: u64,
    /// Of all together.
    pub bytes: u64,
}

impl Volume {
    /// The bytes of all, in lots that are as equal as may be: one for each write, but no more than `most`. Each with how
    /// many writes it stands for.
    pub fn lots(self, most: u64) -> impl Iterator<Item = Volume> {
        let n = self.writes.clamp(1, most.max(1));
        let share = move |all: u64, i: u64| {
            let upto = |i: u64| u128::from(all) * u128::from(i) / u128::from(n);
            u64::try_from(upto(i + 1) - upto(i)).unwrap_or(u64::MAX)
        };
        (0..n).map(move |i| Volume { writes: share(self.writes, i), bytes: share(self.bytes, i) })
    }
}

/// Counts writes by minute, and owes what time that is jumped over would have brought at the pace of the last two.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    minute: u64,
    now: Volume,
    /// The last two whole minutes.
    last: [Volume; 2],
    owed: Volume,
}

impl Pace {
    /// A write came.
    pub fn note(&mut self, bytes: u64, now: SimTime) {
        self.turn(now);
        self.now.writes += 1;
        self.now.bytes += bytes;
    }

    /// Minutes pass.
    pub fn turn(&mut self, now: SimTime) {
        let minute = now.0 / PROBE.0;
        for _ in 0..(minute - self.minute.min(minute)).min(3) {
            self.last = [self.last[1], std::mem::take(&mut self.now)];
        }
        self.minute = minute;
    }

    /// Time was jumped over.
    pub fn skip(&mut self, by: Span) {
        let [a, b] = self.last;
        self.owed.writes += credited(a.writes + b.writes, by);
        self.owed.bytes += credited(a.bytes + b.bytes, by);
    }

    /// Something is still owed.
    pub fn owes(&self) -> bool {
        self.owed.writes > 0
    }

    /// All that is owed, and from now on nothing.
    pub fn take(&mut self) -> Volume {
        std::mem::take(&mut self.owed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(n: u64) -> SimTime {
        SimTime::ZERO + PROBE * n
    }

    #[test]
    fn a_jump_owes_what_the_last_two_minutes_brought() {
        let mut pace = Pace::default();
        for (minute, n) in [(0, 9), (1, 3), (2, 5)] {
            (0..n).for_each(|_| pace.note(100, minutes(minute)));
        }
        pace.turn(minutes(3));
        pace.skip(PROBE * 10);
        assert!(pace.owes());
        assert_eq!((pace.take(), pace.owes()), (Volume { writes: 40, bytes: 4_000 }, false));
    }

    #[test]
    fn what_is_owed_comes_in_equal_lots_and_not_too_many() {
        let all = Volume { writes: 40, bytes: 4_000 };
        assert_eq!(all.lots(1_024).collect::<Vec<_>>(), vec![Volume { writes: 1, bytes: 100 }; 40]);
        let few: Vec<Volume> = all.lots(3).collect();
        let sum = few.iter().fold((0, 0), |sum, lot| (sum.0 + lot.writes, sum.1 + lot.bytes));
        assert_eq!((few.len(), sum), (3, (40, 4_000)));
    }

    #[test]
    fn minutes_without_a_write_count_as_such() {
        let mut pace = Pace::default();
        pace.note(100, minutes(0));
        pace.turn(minutes(3));
        pace.skip(PROBE * 10);
        assert!(!pace.owes());
    }
}
