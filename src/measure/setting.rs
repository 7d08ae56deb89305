//! What the measures need to know of a plan.

use crate::base::ids::{ActionId, FaultId, Id, RegionId};
use crate::base::time::{SimTime, Span};
use crate::model::fault::FaultKind;
use crate::model::plan::{Costs, Plan, RtoRule};
use crate::model::topology::NodeRole;
use std::collections::BTreeMap;

/// The parts of a plan that give records their meaning. Shared by all windows of a run.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// Region names, in order of id.
    pub regions: Vec<String>,
    /// How many partitions there are.
    pub partitions: usize,
    /// Clients of each region: (those that fail with it, those that do not).
    pub clients: BTreeMap<RegionId, (u32, u32)>,
    /// The longest time an operation can be open.
    pub longest_timeout: Span,
    /// Scripted faults, in order of id.
    pub faults: Vec<FaultFacts>,
    /// Labels of the actions, in order of id.
    pub actions: Vec<String>,
    /// How restoration is recognised.
    pub rto: RtoRule,
    /// Twice the median round trip between the two farthest regions that hold data; `None` with fewer than two.
    pub twice_farthest: Option<Span>,
    /// The stretch that the timeline shows: around all scripted faults and actions.
    pub shown: (SimTime, SimTime),
    /// Facts about the resolved system.
    pub facts: BTreeMap<String, String>,
    /// What the deployment costs, where it is known.
    pub costs: Option<Costs>,
}

/// What is known of a fault before it begins.
#[derive(Clone, Debug)]
pub struct FaultFacts {
    /// As the scenario wrote it.
    pub label: String,
    /// `crash`, `power-loss`, ...
    pub kind: &'static str,
    /// Whether it stops the processes of its scope, and so the clients that fail with it.
    pub stops: bool,
    /// Its length; `None` for ever.
    pub lasts: Option<Span>,
}

impl Setting {
    /// Reads a plan.
    pub fn of(plan: &Plan) -> Setting {
        let mut clients: BTreeMap<RegionId, (u32, u32)> = BTreeMap::new();
        for (_, client) in plan.clients.iter() {
            let fails = plan.topology.nodes.get(client.node).is_some_and(|node| node.fails_with_place);
            let counts = clients.entry(client.region).or_default();
            *(if fails { &mut counts.0 } else { &mut counts.1 }) += 1;
        }
        let faults = plan.faults.iter().map(|(_, fault)| FaultFacts {
            label: fault.label.clone(),
            kind: fault.kind.name(),
            stops: stops_processes(fault.kind),
            lasts: fault.lasts,
        });
        Setting {
            regions: plan.topology.regions.iter().map(|(_, region)| region.name.clone()).collect(),
            partitions: plan.partitions as usize,
            clients,
            longest_timeout: plan
                .workloads
                .iter()
                .map(|(_, load)| load.timeout)
                .max()
                .unwrap_or(Span::secs(60)),
            faults: faults.collect(),
            actions: plan.actions.iter().map(|(_, action)| action.label.clone()).collect(),
            rto: plan.rto,
            twice_farthest: twice_farthest(plan),
            shown: shown(plan),
            facts: plan.facts.clone(),
            costs: plan.costs.clone(),
        }
    }

    /// The region called `name`.
    pub fn region(&self, name: &str) -> Option<RegionId> {
        self.regions.iter().position(|region| region == name).map(RegionId::from_index)
    }

    /// What is known of a fault.
    pub fn fault(&self, fault: FaultId) -> Option<&FaultFacts> {
        self.faults.get(fault.index())
    }

    /// How an action is written.
    pub fn action(&self, action: ActionId) -> &str {
        self.actions.get(action.index()).map_or("", String::as_str)
    }

    /// Whether all clients of a region stop when it does.
    pub fn clients_fail_with(&self, region: RegionId) -> bool {
        self.clients.get(&region).is_some_and(|(fail, stay)| *fail > 0 && *stay == 0)
    }

    /// Whether some client lies outside these regions, or does not fail with them.
    pub fn has_clients_outside(&self, regions: &[RegionId]) -> bool {
        self.clients.iter().any(|(region, (_, stay))| *stay > 0 || !regions.contains(region))
    }
}

fn stops_processes(kind: FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::Crash
            | FaultKind::Pause
            | FaultKind::PowerLoss
            | FaultKind::DestroyedDisk
            | FaultKind::Destroyed
    )
}

/// From two minutes before the first scripted fault or action until half an hour after the last one began or ended;
/// everything when nothing is scripted.
fn shown(plan: &Plan) -> (SimTime, SimTime) {
    let faults = || plan.faults.iter().map(|(_, fault)| fault);
    let actions = || plan.actions.iter().map(|(_, action)| action.at);
    let ends = faults().filter_map(|fault| Some(fault.at + fault.lasts?));
    match faults().map(|fault| fault.at).chain(actions()).min() {
        None => (SimTime::ZERO, SimTime::MAX),
        Some(first) => {
            let last = ends.chain(faults().map(|fault| fault.at)).chain(actions()).max().unwrap_or(first);
            (first - Span::mins(2), last + Span::mins(30))
        }
    }
}

fn twice_farthest(plan: &Plan) -> Option<Span> {
    let holds_data = |region: RegionId| {
        plan.topology.nodes.iter().any(|(_, node)| node.role == NodeRole::Data && node.region == Some(region))
    };
    let regions: Vec<RegionId> = plan.topology.regions.ids().filter(|region| holds_data(*region)).collect();
    let one_way =
        |from: RegionId, to: RegionId| Some(plan.network.pairs.get(from)?.get(to)?.quantile(0.5).max(0.0));
    let round_trips = regions.iter().flat_map(|a| {
        regions.iter().filter(move |b| a < b).filter_map(move |b| Some(one_way(*a, *b)? + one_way(*b, *a)?))
    });
    let farthest = round_trips.max_by(f64::total_cmp)?;
    Some(Span::from_secs_f64(2.0 * farthest))
}
