//! Safeguards that tests switch off, one at a time, to show that the checkers notice.

/// Which safeguard of the protocol is off. Scenarios cannot set this: only [`super::Settings`] made in code can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutation {
    /// GEN-5 crdt: a replica whose disk was lost goes on under its old name.
    KeepName,
    /// GEN-5 crdt: an interval is taken in by a replica that lacks what came before it.
    MergeAcrossGaps,
    /// GEN-5 crdt: updates are sent on before they are on disk.
    ShipBeforeDurable,
    /// GEN-5 crdt: an update is acknowledged before it is on disk.
    AckBeforeDurable,
    /// GEN-5 crdt: whoever has fallen too far behind is sent what is still known to have changed, not everything.
    NeverSendWhole,
    /// GEN-5 crdt: any replica serves a session, whatever it has seen.
    SkipToken,
    /// GEN-5 crdt: joining adds what the other has, and forgets that it was removed.
    ForgetRemovals,
    /// GEN-5 crdt: replicas do not ask each other what they lack.
    NeverCheck,
}
