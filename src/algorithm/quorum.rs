//! Quorum sizes, and who acknowledged a log up to where.

/// The smallest number of members that any two groups of that size share one of: more than half of `n`.
pub const fn majority(n: usize) -> usize {
    n / 2 + 1
}

/// How many of `n` members must be asked to meet at least one member of every write quorum of `w`: `n - w + 1`.
///
/// At least 1. With `w = 0` no number is enough and the answer is `n + 1`; with `w > n` no write was ever acknowledged
/// and one member is enough. (Gifford, Weighted voting for replicated data, 1979.)
pub const fn read_quorum(n: usize, w: usize) -> usize {
    let r = (n + 1).saturating_sub(w);
    if r == 0 { 1 } else { r }
}

/// Who acknowledged a log up to which index. Acknowledgements are cumulative and never go back: one that arrives late
/// or twice changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally<I> {
    /// Sorted by member: quorums have few members, and a scan of a few pairs beats a tree.
    upto: Vec<(I, u64)>,
}

impl<I: Ord + Copy> Tally<I> {
    /// Nobody has acknowledged anything.
    pub const fn new() -> Self {
        Tally { upto: Vec::new() }
    }

    /// `who` holds everything up to and including index `upto`.
    pub fn ack(&mut self, who: I, upto: u64) {
        match self.place(who) {
            Ok(at) => self.upto[at].1 = self.upto[at].1.max(upto),
            Err(at) => self.upto.insert(at, (who, upto)),
        }
    }

    /// The log was cut after `upto`: nobody counts for more.
    pub fn cut(&mut self, upto: u64) {
        self.upto.iter_mut().for_each(|(_, reached)| *reached = (*reached).min(upto));
    }

    /// Forgets `who`: it no longer counts towards any quorum.
    pub fn remove(&mut self, who: I) {
        if let Ok(at) = self.place(who) {
            self.upto.remove(at);
        }
    }

    /// Forgets every member for which `keep` is false.
    pub fn retain(&mut self, mut keep: impl FnMut(I) -> bool) {
        self.upto.retain(|(who, _)| keep(*who));
    }

    /// How far `who` acknowledged, if it ever did.
    pub fn of(&self, who: I) -> Option<u64> {
        self.place(who).ok().map(|at| self.upto[at].1)
    }

    /// Members with how far each acknowledged, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (I, u64)> {
        self.upto.iter().copied()
    }

    /// The largest index that at least `quorum` members acknowledged; 0 when there are fewer members, or none asked for.
    pub fn reached_by(&self, quorum: usize) -> u64 {
        if quorum == 0 {
            return 0;
        }
        let holders = |index: u64| self.upto.iter().filter(|(_, upto)| *upto >= index).count();
        self.upto.iter().map(|(_, upto)| *upto).filter(|index| holders(*index) >= quorum).max().unwrap_or(0)
    }

    /// The largest index that every one of `members` acknowledged. A member never heard of counts as 0; so does an
    /// empty group, for which nothing has been established.
    pub fn min_over(&self, members: impl Iterator<Item = I>) -> u64 {
        members.map(|who| self.of(who).unwrap_or(0)).min().unwrap_or(0)
    }

    fn place(&self, who: I) -> Result<usize, usize> {
        self.upto.binary_search_by(|(member, _)| member.cmp(&who))
    }
}

impl<I: Ord + Copy> Default for Tally<I> {
    fn default() -> Self {
        Tally::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(acks: &[(u32, u64)]) -> Tally<u32> {
        let mut tally = Tally::new();
        for (who, upto) in acks {
            tally.ack(*who, *upto);
        }
        tally
    }

    #[test]
    fn any_two_majorities_meet_and_any_read_quorum_meets_any_write_quorum() {
        assert_eq!([1, 2, 3, 4, 5].map(majority), [1, 2, 2, 3, 3]);
        for n in 1..=9 {
            assert!(2 * majority(n) > n && 2 * (majority(n) - 1) <= n);
            for w in 1..=n {
                assert_eq!(read_quorum(n, w) + w, n + 1);
            }
        }
        assert_eq!(read_quorum(4, 3), 2);
    }

    #[test]
    fn a_write_quorum_of_none_can_never_be_read_back_and_one_too_large_never_wrote() {
        assert_eq!(read_quorum(4, 0), 5);
        assert_eq!(read_quorum(4, 9), 1);
    }

    #[test]
    fn an_index_is_reached_when_a_quorum_acknowledged_it_or_a_later_one() {
        let t = tally(&[(1, 10), (2, 7), (3, 7), (4, 2)]);
        assert_eq!([1, 2, 3, 4, 5].map(|q| t.reached_by(q)), [10, 7, 7, 2, 0]);
        assert_eq!(t.reached_by(0), 0);
    }

    #[test]
    fn a_late_acknowledgement_takes_nothing_back() {
        let t = tally(&[(1, 10), (1, 4)]);
        assert_eq!(t.of(1), Some(10));
        assert_eq!(t.of(2), None);
    }

    #[test]
    fn a_removed_member_no_longer_counts() {
        let mut t = tally(&[(1, 10), (2, 7), (3, 5)]);
        t.remove(1);
        assert_eq!((t.reached_by(2), t.reached_by(3)), (5, 0));
        t.retain(|who| who == 3);
        assert_eq!(t.iter().collect::<Vec<_>>(), vec![(3, 5)]);
    }

    #[test]
    fn the_minimum_over_a_group_counts_silent_members_as_zero() {
        let t = tally(&[(1, 10), (2, 7)]);
        assert_eq!(t.min_over([1, 2].into_iter()), 7);
        assert_eq!(t.min_over([1, 2, 3].into_iter()), 0);
        assert_eq!(t.min_over(std::iter::empty()), 0);
    }
}
