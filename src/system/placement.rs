//! Where the replicas of a partition go, and which of them is near: the same for every system that lists them by region.

use crate::base::diagnostics::{Code, Diagnostics, shown};
use crate::base::document::Located;
use crate::base::ids::{ClientId, DomainId, Id, NodeId, PartitionId, RegionId, ZoneId};
use crate::model::plan::Plan;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Replicas of each partition, as a table lists them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Replicas {
    /// Their region.
    pub region: Located<String>,
    /// Their zone; they are spread over all of the region's unless given.
    pub zone: Option<Located<u32>>,
    /// How many. Default 1.
    pub count: Option<Located<u32>>,
}

/// A place for one replica of each partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// The region.
    pub region: RegionId,
    /// The zone in it, if one is asked for; else partitions take zones by turns.
    pub zone: Option<u32>,
}

/// The node of each replica of each partition: each on a node and, as far as there are enough, in a fault domain of its own.
///
/// # Errors
/// The site for which there is no node left, by its index.
pub fn place(
    plan: &Plan,
    partitions: u32,
    sites: &[Site],
) -> Result<BTreeMap<PartitionId, Vec<NodeId>>, usize> {
    (0..partitions).map(PartitionId).map(|p| Ok((p, one(plan, sites, p)?))).collect()
}

fn one(plan: &Plan, sites: &[Site], partition: PartitionId) -> Result<Vec<NodeId>, usize> {
    let (mut nodes, mut domains) = (Vec::<NodeId>::new(), BTreeSet::<DomainId>::new());
    let mut spread: BTreeMap<RegionId, usize> = BTreeMap::new();
    for (index, site) in sites.iter().enumerate() {
        let zones: Vec<ZoneId> = plan.topology.zones_of(site.region).collect();
        let turn = spread.entry(site.region).or_default();
        let zone = match site.zone {
            Some(number) => zones.into_iter().find(|z| plan.topology.zones[*z].number == number),
            None => zones.get((*turn + partition.index()) % zones.len().max(1)).copied(),
        };
        *turn += 1;
        let there: Vec<NodeId> = zone.iter().flat_map(|z| plan.topology.data_nodes_of(*z)).collect();
        let first = partition.index() * sites.len() % there.len().max(1);
        let free = || there.iter().cycle().skip(first).take(there.len()).filter(|n| !nodes.contains(n));
        let domain = |node: &NodeId| plan.topology.nodes[*node].domain;
        let apart = free().find(|node| domain(node).is_none_or(|d| !domains.contains(&d)));
        let node = *apart.or_else(|| free().next()).ok_or(index)?;
        domains.extend(domain(&node));
        nodes.push(node);
    }
    Ok(nodes)
}

/// Sites by median delay from a client's region, those named first before others as near; by their index.
pub fn by_distance(
    plan: &Plan,
    client: ClientId,
    sites: impl Iterator<Item = (usize, RegionId)>,
) -> Vec<usize> {
    let from = plan.clients[client].region;
    let delay = |to: RegionId| if to == from { 0.0 } else { plan.network.pairs[from][to].quantile(0.5) };
    let mut order: Vec<(usize, f64)> = sites.map(|(index, region)| (index, delay(region))).collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    order.into_iter().map(|(index, _)| index).collect()
}

/// The region of this name, or a diagnostic.
pub fn region(name: &Located<String>, plan: &Plan, errors: &mut Diagnostics) -> Option<RegionId> {
    let found = plan.topology.region(&name.value);
    if found.is_none() {
        let known: Vec<&str> = plan.topology.regions.iter().map(|(_, r)| r.name.as_str()).collect();
        errors
            .error(Code::UnknownPlace, name.place, format!("region `{}` is not in the topology", name.value))
            .did_you_mean(&name.value, known);
    }
    found
}

/// The places that a list asks for: between one and `most`.
pub fn sites(
    list: &Located<Vec<Located<Replicas>>>,
    most: u32,
    plan: &Plan,
    errors: &mut Diagnostics,
) -> Vec<Site> {
    let mut sites = Vec::new();
    for Located { value: Replicas { region: name, zone, count }, .. } in &list.value {
        let Some(region) = region(name, plan, errors) else { continue };
        let zones = plan.topology.zones_of(region).count() as u32;
        if let Some(zone) = zone.filter(|zone| !(1..=zones).contains(&zone.value)) {
            let message = format!("{} has {zones} zones, not {}", shown(&name.value), zone.value);
            errors.error(Code::UnknownPlace, zone.place, message);
        }
        if let Some(count) = count.filter(|count| !(1..=most).contains(&count.value)) {
            let message = format!("`count` is between 1 and {most}, not {}", count.value);
            errors.error(Code::OutsideLimits, count.place, message);
        }
        let site = Site { region, zone: zone.map(|zone| zone.value) };
        sites.extend(std::iter::repeat_n(site, count.map_or(1, |count| count.value.min(most)) as usize));
    }
    if list.value.is_empty() || sites.len() > most as usize {
        let message = format!("a partition has between 1 and {most} replicas");
        errors.error(Code::OutsideLimits, list.place, message);
    }
    sites
}
