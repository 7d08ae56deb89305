//! Which term wrote which index of a log.

/// The reign of one leader: every entry is stamped with the term of the leader that first wrote it, and a term has one
/// leader. `Term(0)` is the term of the empty log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term(pub u64);

/// The runs of terms of a log: which term wrote each index from 1 on.
///
/// Two entries of the same index and term are the same entry, and so is everything before them (the log matching
/// property of Ongaro and Ousterhout, 2014): a lineage tells two logs apart without their entries. It holds one pair
/// for each leader that wrote, so it stays whole when the entries themselves are compacted away. It does not know where
/// its log ends: the last index goes with each question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    /// (term, first index), by rising index; neighbours differ in term.
    runs: Vec<(Term, u64)>,
}

impl Lineage {
    /// The lineage of an empty log.
    pub const fn new() -> Self {
        Lineage { runs: Vec::new() }
    }

    /// The runs: each term with the first index it wrote.
    pub fn runs(&self) -> &[(Term, u64)] {
        &self.runs
    }

    /// The term of the entry `index`; none before the first entry. The last run is open-ended.
    pub fn term_of(&self, index: u64) -> Option<Term> {
        let after = self.runs.partition_point(|(_, first)| *first <= index);
        after.checked_sub(1).map(|at| self.runs[at].0)
    }

    /// `term` writes from `index` on. What the lineage said of `index` and later is replaced.
    pub fn push(&mut self, term: Term, index: u64) {
        if self.runs.last().is_some_and(|(_, first)| *first >= index) {
            self.truncate(index.saturating_sub(1));
        }
        if self.runs.last().is_none_or(|(last, _)| *last != term) {
            self.runs.push((term, index));
        }
    }

    /// Forgets everything after `last_index`.
    pub fn truncate(&mut self, last_index: u64) {
        let keep = self.runs.partition_point(|(_, first)| *first <= last_index);
        self.runs.truncate(keep);
    }

    /// Whether a log with this lineage and last index `last` contains the entry `index` written in `term`.
    pub fn holds(&self, term: Term, index: u64, last: u64) -> bool {
        index <= last && self.term_of(index) == Some(term)
    }

    /// The last index common to a log with this lineage that ends at `my_last` and one with `other` that ends at
    /// `other_last`; 0 when they share nothing.
    pub fn divergence(&self, other: &Lineage, my_last: u64, other_last: u64) -> u64 {
        let same = self.runs.iter().zip(&other.runs).take_while(|(mine, theirs)| mine == theirs).count();
        // Past the shared runs, the first of either log to change its term is where they part.
        let before_next = |lineage: &Lineage, last: u64| match lineage.runs.get(same) {
            Some((_, first)) => last.min(first.saturating_sub(1)),
            None => last,
        };
        before_next(self, my_last).min(before_next(other, other_last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lineage(runs: &[(u64, u64)]) -> Lineage {
        let mut lineage = Lineage::new();
        for (term, first) in runs {
            lineage.push(Term(*term), *first);
        }
        lineage
    }

    #[test]
    fn an_index_belongs_to_the_last_run_that_starts_at_or_before_it() {
        let l = lineage(&[(1, 1), (3, 5)]);
        assert_eq!(l.term_of(0), None);
        assert_eq!((l.term_of(1), l.term_of(4)), (Some(Term(1)), Some(Term(1))));
        assert_eq!((l.term_of(5), l.term_of(99)), (Some(Term(3)), Some(Term(3))));
        assert_eq!(Lineage::new().term_of(1), None);
    }

    #[test]
    fn a_term_that_goes_on_adds_no_run() {
        assert_eq!(lineage(&[(1, 1), (1, 2), (1, 3)]).runs(), &[(Term(1), 1)]);
    }

    #[test]
    fn pushing_over_a_suffix_replaces_it() {
        let mut l = lineage(&[(1, 1), (2, 4), (3, 8)]);
        l.push(Term(4), 4);
        assert_eq!(l.runs(), &[(Term(1), 1), (Term(4), 4)]);
        // Writing on in the term that is exposed by the cut joins its run.
        l.push(Term(1), 4);
        assert_eq!(l.runs(), &[(Term(1), 1)]);
    }

    #[test]
    fn truncation_drops_the_runs_that_start_after_it() {
        let mut l = lineage(&[(1, 1), (2, 4)]);
        l.truncate(4);
        assert_eq!(l.runs().len(), 2);
        l.truncate(3);
        assert_eq!(l.runs(), &[(Term(1), 1)]);
        l.truncate(0);
        assert_eq!(l, Lineage::new());
    }

    #[test]
    fn an_entry_is_held_only_by_its_term_and_only_up_to_the_end() {
        let l = lineage(&[(1, 1), (3, 5)]);
        assert!(l.holds(Term(3), 6, 6));
        assert!(!l.holds(Term(3), 7, 6));
        assert!(!l.holds(Term(1), 5, 6));
        assert!(!l.holds(Term(1), 0, 6));
    }

    #[test]
    fn logs_part_where_the_first_of_them_changes_its_term() {
        let a = lineage(&[(1, 1), (2, 4)]);
        let b = lineage(&[(1, 1), (3, 6)]);
        assert_eq!(a.divergence(&b, 9, 9), 3);
        assert_eq!(b.divergence(&a, 9, 9), 3);
        // One is a prefix of the other.
        assert_eq!(a.divergence(&a, 9, 6), 6);
        assert_eq!(a.divergence(&lineage(&[(1, 1)]), 9, 2), 2);
        assert_eq!(a.divergence(&lineage(&[(1, 1)]), 9, 8), 3);
        // They share nothing.
        assert_eq!(a.divergence(&lineage(&[(2, 1)]), 9, 9), 0);
        assert_eq!(a.divergence(&Lineage::new(), 9, 0), 0);
    }
}
