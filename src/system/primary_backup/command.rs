//! What an operator can ask: `[[action]] do = ...`. An order concerns every partition, and is answered when it has been
//! carried out in all of them.

use crate::base::document::Located;
use crate::base::ids::RegionId;
use schemars::JsonSchema;
use serde::Deserialize;

/// A resolved command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Hand over to a replica in this region, without losing anything.
    SwitchOver(RegionId),
    /// Make a replica in this region the primary; `true`: whatever that loses.
    Promote(RegionId, bool),
}

/// A command as written in a scenario.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "PrimaryBackupCommand")]
pub enum CommandText {
    /// A planned switch: the primary takes no more requests, waits until a replica in this region has everything, and
    /// hands over. Refused if that takes longer than `switch-timeout`.
    SwitchOver(To),
    /// Promote a replica in this region, once the primary is silent. Refused while it is heard, and in synchronous mode if the
    /// replica is not in sync.
    Promote(To),
    /// Promote a replica in this region whatever is lost by it, and although the primary may be alive.
    Force(To),
}

/// A target region.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PrimaryBackupTo")]
pub struct To {
    /// The region.
    pub to: Located<String>,
}
