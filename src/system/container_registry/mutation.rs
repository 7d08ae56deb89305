//! Safeguards that tests switch off, one at a time, to show that they are noticed when they are gone.

/// Which part of the registry is off or bent. Scenarios cannot set this: only [`super::Settings`] made in code can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutation {
    /// ACR-1: a manifest is taken whether its layers are there or not.
    SkipValidation,
    /// ACR-1: layers are uploaded whether they are there or not.
    UploadAlways,
    /// ACR-1: a push is acknowledged before it is on disk.
    AckBeforeDurable,
    /// ACR-2: every layer of an image is copied to the other regions, also those that are there.
    CopyEverything,
    /// ACR-2: what is copied last stays, whichever was pushed last.
    LastArrivalWins,
    /// ACR-2: a copy that was interrupted is not begun again.
    OfferOnce,
    /// ACR-2: a replica whose disk was lost goes on under its old name.
    KeepName,
    /// ACR-2: replicas do not compare what they have of those that are gone.
    NeverCompare,
    /// ACR-3: an endpoint counts as degraded at its first failed probe.
    TolerateNothing,
    /// ACR-3: when all endpoints are degraded, none is returned.
    FailClosed,
    /// ACR-3: names are kept beyond their time to live.
    IgnoreTtl,
    /// ACR-4: a client with a cache looks the name up for every connection.
    BypassClientCache,
    /// ACR-5: a replica whose routing is off is sent nothing.
    UnroutedIsIdle,
    /// ACR-6: a webhook fires when a push is offered, not when it is there.
    HookEarly,
    /// ACR-7: a new replica serves before it has everything.
    ReadyAtOnce,
    /// ACR-7: the home region's replica can be deleted.
    DeleteHome,
    /// ACR-8: clients keep to the region they were sent to first.
    NeverReroute,
    /// ACR-8: a pull by digest takes whatever its tag points to.
    TagForDigest,
    /// ACR-9: tiers limit nothing.
    Unlimited,
    /// ACR-9: a client that is throttled goes to another region.
    RerouteThrottled,
    /// ACR-10: clients pull from the first replica, wherever they are.
    PullFromFirst,
    /// ACR-11: dedicated data endpoints are not used.
    NoDataEndpoint,
    /// ACR-12: an import copies the manifest only.
    ImportManifestOnly,
    /// ACR-12: geo-replication is allowed at any tier.
    AnyTier,
}
