//! Safeguards that tests switch off, one at a time, to show that the checkers notice.

/// Which safeguard of the protocol is off. Scenarios cannot set this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutation {
    /// GEN-5 multi-paxos: a replica accepts in a lower ballot than it has promised itself to.
    AcceptBelowPromise,
    /// GEN-5 multi-paxos: a new leader proposes what it likes, whatever a quorum had accepted.
    IgnoreAccepted,
    /// GEN-5 multi-paxos: a leader takes a proposal for chosen as soon as it has accepted it itself.
    ChooseAlone,
    /// GEN-5 multi-paxos: replicas say that they have accepted before it is durable.
    AnswerBeforeDurable,
    /// GEN-5 multi-paxos: a leader reads without making sure that it still leads.
    ReadUnconfirmed,
    /// GEN-5 multi-paxos: leases hold for longer than others wait before they stand.
    LeaseOutlivesTimeouts,
    /// GEN-5 multi-paxos: a replica takes whatever it has for chosen when it is told that the slot is.
    LearnAnyBallot,
    /// GEN-5 multi-paxos: a replica that lacks what the logs no longer have takes their image without its documents.
    ImageWithoutDocuments,
}
