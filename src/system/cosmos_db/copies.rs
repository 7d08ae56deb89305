//! COS-1 in figures: how many copies the placed replica sets keep, and over how many fault domains.

use crate::base::ids::ZoneId;
use crate::model::topology::Topology;
use crate::system::cosmos_db::settings::Settings;
use std::collections::BTreeSet;

/// Facts of a placed account, each a number: `replicas-per-region` (of a partition, in the region with the fewest),
/// `copies-per-region` (of a partition, all regions together, divided by their number, rounded down), and
/// `fault-domains-least` and `fault-domains-most` of the zones that host replicas.
pub(super) fn facts(settings: &Settings, topology: &Topology) -> Vec<(&'static str, String)> {
    let sets = &settings.nodes.replicas;
    let kept = |slots: &Vec<_>| settings.replicas.min(slots.len());
    let least = sets.values().map(kept).min().unwrap_or(0);
    let copies: usize = sets.values().map(kept).sum();
    let zones: BTreeSet<ZoneId> =
        sets.values().flatten().filter_map(|node| topology.nodes[*node].zone).collect();
    let domains = |zone: &ZoneId| topology.domains.iter().filter(|(_, domain)| domain.zone == *zone).count();
    let counts: Vec<usize> = zones.iter().map(domains).collect();
    vec![
        ("replicas-per-region", least.to_string()),
        ("copies-per-region", (copies / sets.len().max(1)).to_string()),
        ("fault-domains-least", counts.iter().min().copied().unwrap_or(0).to_string()),
        ("fault-domains-most", counts.iter().max().copied().unwrap_or(0).to_string()),
    ]
}
