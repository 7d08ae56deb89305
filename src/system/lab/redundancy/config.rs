//! `[system.lab-redundancy]`, and what it resolves to.

use crate::base::diagnostics::{Code, Diagnostics, shown};
use crate::base::dist::Law;
use crate::base::dist::text::SpanLaw;
use crate::base::document::{self, Located};
use crate::base::ids::{NodeId, RegionId};
use crate::base::time::Span;
use crate::model::plan::Plan;
use crate::model::topology::NodeRole;
use crate::system::failback::{self, FailbackText};
use schemars::JsonSchema;
use serde::Deserialize;

/// `[system.lab-redundancy]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "LabRedundancy")]
pub struct Config {
    /// The regions whose data nodes are members; the first one serves at the start.
    pub regions: Located<Vec<Located<String>>>,
    /// Whose answers count.
    pub quorum_over: Located<QuorumOver>,
    /// How many members must answer a read.
    pub read_quorum: Located<u32>,
    /// How many members must have a write on their disks.
    pub write_quorum: Located<u32>,
    /// What follows when the active region cannot serve; required where only the active region counts.
    pub failover: Option<Located<FailoverText>>,
    /// What follows when the first region can serve again; required where only the active region counts.
    pub failback: Option<Located<FailbackText>>,
    /// How long nothing is served while the service goes back; no time unless given.
    pub failback_takes: Option<Span>,
    /// Time between two heartbeats of a member.
    pub heartbeat: Located<Span>,
    /// How long a crew takes to rebuild a blank copy; no time unless given.
    pub rebuild: Option<Located<SpanLaw>>,
    /// How many copies can be rebuilt at once; any number unless given.
    #[schemars(range(min = 1))]
    pub crews: Option<Located<u32>>,
}

/// Whose answers count towards a quorum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum QuorumOver {
    /// Those of all members.
    All,
    /// Those of one region, whichever.
    AnyRegion,
    /// Those of the region that serves now.
    ActiveRegion,
}

/// What follows when the active region cannot serve.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailoverText {
    /// Nothing.
    Never,
    /// After this time another region takes over, unless the active one is able again first.
    After(SpanLaw),
}

/// The table, resolved.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The regions, with their names.
    pub regions: Vec<(RegionId, String)>,
    /// The members: their nodes, and each one's region as an index into `regions`.
    pub members: Vec<(NodeId, usize)>,
    /// Where the director runs.
    pub director: NodeId,
    /// Whose answers count.
    pub quorum_over: QuorumOver,
    /// How many for a read.
    pub read_quorum: usize,
    /// How many for a write.
    pub write_quorum: usize,
    /// Seconds until another region takes over.
    pub failover: Option<Law>,
    /// Seconds until the service goes back, and how long it then takes.
    pub failback: Option<(Law, Span)>,
    /// Between two heartbeats.
    pub heartbeat: Span,
    /// Seconds to rebuild a copy.
    pub rebuild: Law,
    /// Copies rebuilt at once.
    pub crews: usize,
}

/// Makes every check, and adds the director's node.
pub(super) fn resolve(
    config: Located<Config>,
    plan: &mut Plan,
    errors: &mut Diagnostics,
) -> Option<Settings> {
    let before = errors.len();
    let place = config.place;
    let config = config.value;
    let regions = regions(&config, plan, errors);
    let members: Vec<(NodeId, usize)> = plan
        .topology
        .nodes
        .iter()
        .filter(|(_, node)| node.role == NodeRole::Data)
        .filter_map(|(id, node)| Some((id, regions.iter().position(|(r, _)| node.region == Some(*r))?)))
        .collect();
    let most = match config.quorum_over.value {
        QuorumOver::All => members.len(),
        _ => (0..regions.len()).map(|r| members.iter().filter(|m| m.1 == r).count()).min().unwrap_or(0),
    };
    for (key, quorum) in [("read-quorum", config.read_quorum), ("write-quorum", config.write_quorum)] {
        if quorum.value == 0 || quorum.value as usize > most {
            let message = format!("`{key}` is between 1 and {most}, the number of members that count");
            errors.error(Code::OutsideLimits, quorum.place, message);
        }
    }
    if config.heartbeat.value < Span::millis(1) {
        errors.error(Code::OutsideLimits, config.heartbeat.place, "a heartbeat takes at least 1ms");
    }
    if let Some(crews) = config.crews.filter(|crews| crews.value == 0) {
        errors.error(Code::OutsideLimits, crews.place, "without a crew nothing is ever rebuilt");
    }
    let moves = config.quorum_over.value == QuorumOver::ActiveRegion;
    if moves && (config.failover.is_none() || config.failback.is_none()) {
        let message = "where one region serves, `failover` and `failback` say whether another takes over";
        errors.error(Code::RefusedCombination, place, message).hint("`failover = \"never\"` if none does");
    }
    let law = |text: &Located<SpanLaw>, errors: &mut Diagnostics| document::law(text, errors);
    let failover = match &config.failover {
        Some(Located { value: FailoverText::After(text), place }) => {
            law(&Located { value: text.clone(), place: *place }, errors)
        }
        _ => None,
    };
    let failback = config.failback.as_ref().and_then(|text| failback::law(text, errors));
    let failback = failback.map(|wait| (wait, config.failback_takes.unwrap_or(Span::ZERO)));
    let rebuild = config.rebuild.as_ref().and_then(|text| law(text, errors)).unwrap_or_default();
    let near = plan.clients.iter().next().map(|(_, client)| client.region);
    if errors.len() > before {
        return None;
    }
    let path = "lab-redundancy/director".to_owned();
    let director = plan.topology.add_service_node(path, NodeRole::Regional, near);
    Some(Settings {
        regions,
        members,
        director,
        quorum_over: config.quorum_over.value,
        read_quorum: config.read_quorum.value as usize,
        write_quorum: config.write_quorum.value as usize,
        failover,
        failback,
        heartbeat: config.heartbeat.value,
        rebuild,
        crews: config.crews.map_or(usize::MAX, |n| n.value as usize),
    })
}

fn regions(config: &Config, plan: &Plan, errors: &mut Diagnostics) -> Vec<(RegionId, String)> {
    let mut found: Vec<(RegionId, String)> = Vec::new();
    for name in &config.regions.value {
        match plan.topology.region(name) {
            Some(id) if found.iter().any(|(known, _)| *known == id) => {
                let message = format!("region `{}` is listed twice", shown(name));
                errors.error(Code::DuplicateRegion, name.place, message);
            }
            Some(id) => found.push((id, name.value.clone())),
            None => {
                let names = plan.topology.regions.iter().map(|(_, region)| region.name.as_str());
                let message = format!("the scenario has no region `{}`", shown(name));
                errors.error(Code::UnknownRegion, name.place, message).did_you_mean(name, names);
            }
        }
    }
    if config.regions.is_empty() {
        errors.error(Code::NoRegions, config.regions.place, "the list of regions is empty");
    }
    found
}
