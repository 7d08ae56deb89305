//! A replicated log: contiguous entries stamped with terms, after a compacted prefix.

use std::collections::VecDeque;

pub use crate::algorithm::lineage::{Lineage, Term};

/// What became of entries offered to a log by [`ReplicatedLog::accept`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accept {
    /// The entries from index `from` on are new and were appended; those before were already held.
    Appended {
        /// The first new index.
        from: u64,
    },
    /// Everything offered was already held (an empty offer that fits, too).
    Duplicate,
    /// Entries are missing before the offer: the log ends at `have`. Nothing changed.
    Gap {
        /// The last index held.
        have: u64,
    },
    /// The log holds other entries after `truncate_to`. Nothing changed: a follower of a leader it may not refuse calls
    /// [`ReplicatedLog::truncate`] with it, which hands back what is lost, and offers the entries again.
    Conflict {
        /// The last index that may still be common to both logs. Below [`ReplicatedLog::base`] the entries in question
        /// were compacted: the copy must be rebuilt from a snapshot.
        truncate_to: u64,
    },
}

/// An entry taken out of a log, with where it stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed<E> {
    /// Its index.
    pub index: u64,
    /// The term that wrote it.
    pub term: Term,
    /// The entry.
    pub entry: E,
}

/// A log of entries with contiguous indices from 1, of which those up to [`base`](ReplicatedLog::base) are compacted.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicatedLog<E> {
    base: u64,
    entries: VecDeque<E>,
    lineage: Lineage,
}

impl<E> Default for ReplicatedLog<E> {
    fn default() -> Self {
        ReplicatedLog { base: 0, entries: VecDeque::new(), lineage: Lineage::new() }
    }
}

impl<E: Clone> ReplicatedLog<E> {
    /// An empty log.
    pub fn new() -> Self {
        ReplicatedLog::default()
    }

    /// The log of a copy made from a snapshot that ends at `last`: all compacted, with the lineage of its source.
    pub fn from_snapshot(mut lineage: Lineage, last: u64) -> Self {
        lineage.truncate(last);
        ReplicatedLog { base: last, entries: VecDeque::new(), lineage }
    }

    /// The last compacted index; 0 when nothing was compacted.
    pub fn base(&self) -> u64 {
        self.base
    }

    /// The last index; 0 when the log is empty.
    pub fn last(&self) -> u64 {
        self.base + self.entries.len() as u64
    }

    /// The term of the last entry; `Term(0)` when the log is empty.
    pub fn last_term(&self) -> Term {
        self.lineage.term_of(self.last()).unwrap_or_default()
    }

    /// Which term wrote which index, the compacted prefix included.
    pub fn lineage(&self) -> &Lineage {
        &self.lineage
    }

    /// Appends an entry and returns its index.
    pub fn append(&mut self, term: Term, entry: E) -> u64 {
        let index = self.last() + 1;
        self.lineage.push(term, index);
        self.entries.push_back(entry);
        index
    }

    /// The entry at `index`; none when it was compacted or is not there yet.
    pub fn get(&self, index: u64) -> Option<&E> {
        let at = index.checked_sub(self.base + 1)?;
        self.entries.get(usize::try_from(at).ok()?)
    }

    /// The term of the entry at `index`, compacted or not; none past the end.
    pub fn term_of(&self, index: u64) -> Option<Term> {
        if index > self.last() { None } else { self.lineage.term_of(index) }
    }

    /// Entries from index `from` on, with their indices and terms. Empty when `from` was compacted: ask
    /// [`base`](ReplicatedLog::base) first, and send a snapshot instead.
    pub fn iter_from(&self, from: u64) -> impl Iterator<Item = (u64, Term, &E)> {
        let skip = from.checked_sub(self.base + 1).and_then(|n| usize::try_from(n).ok());
        let skip = skip.unwrap_or(self.entries.len()).min(self.entries.len());
        let runs = self.lineage.runs();
        let mut run = runs.partition_point(|(_, first)| *first <= from);
        self.entries.range(skip..).zip(from..).map(move |(entry, index)| {
            // One step per run, not a search per entry.
            while runs.get(run).is_some_and(|(_, first)| *first <= index) {
                run += 1;
            }
            let term = run.checked_sub(1).and_then(|at| runs.get(at)).map(|(term, _)| *term);
            (index, term.unwrap_or_default(), entry)
        })
    }

    /// At most `max_len` entries from index `from` on, in the form that [`accept`](ReplicatedLog::accept) takes. Empty
    /// when `from` was compacted or lies past the end.
    pub fn range(&self, from: u64, max_len: usize) -> Vec<(Term, E)> {
        self.iter_from(from).take(max_len).map(|(_, term, entry)| (term, entry.clone())).collect()
    }

    /// Like [`range`](ReplicatedLog::range), but also stops before the sizes given by `size` exceed `max_bytes` in all.
    /// The first entry always comes, however large: a log must be able to move on.
    pub fn range_within(
        &self,
        from: u64,
        max_len: usize,
        max_bytes: u64,
        size: impl Fn(&E) -> u64,
    ) -> Vec<(Term, E)> {
        let mut bytes = 0u64;
        let mut taken = Vec::new();
        for (_, term, entry) in self.iter_from(from).take(max_len) {
            bytes = bytes.saturating_add(size(entry));
            if bytes > max_bytes && !taken.is_empty() {
                break;
            }
            taken.push((term, entry.clone()));
        }
        taken
    }

    /// Whether this log contains the entry `prev_index` written in `prev_term`. Every log contains index 0.
    pub fn matches(&self, prev_index: u64, prev_term: Term) -> bool {
        prev_index == 0 || self.lineage.holds(prev_term, prev_index, self.last())
    }

    /// Takes over `entries`, which follow the entry `prev_index` of `prev_term` in the sender's log (Raft's AppendEntries
    /// consistency check, Ongaro and Ousterhout 2014, section 5.3). Offers may overlap, repeat and come out of order.
    ///
    /// Whether the sender may still be heard is the caller's business ([`Fence`](crate::algorithm::election::Fence)), and
    /// so is the choice to give up a conflicting suffix: entries are never removed here.
    pub fn accept(&mut self, prev_index: u64, prev_term: Term, entries: &[(Term, E)]) -> Accept {
        let last = self.last();
        if prev_index > last {
            return Accept::Gap { have: last };
        }
        if !self.matches(prev_index, prev_term) {
            return Accept::Conflict { truncate_to: prev_index - 1 };
        }
        let known = usize::try_from(last - prev_index).unwrap_or(usize::MAX).min(entries.len());
        for (index, (term, _)) in (prev_index + 1..).zip(&entries[..known]) {
            if self.lineage.term_of(index) != Some(*term) {
                return Accept::Conflict { truncate_to: index - 1 };
            }
        }
        if known == entries.len() {
            return Accept::Duplicate;
        }
        for (term, entry) in &entries[known..] {
            self.append(*term, entry.clone());
        }
        Accept::Appended { from: last + 1 }
    }

    /// Removes every entry after `last_index` and returns them, first to last. Compacted entries stay: the log never
    /// gets shorter than [`base`](ReplicatedLog::base).
    pub fn truncate(&mut self, last_index: u64) -> Vec<Removed<E>> {
        let keep = last_index.max(self.base);
        let removed = self
            .iter_from(keep + 1)
            .map(|(index, term, entry)| Removed { index, term, entry: entry.clone() })
            .collect();
        self.entries.truncate(usize::try_from(keep - self.base).unwrap_or(usize::MAX));
        self.lineage.truncate(self.last());
        removed
    }

    /// Drops the entries up to and including `upto` (at most the whole log); their terms stay known.
    pub fn compact(&mut self, upto: u64) {
        let upto = upto.clamp(self.base, self.last());
        self.entries.drain(..usize::try_from(upto - self.base).unwrap_or(usize::MAX));
        self.base = upto;
    }

    /// How many entries are held, the compacted ones not counted.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no entry is held (all may be compacted).
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log whose entries are letters, with one term each.
    fn log(entries: &[(u64, char)]) -> ReplicatedLog<char> {
        let mut log = ReplicatedLog::new();
        for (term, entry) in entries {
            log.append(Term(*term), *entry);
        }
        log
    }

    fn offer(entries: &[(u64, char)]) -> Vec<(Term, char)> {
        entries.iter().map(|(term, entry)| (Term(*term), *entry)).collect()
    }

    #[test]
    fn indices_start_at_one_and_have_no_holes() {
        let mut l = log(&[]);
        assert_eq!((l.last(), l.last_term(), l.is_empty()), (0, Term(0), true));
        assert_eq!((l.append(Term(1), 'a'), l.append(Term(2), 'b')), (1, 2));
        assert_eq!((l.last(), l.last_term(), l.len()), (2, Term(2), 2));
        assert_eq!((l.get(0), l.get(1), l.get(2), l.get(3)), (None, Some(&'a'), Some(&'b'), None));
    }

    #[test]
    fn an_offer_that_leaves_a_gap_is_refused_with_what_is_held() {
        let mut l = log(&[(1, 'a')]);
        assert_eq!(l.accept(2, Term(1), &offer(&[(1, 'c')])), Accept::Gap { have: 1 });
        assert_eq!(l.last(), 1);
    }

    #[test]
    fn an_overlapping_offer_adds_only_what_is_new() {
        let mut l = log(&[(1, 'a'), (1, 'b')]);
        let o = offer(&[(1, 'b'), (2, 'c'), (2, 'd')]);
        assert_eq!(l.accept(1, Term(1), &o), Accept::Appended { from: 3 });
        assert_eq!(l.accept(1, Term(1), &o), Accept::Duplicate);
        assert_eq!(l, log(&[(1, 'a'), (1, 'b'), (2, 'c'), (2, 'd')]));
    }

    #[test]
    fn a_late_shorter_offer_does_not_cut_what_came_after_it() {
        let mut l = log(&[(1, 'a'), (1, 'b'), (1, 'c')]);
        assert_eq!(l.accept(0, Term(0), &offer(&[(1, 'a')])), Accept::Duplicate);
        assert_eq!(l.accept(3, Term(1), &[]), Accept::Duplicate);
        assert_eq!(l.last(), 3);
    }

    #[test]
    fn a_cut_between_two_terms_forgets_the_later_one() {
        let mut l = log(&[(1, 'a'), (2, 'b'), (2, 'c')]);
        assert_eq!(l.truncate(1).len(), 2);
        assert_eq!(l, log(&[(1, 'a')]));
        assert_eq!(l.truncate(7), vec![]);
    }

    #[test]
    fn a_conflict_changes_nothing_and_truncation_hands_back_the_lost_suffix() {
        let mut l = log(&[(1, 'a'), (1, 'b'), (1, 'c')]);
        let o = offer(&[(2, 'x'), (2, 'y')]);
        assert_eq!(l.accept(1, Term(1), &o), Accept::Conflict { truncate_to: 1 });
        assert_eq!(l.last(), 3);
        let lost = l.truncate(1);
        assert_eq!(
            lost,
            vec![
                Removed { index: 2, term: Term(1), entry: 'b' },
                Removed { index: 3, term: Term(1), entry: 'c' }
            ]
        );
        assert_eq!(l, log(&[(1, 'a')]));
        assert_eq!(l.accept(1, Term(1), &o), Accept::Appended { from: 2 });
        assert_eq!(l, log(&[(1, 'a'), (2, 'x'), (2, 'y')]));
    }

    #[test]
    fn an_offer_after_an_entry_of_another_term_conflicts_at_that_entry() {
        let mut l = log(&[(1, 'a'), (1, 'b')]);
        assert_eq!(l.accept(2, Term(2), &offer(&[(2, 'c')])), Accept::Conflict { truncate_to: 1 });
    }

    #[test]
    fn compaction_forgets_entries_but_not_terms() {
        let mut l = log(&[(1, 'a'), (2, 'b'), (2, 'c'), (3, 'd')]);
        l.compact(3);
        assert_eq!((l.base(), l.last(), l.len()), (3, 4, 1));
        assert_eq!((l.get(3), l.get(4)), (None, Some(&'d')));
        assert_eq!((l.term_of(1), l.term_of(4), l.term_of(5)), (Some(Term(1)), Some(Term(3)), None));
        assert!(l.matches(2, Term(2)) && !l.matches(2, Term(1)));
        // An offer that begins inside the compacted prefix is still checked and taken.
        let o = offer(&[(2, 'b'), (2, 'c'), (3, 'd'), (3, 'e')]);
        assert_eq!(l.accept(1, Term(1), &o), Accept::Appended { from: 5 });
        l.compact(99);
        assert_eq!((l.base(), l.last(), l.last_term()), (5, 5, Term(3)));
        l.compact(2);
        assert_eq!(l.base(), 5);
    }

    #[test]
    fn a_conflict_inside_the_compacted_prefix_is_seen_but_cannot_be_cut() {
        let mut l = log(&[(1, 'a'), (1, 'b'), (1, 'c')]);
        l.compact(2);
        assert_eq!(l.accept(0, Term(0), &offer(&[(2, 'x')])), Accept::Conflict { truncate_to: 0 });
        assert_eq!(l.truncate(0).len(), 1);
        assert_eq!((l.base(), l.last(), l.last_term()), (2, 2, Term(1)));
    }

    #[test]
    fn a_range_stops_at_its_length_its_bytes_and_the_end() {
        let l = log(&[(1, 'a'), (1, 'b'), (2, 'c')]);
        assert_eq!(l.range(2, 9), offer(&[(1, 'b'), (2, 'c')]));
        assert_eq!(l.range(1, 1), offer(&[(1, 'a')]));
        assert_eq!(l.range(4, 9), vec![]);
        assert_eq!(l.range_within(1, 9, 25, |_| 10), offer(&[(1, 'a'), (1, 'b')]));
        assert_eq!(l.range_within(1, 9, 3, |_| 10), offer(&[(1, 'a')]));
    }

    #[test]
    fn a_range_that_begins_in_the_compacted_prefix_is_empty() {
        let mut l = log(&[(1, 'a'), (1, 'b'), (2, 'c')]);
        l.compact(1);
        assert_eq!(l.range(1, 9), vec![]);
        assert_eq!(l.range(2, 9), offer(&[(1, 'b'), (2, 'c')]));
    }

    #[test]
    fn a_copy_made_from_a_snapshot_goes_on_where_it_ends() {
        let source = log(&[(1, 'a'), (2, 'b'), (3, 'c')]);
        let mut copy = ReplicatedLog::from_snapshot(source.lineage().clone(), 2);
        assert_eq!((copy.base(), copy.last(), copy.last_term()), (2, 2, Term(2)));
        assert_eq!(copy.accept(2, Term(2), &source.range(3, 9)), Accept::Appended { from: 3 });
        assert_eq!(copy.lineage(), source.lineage());
    }
}
