//! Safeguards that tests switch off, one at a time, to show that the checkers notice.

/// Which safeguard of the protocol is off. Scenarios cannot set this: only [`super::Settings`] made in code can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutation {
    /// COS-1: all replicas of a set are placed in one fault domain.
    PlaceInOneDomain,
    /// COS-2: writes are acknowledged when the primary alone has them.
    AckBeforeQuorum,
    /// COS-3: an election takes the replica with the shortest log.
    PromoteStaleReplica,
    /// COS-3: a lost replica is never replaced.
    NeverRebuild,
    /// COS-4: no other replica takes over shipping when the shipper is lost.
    ShipperNotReplaced,
    /// COS-5: strong and bounded reads ask one replica.
    ReadOneReplica,
    /// COS-5: strong writes are acknowledged without waiting for the commit barrier.
    SkipBarrier,
    /// COS-5: reads carry no session token.
    DropSessionToken,
    /// COS-5: consistent-prefix reads take any replica, however far behind.
    ForgetPrefix,
    /// COS-5: writes are not throttled at the staleness bound, and regions that lag go on serving.
    ForgetThrottling,
    /// COS-5: batches are applied key by key.
    SplitBatches,
    /// COS-5: strong and bounded reads are charged like the others.
    ChargeReadsOnce,
    /// COS-6: conflicts are settled by order of arrival.
    LastArrivalWins,
    /// COS-7: request units are not counted.
    NoThroughputLimit,
    /// COS-8: clients do not leave a region that fails.
    NeverMarkUnavailable,
    /// COS-8: timed-out writes are sent again.
    RetryTimedOutWrites,
    /// COS-9: failover takes the priority list as it is, in the quorum or not.
    PromoteOutsideQuorum,
    /// COS-9: failover takes the last region of the list.
    IgnorePriority,
    /// COS-10: failover happens although it is switched off.
    FailOverAlthoughOff,
    /// COS-11: a planned switch does not look whether both regions are connected.
    SkipSwitchCheck,
    /// COS-11: a planned switch does not wait for the target to catch up.
    SwitchWithoutDrain,
    /// COS-12: a recovered region drops its unreplicated writes without a trace.
    LoseConflictFeed,
    /// COS-12: what the application writes back from the conflict feed does not become data again.
    NeverWriteBack,
    /// COS-12: a recovered write region is promoted at once.
    PromoteOnReturn,
    /// COS-13: a recovered region serves before it has caught up.
    ServeBeforeSync,
    /// COS-14: zone-redundant replicas are all placed in one zone.
    IgnoreZones,
    /// COS-14: lost replicas are not fenced: the set is never reconfigured.
    NeverReconfigure,
    /// COS-15: a new region serves before its copy is complete.
    ServeBeforeCopy,
    /// COS-16: log shipping is off.
    NeverShip,
    /// COS-17: switching service-managed failover off has no effect.
    IgnoreFailoverToggle,
    /// COS-19: backups are not taken.
    NeverBackUp,
}
