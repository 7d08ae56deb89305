//! Sets of integers that come in runs.

/// A set of `u64` as sorted, disjoint, non-adjacent inclusive ranges: a few pairs for sequence numbers that arrive
/// nearly in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct IntervalSet {
    ranges: Vec<(u64, u64)>,
}

impl IntervalSet {
    /// The empty set.
    pub const fn new() -> Self {
        IntervalSet { ranges: Vec::new() }
    }

    /// Adds one number; whether it was new.
    pub fn insert(&mut self, n: u64) -> bool {
        let new = !self.contains(n);
        if new {
            self.insert_range(n, n);
        }
        new
    }

    /// Adds every number from `first` to `last`, both included; none when `first > last`.
    pub fn insert_range(&mut self, first: u64, last: u64) {
        if first > last {
            return;
        }
        // The ranges that overlap or touch the new one become one with it.
        let from = self.ranges.partition_point(|(_, end)| *end < first && first - *end > 1);
        let upto = self.ranges.partition_point(|(start, _)| *start <= last || *start - last == 1);
        let joined = match self.ranges.get(from..upto) {
            Some([]) | None => (first, last),
            Some([(start, end)]) => (first.min(*start), last.max(*end)),
            Some([(start, _), .., (_, end)]) => (first.min(*start), last.max(*end)),
        };
        self.ranges.splice(from..upto, [joined]);
    }

    /// Whether `n` is in the set.
    pub fn contains(&self, n: u64) -> bool {
        let at = self.ranges.partition_point(|(_, end)| *end < n);
        self.ranges.get(at).is_some_and(|(start, _)| *start <= n)
    }

    /// The ranges (first, last), both included, by rising value.
    pub fn ranges(&self) -> &[(u64, u64)] {
        &self.ranges
    }

    /// How many numbers are in the set, at most `u64::MAX`.
    pub fn len(&self) -> u64 {
        self.ranges.iter().fold(0u64, |n, (start, end)| n.saturating_add((end - start).saturating_add(1)))
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The numbers in either set.
    pub fn union(&self, other: &IntervalSet) -> IntervalSet {
        let mut union = self.clone();
        for (first, last) in &other.ranges {
            union.insert_range(*first, *last);
        }
        union
    }

    /// The numbers in this set and not in `other`.
    pub fn difference(&self, other: &IntervalSet) -> IntervalSet {
        let mut ranges = Vec::new();
        for (first, last) in &self.ranges {
            let mut next = Some(*first);
            let from = other.ranges.partition_point(|(_, end)| *end < *first);
            for (hole, hole_end) in other.ranges[from..].iter().take_while(|(start, _)| *start <= *last) {
                if let Some(start) = next.filter(|start| start < hole) {
                    ranges.push((start, *hole - 1));
                }
                next = hole_end.checked_add(1).filter(|n| n <= last);
            }
            if let Some(start) = next {
                ranges.push((start, *last));
            }
        }
        IntervalSet { ranges }
    }
}

impl FromIterator<u64> for IntervalSet {
    fn from_iter<T: IntoIterator<Item = u64>>(iter: T) -> Self {
        let mut set = IntervalSet::new();
        for n in iter {
            set.insert(n);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ranges: &[(u64, u64)]) -> IntervalSet {
        let mut set = IntervalSet::new();
        for (first, last) in ranges {
            set.insert_range(*first, *last);
        }
        set
    }

    #[test]
    fn numbers_in_any_order_join_into_runs() {
        let s: IntervalSet = [5, 1, 3, 2, 9].into_iter().collect();
        assert_eq!(s.ranges(), &[(1, 3), (5, 5), (9, 9)]);
        assert_eq!(s.len(), 5);
        assert!(s.contains(2) && !s.contains(4) && !s.contains(0) && !s.contains(10));
    }

    #[test]
    fn inserting_tells_whether_the_number_was_new() {
        let mut s = set(&[(1, 3)]);
        assert!(!s.insert(2) && s.insert(4));
        assert_eq!(s.ranges(), &[(1, 4)]);
    }

    #[test]
    fn a_range_swallows_what_it_overlaps_and_what_it_touches() {
        let mut s = set(&[(1, 2), (5, 6), (9, 9), (20, 30)]);
        s.insert_range(3, 8);
        assert_eq!(s.ranges(), &[(1, 9), (20, 30)]);
        s.insert_range(7, 3);
        assert_eq!(s.len(), 20);
    }

    #[test]
    fn the_ends_of_the_integers_are_no_special_case() {
        let mut s = set(&[(u64::MAX, u64::MAX), (0, 0)]);
        assert!(s.contains(u64::MAX) && s.contains(0));
        s.insert_range(1, u64::MAX - 1);
        assert_eq!(s.ranges(), &[(0, u64::MAX)]);
        assert_eq!(s.len(), u64::MAX);
        assert_eq!(s.difference(&set(&[(7, u64::MAX)])).ranges(), &[(0, 6)]);
        assert_eq!(s.difference(&set(&[(0, 6)])).ranges(), &[(7, u64::MAX)]);
        assert!(s.difference(&s).is_empty());
    }

    #[test]
    fn a_difference_keeps_the_pieces_between_the_holes() {
        let s = set(&[(1, 10), (20, 25)]);
        let holes = set(&[(0, 1), (4, 5), (9, 21), (25, 40)]);
        assert_eq!(s.difference(&holes).ranges(), &[(2, 3), (6, 8), (22, 24)]);
        assert_eq!(s.difference(&IntervalSet::new()), s);
        assert_eq!(s.union(&holes).ranges(), &[(0, 40)]);
    }
}
