//! What an operator can ask of an account: `[[action]] do = ...`.

use crate::base::document::Located;
use crate::base::ids::RegionId;
use schemars::JsonSchema;
use serde::Deserialize;

/// A resolved command.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Planned switch of the write region (COS-11).
    Failover(RegionId),
    /// Service-managed failover on or off (COS-17).
    ServiceManagedFailover(bool),
    /// A customer takes a region offline (edition 2026).
    TakeOffline(RegionId),
    /// And asks for it back.
    BringOnline(RegionId),
    /// COS-15.
    AddRegion(RegionId),
    /// COS-15.
    RemoveRegion(RegionId),
    /// COS-7: request units a second of each partition, in one region or all.
    Throughput(Option<RegionId>, f64),
    /// COS-19: restore the last backup into this region.
    Restore(RegionId),
}

/// A command as written in a scenario.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum CommandText {
    /// Make another region the write region, without loss; refused while either is not connected.
    Failover(To),
    /// Switch service-managed failover on or off.
    ServiceManagedFailover(OnOff),
    /// Take a region offline as a customer (edition 2026).
    TakeOffline(Where),
    /// Bring it back: it catches up first. Answered when it serves.
    BringOnline(Where),
    /// Add a region of the topology: its data is copied first. Answered when it serves.
    AddRegion(Where),
    /// Remove a region: what it holds is deleted.
    RemoveRegion(Where),
    /// Change the provisioned throughput.
    Throughput(ThroughputText),
    /// Restore the last backup into a region: what came after it is lost. Refused when there is none. Answered when the
    /// region serves.
    Restore(To),
}

/// A target region.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct To {
    /// The region.
    pub to: Located<String>,
}

/// A region.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Where {
    /// The region.
    pub region: Located<String>,
}

/// `on` or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnOff {
    /// On.
    On,
    /// Off.
    Off,
}

/// New throughput.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ThroughputText {
    /// Request units a second of each partition.
    pub units: crate::base::units::RequestUnits,
    /// Only in this region; in all when absent.
    pub region: Option<Located<String>>,
}
