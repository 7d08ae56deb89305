//! `lab-queue`: a station of servers with one queue in front of it (M/M/c, M/G/1, M/M/1/K, M/G/c/c).
//!
//! Every operation of the workload is a job. It goes over the network to the station, waits there for a free server, is
//! served for a draw of the service law, and is answered. A job that finds the station full is refused (429). What is
//! observed, of jobs that arrive after the warm-up:
//!
//! - `observed.wait`: from arrival to the start of service, and `observed.waits`: 1 if that took any time, else 0;
//! - `observed.time-in-system`: from arrival to the end of service;
//! - `observed.found`: how many jobs an arrival found there, which with Poisson arrivals is the mean over time;
//! - `observed.refused`: 1 for a job that was refused, else 0;
//! - `observed.drain-time`: from the moment at which `backlog` jobs are there until the station is empty.

use crate::base::diagnostics::{Code, Diagnostics};
use crate::base::dist::Law;
use crate::base::dist::text::SpanLaw;
use crate::base::document::{self, Located};
use crate::base::ids::{ActorId, NodeId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::engine::contract::{SystemInfo, TimerClass, TimerName, Wire};
use crate::engine::record::{Change, Completion, Purpose};
use crate::model::operation::{OpId, Request, Status};
use crate::model::plan::Plan;
use crate::model::topology::NodeRole;
use crate::system::lab::{Cast, Cx, Lab, NoDisk, Player};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::VecDeque;

/// The system.
#[derive(Clone, Copy, Debug)]
pub struct Queue;

/// `[system.lab-queue]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "LabQueue")]
pub struct Config {
    /// How many jobs can be served at once.
    pub servers: Located<u32>,
    /// How long a job takes to serve.
    pub service: Located<SpanLaw>,
    /// How many jobs fit in, those in service among them; any number unless given.
    pub capacity: Option<Located<u32>>,
    /// Jobs that arrive before this are not observed.
    pub warm_up: Span,
    /// Observe how long it takes to get empty once this many jobs are there.
    pub backlog: Option<u32>,
}

/// The table, resolved.
#[derive(Clone, Debug)]
pub struct Settings {
    servers: u32,
    service: Law,
    capacity: usize,
    warm_up: SimTime,
    backlog: usize,
    node: NodeId,
}

/// A job on its way to the station, and its answer.
#[derive(Clone, Debug)]
pub enum Msg {
    /// Do this.
    Job(OpId),
    /// It is done, or was refused.
    Answer(OpId, bool),
}

impl Wire for Msg {
    fn bytes(&self) -> u64 {
        64
    }
    fn label(&self) -> &'static str {
        match self {
            Msg::Job(_) => "job",
            Msg::Answer(..) => "answer",
        }
    }
    fn purpose(&self) -> Purpose {
        Purpose::Client
    }
}

/// The job at this server is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Done(u32);

impl TimerName for Done {
    fn class(self) -> TimerClass {
        TimerClass::Work
    }
    fn label(self) -> &'static str {
        "done"
    }
}

/// Who takes part.
#[derive(Clone, Debug)]
pub enum Actor {
    /// The station.
    Station(Box<Station>),
    /// A client.
    Client {
        /// Where its jobs go.
        station: ActorId,
        /// Where the station is.
        region: RegionId,
    },
}

/// A job that is there.
#[derive(Clone, Copy, Debug)]
struct Job {
    op: OpId,
    from: ActorId,
    arrived: SimTime,
}

/// The servers and those who wait for them.
#[derive(Clone, Debug)]
pub struct Station {
    settings: Settings,
    in_service: Vec<Option<Job>>,
    waiting: VecDeque<Job>,
    busy: usize,
    backlog_since: Option<SimTime>,
}

impl Station {
    fn new(settings: &Settings) -> Station {
        Station {
            in_service: vec![None; settings.servers as usize],
            waiting: VecDeque::new(),
            busy: 0,
            backlog_since: None,
            settings: settings.clone(),
        }
    }

    fn observe(&self, job: Job, what: &'static str, value: f64, cx: &mut Cx<'_, Queue>) {
        if job.arrived >= self.settings.warm_up {
            cx.change(Change::Observed { what, value });
        }
    }

    fn arrive(&mut self, job: Job, cx: &mut Cx<'_, Queue>) {
        let there = self.busy + self.waiting.len();
        self.observe(job, "found", there as f64, cx);
        let refused = there >= self.settings.capacity;
        self.observe(job, "refused", f64::from(u8::from(refused)), cx);
        if refused {
            return cx.send(job.from, Msg::Answer(job.op, false));
        }
        if there + 1 >= self.settings.backlog {
            self.backlog_since.get_or_insert(job.arrived);
        }
        self.waiting.push_back(job);
        if let Some(free) = self.in_service.iter().position(Option::is_none) {
            self.serve(free, cx);
        }
    }

    /// The first job in the queue goes to a free server.
    fn serve(&mut self, server: usize, cx: &mut Cx<'_, Queue>) {
        let Some(job) = self.waiting.pop_front() else { return };
        let waited = cx.monotonic().since(job.arrived);
        self.observe(job, "wait", waited.seconds(), cx);
        self.observe(job, "waits", f64::from(u8::from(waited > Span::ZERO)), cx);
        self.busy += 1;
        self.in_service[server] = Some(job);
        let takes = self.settings.service.span(cx.random("service"));
        cx.set_timer(Done(server as u32), takes);
    }

    fn done(&mut self, server: usize, cx: &mut Cx<'_, Queue>) {
        let Some(job) = self.in_service[server].take() else { return };
        self.busy -= 1;
        self.observe(job, "time-in-system", cx.monotonic().since(job.arrived).seconds(), cx);
        cx.send(job.from, Msg::Answer(job.op, true));
        self.serve(server, cx);
        if self.busy == 0
            && let Some(since) = self.backlog_since.take()
        {
            let value = cx.monotonic().since(since).seconds();
            cx.change(Change::Observed { what: "drain-time", value });
        }
    }
}

impl Player<Queue> for Actor {
    fn on_message(&mut self, from: ActorId, msg: Msg, cx: &mut Cx<'_, Queue>) {
        match (self, msg) {
            (Actor::Station(station), Msg::Job(op)) => {
                station.arrive(Job { op, from, arrived: cx.monotonic() }, cx);
            }
            (Actor::Client { region, .. }, Msg::Answer(op, ok)) => {
                let status = Some(if ok { Status::OK } else { Status::THROTTLED });
                cx.complete(op, Completion { ok, status, served: Some(*region), ..Completion::default() });
            }
            _ => {}
        }
    }

    fn on_timer(&mut self, Done(server): Done, cx: &mut Cx<'_, Queue>) {
        if let Actor::Station(station) = self {
            station.done(server as usize, cx);
        }
    }

    fn on_invoke(&mut self, request: Request, cx: &mut Cx<'_, Queue>) {
        match self {
            // There is no data to read back when the window closes.
            Actor::Client { .. } if request.closing => {
                cx.complete(request.id, Completion { ok: true, ..Completion::default() });
            }
            Actor::Client { station, .. } => cx.send(*station, Msg::Job(request.id)),
            Actor::Station(_) => {}
        }
    }
}

impl Lab for Queue {
    const INFO: SystemInfo = SystemInfo {
        name: "lab-queue",
        summary: "servers with one queue: M/M/c, M/G/1, M/M/1/K, M/G/c/c",
        sources: &["D. Gross and others, Fundamentals of Queueing Theory (2008)"],
        levels: &["none"],
        guarantees: &[],
    };
    type Config = Config;
    type Settings = Settings;
    type Msg = Msg;
    type Timer = Done;
    type Disk = NoDisk;
    type Actor = Actor;

    fn resolve(config: Located<Config>, plan: &mut Plan, errors: &mut Diagnostics) -> Option<Settings> {
        let before = errors.len();
        let Config { servers, service, capacity, warm_up, backlog } = config.value;
        if !(1..=100_000).contains(&servers.value) {
            let message = format!("between 1 and 100000 servers, not {}", servers.value);
            errors.error(Code::NumberOutOfRange, servers.place, message);
        }
        if let Some(capacity) = capacity.filter(|c| c.value < servers.value) {
            let message =
                format!("{} servers do not fit into a capacity of {}", servers.value, capacity.value);
            errors.error(Code::OutsideLimits, capacity.place, message);
        }
        let service = document::law(&service, errors)?;
        if errors.len() > before {
            return None;
        }
        let region = RegionId(0);
        let path = format!("lab-queue/{}/station", plan.topology.region_path(region));
        let node = plan.topology.add_service_node(path, NodeRole::Regional, Some(region));
        Some(Settings {
            servers: servers.value,
            service,
            capacity: capacity.map_or(usize::MAX, |c| c.value as usize),
            warm_up: SimTime::ZERO + warm_up,
            backlog: backlog.map_or(usize::MAX, |n| n as usize),
            node,
        })
    }

    fn deploy(settings: &Settings, plan: &Plan, cast: &mut Cast<'_, Self>) {
        let region = RegionId(0);
        let station = Actor::Station(Box::new(Station::new(settings)));
        let station = cast.add(settings.node, "lab-queue/station", station);
        cast.clients(plan, |_, _| Actor::Client { station, region });
    }
}
