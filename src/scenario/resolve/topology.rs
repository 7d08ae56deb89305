//! `[topology]`: regions, zones, domains, nodes.

use super::Context;
use crate::base::diagnostics::{Code, Place, shown};
use crate::base::document::{Located, Node};
use crate::base::ids::RegionId;
use crate::base::suggest;
use crate::model::topology::{Domain, Node as Machine, NodeRole, Region, Zone};
use crate::scenario::catalog::{Catalog, CatalogError};
use crate::scenario::sections;
use crate::scenario::text::{RegionText, TopologyText};
use std::collections::BTreeMap;

/// More data nodes than this are refused.
const MOST_NODES: u64 = 100_000;
/// More regions than this are refused: the network has a law for each pair.
const MOST_REGIONS: usize = 200;
/// Data nodes in a zone, unless given.
const NODES_PER_ZONE: u32 = 12;
/// Fault domains in a zone, unless given; fewer when there are fewer nodes.
const DOMAINS_PER_ZONE: u32 = 12;
/// Zones in a region that no catalogue knows, unless given.
const ZONES: u32 = 3;

/// What the rest of the resolution needs to know of `[topology]`.
pub(super) struct Resolved {
    pub text: Located<TopologyText>,
    pub catalog: Option<Catalog>,
    /// Whether a catalogue was asked for but could not be loaded: what it would have given is then not missed.
    pub catalog_failed: bool,
    /// Regions that the catalogue does not know.
    pub unknown: Vec<RegionId>,
}

/// How many of each a region has.
struct Counts {
    zones: u32,
    nodes: u32,
    domains: u32,
    place: Place,
}

pub(super) fn resolve(cx: &mut Context<'_>, root: &Node) -> Option<Resolved> {
    if root.get("topology").is_none() {
        cx.errors
            .error(Code::NoRegions, root.place, "there is no `[topology]`")
            .hint("`[topology]` lists the `regions`");
        return None;
    }
    let text: Located<TopologyText> = sections::table(root, "topology", cx.errors)?;
    let (catalog, catalog_failed) = catalog(cx, &text);
    if text.regions.is_empty() {
        cx.errors.error(Code::NoRegions, text.regions.place, "the list of regions is empty");
        return None;
    }
    if text.regions.len() > MOST_REGIONS {
        let message =
            format!("{} regions are more than the {MOST_REGIONS} that are allowed", text.regions.len());
        cx.errors.error(Code::TopologySize, text.regions.place, message);
        return None;
    }
    let mut seen: BTreeMap<&str, Place> = BTreeMap::new();
    let (mut unknown, mut plan_nodes) = (Vec::new(), 0u64);
    let mut plans = Vec::new();
    for name in &text.regions.value {
        if let Some(first) = seen.insert(name, name.place) {
            let message = format!("region `{}` is listed twice", shown(name));
            cx.errors.error(Code::DuplicateRegion, name.place, message).also(first, "the first time");
            continue;
        }
        let id = region(cx, name, catalog.as_ref());
        let known = catalog.as_ref().and_then(|catalog| catalog.region(name));
        if known.is_none() && catalog.is_some() {
            unknown.push(id);
        }
        let counts = counts(cx, &text, name, known.map(|region| region.zones));
        plan_nodes = plan_nodes.saturating_add(u64::from(counts.zones) * u64::from(counts.nodes));
        plans.push((id, counts));
    }
    for name in text.region.iter().flatten().filter(|(name, _)| !seen.contains_key(name.as_str())) {
        let message = format!("`topology.region` names `{}`, which is not among the regions", shown(name.0));
        cx.errors
            .error(Code::UnknownRegion, name.1.place, message)
            .did_you_mean(name.0, seen.keys().copied());
    }
    if plan_nodes > MOST_NODES {
        let place = plans.first().map_or(text.place, |(_, counts)| counts.place);
        let message = format!("{plan_nodes} data nodes are more than the {MOST_NODES} that are allowed");
        cx.errors.error(Code::TopologySize, place, message);
        return None;
    }
    plans.into_iter().for_each(|(id, counts)| build(cx, id, &counts));
    Some(Resolved { text, catalog, catalog_failed, unknown })
}

fn catalog(cx: &mut Context<'_>, text: &TopologyText) -> (Option<Catalog>, bool) {
    let Some(name) = &text.catalog else { return (None, false) };
    match Catalog::load_from(name, &cx.directory(name.place), cx.files) {
        Ok(catalog) => {
            let rows = catalog.provenance();
            cx.defaults.extend(rows);
            (Some(catalog), false)
        }
        Err(error) => {
            let absent = matches!(error, CatalogError::Unknown { .. } | CatalogError::NoDirectory { .. });
            let code = if absent { Code::UnknownCatalog } else { Code::BadCatalog };
            cx.errors.error(code, name.place, error.to_string()).hint(error.hint());
            (None, true)
        }
    }
}

fn region(cx: &mut Context<'_>, name: &Located<String>, catalog: Option<&Catalog>) -> RegionId {
    let unusable = |c: char| c.is_control() || "/:*@<>".contains(c);
    if name.trim().is_empty() || name.contains(unusable) || name.trim() != name.as_str() {
        let message = format!("`{}` cannot be the name of a region", shown(name));
        cx.errors.error(Code::BadRegionName, name.place, message);
    } else if let Some(catalog) = catalog
        && catalog.region(name).is_none()
    {
        let message = format!("catalogue `{}` has no region `{}`", catalog.name(), shown(name));
        let error = cx.errors.error(Code::UnknownRegion, name.place, message);
        error.did_you_mean(name, catalog.regions().iter().map(|region| region.name.as_str()));
    }
    let known = catalog.and_then(|catalog| catalog.region(name));
    // A misspelt region stands under the name it most probably meant, so that what refers to that is not wrong too.
    let meant = || suggest::closest(name, catalog?.regions().iter().map(|region| region.name.as_str()));
    let meant =
        known.is_none().then(meant).flatten().filter(|meant| cx.plan.topology.region(meant).is_none());
    cx.plan.topology.regions.push(Region {
        name: meant.unwrap_or(name).to_string(),
        geography: known.map(|region| region.geography.clone()).unwrap_or_default(),
        has_zones: known.is_none_or(|region| region.zones > 1),
        position: known.and_then(|region| region.position),
    })
}

/// How many zones, nodes and domains a region has: its own numbers, else those for all, else the usual ones.
fn counts(cx: &mut Context<'_>, text: &Located<TopologyText>, name: &str, offered: Option<u32>) -> Counts {
    let empty = RegionText::default();
    let own =
        text.region.as_ref().and_then(|regions| regions.get(name)).map_or(&empty, |region| &region.value);
    let zones = own.zones.or(text.zones);
    let nodes = own.nodes_per_zone.or(text.nodes_per_zone);
    let domains = own.domains_per_zone.or(text.domains_per_zone);
    let key = |what: &str| format!("topology.region.{name:?}.{what}");
    let usual_zones = offered.map_or(ZONES, |n| n.max(1));
    if zones.is_none() {
        let origin = if offered.is_some() { "catalog" } else { "default" };
        cx.assume(key("zones"), usual_zones, origin);
    }
    if let (Some(zones), Some(offered)) = (zones, offered)
        && zones.value > offered.max(1)
    {
        let offer = if offered < 2 { "no zones".to_string() } else { format!("{offered} zones") };
        let message = format!("`{}` offers {offer}, and this asks for {}", shown(name), zones.value);
        let hint =
            "leave it out to use what is offered, or set it for one region: `[topology.region.\"NAME\"]`";
        cx.errors.error(Code::ZonesNotOffered, zones.place, message).hint(hint);
    }
    let node_count = match nodes {
        // Nothing follows from a zero that has been reported.
        Some(nodes) if nodes.value > 0 => nodes.value,
        Some(_) => NODES_PER_ZONE,
        None => cx.or_default(key("nodes-per-zone"), None, NODES_PER_ZONE),
    };
    let domain_count = match domains {
        Some(domains) => domains.value,
        None => cx.or_default(key("domains-per-zone"), None, DOMAINS_PER_ZONE.min(node_count)),
    };
    for (what, count, most) in
        [("zones", zones, 26), ("nodes-per-zone", nodes, u32::MAX), ("domains-per-zone", domains, u32::MAX)]
    {
        if let Some(count) = count.filter(|count| !(1..=most).contains(&count.value)) {
            let range = if most == 26 { "between 1 and 26" } else { "at least 1" };
            cx.errors.error(
                Code::TopologySize,
                count.place,
                format!("`{what}` is {range}, not {}", count.value),
            );
        }
    }
    if let Some(domains) = domains
        && domains.value > node_count
    {
        let message = format!("{} fault domains for {node_count} nodes", domains.value);
        cx.errors
            .error(Code::DomainsExceedNodes, domains.place, message)
            .also(nodes.map(|n| n.place), "the nodes");
    }
    let place = nodes.or(zones).map_or(text.place, |count| count.place);
    let zones = zones.map_or(usual_zones, |z| z.value).clamp(1, 26);
    Counts { zones, nodes: node_count, domains: domain_count.clamp(1, node_count), place }
}

/// Builds a region. Node `n` of a zone is in domain `(n - 1) mod domains + 1`.
fn build(cx: &mut Context<'_>, region: RegionId, counts: &Counts) {
    let topology = &mut cx.plan.topology;
    for number in 1..=counts.zones {
        let zone = topology.zones.push(Zone { region, number });
        let domains: Vec<_> =
            (1..=counts.domains).map(|number| topology.domains.push(Domain { zone, number })).collect();
        let path = topology.zone_path(zone);
        for n in 0..counts.nodes {
            topology.nodes.push(Machine {
                path: format!("{path}/node:{}", n + 1),
                role: NodeRole::Data,
                region: Some(region),
                zone: Some(zone),
                domain: domains.get((n % counts.domains) as usize).copied(),
                fails_with_place: true,
            });
        }
    }
}
