//! One value kept by a majority of acceptors, and changed by whoever proposes (CASPaxos).
//!
//! D. Rystsov, CASPaxos: replicated state machines without logs, 2018: a proposer has a ballot promised by a majority, which
//! tell the last value each has accepted; it makes the next value from the newest of these, and has that accepted under
//! the same ballot by a majority. With one acceptor it is a compare-and-swap at a single place.

use std::collections::BTreeSet;

/// The number of one proposal: unique, since `who` is, and greater than all that its proposer has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ballot {
    /// Counts up.
    pub round: u64,
    /// The proposer.
    pub who: u32,
}

impl Ballot {
    /// A proposal of `who` that is greater than this one.
    pub fn next(self, who: u32) -> Ballot {
        Ballot { round: self.round + 1, who }
    }
}

/// What one acceptor must remember, durably, before it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Acceptor<V> {
    /// The greatest ballot promised.
    pub promised: Ballot,
    /// The value accepted last, and under which ballot.
    pub accepted: (Ballot, V),
}

impl<V: Copy> Acceptor<V> {
    /// An acceptor that holds a value which all hold from the start.
    pub fn new(value: V) -> Acceptor<V> {
        Acceptor { promised: Ballot::default(), accepted: (Ballot::default(), value) }
    }

    /// Promises to take part in nothing older than `ballot`. `false` if it has promised as much to another.
    pub fn prepare(&mut self, ballot: Ballot) -> bool {
        let fits = ballot >= self.promised;
        self.promised = self.promised.max(ballot);
        fits
    }

    /// Accepts a value, unless something greater was promised. A value that a majority is known to have accepted under
    /// `ballot` may be accepted in this way, too: whoever missed it then learns it.
    pub fn accept(&mut self, ballot: Ballot, value: V) -> bool {
        let fits = ballot >= self.promised;
        if fits {
            (self.promised, self.accepted) = (ballot, (ballot, value));
        }
        fits
    }
}

/// One proposal under way, of `Q` acceptors.
#[derive(Clone, Debug)]
pub struct Proposal<V> {
    /// Its ballot.
    pub ballot: Ballot,
    quorum: usize,
    promises: BTreeSet<usize>,
    newest: Option<(Ballot, V)>,
    /// The value that is to be accepted, once there is one.
    pub value: Option<V>,
    accepts: BTreeSet<usize>,
}

impl<V: Copy> Proposal<V> {
    /// A proposal to `acceptors` acceptors.
    pub fn new(ballot: Ballot, acceptors: usize) -> Proposal<V> {
        let quorum = acceptors / 2 + 1;
        let (promises, accepts) = (BTreeSet::new(), BTreeSet::new());
        Proposal { ballot, quorum, promises, newest: None, value: None, accepts }
    }

    /// An acceptor promised, and told what it has accepted. Gives the newest value once a majority has promised, to make the
    /// next one from: its caller sets [`value`](Proposal::value).
    pub fn promised(&mut self, acceptor: usize, accepted: (Ballot, V)) -> Option<V> {
        if self.value.is_some() {
            return None;
        }
        self.promises.insert(acceptor);
        if self.newest.as_ref().is_none_or(|(ballot, _)| *ballot < accepted.0) {
            self.newest = Some(accepted);
        }
        (self.promises.len() >= self.quorum).then_some(self.newest.as_ref()?.1)
    }

    /// An acceptor accepted. Gives the value once a majority has: it is decided.
    pub fn accepted(&mut self, acceptor: usize) -> Option<V> {
        self.accepts.insert(acceptor);
        (self.accepts.len() == self.quorum).then_some(self.value).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ballot(round: u64, who: u32) -> Ballot {
        Ballot { round, who }
    }

    /// Has all of `at` promise, makes the next value with `change`, and has all of `at` accept it.
    fn propose(
        all: &mut [Acceptor<u32>],
        at: &[usize],
        ballot: Ballot,
        change: impl Fn(u32) -> u32,
    ) -> Option<u32> {
        let mut proposal = Proposal::new(ballot, all.len());
        for i in at {
            if all[*i].prepare(ballot)
                && let Some(value) = proposal.promised(*i, all[*i].accepted)
            {
                proposal.value = Some(change(value));
            }
        }
        let value = proposal.value?;
        at.iter()
            .filter_map(|i| all[*i].accept(ballot, value).then(|| proposal.accepted(*i)).flatten())
            .next()
    }

    #[test]
    fn what_a_majority_accepted_is_what_the_next_proposal_starts_from() {
        let mut all = vec![Acceptor::new(1); 3];
        assert_eq!(propose(&mut all, &[0, 1], ballot(1, 0), |v| v + 10), Some(11));
        assert_eq!(propose(&mut all, &[1, 2], ballot(2, 1), |v| v * 2), Some(22));
        assert_eq!(all[2].accepted, (ballot(2, 1), 22));
        assert_eq!(propose(&mut all, &[2], ballot(3, 1), |v| v), None, "one of three is no majority");
    }

    #[test]
    fn an_older_proposal_is_refused_after_a_promise() {
        let mut all = vec![Acceptor::new(1); 3];
        assert!(all[0].prepare(ballot(5, 2)));
        assert!(!all[0].prepare(ballot(5, 1)) && !all[0].accept(ballot(4, 9), 7));
        assert_eq!(propose(&mut all, &[0, 1], ballot(4, 0), |v| v + 1), None);
        assert_eq!(ballot(5, 2).next(0), ballot(6, 0));
    }

    #[test]
    fn a_value_that_only_one_accepted_may_or_may_not_survive_but_never_both() {
        let mut all = vec![Acceptor::new(1); 3];
        all[0].accept(ballot(1, 0), 5);
        let mut other = all.clone();
        assert_eq!(propose(&mut all, &[0, 2], ballot(2, 1), |v| v), Some(5));
        assert_eq!(propose(&mut other, &[1, 2], ballot(2, 1), |v| v), Some(1));
        assert_eq!(propose(&mut other, &[0, 1], ballot(3, 1), |v| v), Some(1), "the newer ballot counts");
    }
}
