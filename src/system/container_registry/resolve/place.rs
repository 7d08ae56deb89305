//! Where everything stands.

use crate::base::diagnostics::{Code, Diagnostics, Place, shown};
use crate::base::document::Located;
use crate::base::ids::{NodeId, RegionId};
use crate::model::plan::Plan;
use crate::model::topology::NodeRole;
use crate::system::container_registry::command::CommandText;
use crate::system::container_registry::config::Config;
use crate::system::container_registry::region_name::RegionName;
use crate::system::container_registry::settings::{Settings, Site};
use crate::system::placement;
use std::collections::BTreeSet;

/// The replicas of each registry, and the places of those that may be created.
pub(super) fn sites(
    config: &Config,
    commands: &[CommandText],
    settings: &mut Settings,
    plan: &Plan,
    table: Place,
    errors: &mut Diagnostics,
) {
    let all = || plan.topology.regions.ids().collect::<Vec<_>>();
    let first = config.replicas.as_ref().map_or_else(all, |list| regions(list, plan, errors));
    let mut taken = BTreeSet::new();
    let mut add = |settings: &mut Settings,
                   (registry, region): (usize, RegionId),
                   initial,
                   errors: &mut Diagnostics| {
        match node(plan, region, &taken) {
            Some(node) => {
                taken.insert(node);
                settings.sites.push(Site { registry, region, node, initial });
            }
            None => {
                let name = shown(&plan.topology.regions[region].name);
                let message = format!("no node is left in {name} for a replica");
                errors.error(Code::ImpossiblePlacement, table, message).hint("give the region more nodes");
            }
        }
    };
    settings.registries.push("registry".to_owned());
    first.iter().for_each(|region| add(settings, (0, *region), true, errors));
    for text in commands {
        let CommandText::CreateReplica(at) = text else { continue };
        let Some(region) = placement::region(&at.region, plan, errors) else { continue };
        if !settings.sites.iter().any(|site| site.region == region) {
            add(settings, (0, region), false, errors);
        }
    }
    for (i, other) in config.others.iter().enumerate() {
        let there = regions(&other.replicas, plan, errors);
        let serves = other.serves.as_ref().map_or_else(|| there.clone(), |list| regions(list, plan, errors));
        settings.registries.push(format!("registry-{}", i + 2));
        there.iter().for_each(|region| add(settings, (i + 1, *region), true, errors));
        settings.serves.extend(serves.into_iter().map(|region| (region, i + 1)));
    }
    let off = config.routing_off.as_ref().map_or_else(Vec::new, |list| regions(list, plan, errors));
    let unrouted = |site: &usize| off.contains(&settings.sites[*site].region);
    settings.unrouted = settings.of(0).filter(unrouted).collect();
}

/// Regions by name, each once, at least one.
fn regions(list: &Located<Vec<Located<String>>>, plan: &Plan, errors: &mut Diagnostics) -> Vec<RegionId> {
    let mut found = Vec::new();
    for name in &list.value {
        match placement::region(name, plan, errors) {
            Some(region) if found.contains(&region) => {
                let message = format!("{} is named twice", shown(&name.value));
                errors.error(Code::OutsideLimits, name.place, message);
            }
            region => found.extend(region),
        }
    }
    if list.value.is_empty() {
        errors.error(Code::OutsideLimits, list.place, "name at least one region");
    }
    found
}

/// The first node of a region that has no replica yet.
fn node(plan: &Plan, region: RegionId, taken: &BTreeSet<NodeId>) -> Option<NodeId> {
    let zones = plan.topology.zones_of(region);
    zones.flat_map(|zone| plan.topology.data_nodes_of(zone)).find(|node| !taken.contains(node))
}

/// Adds the nodes of what is no replica, and measures how far everything is.
pub(super) fn nodes(config: &Config, settings: &mut Settings, plan: &mut Plan) {
    let home = settings.sites.get(settings.home).map(|site| site.region);
    let regions: Vec<RegionId> = plan.topology.regions.ids().collect();
    let topology = &mut plan.topology;
    let path = |name: &str| format!("container-registry/{name}");
    settings.nodes.traffic_manager = topology.add_service_node(path("traffic-manager"), NodeRole::Dns, None);
    settings.nodes.control = topology.add_service_node(path("control"), NodeRole::Regional, home);
    settings.nodes.hooks = topology.add_service_node(path("hooks"), NodeRole::Global, None);
    let places = config.probe.places.map_or(regions.len(), |n| (n.value as usize).clamp(1, 1_000));
    for i in 0..places {
        let region = regions[i % regions.len()];
        // Probes come from many places in the world; a region's fault does not take them.
        let node = topology.add_service_node(path(&format!("probe:{i}")), NodeRole::Regional, Some(region));
        topology.nodes[node].fails_with_place = false;
        settings.nodes.probes.push(node);
    }
    let homes: BTreeSet<RegionId> = settings.homes.values().copied().collect();
    for client in homes {
        let at = settings.dns.resolvers_at.get(&client).copied().unwrap_or(client);
        for i in 0..settings.dns.resolvers {
            let name = format!("{}/resolver:{i}", topology.region_path(client));
            let node = topology.add_service_node(path(&name), NodeRole::Regional, Some(at));
            // Internet providers run resolvers, outside of the regions that they are near.
            topology.nodes[node].fails_with_place = false;
            settings.nodes.resolvers.entry(client).or_default().push(node);
        }
    }
    for from in regions {
        let trip = |to: RegionId| match from == to {
            true => 2.0 * plan.network.intra_zone.quantile(0.5),
            false => 2.0 * plan.network.pairs[from][to].quantile(0.5),
        };
        settings.latency.insert(from, settings.sites.iter().map(|site| trip(site.region)).collect());
        let name = plan.topology.regions[from].name.to_lowercase().replace(' ', "-");
        settings.names.insert(from, RegionName::new(&name));
    }
}
