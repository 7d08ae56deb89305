//! What an operator can ask: `[[action]] do = ...`. An order concerns all machines.

use super::config::{PointText, PortText};
use schemars::JsonSchema;
use serde::Deserialize;

/// A command: the same in a scenario and resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "SiteRecoveryCommand")]
pub enum Command {
    /// Begin to replicate: target resources are made, and disks are copied.
    Enable,
    /// Fail over by the recovery plan, whatever that loses.
    Failover(To),
    /// Start copies of the machines in a network of their own, look at them, and throw them away.
    TestFailover(To),
    /// Keep what the failover came to: recovery points of the time before are dropped.
    Commit,
    /// Replicate the machines back to where they came from; only what differs is copied. Needs a commit, and the region.
    Reprotect,
    /// Planned: machines stop, everything they wrote is replicated, and the others start. Needs protection.
    Failback,
    /// Open or block port 20004 between the machines.
    #[serde(rename = "port-20004")]
    Port(PortText),
}

/// To which recovery point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SiteRecoveryTo")]
pub struct To {
    /// The point.
    pub to: PointText,
}
