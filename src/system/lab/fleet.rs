//! `lab-fleet`: many independent machines that fail and are repaired, all up at the start.
//!
//! The machines are data inside one actor, each with its own next change on the actor's calendar. Once, at a given time,
//! they are inspected. Observed then: `up`, the share of machines that are.

use crate::base::diagnostics::{Code, Diagnostics};
use crate::base::dist::Law;
use crate::base::dist::text::SpanLaw;
use crate::base::document::{self, Located};
use crate::base::ids::{ActorId, NodeId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::engine::contract::{SystemInfo, TimerClass, TimerName};
use crate::engine::record::Change;
use crate::model::operation::Request;
use crate::model::plan::Plan;
use crate::model::topology::NodeRole;
use crate::system::lab::call::{Call, Caller};
use crate::system::lab::{Cast, Cx, Lab, NoDisk, Player};
use schemars::JsonSchema;
use serde::Deserialize;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The system.
#[derive(Clone, Copy, Debug)]
pub struct Fleet;

/// `[system.lab-fleet]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "LabFleet")]
pub struct Config {
    /// How many machines there are.
    pub machines: Located<u32>,
    /// Time from the start, or from a repair, to the next failure.
    pub to_failure: Located<SpanLaw>,
    /// Time from a failure to the end of its repair.
    pub repair: Located<SpanLaw>,
    /// When they are inspected.
    pub inspect_at: Span,
}

/// The table, resolved.
#[derive(Clone, Debug)]
pub struct Settings {
    machines: u32,
    inspect_at: Span,
    to_failure: Law,
    repair: Law,
    site: NodeId,
}

/// Timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// The next machine changes.
    NextChange,
    /// They are inspected.
    Inspect,
}

impl TimerName for Timer {
    fn class(self) -> TimerClass {
        match self {
            Timer::NextChange => TimerClass::Routine,
            Timer::Inspect => TimerClass::Work,
        }
    }
    fn label(self) -> &'static str {
        match self {
            Timer::NextChange => "next-change",
            Timer::Inspect => "inspect",
        }
    }
}

/// Who takes part.
#[derive(Clone, Debug)]
pub enum Actor {
    /// All machines.
    Site(Box<Site>),
    /// Sees that the site is there.
    Client(Caller),
}

/// All machines.
#[derive(Clone, Debug)]
pub struct Site {
    settings: Settings,
    /// When each machine changes next, the soonest first.
    changes: BinaryHeap<Reverse<(SimTime, u32)>>,
    up: Vec<bool>,
    up_now: u32,
}

impl Site {
    fn new(settings: &Settings) -> Site {
        let n = settings.machines;
        Site { changes: BinaryHeap::new(), up: vec![true; n as usize], up_now: n, settings: settings.clone() }
    }

    fn start(&mut self, cx: &mut Cx<'_, Fleet>) {
        let now = cx.monotonic();
        for machine in 0..self.settings.machines {
            let after = self.settings.to_failure.span(cx.random("change"));
            self.changes.push(Reverse((now + after, machine)));
        }
        cx.set_timer(Timer::Inspect, self.settings.inspect_at);
        self.wait(cx);
    }

    fn inspect(&mut self, cx: &mut Cx<'_, Fleet>) {
        // Changes of this very moment count.
        self.change(cx);
        let value = f64::from(self.up_now) / f64::from(self.settings.machines);
        cx.change(Change::Observed { what: "up", value });
    }

    fn wait(&self, cx: &mut Cx<'_, Fleet>) {
        if let Some(Reverse((at, _))) = self.changes.peek() {
            cx.set_timer(Timer::NextChange, at.since(cx.monotonic()));
        }
    }

    fn change(&mut self, cx: &mut Cx<'_, Fleet>) {
        let now = cx.monotonic();
        while let Some(Reverse((at, machine))) = self.changes.peek().copied().filter(|next| next.0.0 <= now) {
            self.changes.pop();
            let up = &mut self.up[machine as usize];
            *up = !*up;
            let law = if *up { &self.settings.to_failure } else { &self.settings.repair };
            self.up_now = if *up { self.up_now + 1 } else { self.up_now - 1 };
            self.changes.push(Reverse((at + law.span(cx.random("change")), machine)));
        }
        self.wait(cx);
    }
}

impl Player<Fleet> for Actor {
    fn on_start(&mut self, cx: &mut Cx<'_, Fleet>) {
        if let Actor::Site(site) = self {
            site.start(cx);
        }
    }

    fn on_message(&mut self, from: ActorId, msg: Call, cx: &mut Cx<'_, Fleet>) {
        match (self, msg) {
            (Actor::Site(_), Call::Ask(op)) => cx.send(from, Call::Answer(op, true)),
            (Actor::Client(caller), answer) => caller.answered::<Fleet>(answer, cx),
            _ => {}
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Fleet>) {
        match (self, timer) {
            (Actor::Site(site), Timer::NextChange) => site.change(cx),
            (Actor::Site(site), Timer::Inspect) => site.inspect(cx),
            _ => {}
        }
    }

    fn on_invoke(&mut self, request: Request, cx: &mut Cx<'_, Fleet>) {
        if let Actor::Client(caller) = self {
            caller.invoke::<Fleet>(&request, cx);
        }
    }
}

impl Lab for Fleet {
    const INFO: SystemInfo = SystemInfo {
        name: "lab-fleet",
        summary: "many independent machines that fail and are repaired, all up at the start",
        sources: &["R. Barlow and F. Proschan, Statistical Theory of Reliability and Life Testing (1975)"],
        levels: &["none"],
        guarantees: &[],
    };
    type Config = Config;
    type Settings = Settings;
    type Msg = Call;
    type Timer = Timer;
    type Disk = NoDisk;
    type Actor = Actor;

    fn resolve(config: Located<Config>, plan: &mut Plan, errors: &mut Diagnostics) -> Option<Settings> {
        let before = errors.len();
        let Config { machines, to_failure, repair, inspect_at } = config.value;
        if !(1..=10_000_000).contains(&machines.value) {
            let message = format!("between 1 and 10000000 machines, not {}", machines.value);
            errors.error(Code::NumberOutOfRange, machines.place, message);
        }
        let (to_failure, repair) = (document::law(&to_failure, errors)?, document::law(&repair, errors)?);
        if errors.len() > before {
            return None;
        }
        let path = "lab-fleet/site".to_owned();
        let site = plan.topology.add_service_node(path, NodeRole::Regional, Some(RegionId(0)));
        Some(Settings { machines: machines.value, inspect_at, to_failure, repair, site })
    }

    fn deploy(settings: &Settings, plan: &Plan, cast: &mut Cast<'_, Self>) {
        let site = Actor::Site(Box::new(Site::new(settings)));
        let site = cast.add(settings.site, "lab-fleet/site", site);
        cast.clients(plan, |_, _| Actor::Client(Caller::new(site)));
    }
}
