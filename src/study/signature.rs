//! What a cluster means to the system: which roles its faults hit, and how they lie to each other.

use crate::base::ids::{HazardId, NodeId, RegionId, ZoneId};
use crate::base::time::SimTime;
use crate::model::fault::{Place, Scope};
use crate::model::plan::Plan;
use crate::study::cluster::{Cluster, Part};
use crate::study::window;
use crate::study::world::World;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Names clusters; asks the world once for each place in each mode.
pub struct Signatures<'a> {
    plan: &'a Plan,
    world: &'a dyn World,
    /// By mode, hazard and path of the scope.
    known: Vec<BTreeMap<HazardId, BTreeMap<String, Arc<str>>>>,
    /// Whether kinds of faults must be told apart.
    kinds: bool,
}

impl<'a> Signatures<'a> {
    /// Nothing asked yet.
    pub fn new(plan: &'a Plan, world: &'a dyn World) -> Signatures<'a> {
        let kinds: BTreeSet<&str> = plan.hazards.iter().map(|(_, hazard)| hazard.kind.name()).collect();
        Signatures { plan, world, known: Vec::new(), kinds: kinds.len() > 1 }
    }

    /// The signature of a cluster that begins in a mode: `region(write)`; `zone(leader) + node(replica)`;
    /// `zone(replica) x2 (same region)`. Clusters of several strikes that are over before the next begins are `in turn`; of
    /// others it is said how many are under way at once, unless all are.
    pub fn of(&mut self, mode: usize, name: &str, cluster: &Cluster) -> Arc<str> {
        let mut parts = cluster.occurrences.iter().flat_map(|o| o.faults.iter().map(|part| (o.hazard, part)));
        if let (Some((hazard, part)), None) = (parts.next(), parts.next()) {
            return self.class(mode, name, hazard, part);
        }
        let mut counts: BTreeMap<Arc<str>, u64> = BTreeMap::new();
        for occurrence in &cluster.occurrences {
            for part in &occurrence.faults {
                *counts.entry(self.class(mode, name, occurrence.hazard, part)).or_default() += 1;
            }
        }
        let names: Vec<String> = counts.iter().map(|(class, n)| times(class, *n)).collect();
        let mut text = names.join(" + ");
        if cluster.occurrences.len() > 1 {
            text.push_str(self.relation(cluster));
            text.push_str(&at_once(cluster));
        }
        text.into()
    }

    /// What one fault is to the system.
    fn class(&mut self, mode: usize, name: &str, hazard: HazardId, part: &Part) -> Arc<str> {
        while self.known.len() <= mode {
            self.known.push(BTreeMap::new());
        }
        if let Some(class) = self.known[mode].get(&hazard).and_then(|paths| paths.get(&part.path)) {
            return Arc::clone(class);
        }
        let class: Arc<str> = match self.plan.hazards.get(hazard) {
            None => "unknown".into(),
            Some(law) => {
                let fault = window::fault(law, part, SimTime::ZERO);
                let class = self.world.classes(name, std::slice::from_ref(&fault)).pop().unwrap_or_default();
                if self.kinds { format!("{class} {}", law.kind.name()).into() } else { class.into() }
            }
        };
        self.known[mode].entry(hazard).or_default().insert(part.path.clone(), Arc::clone(&class));
        class
    }

    fn relation(&self, cluster: &Cluster) -> &'static str {
        let mut zones: BTreeSet<Option<ZoneId>> = BTreeSet::new();
        let mut regions: BTreeSet<Option<RegionId>> = BTreeSet::new();
        for part in cluster.occurrences.iter().flat_map(|o| &o.faults) {
            let (region, zone) = self.place(&part.scope);
            zones.insert(zone);
            regions.insert(region);
        }
        match (zones.len(), zones.contains(&None), regions.len(), regions.contains(&None)) {
            (1, false, ..) => " (same zone)",
            (.., 1, false) => " (same region)",
            (.., 2.., false) => " (different regions)",
            _ => "",
        }
    }

    fn place(&self, scope: &Scope) -> (Option<RegionId>, Option<ZoneId>) {
        let topology = &self.plan.topology;
        let of_zone = |zone: ZoneId| (topology.zones.get(zone).map(|z| z.region), Some(zone));
        let of_node = |node: NodeId| topology.nodes.get(node).map_or((None, None), |n| (n.region, n.zone));
        match scope {
            Scope::Region(region) => (Some(*region), None),
            Scope::Zone(zone) => of_zone(*zone),
            Scope::Domain(domain) => topology.domains.get(*domain).map_or((None, None), |d| of_zone(d.zone)),
            Scope::Node(node) => of_node(*node),
            Scope::Link { from: Place::Zone(a), to: Place::Zone(b), .. } if a == b => of_zone(*a),
            Scope::Link { .. } | Scope::Service | Scope::Role { .. } => (None, None),
        }
    }
}

/// `zone(leader) x2`; many are counted in powers of two, so that bursts do not make a stratum for each size.
fn times(class: &str, n: u64) -> String {
    match n {
        1 => class.to_owned(),
        2 => format!("{class} x2"),
        _ => {
            let low = 1u64 << (63 - (n - 1).leading_zeros());
            format!("{class} x{}-{}", low + 1, low * 2)
        }
    }
}

/// How many strikes are under way at the same time, unless all are: what a system withstands depends on it.
fn at_once(cluster: &Cluster) -> String {
    match cluster.at_once() {
        1 => " in turn".to_owned(),
        all if all == cluster.occurrences.len() => String::new(),
        most if most <= 8 => format!(", {most} at once"),
        _ => ", many at once".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bursts_are_counted_in_powers_of_two() {
        let shown = |n| times("node", n);
        assert_eq!(
            [1, 2, 3, 4, 5, 8, 9].map(shown),
            ["node", "node x2", "node x3-4", "node x3-4", "node x5-8", "node x5-8", "node x9-16"]
        );
    }
}
