//! Finding what a scope names in a topology.

use super::ScopeError;
use super::parse::{Inner, Part, PlaceText, RoleText, ScopeText};
use crate::base::diagnostics::{Code, shown};
use crate::base::ids::{DomainId, NodeId, PartitionId, RegionId, ZoneId};
use crate::base::suggest;
use crate::model::fault::{Place, Role, Scope, Widen};
use crate::model::topology::{NodeRole, Topology};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// More places than this from one scope are refused.
const MOST: usize = 10_000;

/// A scope of the plan and its name in reports.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// As written, or for one of many (`*`) its own name.
    pub label: String,
    /// What it is.
    pub scope: Scope,
}

/// A resolved place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spot {
    Region(RegionId),
    Zone(ZoneId),
    Domain(DomainId),
    Node(NodeId),
}

/// Finds the names of scopes in one topology.
pub struct Binder<'a> {
    topology: &'a Topology,
    zones: BTreeMap<(RegionId, u32), ZoneId>,
    domains: BTreeMap<(ZoneId, u32), DomainId>,
    nodes: BTreeMap<ZoneId, Vec<NodeId>>,
}

impl<'a> Binder<'a> {
    /// A binder for a topology. Nodes of a zone are numbered in their order.
    pub fn new(topology: &'a Topology) -> Self {
        let mut nodes: BTreeMap<ZoneId, Vec<NodeId>> = BTreeMap::new();
        for (id, node) in topology.nodes.iter() {
            if let (NodeRole::Data, Some(zone)) = (node.role, node.zone) {
                nodes.entry(zone).or_default().push(id);
            }
        }
        Binder {
            topology,
            zones: topology.zones.iter().map(|(id, zone)| ((zone.region, zone.number), id)).collect(),
            domains: topology.domains.iter().map(|(id, domain)| ((domain.zone, domain.number), id)).collect(),
            nodes,
        }
    }

    /// The scopes a text stands for: one, or with `*` several. `partitions` is how many the system has, if known.
    ///
    /// # Errors
    /// An unknown name (with the one probably meant), a number that does not exist, a link from a place to itself.
    pub fn bind(
        &self,
        text: &str,
        scope: &ScopeText,
        partitions: Option<u32>,
    ) -> Result<Vec<Bound>, ScopeError> {
        let bound = match scope {
            ScopeText::Service => vec![Bound { label: text.to_string(), scope: Scope::Service }],
            ScopeText::Place(place) => self.places(place)?.into_iter().map(|spot| self.place(spot)).collect(),
            ScopeText::Role { role, widen } => self.role(text, role, *widen, partitions)?,
            ScopeText::Link { from, to, both } => self.link(text, from, to, *both)?,
        };
        Ok(bound)
    }

    fn place(&self, spot: Spot) -> Bound {
        let scope = match spot {
            Spot::Region(id) => Scope::Region(id),
            Spot::Zone(id) => Scope::Zone(id),
            Spot::Domain(id) => Scope::Domain(id),
            Spot::Node(id) => Scope::Node(id),
        };
        Bound { label: self.name(spot), scope }
    }

    fn name(&self, spot: Spot) -> String {
        match spot {
            Spot::Region(id) => self.topology.region_path(id),
            Spot::Zone(id) => self.topology.zone_path(id),
            Spot::Domain(id) => self.topology.domain_path(id),
            Spot::Node(id) => self.topology.nodes[id].path.clone(),
        }
    }

    fn places(&self, place: &PlaceText) -> Result<Vec<Spot>, ScopeError> {
        let regions = self.regions(&place.region)?;
        let Some(zone) = &place.zone else { return Ok(regions.into_iter().map(Spot::Region).collect()) };
        let mut zones = Vec::new();
        for region in regions {
            let of_region = self.topology.zones_of(region).count() as u32;
            let name = || format!("region `{}`", shown(&self.topology.regions[region].name));
            zones.extend(
                numbers(zone, of_region, "zone", name)?.filter_map(|n| self.zones.get(&(region, n)).copied()),
            );
        }
        let Some((kind, part)) = &place.inner else { return Ok(zones.into_iter().map(Spot::Zone).collect()) };
        let mut spots = Vec::new();
        for zone in zones {
            let name = || format!("`{}`", shown(&self.topology.zone_path(zone)));
            match kind {
                Inner::Domain => {
                    let count = self.domains.range((zone, 0)..=(zone, u32::MAX)).count() as u32;
                    let found = numbers(part, count, "domain", name)?;
                    spots.extend(
                        found.filter_map(|n| self.domains.get(&(zone, n)).copied()).map(Spot::Domain),
                    );
                }
                Inner::Node => {
                    let nodes = self.nodes.get(&zone).map_or(&[][..], Vec::as_slice);
                    let found = numbers(part, nodes.len() as u32, "node", name)?;
                    spots.extend(found.filter_map(|n| nodes.get(n as usize - 1).copied()).map(Spot::Node));
                }
            }
        }
        limit(spots.len(), &place.range)?;
        Ok(spots)
    }

    fn regions(&self, name: &Part) -> Result<Vec<RegionId>, ScopeError> {
        if name.each() {
            return Ok(self.topology.regions.ids().collect());
        }
        let known = || self.topology.regions.iter().map(|(_, region)| region.name.as_str());
        self.topology.region(&name.text).map(|id| vec![id]).ok_or_else(|| ScopeError {
            code: Code::UnknownRegion,
            range: name.range.clone(),
            message: format!("the scenario has no region `{}`", shown(&name.text)),
            hint: suggest::hint(&name.text, known()).unwrap_or_default(),
        })
    }

    fn role(
        &self,
        text: &str,
        role: &RoleText,
        widen: Widen,
        partitions: Option<u32>,
    ) -> Result<Vec<Bound>, ScopeError> {
        let part = match role {
            RoleText::Write => {
                let scope = Scope::Role { role: Role::Write, widen };
                return Ok(vec![Bound { label: text.to_string(), scope }]);
            }
            RoleText::Leader(part) => part,
        };
        let leader = |partition: u32, label: String| Bound {
            label,
            scope: Scope::Role { role: Role::Leader(PartitionId(partition)), widen },
        };
        let count = partitions.unwrap_or(u32::MAX);
        if part.each() {
            let count = partitions.unwrap_or(1);
            limit(count as usize, &part.range)?;
            return Ok((0..count).map(|p| leader(p, text.replacen('*', &p.to_string(), 1))).collect());
        }
        match part.text.parse::<u32>().ok().filter(|p| *p < count) {
            Some(partition) => Ok(vec![leader(partition, text.to_string())]),
            None => Err(ScopeError {
                code: Code::UnknownPartition,
                range: part.range.clone(),
                message: format!("there is no partition {}", part.text),
                hint: format!("the system has {count} partitions, numbered from 0"),
            }),
        }
    }

    fn link(
        &self,
        text: &str,
        from: &PlaceText,
        to: &PlaceText,
        both: bool,
    ) -> Result<Vec<Bound>, ScopeError> {
        let (senders, receivers) = (self.places(from)?, self.places(to)?);
        limit(senders.len().saturating_mul(receivers.len()), &(from.range.start..to.range.end))?;
        let single = senders.len() == 1 && receivers.len() == 1;
        let mut links: Vec<Bound> = Vec::new();
        let mut made = BTreeSet::new();
        for &a in &senders {
            for &b in &receivers {
                if self.overlap(a, b) {
                    continue;
                }
                let (Some(from), Some(to)) = (end(a), end(b)) else { continue };
                if both && made.contains(&(to, from)) {
                    continue;
                }
                made.insert((from, to));
                let arrow = if both { "<->" } else { "->" };
                let short = |spot| self.name(spot).trim_start_matches("region:").to_string();
                let label =
                    if single { text.to_string() } else { format!("link:{}{arrow}{}", short(a), short(b)) };
                links.push(Bound { label, scope: Scope::Link { from, to, both } });
            }
        }
        if links.is_empty() {
            return Err(ScopeError {
                code: Code::LinkToItself,
                range: from.range.start..to.range.end,
                message: "a link from a place to itself".to_string(),
                hint: "to cut a place off from all others use `kind = \"isolation\"`".to_string(),
            });
        }
        Ok(links)
    }

    /// Whether two ends share nodes.
    fn overlap(&self, a: Spot, b: Spot) -> bool {
        let region = |spot| match spot {
            Spot::Region(id) => Some(id),
            Spot::Zone(id) => Some(self.topology.zones[id].region),
            Spot::Domain(id) => Some(self.topology.zones[self.topology.domains[id].zone].region),
            Spot::Node(id) => self.topology.nodes[id].region,
        };
        let zone = |spot| match spot {
            Spot::Region(_) => None,
            Spot::Zone(id) => Some(id),
            Spot::Domain(id) => Some(self.topology.domains[id].zone),
            Spot::Node(id) => self.topology.nodes[id].zone,
        };
        match (a, b) {
            (Spot::Region(_), _) | (_, Spot::Region(_)) => region(a) == region(b),
            (Spot::Zone(_), _) | (_, Spot::Zone(_)) => zone(a) == zone(b),
            _ => a == b,
        }
    }
}

/// A link's end; fault domains are none.
fn end(spot: Spot) -> Option<Place> {
    match spot {
        Spot::Region(id) => Some(Place::Region(id)),
        Spot::Zone(id) => Some(Place::Zone(id)),
        Spot::Node(id) => Some(Place::Node(id)),
        Spot::Domain(_) => None,
    }
}

/// The number a part stands for, or all of `1..=count`.
fn numbers(
    part: &Part,
    count: u32,
    kind: &str,
    within: impl Fn() -> String,
) -> Result<std::ops::RangeInclusive<u32>, ScopeError> {
    if part.each() {
        return Ok(1..=count);
    }
    match part.text.parse::<u32>().ok().filter(|n| (1..=count).contains(n)) {
        Some(n) => Ok(n..=n),
        None => Err(ScopeError {
            code: Code::UnknownPlace,
            range: part.range.clone(),
            message: format!("{} has no {kind} {}", within(), part.text),
            hint: format!("it has {count}, numbered from 1"),
        }),
    }
}

fn limit(count: usize, range: &Range<usize>) -> Result<(), ScopeError> {
    if count <= MOST {
        return Ok(());
    }
    Err(ScopeError {
        code: Code::TooManyFaults,
        range: range.clone(),
        message: format!("`*` stands for {count} places here"),
        hint: format!("at most {MOST} are allowed: name a larger scope instead"),
    })
}
