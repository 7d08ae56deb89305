//! Elections run by a manager, after the replicas are fenced.
//!
//! The manager of a configuration (a failover manager, a control plane) picks a fresh [`Ballot`], asks the replicas of
//! the previous configuration to promise it, and chooses a leader from those that did: Lamport, Malkhi and Zhou,
//! Vertical Paxos and primary-backup replication, 2009. A replica that promised refuses older ballots ([`Fence`]), so
//! the old leader can gather no further write quorum.
//!
//! The winner is the replica whose log ends in the greatest (term, index). That log holds every acknowledged entry on
//! one condition: a leader acknowledges an entry only when a write quorum holds it *and* an entry of the leader's own
//! term at or after it (Ongaro and Ousterhout, 2014, section 5.4.2): a new leader first writes a barrier in its term.

use crate::algorithm::lineage::Term;
use crate::algorithm::quorum::read_quorum;

/// The number of one attempt to reconfigure: unique, and growing with each attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ballot(pub u64);

/// One attempt to elect a leader among the replicas of the previous configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Election<I> {
    ballot: Ballot,
    members: Vec<I>,
    write_quorum: usize,
    /// Sorted by member: who promised, and the (term, index) its log ends in.
    promises: Vec<(I, (Term, u64))>,
}

impl<I: Ord + Copy> Election<I> {
    /// Starts an attempt among `members`, the replicas of the previous configuration, whose writes were acknowledged by
    /// `write_quorum` of them.
    pub fn new(ballot: Ballot, mut members: Vec<I>, write_quorum: usize) -> Self {
        members.sort_unstable();
        members.dedup();
        Election { ballot, members, write_quorum, promises: Vec::new() }
    }

    /// The attempt's ballot: an answer to another one does not belong here.
    pub fn ballot(&self) -> Ballot {
        self.ballot
    }

    /// The replicas of the previous configuration, sorted.
    pub fn members(&self) -> &[I] {
        &self.members
    }

    /// `who` promised this ballot, and its log ends at index `last`, written in `term`. Whoever is not a member is
    /// ignored, and so is a second promise: the first already fenced the replica.
    pub fn promise(&mut self, who: I, term: Term, last: u64) {
        if self.members.binary_search(&who).is_err() {
            return;
        }
        if let Err(at) = self.promises.binary_search_by(|(member, _)| member.cmp(&who)) {
            self.promises.insert(at, (who, (term, last)));
        }
    }

    /// How many promises are needed: the read quorum of the previous configuration, which meets every write quorum.
    pub fn needed(&self) -> usize {
        read_quorum(self.members.len(), self.write_quorum)
    }

    /// Whether enough members promised.
    pub fn ready(&self) -> bool {
        self.promises.len() >= self.needed()
    }

    /// The member that promised with the greatest (term, last index), the lowest id among equals. None until
    /// [`ready`](Election::ready). Another promise may still change it: the manager decides when it stops waiting.
    pub fn winner(&self) -> Option<I> {
        if !self.ready() {
            return None;
        }
        let best = self.promises.iter().map(|(_, end)| *end).max()?;
        self.promises.iter().find(|(_, end)| *end == best).map(|(who, _)| *who)
    }

    /// Who promised, sorted.
    pub fn promised(&self) -> Vec<I> {
        self.promises.iter().map(|(who, _)| *who).collect()
    }

    /// The (term, last index) that `who` promised with.
    pub fn end_of(&self, who: I) -> Option<(Term, u64)> {
        self.promises.iter().find(|(member, _)| *member == who).map(|(_, end)| *end)
    }
}

/// A replica's side of elections: the greatest ballot it promised. Must be durable before the promise is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fence {
    highest: Ballot,
}

impl Fence {
    /// A replica that promised nothing yet.
    pub const fn new() -> Self {
        Fence { highest: Ballot(0) }
    }

    /// Promises to refuse every ballot below this one. False when a greater one was promised before; promising the same
    /// one again is granted, for the request may be a repeated message. A replica that is first told of a ballot by
    /// its leader's entries promises it then.
    pub fn promise(&mut self, ballot: Ballot) -> bool {
        let granted = self.admits(ballot);
        if granted {
            self.highest = ballot;
        }
        granted
    }

    /// Whether messages of this ballot may still be obeyed.
    pub fn admits(&self, ballot: Ballot) -> bool {
        ballot >= self.highest
    }

    /// The greatest ballot promised; `Ballot(0)` when none was.
    pub fn highest(&self) -> Ballot {
        self.highest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn election(promises: &[(u32, u64, u64)]) -> Election<u32> {
        let mut election = Election::new(Ballot(7), vec![4, 3, 2, 1], 3);
        for (who, term, last) in promises {
            election.promise(*who, Term(*term), *last);
        }
        election
    }

    #[test]
    fn an_election_waits_for_a_read_quorum_of_the_previous_configuration() {
        assert_eq!(election(&[]).needed(), 2);
        assert!(!election(&[(1, 1, 5)]).ready());
        assert_eq!(election(&[(1, 1, 5)]).winner(), None);
        assert_eq!(election(&[(1, 1, 5), (2, 1, 6)]).winner(), Some(2));
    }

    #[test]
    fn a_later_term_beats_a_longer_log() {
        assert_eq!(election(&[(1, 2, 5), (2, 1, 9), (3, 2, 4)]).winner(), Some(1));
    }

    #[test]
    fn equal_logs_are_told_apart_by_the_lowest_id_in_any_order_of_arrival() {
        assert_eq!(election(&[(4, 2, 5), (2, 2, 5), (3, 2, 5)]).winner(), Some(2));
        assert_eq!(election(&[(2, 2, 5), (3, 2, 5), (4, 2, 5)]).winner(), Some(2));
    }

    #[test]
    fn strangers_and_repeated_promises_do_not_count() {
        let e = election(&[(9, 9, 9), (1, 1, 5), (1, 8, 8)]);
        assert_eq!((e.promised(), e.ready()), (vec![1], false));
        assert_eq!((e.end_of(1), e.end_of(9)), (Some((Term(1), 5)), None));
    }

    #[test]
    fn nobody_wins_when_the_previous_configuration_acknowledged_without_a_quorum() {
        let mut e = Election::new(Ballot(1), vec![1, 2], 0);
        e.promise(1, Term(1), 1);
        e.promise(2, Term(1), 1);
        assert_eq!(e.winner(), None);
        assert_eq!(Election::<u32>::new(Ballot(1), vec![], 1).winner(), None);
    }

    #[test]
    fn a_fenced_replica_refuses_older_ballots_and_repeats_its_promise() {
        let mut f = Fence::new();
        assert!(f.admits(Ballot(0)));
        assert!(f.promise(Ballot(3)) && f.promise(Ballot(3)));
        assert!(!f.promise(Ballot(2)) && !f.admits(Ballot(2)));
        assert!(f.admits(Ballot(3)) && f.admits(Ballot(4)));
        assert_eq!(f.highest(), Ballot(3));
    }
}
