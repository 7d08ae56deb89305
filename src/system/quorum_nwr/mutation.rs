//! Safeguards that tests switch off, one at a time, to show that the checkers notice.

/// Which safeguard of the protocol is off. Scenarios cannot set this: only [`super::Settings`] made in code can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutation {
    /// GEN-2: a write is acknowledged when one replica has it, whatever W is.
    AckAfterFirst,
    /// GEN-2: a read is answered by one replica, whatever R is.
    AnswerAfterFirst,
    /// GEN-2: a replica says that it has a write before its disk does.
    AckBeforeDurable,
    /// GEN-2: a hint counts towards W although quorums are strict.
    CountHints,
    /// GEN-2: hints are acknowledged and not kept.
    DropHints,
    /// GEN-2: read repair gives what the stalest replica had a new stamp, and writes that.
    RepairWithOldest,
    /// GEN-2: a blocking read repair does not block.
    SkipWriteBack,
    /// GEN-2: with version vectors, a write does not ask for its context first.
    SkipContext,
    /// GEN-2: replicas never compare their trees.
    NeverCompare,
    /// GEN-2: a replica whose disk was lost answers reads before it has copied from the others.
    ServeBlank,
}
