//! Safeguards that tests switch off, one at a time, to show that the checkers notice.

/// Which safeguard of the protocol is off. Scenarios cannot set this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutation {
    /// GEN-1: votes are given whatever the candidate's log ends in.
    VoteForShorterLog,
    /// GEN-1: a leader takes an entry for committed as soon as it has it itself.
    CommitAlone,
    /// GEN-1: members say that they have entries before these are durable.
    AcknowledgeBeforeDurable,
    /// GEN-1: a leader reads without making sure that it still leads.
    ReadUnconfirmed,
    /// GEN-1: leases hold for longer than others wait before they stand.
    LeaseOutlivesTimeouts,
    /// GEN-1: a command that is sent again is carried out again.
    ApplyTwice,
    /// GEN-1: a witness stands for election, with a log that it has no commands of.
    WitnessLeads,
    /// GEN-1: a snapshot is taken without the image of the documents.
    SnapshotWithoutImage,
    /// GEN-1: leaders stay where they are, preferred or not.
    IgnorePreference,
    /// GEN-1: a member stands in a new term without asking whether it could win.
    SkipPreVote,
}
