//! Safeguards that tests switch off, one at a time, to show that something notices.

/// Which safeguard is off. Scenarios cannot set this: only [`super::Settings`] made in code can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutation {
    /// ASR-1: a machine takes what it has uploaded for stored before the cache account says so.
    ForgetUnstored,
    /// ASR-1: a machine without new points for long is not resynchronised, but goes on collecting.
    NeverSuspend,
    /// ASR-1: a machine counts as protected before its first copy is complete.
    ProtectBeforeCopy,
    /// ASR-2: recovery points go on being made only for as long as nothing was pruned: once, and no more.
    CutOnePoint,
    /// ASR-2: nothing that is too old is dropped.
    NeverPrune,
    /// ASR-2: the application goes on while an app-consistent point is made.
    SkipFreeze,
    /// ASR-3: no limit holds for what is uploaded.
    NoChurnLimit,
    /// ASR-4: a point is offered as soon as its data have reached the target region, or before.
    OfferUnprocessed,
    /// ASR-4: a failover to the latest point does not process what is waiting first.
    SkipPending,
    /// ASR-5: all groups of a plan are started at once.
    IgnoreGroups,
    /// ASR-5: machines are failed over as soon as one is silent, without anybody's decision.
    DecideAtOnce,
    /// ASR-5: room in the target region has no limit.
    IgnoreCapacity,
    /// ASR-6: machines of a replication group do not wait for each other while they mark a point.
    SkipBarrier,
    /// ASR-6: the machines of a group are recovered each to its own newest point, although there is a shared one.
    IgnoreSharedPoints,
    /// ASR-7: a machine that cannot replicate stops serving.
    StopWithoutReplication,
    /// ASR-7: a machine replicates without having signed in.
    SkipSignIn,
    /// ASR-8: a test failover takes the names of the machines.
    TestTakesNames,
    /// ASR-8: protecting a machine again copies whole disks.
    CopyWholeDisks,
    /// ASR-8: a failback does not wait until everything is replicated.
    FailBackWithoutDrain,
    /// ASR-8: what a returning machine has that the others do not is told to nobody.
    ForgetSuffix,
}
