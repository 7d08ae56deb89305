//! Where machines and cache accounts are: machines are spread over zones, and each region's cache account has a node of its
//! own, the last one.

use crate::base::diagnostics::{Code, Diagnostics, Place, shown};
use crate::base::ids::{NodeId, RegionId};
use crate::model::plan::Plan;
use crate::model::topology::NodeRole;
use crate::system::site_recovery::settings::Settings;

/// The nodes of a region, zone by turns with zone.
fn by_turns(plan: &Plan, region: RegionId) -> Vec<NodeId> {
    let zones = plan.topology.zones_of(region);
    let zones: Vec<Vec<NodeId>> = zones.map(|zone| plan.topology.data_nodes_of(zone).collect()).collect();
    let most = zones.iter().map(Vec::len).max().unwrap_or(0);
    (0..most).flat_map(|turn| zones.iter().filter_map(move |nodes| nodes.get(turn)).copied()).collect()
}

/// Places everything. Gives nothing exactly if a region has too few nodes, which is reported.
pub(super) fn place(
    settings: &mut Settings,
    place: Place,
    plan: &mut Plan,
    errors: &mut Diagnostics,
) -> Option<()> {
    for site in 0..2 {
        let mut nodes = by_turns(plan, settings.sites[site]);
        let cache = nodes.pop();
        if nodes.is_empty() {
            let name = &plan.topology.regions[settings.sites[site]].name;
            let message = format!("{} has no node beside that of the cache account", shown(name));
            errors.error(Code::ImpossiblePlacement, place, message).hint("give the region more nodes");
            return None;
        }
        settings.caches[site] = cache?;
        for (vm, nodes_of) in settings.nodes.iter_mut().enumerate() {
            nodes_of[site] = nodes[vm % nodes.len()];
        }
    }
    settings.service = plan.topology.add_service_node("site-recovery".into(), NodeRole::Control, None);
    settings.names = plan.topology.add_service_node("names".into(), NodeRole::Dns, None);
    Some(())
}
