//! Who belongs to a group, and what counts as a quorum of it.

use super::Member;
use crate::algorithm::quorum::majority;

/// The members of a group. While they change, both the former and the new voters must agree (dissertation, section 4.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership<I> {
    /// They vote, and count towards commits.
    pub voters: Vec<I>,
    /// The former voters, while the members change; else none.
    pub outgoing: Vec<I>,
    /// They are sent the log and count for nothing.
    pub learners: Vec<I>,
    /// Those of the voters that keep no commands, and never stand for election.
    pub witnesses: Vec<I>,
}

impl<I> Default for Membership<I> {
    fn default() -> Self {
        Membership { voters: Vec::new(), outgoing: Vec::new(), learners: Vec::new(), witnesses: Vec::new() }
    }
}

impl<I: Member> Membership<I> {
    /// A group of voters only.
    pub fn of(voters: Vec<I>) -> Self {
        Membership { voters, ..Membership::default() }
    }

    /// All of them, each once.
    pub fn iter(&self) -> impl Iterator<Item = I> + '_ {
        let all = self.voters.iter().chain(&self.outgoing).chain(&self.learners);
        let mut all: Vec<I> = all.copied().collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter()
    }

    /// Whether both the former and the new voters count.
    pub fn is_joint(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// Whether `who` votes.
    pub fn votes(&self, who: I) -> bool {
        self.voters.contains(&who) || self.outgoing.contains(&who)
    }

    /// Whether `who` keeps no commands.
    pub fn is_witness(&self, who: I) -> bool {
        self.witnesses.contains(&who)
    }

    /// Whether a majority of each half says yes. No voters say no.
    pub fn agree(&self, yes: impl Fn(I) -> bool) -> bool {
        let most = |half: &[I]| half.iter().filter(|who| yes(**who)).count() >= majority(half.len());
        most(&self.voters) && (self.outgoing.is_empty() || most(&self.outgoing))
    }

    /// The greatest value that a majority of each half has reached.
    pub fn reached(&self, value: impl Fn(I) -> u64) -> u64 {
        let half = |half: &[I]| {
            let mut values: Vec<u64> = half.iter().map(|who| value(*who)).collect();
            values.sort_unstable_by(|a, b| b.cmp(a));
            values.get(majority(half.len()) - 1).copied().unwrap_or(0)
        };
        let new = half(&self.voters);
        if self.outgoing.is_empty() { new } else { new.min(half(&self.outgoing)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn while_members_change_both_majorities_count() {
        let mut members = Membership::of(vec![1, 2, 3]);
        assert!(members.agree(|who| who < 3) && !members.agree(|who| who == 1));
        members.outgoing = vec![3, 4, 5];
        assert!(!members.agree(|who| who < 4), "only one of the former voters");
        assert!(members.agree(|who| who > 1 && who < 5));
        assert_eq!(members.iter().collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_value_is_reached_when_a_majority_of_each_half_has_it() {
        let members = Membership { outgoing: vec![3, 4, 5], ..Membership::of(vec![1, 2, 3]) };
        assert_eq!(Membership::of(vec![1, 2, 3]).reached(|who| 10 * who), 20);
        assert_eq!(Membership::of(vec![1, 2, 3, 4]).reached(|who| who), 2);
        assert_eq!(members.reached(|who| if who == 1 { 0 } else { 10 - who }), 6 + 1 - 1);
        assert_eq!(Membership::<u64>::of(vec![]).reached(|_| 9), 0);
    }
}
