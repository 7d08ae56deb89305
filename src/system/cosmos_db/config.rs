//! The `[system.cosmos-db]` table.

use crate::base::dist::text::SpanLaw;
use crate::base::document::Located;
use crate::base::time::Span;
use crate::base::units::{Bytes, RequestUnits};
use crate::system::cosmos_db::level::Level;
use crate::system::failback::FailbackText;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A Cosmos DB account.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// Documentation edition whose behaviour is modelled: 2019, 2021, 2024 or 2026. Default 2021.
    pub edition: Option<Located<String>>,
    /// Regions of the account; all regions of the topology by default.
    pub regions: Option<Vec<Located<String>>>,
    /// Regions that accept writes; with several, conflicts are settled by `conflicts`.
    pub write_regions: Vec<Located<String>>,
    /// Physical partitions. Default 1.
    pub partitions: Option<Located<u32>>,
    /// The account's consistency level.
    pub consistency: Located<Level>,
    /// What happens when the write region is lost.
    pub failover: Option<FailoverText>,
    /// What the customer does when the first write region serves again after a failover: nothing, or a planned switch back
    /// after this time. Never unless given; required where hazards can bring service-managed failover about, except where
    /// the edition switches back by itself.
    pub failback: Option<Located<FailbackText>>,
    /// Regions whose replicas are spread over zones. None by default.
    #[serde(default)]
    pub zone_redundant: Vec<Located<String>>,
    /// Provisioned throughput of each partition in each region. Default 10000 RU/s.
    pub throughput: Option<Located<RequestUnits>>,
    /// Bounded staleness: the bound.
    pub bound: Option<Located<Bound>>,
    /// API of the account: only `sql` has a conflict feed. Default sql.
    pub api: Option<Api>,
    /// An application that deals with the conflict feed. None by default. Needs one write region and `api = "sql"`.
    pub conflict_reader: Option<Located<ConflictReader>>,
    /// How conflicts between write regions are settled. Default last-writer-wins.
    pub conflicts: Option<Conflicts>,
    /// Backups. Default periodic, as the edition has it.
    pub backup: Option<BackupText>,
    /// Data in each partition, for copies and restores. Default 10 GB.
    pub data: Option<Located<Bytes>>,
    /// Strong consistency over more than 8,000 km must be asked for.
    #[serde(default)]
    pub allow_long_distance: bool,
    /// Which of the two published definitions of the levels the account keeps to and is checked against. Default strict.
    pub definitions: Option<Definitions>,
    /// What the client library does.
    #[serde(default)]
    pub clients: ClientsText,
}

/// What happens when the write region is lost.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum FailoverText {
    /// Nothing, until it returns.
    Off,
    /// The service promotes another region.
    ServiceManaged(ServiceManaged),
}

/// Service-managed failover.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ServiceManaged {
    /// Regions in the order in which they are promoted.
    pub priority: Vec<Located<String>>,
    /// How long silence lasts until the write region is suspected. Default: as the edition has it.
    pub detect: Option<Located<SpanLaw>>,
    /// From then until the decision to promote another. Default: as the edition has it.
    pub decide: Option<Located<SpanLaw>>,
}

/// The bound of bounded staleness.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Bound {
    /// At most this many versions.
    pub versions: u64,
    /// At most this old.
    pub time: Span,
}

/// API of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Api {
    /// Core (SQL): has a conflict feed.
    Sql,
    /// Any of the others.
    Other,
}

/// An application that reads the conflict feed, writes back the documents of which the account knows nothing since the
/// failover, and leaves the others as they are: it takes both out of the feed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ConflictReader {
    /// Where it runs. It stops while that region's services are down.
    pub region: Located<String>,
    /// How often it looks. Default 30 s.
    pub every: Option<Span>,
}

/// Conflict resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Conflicts {
    /// The greater timestamp wins; deletions win.
    LastWriterWins,
    /// The greater value of a numeric path wins; deletions win.
    NumericPath,
    /// A merge procedure runs exactly once.
    Merge,
    /// Losers are left in the conflict feed.
    Feed,
}

/// Backups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BackupText {
    /// None.
    Off,
    /// At the edition's interval.
    Periodic,
    /// Every 100 s.
    Continuous,
}

/// Published definitions of the levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Definitions {
    /// The general model, and the product text of 2020.
    #[serde(rename = "strict")]
    Strict,
    /// The storage model, and the product text of 2025.
    #[serde(rename = "documented-2025")]
    Documented2025,
}

/// The client library.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ClientsText {
    /// Preferred regions of the clients: nearest first unless said otherwise.
    pub preferred: Option<Preferred>,
    /// Preferred regions of one workload's clients, overriding `preferred`.
    #[serde(default)]
    pub workloads: BTreeMap<String, Preferred>,
    /// A read unanswered for this long is sent to the next region as well. Off by default.
    pub hedging: Option<Span>,
    /// A try is given up after this long. Default 5 s (assumed).
    pub attempt_timeout: Option<Span>,
    /// A session whose token names a lost suffix: start anew, or fail. Default reset.
    pub on_session_lost: Option<OnSessionLost>,
}

/// A list of preferred regions.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Preferred {
    /// No list: only the write region is used.
    None,
    /// The account's regions, nearest to the client first.
    Nearest,
    /// These, in this order.
    List(Vec<Located<String>>),
}

/// What a client does when its session is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnSessionLost {
    /// Start a new session.
    Reset,
    /// Fail the operation.
    Fail,
}
