//! Timers of the account's actors.

use crate::base::ids::{PartitionId, RegionId};
use crate::engine::contract::{TimerClass, TimerName};
use crate::model::operation::OpId;

/// A timer's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Replica, manager: say that one is alive; renew leases.
    Heartbeat,
    /// Manager, controller: look who has gone silent.
    Watch,
    /// Leader: members have not acknowledged.
    Resend,
    /// Shipper: send what has committed meanwhile.
    Ship,
    /// Shipper: a region has not answered.
    ShipRetry,
    /// Leader: has the shipper stopped?
    ShipperWatch,
    /// Leader with several write regions: exchange version vectors.
    AntiEntropy,
    /// New writer: waited long enough for other regions' tails.
    CatchUp,
    /// Leader: take a backup.
    Backup,
    /// Leader: a region has lagged for too long, ask to take it out of the quorum.
    LagWatch,
    /// Replica at bounded staleness, away from the writer: show that it is fresh.
    Freshness,
    /// Leader: paced copy of a replica or region.
    CopyNext,
    /// Manager: begin the reconfiguration of a partition.
    Reconfigure(PartitionId),
    /// Manager: enough promises are in; wait no longer for the rest.
    PromiseGrace(PartitionId),
    /// Manager: the reconfiguration did not finish; begin again.
    ReconfigureRetry(PartitionId),
    /// Manager: replace a lost member of a partition.
    Rebuild(PartitionId),
    /// Account: a lease that blocks a decision has run out.
    LeaseWait,
    /// Account: give up a planned switch.
    SwitchTimeout,
    /// Controller: the decision about a silent region is due.
    Decide(RegionId),
    /// Controller: the decision about a partition that cannot be written is due.
    DecidePartition(PartitionId),
    /// Controller: retry a decision.
    Again,
    /// Controller: the customer switches back to the first write region.
    FailBack,
    /// Account: the quorum decision of one partition about a region is due.
    QuorumDecision(PartitionId, RegionId),
    /// Account: the restore is done.
    RestoreDone,
    /// Client: a try has not been answered.
    Attempt(OpId),
    /// Client: try again.
    Backoff(OpId),
    /// Client: a second copy of a slow read goes to the next region.
    Hedge(OpId),
    /// Client: the manager of a region has not answered.
    ResolveTimeout(PartitionId, RegionId),
    /// Application: look into the conflict feed.
    LookIntoFeed,
    /// Client: refresh the account's topology.
    Refresh,
}

impl TimerName for Timer {
    fn class(self) -> TimerClass {
        match self {
            Timer::Reconfigure(_)
            | Timer::PromiseGrace(_)
            | Timer::ReconfigureRetry(_)
            | Timer::Rebuild(_)
            | Timer::LeaseWait
            | Timer::SwitchTimeout
            | Timer::Decide(_)
            | Timer::DecidePartition(_)
            | Timer::Again
            | Timer::FailBack
            | Timer::QuorumDecision(..)
            | Timer::RestoreDone
            | Timer::CatchUp
            | Timer::CopyNext => TimerClass::Work,
            Timer::Backup => TimerClass::Calendar,
            _ => TimerClass::Routine,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Timer::Heartbeat => "heartbeat",
            Timer::Watch => "watch",
            Timer::Resend => "resend",
            Timer::Ship => "ship",
            Timer::ShipRetry => "ship-retry",
            Timer::ShipperWatch => "shipper-watch",
            Timer::AntiEntropy => "anti-entropy",
            Timer::CatchUp => "catch-up",
            Timer::Backup => "backup",
            Timer::LagWatch => "lag-watch",
            Timer::Freshness => "freshness",
            Timer::CopyNext => "copy-next",
            Timer::Reconfigure(_) => "reconfigure",
            Timer::PromiseGrace(_) => "promise-grace",
            Timer::ReconfigureRetry(_) => "reconfigure-retry",
            Timer::Rebuild(_) => "rebuild",
            Timer::LeaseWait => "lease-wait",
            Timer::SwitchTimeout => "switch-timeout",
            Timer::Decide(_) => "decide",
            Timer::DecidePartition(_) => "decide-partition",
            Timer::Again => "again",
            Timer::FailBack => "fail-back",
            Timer::QuorumDecision(..) => "quorum-decision",
            Timer::RestoreDone => "restore-done",
            Timer::Attempt(_) => "attempt",
            Timer::Backoff(_) => "backoff",
            Timer::Hedge(_) => "hedge",
            Timer::ResolveTimeout(..) => "resolve-timeout",
            Timer::LookIntoFeed => "look-into-feed",
            Timer::Refresh => "refresh",
        }
    }
}
