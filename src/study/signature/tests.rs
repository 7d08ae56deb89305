//! Signatures of clusters in a topology of two regions, with six nodes in each of two zones.

use super::*;
use crate::base::calendar::Calendar;
use crate::base::dist::Law;
use crate::base::ids::IdVec;
use crate::base::time::Span;
use crate::model::fault::FaultKind;
use crate::model::hazard::{Exposed, Process, Strike};
use crate::model::topology::{Node, NodeRole, Topology, Zone};
use crate::study::outcome::Outcome;
use crate::study::world::Window;
use std::sync::Mutex;

const ZONES: u32 = 4;
const NODES: u32 = 6;

fn topology() -> Topology {
    let mut topology = Topology::default();
    for zone in 0..ZONES {
        let region = RegionId(zone / 2);
        topology.zones.push(Zone { region, number: zone % 2 + 1 });
        for node in 0..NODES {
            topology.nodes.push(Node {
                path: format!("region:{}/zone:{}/node:{}", region.0, zone % 2 + 1, node + 1),
                role: NodeRole::Data,
                region: Some(region),
                zone: Some(ZoneId(zone)),
                domain: None,
                fails_with_place: true,
            });
        }
    }
    topology
}

/// In the first zone of each region, node 0 leads partition 0, node 1 has a replica of it, nodes 2 and 3 of partition 1;
/// the others have none.
#[derive(Default)]
struct Placed {
    asked: Mutex<Vec<usize>>,
}

impl World for Placed {
    fn targets(&self) -> Vec<String> {
        Vec::new()
    }

    fn sites(&self, _: &str, faults: &[Fault]) -> Vec<FaultSite> {
        self.asked.lock().expect("no panic under the lock").push(faults.len());
        let site = |fault: &Fault| {
            let Scope::Node(node) = fault.scope else {
                let all = vec![PartitionId(0), PartitionId(1)];
                return FaultSite { class: "zone(leader)".into(), partitions: all, ..FaultSite::default() };
            };
            let (class, partitions) = match node.0 % (2 * NODES) {
                0 => ("node(leader)", vec![PartitionId(0)]),
                1 => ("node(replica)", vec![PartitionId(0)]),
                2 | 3 => ("node(replica)", vec![PartitionId(1)]),
                _ => ("node", Vec::new()),
            };
            FaultSite { class: class.into(), partitions, ..FaultSite::default() }
        };
        faults.iter().map(site).collect()
    }

    fn outcome(&self, _: &Window) -> Outcome {
        Outcome::default()
    }
}

fn plan() -> Plan {
    let topology = topology();
    let nodes = topology.nodes.iter().map(|(id, node)| (node.path.clone(), Scope::Node(id)));
    let zones = (0..ZONES).map(|z| (format!("zone:{z}"), Scope::Zone(ZoneId(z))));
    let hazard = |name: &str, scopes: Vec<(String, Scope)>| Hazard {
        name: name.to_owned(),
        scopes: scopes.into_iter().map(|(path, scope)| Exposed { path, scope }).collect(),
        kind: FaultKind::Crash,
        process: Process::Walk { every: Law::Constant(1.0), each: Law::Constant(1.0), pause: Span::ZERO },
        strike: Strike::default(),
        source: None,
    };
    let mut burst = hazard("burst", zones.clone().collect());
    burst.strike.extent = Extent::Share(0.5);
    let all = [hazard("node", nodes.collect()), hazard("zone", zones.collect()), burst];
    Plan { topology, hazards: IdVec::from_iter(all), ..Plan::default() }
}

const NODE: HazardId = HazardId(0);
const ZONE: HazardId = HazardId(1);
const BURST: HazardId = HazardId(2);

/// A strike of an hour at these scopes.
fn strike(plan: &Plan, hazard: HazardId, hour: u64, places: &[u32]) -> Occurrence {
    let part = |place: &u32| {
        let (scope, path) = match hazard == ZONE {
            true => (Scope::Zone(ZoneId(*place)), format!("zone:{place}")),
            false => (Scope::Node(NodeId(*place)), plan.topology.nodes[NodeId(*place)].path.clone()),
        };
        Part { scope, path: path.into(), after: Span::ZERO, lasts: Span::hours(1) }
    };
    Occurrence {
        hazard,
        scope: 0,
        renewal: 0,
        at: Calendar::ZERO + Span::mins(30 * hour),
        lasts: Span::hours(1),
        faults: places.iter().map(part).collect(),
    }
}

fn name(strikes: Vec<(HazardId, &[u32])>) -> String {
    let (plan, world) = (plan(), Placed::default());
    let at = |(i, (hazard, places)): (usize, (HazardId, &[u32]))| strike(&plan, hazard, i as u64, places);
    let occurrences = strikes.into_iter().enumerate().map(at).collect();
    Signatures::new(&plan, &world).of(0, "", &Cluster { occurrences, weight: 1.0 }).to_string()
}

/// The signature of nodes that fail one after the other, each before the last is back.
fn nodes(of: &[u32]) -> String {
    name(of.iter().map(|node| (NODE, std::slice::from_ref(node))).collect())
}

#[test]
fn large_bursts_are_counted_in_powers_of_two() {
    let shown = |n| times("node", n);
    assert_eq!(
        [1, 2, 3, 8, 9, 16, 17].map(shown),
        ["node", "node x2", "node x3", "node x8", "node x9-16", "node x9-16", "node x17-32"]
    );
}

#[test]
fn nodes_of_one_partition_are_told_from_nodes_of_different_ones() {
    assert_eq!(nodes(&[2]), "node(replica)");
    assert_eq!(nodes(&[2, 3]), "node(replica) x2 (same partition)");
    assert_eq!(nodes(&[1, 2]), "node(replica) x2 (different partitions)");
    assert_eq!(nodes(&[0, 1]), "node(leader) + node(replica) (same partition)");
    assert_eq!(nodes(&[0, 2]), "node(leader) + node(replica) (different partitions)");
    let across = 2 * NODES;
    assert_eq!(nodes(&[2, across + 2]), "node(replica) x2 (different regions)", "two replica sets");
    assert_eq!(nodes(&[2, 3, across + 2]), "node(replica) x3 (same partition), 2 at once");
}

#[test]
fn nodes_without_a_replica_are_left_out_beside_others() {
    assert_eq!(nodes(&[5]), "node");
    assert_eq!(nodes(&[4, 5]), "node x2");
    assert_eq!(nodes(&[5, 2]), "node(replica)");
    assert_eq!(name(vec![(ZONE, &[0]), (NODE, &[5])]), "zone(leader)");
}

#[test]
fn a_burst_is_named_by_what_it_takes() {
    assert_eq!(name(vec![(BURST, &[1, 4, 5])]), "node(replica)");
    assert_eq!(name(vec![(BURST, &[0, 1, 4])]), "node(leader) + node(replica) (same partition)");
    assert_eq!(name(vec![(BURST, &[0, 2, 3])]), "node(leader) + node(replica) x2 (same partition)");
    assert_eq!(name(vec![(BURST, &[1, 3, 4])]), "node(replica) x2 (different partitions)");
}

#[test]
fn zones_are_told_apart_by_place() {
    assert_eq!(name(vec![(ZONE, &[0]), (NODE, &[1])]), "node(replica) + zone(leader) (same zone)");
    assert_eq!(name(vec![(ZONE, &[1]), (NODE, &[1])]), "node(replica) + zone(leader) (same region)");
    assert_eq!(name(vec![(ZONE, &[0]), (ZONE, &[2])]), "zone(leader) x2 (different regions)");
}

#[test]
fn strikes_that_do_not_overlap_come_in_turn() {
    let strikes: Vec<(HazardId, &[u32])> = vec![(NODE, &[2]), (NODE, &[5]), (NODE, &[5]), (NODE, &[3])];
    assert_eq!(name(strikes), "node(replica) x2 (same partition) in turn");
}

#[test]
fn all_scopes_of_a_hazard_are_asked_about_at_once() {
    let (plan, world) = (plan(), Placed::default());
    let mut names = Signatures::new(&plan, &world);
    for (hazard, places) in [(NODE, ZONES * NODES), (BURST, ZONES * NODES), (ZONE, ZONES)] {
        for place in 0..places {
            let occurrences = vec![strike(&plan, hazard, 0, &[place])];
            names.of(0, "", &Cluster { occurrences, weight: 1.0 });
        }
    }
    let asked = world.asked.lock().expect("no panic under the lock").clone();
    let (nodes, zones) = ((ZONES * NODES) as usize, ZONES as usize);
    assert_eq!(asked, [nodes + 1, nodes + 1, zones + 1], "and the one that was met first");
}
