//! `lab-copysets`: many nodes, chunks of data on several of them each, and a power loss from which some never return.
//!
//! Nodes and chunks are data inside one actor. Every operation of the workload is one trial: the chunks are placed anew,
//! then a share of all nodes, chosen at random, is lost. Chunks are placed in one of two ways:
//!
//! - `random`: every node owns its part of the chunks, and the other copies of each are on random other nodes;
//! - `permutation`: a random order of all nodes is cut into sets, and the copies of a chunk are on the nodes of one set
//!   (scatter width: the number of copies less one).
//!
//! Observed in each trial: `lost`, 1 if some chunk lost all its copies, else 0, and `survived`, 1 less that. With random
//! placement the last copy of a chunk can be drawn from other odds: `last-copy-lost` is the probability that it falls on
//! a lost node when all others did. Both values are then multiplied by the likelihood ratio of the trial's draws, so that
//! their means stay what they are (importance sampling). Only `survived` gains from fewer losses.

use crate::base::diagnostics::{Code, Diagnostics};
use crate::base::document::Located;
use crate::base::ids::{ActorId, NodeId, RegionId};
use crate::base::rng::Stream;
use crate::base::units::Share;
use crate::engine::contract::SystemInfo;
use crate::engine::record::Change;
use crate::model::operation::Request;
use crate::model::plan::Plan;
use crate::model::topology::NodeRole;
use crate::system::lab::call::{Call, Caller, NoTimer};
use crate::system::lab::{Cast, Cx, Lab, NoDisk, Player};
use schemars::JsonSchema;
use serde::Deserialize;

/// The system.
#[derive(Clone, Copy, Debug)]
pub struct Copysets;

/// `[system.lab-copysets]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "LabCopysets")]
pub struct Config {
    /// How many nodes there are.
    pub nodes: Located<u32>,
    /// Copies of each chunk.
    pub copies: Located<u32>,
    /// Where they are.
    pub placement: Placement,
    /// Chunks in all; matters only where they are placed at random.
    pub chunks: u64,
    /// The share of nodes that is lost.
    pub lost: Located<Share>,
    /// The odds from which the last copy of a chunk is drawn; the true ones unless given.
    pub last_copy_lost: Option<Located<Share>>,
}

/// Where the copies of a chunk are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
    /// On random nodes.
    Random,
    /// On the nodes of one set of a random permutation.
    Permutation,
}

/// The table, resolved.
#[derive(Clone, Debug)]
pub struct Settings {
    nodes: u64,
    copies: u64,
    placement: Placement,
    chunks: u64,
    lost: u64,
    last_copy_lost: Option<f64>,
    store: NodeId,
}

/// Who takes part.
#[derive(Clone, Debug)]
pub enum Actor {
    /// All nodes.
    Store(Box<Store>),
    /// Asks for trials.
    Client(Caller),
}

/// All nodes.
#[derive(Clone, Debug)]
pub struct Store {
    settings: Settings,
    /// Node numbers; the first ones are those lost in the present trial.
    order: Vec<u32>,
    /// The set of each node.
    set: Vec<u32>,
    /// How many nodes of each set are lost.
    hits: Vec<u32>,
}

impl Store {
    fn new(settings: &Settings) -> Store {
        let nodes = settings.nodes as u32;
        let sets = nodes / settings.copies as u32;
        Store {
            settings: settings.clone(),
            order: (0..nodes).collect(),
            set: (0..nodes).map(|node| node / settings.copies as u32).collect(),
            hits: vec![0; sets as usize + 1],
        }
    }

    /// Places, loses, and says whether a chunk is gone, with the likelihood ratio.
    fn trial(&mut self, stream: &mut Stream) -> (bool, f64) {
        match self.settings.placement {
            Placement::Permutation => (self.permuted(stream), 1.0),
            Placement::Random => self.random(stream),
        }
    }

    /// Losing random nodes of a fixed order is losing fixed nodes of a random one. Nodes beyond the last whole set hold
    /// nothing.
    fn permuted(&mut self, stream: &mut Stream) -> bool {
        let (copies, whole) = (self.settings.copies as u32, self.hits.len() as u32 - 1);
        self.choose_lost(stream);
        let mut gone = false;
        for at in 0..self.settings.lost as usize {
            let set = self.set[self.order[at] as usize];
            self.hits[set as usize] += 1;
            gone |= set < whole && self.hits[set as usize] == copies;
        }
        for at in 0..self.settings.lost as usize {
            self.hits[self.set[self.order[at] as usize] as usize] = 0;
        }
        gone
    }

    /// The first steps of a shuffle (Fisher and Yates).
    fn choose_lost(&mut self, stream: &mut Stream) {
        for at in 0..self.settings.lost {
            let other = at + stream.below(self.settings.nodes - at);
            self.order.swap(at as usize, other as usize);
        }
    }

    /// Every node is like every other, so the first ones are lost; only their own chunks can be. A chunk is followed copy
    /// by copy until one is on a node that is left.
    fn random(&mut self, stream: &mut Stream) -> (bool, f64) {
        let Settings { nodes, copies, chunks, lost, last_copy_lost, .. } = self.settings;
        let (mut gone, mut weight) = (false, 1.0);
        for owner in 0..lost {
            let own = chunks * (owner + 1) / nodes - chunks * owner / nodes;
            for _ in 0..own {
                let mut on_lost = 1;
                while on_lost < copies - 1 && stream.below(nodes - on_lost) < lost - on_lost {
                    on_lost += 1;
                }
                if on_lost < copies - 1 {
                    continue;
                }
                let truth = (lost - on_lost) as f64 / (nodes - on_lost) as f64;
                let odds = last_copy_lost.unwrap_or(truth);
                let hit = stream.chance(odds);
                weight *= if hit { truth / odds } else { (1.0 - truth) / (1.0 - odds) };
                gone |= hit;
            }
        }
        (gone, weight)
    }
}

impl Player<Copysets> for Actor {
    fn on_message(&mut self, from: ActorId, msg: Call, cx: &mut Cx<'_, Copysets>) {
        match (self, msg) {
            (Actor::Store(store), Call::Ask(op)) => {
                let (gone, weight) = store.trial(cx.random("trial"));
                let value = |yes: bool| if yes { weight } else { 0.0 };
                cx.change(Change::Observed { what: "lost", value: value(gone) });
                cx.change(Change::Observed { what: "survived", value: value(!gone) });
                cx.send(from, Call::Answer(op, true));
            }
            (Actor::Client(caller), answer) => caller.answered::<Copysets>(answer, cx),
            _ => {}
        }
    }

    fn on_invoke(&mut self, request: Request, cx: &mut Cx<'_, Copysets>) {
        if let Actor::Client(caller) = self {
            caller.invoke::<Copysets>(&request, cx);
        }
    }
}

impl Lab for Copysets {
    const INFO: SystemInfo = SystemInfo {
        name: "lab-copysets",
        summary: "chunks on random nodes or on copysets, and a power loss from which some nodes never return",
        sources: &["A. Cidon and others, Copysets: Reducing the Frequency of Data Loss (USENIX ATC 2013)"],
        levels: &["none"],
        guarantees: &[],
    };
    type Config = Config;
    type Settings = Settings;
    type Msg = Call;
    type Timer = NoTimer;
    type Disk = NoDisk;
    type Actor = Actor;

    fn resolve(config: Located<Config>, plan: &mut Plan, errors: &mut Diagnostics) -> Option<Settings> {
        let before = errors.len();
        let Config { nodes, copies, placement, chunks, lost, last_copy_lost } = config.value;
        let lost_nodes = libm::round(lost.0 * f64::from(nodes.value)) as u64;
        if nodes.value > 1_000_000 {
            let message = format!("at most a million nodes, not {}", nodes.value);
            errors.error(Code::NumberOutOfRange, nodes.place, message);
        }
        if copies.value < 2 || copies.value > nodes.value {
            let message = format!("between 2 and {} copies, not {}", nodes.value, copies.value);
            errors.error(Code::OutsideLimits, copies.place, message);
        }
        if lost_nodes < u64::from(copies.value) {
            let message = format!("{lost_nodes} nodes are lost: too few to lose {} copies", copies.value);
            errors.error(Code::OutsideLimits, lost.place, message);
        }
        if let Some(odds) = last_copy_lost.filter(|odds| odds.0 >= 1.0) {
            errors.error(Code::OutsideLimits, odds.place, "odds of 100% leave nothing that survives");
        }
        if errors.len() > before {
            return None;
        }
        let path = "lab-copysets/store".to_owned();
        Some(Settings {
            nodes: u64::from(nodes.value),
            copies: u64::from(copies.value),
            placement,
            chunks,
            lost: lost_nodes,
            last_copy_lost: last_copy_lost.map(|odds| odds.0),
            store: plan.topology.add_service_node(path, NodeRole::Regional, Some(RegionId(0))),
        })
    }

    fn deploy(settings: &Settings, plan: &Plan, cast: &mut Cast<'_, Self>) {
        let store = Actor::Store(Box::new(Store::new(settings)));
        let store = cast.add(settings.store, "lab-copysets/store", store);
        cast.clients(plan, |_, _| Actor::Client(Caller::new(store)));
    }
}
