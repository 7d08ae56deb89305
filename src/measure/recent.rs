//! What the last two probe intervals brought: a stretch that was jumped over is credited with their mean.

use crate::base::time::Span;
pub use crate::engine::jump::credited;

/// An accumulator for the interval under way, and those of the last two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recent<T> {
    intervals: [T; 3],
}

impl<T: Default> Recent<T> {
    /// The interval under way.
    pub fn now(&mut self) -> &mut T {
        &mut self.intervals[2]
    }

    /// It is over.
    pub fn turn(&mut self) {
        self.intervals.rotate_left(1);
        self.intervals[2] = T::default();
    }

    /// What a count came to in the last two whole intervals.
    pub fn sum(&self, of: impl Fn(&T) -> u64) -> u64 {
        of(&self.intervals[0]) + of(&self.intervals[1])
    }

    /// The last two whole intervals.
    pub fn last_two(&self) -> [&T; 2] {
        [&self.intervals[0], &self.intervals[1]]
    }
}

/// Splits what so many in two probe intervals come to in a stretch of length `by` over parts of it that end at these
/// offsets, in order, so that all parts together are all of it.
pub fn spread(in_two_probes: u64, ends: impl Iterator<Item = Span>) -> impl Iterator<Item = u64> {
    ends.scan(0, move |before, end| {
        let upto = credited(in_two_probes, end);
        let part = upto - *before;
        *before = upto;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_credit_add_up_to_it() {
        let by = Span::mins(7);
        let ends = [Span::secs(1), Span::secs(100), Span::secs(101), by];
        let parts: Vec<u64> = spread(13, ends.into_iter()).collect();
        assert_eq!(parts.iter().sum::<u64>(), credited(13, by));
        assert_eq!(parts, [0, 11, 0, 35]);
    }

    #[test]
    fn the_last_two_whole_intervals_count() {
        let mut recent: Recent<u64> = Recent::default();
        for n in 1..=5 {
            *recent.now() += n;
            recent.turn();
        }
        *recent.now() += 100;
        assert_eq!(recent.sum(|n| *n), 9);
    }
}
