//! `lab-election`: Raft elections after a leader is gone (D. Ongaro and J. Ousterhout, 2014, section 5.2).
//!
//! Clusters of `servers`. The first of each stands in the topology's first region, the others in the second, each on a
//! node of its own. With `leader` the first leads at the start and sends heartbeats; without, all start as followers. A
//! server that hears from no leader for a draw of `timeout` becomes a candidate of the next term and asks the others for
//! their votes; each gives one vote in a term, to the first that asks, and not before that is durable; a majority makes a
//! leader. The draw is made again at every heartbeat, at every vote given and at every candidacy.
//!
//! A global service keeps a record of each cluster, and reports the first election since the last fault began (or since
//! the start) when it is over: `observed.detection-time`, from the fault to the first candidacy; `collision`, 1 if a second
//! server became a candidate of that same term, that is, before it heard of the first, else 0; `split`, 1 if nobody won
//! that term, else 0; `rounds`, how many terms it took; and `election-time`, from the fault to the win.
//!
//! What it does not model: logs (every server may lead), pre-votes, and changes of membership.

mod scribe;
mod server;

use crate::base::diagnostics::{Code, Diagnostics, Place};
use crate::base::dist::Law;
use crate::base::dist::text::SpanLaw;
use crate::base::document::{self, Located};
use crate::base::ids::{ActorId, NodeId};
use crate::base::time::{SimTime, Span};
use crate::engine::contract::{Lsn, Storage, SystemInfo, TimerClass, TimerName, Wire};
use crate::engine::record::Purpose;
use crate::model::plan::Plan;
use crate::model::topology::NodeRole;
use crate::system::lab::stage::{self, Stage};
use crate::system::lab::{Cast, Cx, Lab, Player};
use schemars::JsonSchema;
use serde::Deserialize;

pub use crate::algorithm::lineage::Term;
pub use scribe::Scribe;
pub use server::{Role, Server};

/// The system.
#[derive(Clone, Copy, Debug)]
pub struct Election;

/// `[system.lab-election]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// How many clusters there are, which have nothing to do with each other.
    pub clusters: Located<u32>,
    /// Servers of each.
    pub servers: Located<u32>,
    /// How long a server waits for a leader.
    pub timeout: Located<SpanLaw>,
    /// What the first servers outside of the first region wait for the first time, instead of a draw.
    #[serde(default)]
    pub first_timeouts: Vec<Span>,
    /// The first server leads at the start; nobody does unless given.
    pub leader: Option<Located<Leader>>,
    /// A cluster rests for good once its first election since the last fault is over.
    #[serde(default)]
    pub rest: bool,
}

/// What a leader does.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Leader {
    /// How often it sends a heartbeat.
    pub heartbeat: Span,
}

/// Heartbeats of leaders in clusters that start without one.
const USUAL_HEARTBEAT: Span = Span::millis(50);

/// The table, resolved.
#[derive(Clone, Debug)]
pub struct Settings {
    clusters: u32,
    servers: u32,
    timeout: Law,
    first_timeouts: Vec<Span>,
    starts_with_leader: bool,
    heartbeat: Span,
    rest: bool,
    stages: [Stage; 2],
    scribe: NodeId,
}

/// What goes over the wire.
#[derive(Clone, Copy, Debug)]
pub enum Msg {
    /// Vote for me in this term.
    Ask(Term),
    /// You have my vote in this term, or not.
    Vote(Term, bool),
    /// I lead in this term.
    Heartbeat(Term),
    /// To the record: I became a candidate of this term then.
    Candidate(Term, SimTime),
    /// To the record: I won this term then.
    Won(Term, SimTime),
    /// From the record: this is over, rest.
    Rest,
}

impl Wire for Msg {
    fn bytes(&self) -> u64 {
        64
    }
    fn label(&self) -> &'static str {
        match self {
            Msg::Ask(_) => "ask",
            Msg::Vote(..) => "vote",
            Msg::Heartbeat(_) => "heartbeat",
            Msg::Candidate(..) => "candidate",
            Msg::Won(..) => "won",
            Msg::Rest => "rest",
        }
    }
    fn purpose(&self) -> Purpose {
        Purpose::Control
    }
}

/// Timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// No leader was heard of for long enough.
    Election,
    /// Send a heartbeat.
    Heartbeat,
}

impl TimerName for Timer {
    fn class(self) -> TimerClass {
        TimerClass::Routine
    }
    fn label(self) -> &'static str {
        match self {
            Timer::Election => "election",
            Timer::Heartbeat => "heartbeat",
        }
    }
}

/// What a server must not forget: the greatest term it knows, and whom it voted for in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ballot {
    /// The term.
    pub term: Term,
    /// Its vote in that term.
    pub voted_for: Option<ActorId>,
}

impl Storage for Ballot {
    type Record = Ballot;
    fn write(&mut self, ballot: Ballot) {
        *self = ballot;
    }
}

/// Who takes part.
#[derive(Clone, Debug)]
pub enum Actor {
    /// A member of a cluster.
    Server(Box<Server>),
    /// Keeps the record of a cluster.
    Scribe(Box<Scribe>),
}

impl Player<Election> for Actor {
    fn on_start(&mut self, cx: &mut Cx<'_, Election>) {
        match self {
            Actor::Server(server) => server.on_start(cx),
            Actor::Scribe(scribe) => scribe.on_start(cx),
        }
    }

    fn on_restart(&mut self, cx: &mut Cx<'_, Election>) {
        if let Actor::Server(server) = self {
            server.on_restart(cx);
        }
    }

    fn on_message(&mut self, from: ActorId, msg: Msg, cx: &mut Cx<'_, Election>) {
        match self {
            Actor::Server(server) => server.on_message(from, msg, cx),
            Actor::Scribe(scribe) => scribe.on_message(msg, cx),
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Election>) {
        if let Actor::Server(server) = self {
            server.on_timer(timer, cx);
        }
    }

    fn on_durable(&mut self, upto: Lsn, cx: &mut Cx<'_, Election>) {
        if let Actor::Server(server) = self {
            server.on_durable(upto, cx);
        }
    }
}

impl Lab for Election {
    const INFO: SystemInfo = SystemInfo {
        name: "lab-election",
        summary: "Raft elections: time-outs, candidates at the same time, split votes",
        sources: &["D. Ongaro and J. Ousterhout, In search of an understandable consensus algorithm (2014)"],
        levels: &[],
        guarantees: &[],
    };
    type Config = Config;
    type Settings = Settings;
    type Msg = Msg;
    type Timer = Timer;
    type Disk = Ballot;
    type Actor = Actor;

    fn resolve(config: Located<Config>, plan: &mut Plan, errors: &mut Diagnostics) -> Option<Settings> {
        let before = errors.len();
        let Located { value: config, place } = config;
        let Config { clusters, servers, first_timeouts, leader, rest, .. } = config;
        stage::check_count("clusters", clusters.value, 1..=100_000, clusters.place, errors);
        stage::check_count("servers", servers.value, 1..=1_000, servers.place, errors);
        if let Some(leader) = leader {
            stage::check_positive("heartbeat", leader.value.heartbeat, leader.place, errors);
        }
        let timeout = document::law(&config.timeout, errors)?;
        let stages = stages(servers.value, servers.place, place, plan, errors)?;
        if errors.len() > before {
            return None;
        }
        let path = "lab-election/record".to_owned();
        Some(Settings {
            clusters: clusters.value,
            servers: servers.value,
            timeout,
            first_timeouts,
            starts_with_leader: leader.is_some(),
            heartbeat: leader.map_or(USUAL_HEARTBEAT, |l| l.value.heartbeat),
            rest,
            stages,
            scribe: plan.topology.add_service_node(path, NodeRole::Global, None),
        })
    }

    fn longest_memory(settings: &Settings) -> Span {
        settings.heartbeat.scale(2.0)
    }

    fn deploy(settings: &Settings, plan: &Plan, cast: &mut Cast<'_, Self>) {
        let onsets = stage::onsets(plan);
        for cluster in 0..settings.clusters {
            let path = |who: &str| format!("lab-election/cluster:{cluster}/{who}");
            let first = cast.next().0 + 1;
            let servers = (first..first + settings.servers).map(ActorId).collect();
            let scribe = Scribe::new(servers, onsets.clone(), settings.rest);
            let scribe = cast.add(settings.scribe, path("record"), Actor::Scribe(Box::new(scribe)));
            for i in 0..settings.servers {
                let others = (0..settings.servers).filter(|other| *other != i);
                let others = others.map(|other| ActorId(first + other)).collect();
                let server = Box::new(Server::new(settings, i, others, scribe));
                let node = match i.checked_sub(1) {
                    None => settings.stages[0].node(cluster as usize),
                    Some(i) => settings.stages[1].node(i as usize),
                };
                cast.add(node, path(&format!("server:{i}")), Actor::Server(server));
            }
        }
    }
}

fn stages(
    servers: u32,
    at: Place,
    table: Place,
    plan: &Plan,
    errors: &mut Diagnostics,
) -> Option<[Stage; 2]> {
    let stages: [Stage; 2] = stage::regions(Election::INFO.name, plan, table, errors)?;
    let (needed, there) = (servers.saturating_sub(1) as usize, stages[1].nodes());
    if there < needed {
        let message = format!("{needed} servers on {there} nodes of the second region");
        errors.error(Code::ImpossiblePlacement, at, message);
        return None;
    }
    Some(stages)
}
