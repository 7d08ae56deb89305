//! Safeguards that tests switch off, one at a time, to show that the checkers notice.

/// Which safeguard is off. Scenarios cannot set this: only [`super::Settings`] made in code can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutation {
    /// GEN-3: a write is acknowledged when the primary has it, whatever its mode asks for.
    AcknowledgeAlone,
    /// GEN-3: a backup says that it has entries before its disk does.
    AcknowledgeBeforeDurable,
    /// GEN-3: backups take entries from a primary of an epoch that is over, and answer it.
    AcceptOldEpoch,
    /// GEN-3: a primary goes on when its lease has run out.
    OutliveLease,
    /// GEN-3: the coordinator lets another take over while a lease runs.
    GrantTooEarly,
    /// GEN-3: a silent backup is dropped from the in-sync set without recording it with the coordinator.
    DropUnrecorded,
    /// GEN-3: a backup outside the recorded in-sync set may be promoted.
    PromoteOutOfSync,
    /// GEN-3: a new primary asks nobody else how far they are.
    SkipSurvey,
    /// GEN-3: a planned switch does not wait until the target has everything.
    SwitchWithoutDrain,
    /// GEN-3: a replica that returns keeps what the others do not have.
    KeepDivergentSuffix,
    /// GEN-4: a secondary that takes over uses a recovery point of which only a part has arrived.
    UsePartialPoint,
    /// GEN-4: recovery points are cut once, and no more.
    CutOnePoint,
    /// GEN-4: a site that returns tells nobody what it cuts off.
    ForgetSuffix,
    /// GEN-4: who takes over does not wait for the grace period to pass.
    SkipGrace,
}
