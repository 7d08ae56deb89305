//! `[topology]`, `[[link]]` and `[disk]`.

use crate::base::dist::text::SpanLaw;
use crate::base::document::Located;
use crate::base::time::Span;
use crate::base::units::{Bandwidth, Share};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// `[topology]`: where things are.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TopologyText {
    /// The catalogue that knows the provider's regions, delays and prices: a name, or the path of a directory.
    pub catalog: Option<Located<String>>,
    /// The regions, by the provider's display names.
    pub regions: Located<Vec<Located<String>>>,
    /// Zones in each region; the catalogue's number unless given.
    pub zones: Option<Located<u32>>,
    /// Data nodes in each zone; 12 unless given.
    pub nodes_per_zone: Option<Located<u32>>,
    /// Fault domains (racks) in each zone; 12 unless given, or as many as there are nodes.
    pub domains_per_zone: Option<Located<u32>>,
    /// One-way delay between two nodes of one zone; the catalogue's unless given.
    pub intra_zone: Option<Located<SpanLaw>>,
    /// One-way delay between zones of one region; the catalogue's unless given.
    pub inter_zone: Option<Located<SpanLaw>>,
    /// One-way delay to and from global services (control plane, name resolution); the catalogue's unless given.
    pub global: Option<Located<SpanLaw>>,
    /// What differs in single regions, by region name.
    pub region: Option<BTreeMap<String, Located<RegionText>>>,
}

/// `[topology.region."West US"]`: one region's own numbers.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RegionText {
    /// Zones in this region.
    pub zones: Option<Located<u32>>,
    /// Data nodes in each of its zones.
    pub nodes_per_zone: Option<Located<u32>>,
    /// Fault domains (racks) in each of its zones.
    pub domains_per_zone: Option<Located<u32>>,
}

/// `[[link]]`: what differs on the way from one region to another.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LinkText {
    /// Which link: `link:A->B` one way, `link:A<->B` both ways, `*` for each region.
    pub scope: Located<String>,
    /// The law of the one-way delay.
    pub one_way: Option<Located<SpanLaw>>,
    /// A constant round trip, half of it each way.
    pub rtt: Option<Located<Span>>,
    /// Bandwidth in each direction the link has; unlimited unless given.
    pub bandwidth: Option<Located<Bandwidth>>,
    /// Share of messages lost; none unless given.
    pub loss: Option<Located<Share>>,
}

/// `[disk]`: the disks of all nodes.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DiskText {
    /// The time from handing a record to the disk until it is durable; the catalogue's unless given.
    pub persist: Option<Located<SpanLaw>>,
}
