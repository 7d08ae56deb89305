//! What an operator can ask: `[[action]] do = ...`.

use crate::base::document::Located;
use schemars::JsonSchema;
use serde::Deserialize;

/// A resolved command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Create the replica at a site.
    Create(usize),
    /// Delete the replica at a site.
    Delete(usize),
    /// Switch routing to a site on or off.
    Route(usize, bool),
    /// Change the tier.
    Tier(usize),
}

/// A command as written in a scenario.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "ContainerRegistryCommand")]
pub enum CommandText {
    /// Create a replica in this region: it copies everything, and then serves. Refused below the premium tier.
    CreateReplica(In),
    /// Delete the replica in this region. Refused for the home region's.
    DeleteReplica(In),
    /// Send no client to this region any more; its replica goes on taking in what is pushed elsewhere.
    RoutingOff(In),
    /// Send clients to this region again.
    RoutingOn(In),
    /// Change the tier: `basic`, `standard` or `premium`. Refused below premium while there are several replicas.
    Tier(Located<String>),
}

/// A region.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ContainerRegistryRegion")]
pub struct In {
    /// The region.
    pub region: Located<String>,
}
