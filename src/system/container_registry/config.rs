//! The `[system.container-registry]` table.

use crate::base::document::Located;
use crate::base::time::Span;
use crate::base::units::{Bytes, Share};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A container registry with replicas in several regions.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "ContainerRegistry")]
pub struct Config {
    /// The documentation edition whose limits and times hold: `2019` or `2020`.
    pub edition: Located<String>,
    /// `basic`, `standard` or `premium`; several replicas need the last. Default `premium`.
    pub tier: Option<Located<String>>,
    /// Regions with a replica, the home region first. Default: all regions.
    pub replicas: Option<Located<Vec<Located<String>>>>,
    /// Further registries, which share nothing with the first: clients push each image to all of them.
    #[serde(default)]
    pub others: Vec<Other>,
    /// How images come into further registries. Default `push-each`.
    pub distribute: Option<DistributeText>,
    /// Regions with a replica to which no client is sent at the start.
    pub routing_off: Option<Located<Vec<Located<String>>>>,
    /// Sizes of the layers of a base image. Default 80 MB and 20 MB (assumed).
    pub base_layers: Option<Located<Vec<Bytes>>>,
    /// How many base images there are; tags take them by turns. Default 1.
    pub base_images: Option<Located<u32>>,
    /// Into how many layers an image's own bytes, the workload's `document-size`, are divided. Default 3 (assumed).
    pub own_layers: Option<Located<u32>>,
    /// The own bytes of the images that tags have at the start. Default 20 MB (assumed).
    pub first_images: Option<Located<Bytes>>,
    /// How names are looked up.
    #[serde(default)]
    pub dns: DnsText,
    /// How endpoints are probed. Default: as the edition says.
    #[serde(default)]
    pub probe: ProbeText,
    /// How clients push and pull.
    #[serde(default)]
    pub client: ClientText,
    /// Layers are pulled from the data endpoint of the region that gave the manifest. Default false.
    pub data_endpoints: Option<bool>,
    /// A tier's bandwidth lets transfers wait for this long; beyond, they are refused. Default 10 s (assumed).
    pub most_held: Option<Located<Span>>,
    /// A replica that did not answer is offered what it lacks again after this long. Default 10 s (assumed).
    pub offer_every: Option<Located<Span>>,
    /// Replicas compare what they have this often. Default 30 s (assumed).
    pub compare_every: Option<Located<Span>>,
}

/// Another registry.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "ContainerRegistryOther")]
pub struct Other {
    /// Regions with a replica of it.
    pub replicas: Located<Vec<Located<String>>>,
    /// Regions whose clients pull from it. Default: those with a replica of it.
    pub serves: Option<Located<Vec<Located<String>>>>,
}

/// How images come into further registries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "ContainerRegistryDistribute")]
pub enum DistributeText {
    /// Clients push to each.
    PushEach,
    /// Clients push to the first; the others import from it.
    Import,
}

/// How names are looked up.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "ContainerRegistryDns")]
pub struct DnsText {
    /// How long an answer may be kept. Default: as the edition says.
    pub ttl: Option<Located<Span>>,
    /// Whether clients have a DNS cache of their own. Default false: many Linux hosts have none.
    pub client_cache: Option<bool>,
    /// How many resolvers the clients of a region ask, one for each connection. Default 1.
    pub resolvers: Option<Located<u32>>,
    /// Where the resolvers of a region's clients are, if elsewhere.
    #[serde(default)]
    pub resolvers_at: BTreeMap<String, Located<String>>,
    /// What is in the latency table is the true latency times a lognormal factor of median 1, which exceeds 1 by more than
    /// this in one of 20 cases. Default 10% (assumed).
    pub noise: Option<Located<Share>>,
    /// The latency table is measured again after this long. Default 1 h (assumed).
    pub refresh: Option<Located<Span>>,
}

/// How endpoints are probed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "ContainerRegistryProbe")]
pub struct ProbeText {
    /// Time between two probes.
    pub interval: Option<Located<Span>>,
    /// How many failed ones in a row are tolerated: 0 to 9.
    pub tolerated: Option<Located<u32>>,
    /// A probe has failed after this long.
    pub timeout: Option<Located<Span>>,
    /// From how many places endpoints are probed, region by region in turn. Default: one in each region.
    pub places: Option<Located<u32>>,
}

/// How clients push and pull.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "ContainerRegistryClient")]
pub struct ClientText {
    /// Bytes of a chunk. Default 4 MiB (assumed).
    pub chunk: Option<Located<Bytes>>,
    /// Chunks of one layer under way at once. Default 4 (assumed).
    pub window: Option<Located<u32>>,
    /// Layers uploaded at once. Default 5, as docker does.
    pub uploads: Option<Located<u32>>,
    /// Layers downloaded at once. Default 3, as docker does.
    pub downloads: Option<Located<u32>>,
    /// Tries of each layer and manifest. Default 5, as docker does.
    pub tries: Option<Located<u32>>,
    /// How often a push is made whose manifest is refused. Default 1.
    pub push_attempts: Option<Located<u32>>,
    /// A connection that nothing is heard of is given up after this long. Default 10 s (assumed).
    pub timeout: Option<Located<Span>>,
    /// The first pause before a try is repeated; it doubles each time. Default 1 s (assumed).
    pub pause: Option<Located<Span>>,
    /// Whether clients keep the layers that they pulled. Default true.
    pub layer_cache: Option<bool>,
}
