//! What an operator can ask: `[[action]] do = ...`. An order concerns every partition, and is answered when it has been
//! carried out in all of them.

use crate::base::document::Located;
use crate::base::ids::RegionId;
use schemars::JsonSchema;
use serde::Deserialize;

/// A resolved command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Hand leadership to a voter in this region.
    TransferLeadership(RegionId),
    /// Make the replicas in this region members, as their table says.
    AddMembers(RegionId),
    /// Make the replicas in this region members no more.
    RemoveMembers(RegionId),
}

/// A command as written in a scenario.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "RaftCommand")]
pub enum CommandText {
    /// Hand leadership of every partition to a voter in this region. Answered when it leads there.
    TransferLeadership(To),
    /// Make the spare replicas in this region voters: they learn first. Answered when they vote.
    AddMembers(Where),
    /// Take the replicas in this region out of their groups.
    RemoveMembers(Where),
}

/// A target region.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RaftTo")]
pub struct To {
    /// The region.
    pub to: Located<String>,
}

/// A region.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RaftWhere")]
pub struct Where {
    /// The region.
    pub region: Located<String>,
}
