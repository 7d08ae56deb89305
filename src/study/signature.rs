//! What a cluster means to the system: which roles its faults hit, and how they lie to each other.

use crate::base::ids::{HazardId, NodeId, PartitionId, RegionId, ZoneId};
use crate::base::time::SimTime;
use crate::engine::record::FaultSite;
use crate::model::fault::{Fault, Place, Scope};
use crate::model::hazard::{Extent, Hazard};
use crate::model::plan::Plan;
use crate::study::cluster::{self, Cluster, Occurrence, Part};
use crate::study::window;
use crate::study::world::World;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Names clusters; asks the world about all scopes of a hazard at once, once in each mode.
pub struct Signatures<'a> {
    plan: &'a Plan,
    world: &'a dyn World,
    /// By mode, hazard and path of the scope.
    known: Vec<BTreeMap<HazardId, ByPath>>,
    /// Whether kinds of faults must be told apart.
    kinds: bool,
}

/// By path of the scope.
type ByPath = BTreeMap<Arc<str>, Arc<Struck>>;

/// What one fault is to the system.
#[derive(Debug)]
struct Struck {
    class: Arc<str>,
    place: (Option<RegionId>, Option<ZoneId>),
    /// A node or a fault domain, not a zone or more.
    narrow: bool,
    /// Nothing of the system runs there that has a role.
    bare: bool,
    partitions: Vec<PartitionId>,
}

impl<'a> Signatures<'a> {
    /// Nothing asked yet.
    pub fn new(plan: &'a Plan, world: &'a dyn World) -> Signatures<'a> {
        let kinds: BTreeSet<&str> = plan.hazards.iter().map(|(_, hazard)| hazard.kind.name()).collect();
        Signatures { plan, world, known: Vec::new(), kinds: kinds.len() > 1 }
    }

    /// The signature of a cluster that begins in a mode: `region(write)`; `zone(leader) + node(replica)`;
    /// `node(replica) x2 (same partition)`. Nodes without a role are left out beside others. Clusters of several strikes
    /// that are over before the next begins are `in turn`; of others it is said how many are under way at once, unless all
    /// are.
    pub fn of(&mut self, mode: usize, name: &str, cluster: &Cluster) -> Arc<str> {
        if let [Occurrence { hazard, faults, .. }] = &cluster.occurrences[..]
            && let [part] = &faults[..]
        {
            return Arc::clone(&self.struck(mode, name, *hazard, part).class);
        }
        let mut hits: Vec<(&Occurrence, Arc<Struck>)> = Vec::new();
        for occurrence in &cluster.occurrences {
            for part in &occurrence.faults {
                hits.push((occurrence, self.struck(mode, name, occurrence.hazard, part)));
            }
        }
        if hits.iter().any(|(_, struck)| !struck.bare) {
            hits.retain(|(_, struck)| !struck.bare);
        }
        if let [(_, alone)] = &hits[..] {
            return Arc::clone(&alone.class);
        }
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for (_, struck) in &hits {
            *counts.entry(&struck.class).or_default() += 1;
        }
        let names: Vec<String> = counts.iter().map(|(class, n)| times(class, *n)).collect();
        let mut text = names.join(" + ");
        let several = hits.windows(2).any(|pair| !std::ptr::eq(pair[0].0, pair[1].0));
        let narrow = hits.iter().all(|(_, struck)| struck.narrow);
        if narrow {
            text.push_str(by_partition(&hits));
        } else if several {
            text.push_str(by_place(&hits));
        }
        if several {
            text.push_str(&at_once(&hits));
        }
        text.into()
    }

    fn struck(&mut self, mode: usize, name: &str, hazard: HazardId, part: &Part) -> Arc<Struck> {
        while self.known.len() <= mode {
            self.known.push(BTreeMap::new());
        }
        if let Some(struck) = self.known[mode].get(&hazard).and_then(|paths| paths.get(&part.path)) {
            return Arc::clone(struck);
        }
        let asked = self.asked(mode, hazard, part);
        let law = self.plan.hazards.get(hazard);
        let faults: Vec<Fault> = law
            .map_or(Vec::new(), |law| asked.iter().map(|p| window::fault(law, p, SimTime::ZERO)).collect());
        let mut sites = self.world.sites(name, &faults).into_iter();
        let mut found = Arc::new(self.read(law, part, FaultSite::default()));
        for asked in asked {
            let path = Arc::clone(&asked.path);
            let struck = Arc::new(self.read(law, &asked, sites.next().unwrap_or_default()));
            if path == part.path {
                found = Arc::clone(&struck);
            }
            self.known[mode].entry(hazard).or_default().insert(path, struck);
        }
        found
    }

    /// What to ask about together: this part, and at the first question about a hazard all that it can strike.
    fn asked(&self, mode: usize, hazard: HazardId, part: &Part) -> Vec<Part> {
        let mut all = vec![part.clone()];
        let Some(law) = self.plan.hazards.get(hazard).filter(|_| !self.known[mode].contains_key(&hazard))
        else {
            return all;
        };
        let other = |scope: &Scope, path: &str| Part { scope: scope.clone(), path: path.into(), ..*part };
        let nodes = &self.plan.topology.nodes;
        for exposed in &law.scopes {
            match law.strike.extent {
                Extent::Whole => all.push(other(&exposed.scope, &exposed.path)),
                _ => {
                    let within = self.plan.topology.data_nodes_in(&exposed.scope);
                    all.extend(within.map(|id| other(&Scope::Node(id), &nodes[id].path)));
                }
            }
        }
        all
    }

    fn read(&self, law: Option<&Hazard>, part: &Part, site: FaultSite) -> Struck {
        let narrow = matches!(part.scope, Scope::Node(_) | Scope::Domain(_));
        let bare = narrow && !site.class.contains('(');
        let class = match law {
            None => "unknown".into(),
            Some(law) if self.kinds => format!("{} {}", site.class, law.kind.name()).into(),
            Some(_) => site.class.into(),
        };
        Struck { class, place: self.place(&part.scope), narrow, bare, partitions: site.partitions }
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

/// `zone(leader) x2`; more than eight are counted in powers of two, so that bursts do not make a stratum for each size. Up to
/// there each number is a stratum: four at once may be a thousand times rarer than three, and all that matters.
fn times(class: &str, n: u64) -> String {
    match n {
        1 => class.to_owned(),
        2..=8 => format!("{class} x{n}"),
        _ => {
            let low = 1u64 << (63 - (n - 1).leading_zeros());
            format!("{class} x{}-{}", low + 1, low * 2)
        }
    }
}

/// How nodes lie to each other: replicas of one partition in one region can cost it its quorum.
fn by_partition(hits: &[(&Occurrence, Arc<Struck>)]) -> &'static str {
    let mut sets = BTreeSet::new();
    let mut regions = BTreeSet::new();
    let mut same = false;
    for (_, struck) in hits.iter().filter(|(_, struck)| !struck.partitions.is_empty()) {
        let region = struck.place.0;
        regions.insert(region);
        for partition in &struck.partitions {
            same |= !sets.insert((region, *partition));
        }
    }
    match (same, regions.len()) {
        (_, 0) => "",
        (true, _) => " (same partition)",
        (false, 1) => " (different partitions)",
        (false, _) => " (different regions)",
    }
}

/// How places lie to each other.
fn by_place(hits: &[(&Occurrence, Arc<Struck>)]) -> &'static str {
    let zones: BTreeSet<Option<ZoneId>> = hits.iter().map(|(_, struck)| struck.place.1).collect();
    let regions: BTreeSet<Option<RegionId>> = hits.iter().map(|(_, struck)| struck.place.0).collect();
    match (zones.len(), zones.contains(&None), regions.len(), regions.contains(&None)) {
        (1, false, ..) => " (same zone)",
        (.., 1, false) => " (same region)",
        (.., 2.., false) => " (different regions)",
        _ => "",
    }
}

/// How many strikes are under way at the same time, unless all are: what a system withstands depends on it.
fn at_once(hits: &[(&Occurrence, Arc<Struck>)]) -> String {
    let mut strikes: Vec<&Occurrence> = hits.iter().map(|(occurrence, _)| *occurrence).collect();
    strikes.dedup_by(|a, b| std::ptr::eq(*a, *b));
    match cluster::at_once(strikes.iter().copied()) {
        1 => " in turn".to_owned(),
        all if all == strikes.len() => String::new(),
        most if most <= 8 => format!(", {most} at once"),
        _ => ", many at once".to_owned(),
    }
}

#[cfg(test)]
mod tests;
