//! `lab-detector`: members that send heartbeats, and watchers that suspect them.
//!
//! Members stand in the topology's first region, each one's watcher in the second. A member sends a heartbeat `every` so
//! often, from a random moment of the first such period on. A watcher suspects its member
//!
//! - `misses`: when so many heartbeats in a row have not come, looked at when each is expected (the first that came tells
//!   when; one that comes at that very instant has come);
//! - `silence`: when none came for so long, whenever they were sent;
//! - `phi`: when the silence is as improbable as the threshold says, for intervals of a known normal law.
//!
//! The first suspicion after a fault began is `observed.detection-time` from its onset; a member already suspected then
//! gives none. Any other suspicion is false: `observed.false-suspicion-time`, from when the watcher last began to watch or
//! to trust the member again. Every suspicion gives `observed.silence`, from the last heartbeat that came.
//!
//! False suspicions may be rare. Then the network may lose more than the link in question does, and the watcher weighs
//! what it saw: see [`Weighing`]. The false-suspicion time is then a ratio of two weighted sums.
//!
//! What it does not model: who tells whom of a suspicion, and what is done about it.

mod member;
mod watcher;
pub mod weighing;

use crate::base::diagnostics::{Code, Diagnostics};
use crate::base::document::Located;
use crate::base::ids::{ActorId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::base::units::Share;
use crate::engine::contract::{SystemInfo, TimerClass, TimerName, Wire};
use crate::engine::record::Purpose;
use crate::model::plan::Plan;
use crate::system::lab::stage::{self, Stage};
use crate::system::lab::{Cast, Cx, Lab, NoDisk, Player};
pub use member::Member;
use schemars::JsonSchema;
use serde::Deserialize;
pub use watcher::Watcher;
use weighing::Weighing;

/// The system.
#[derive(Clone, Copy, Debug)]
pub struct Detector;

/// `[system.lab-detector]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// How many members there are, each with a watcher of its own.
    pub members: Located<u32>,
    /// How often a member sends a heartbeat.
    pub every: Located<Span>,
    /// All members send at whole multiples of `every`, instead of each at its own random phase.
    #[serde(default)]
    pub in_step: bool,
    /// When a watcher suspects.
    pub suspect: Located<Suspect>,
    /// A watcher stops after so many false suspicions, and has its member stop; it never does unless given.
    pub suspicions: Option<Located<u32>>,
    /// Estimate the false-suspicion time on a link with another loss than the network's.
    pub weigh: Option<Located<Weigh>>,
}

/// When a watcher suspects its member.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Suspect {
    /// When so many heartbeats in a row have not come when they were expected.
    Misses(u32),
    /// When none came for so long.
    Silence(Span),
    /// When the suspicion level of the silence reaches a threshold.
    Phi(Phi),
}

/// A threshold of suspicion, and the normal law of the time between two heartbeats.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Phi {
    /// A silence of probability 10^-threshold is suspicious.
    pub threshold: f64,
    /// The mean time between two heartbeats.
    pub mean: Span,
    /// Its standard deviation.
    pub sd: Span,
}

/// What is estimated, other than what the network does.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Weigh {
    /// The loss of the link in question.
    pub loss: Share,
    /// How many stretches between two heartbeats that came make one estimate.
    pub stretches: u32,
}

/// The table, resolved.
#[derive(Clone, Debug)]
pub struct Settings {
    members: u32,
    every: Span,
    in_step: bool,
    suspect: Suspect,
    suspicions: u32,
    weighing: Option<Weighing>,
    stages: [Stage; 2],
}

/// What goes over the wire.
#[derive(Clone, Copy, Debug)]
pub enum Msg {
    /// I am alive.
    Beat {
        /// When the member's process started, by its own clock.
        born: SimTime,
        /// Which heartbeat since then, from 0.
        number: u64,
    },
    /// The watcher has seen enough.
    Enough,
}

impl Wire for Msg {
    fn bytes(&self) -> u64 {
        64
    }
    fn label(&self) -> &'static str {
        match self {
            Msg::Beat { .. } => "heartbeat",
            Msg::Enough => "enough",
        }
    }
    fn purpose(&self) -> Purpose {
        Purpose::Control
    }
}

/// Timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Send a heartbeat.
    Beat,
    /// Look whether the member is to be suspected.
    Look,
}

impl TimerName for Timer {
    fn class(self) -> TimerClass {
        TimerClass::Routine
    }
    fn label(self) -> &'static str {
        match self {
            Timer::Beat => "beat",
            Timer::Look => "look",
        }
    }
}

/// Who takes part.
#[derive(Clone, Debug)]
pub enum Actor {
    /// Sends heartbeats.
    Member(Member),
    /// Waits for them.
    Watcher(Box<Watcher>),
}

impl Player<Detector> for Actor {
    fn on_start(&mut self, cx: &mut Cx<'_, Detector>) {
        match self {
            Actor::Member(member) => member.on_start(cx),
            Actor::Watcher(watcher) => watcher.on_start(cx),
        }
    }

    fn on_message(&mut self, from: ActorId, msg: Msg, cx: &mut Cx<'_, Detector>) {
        match (self, msg) {
            (Actor::Member(_), Msg::Enough) => cx.cancel_timer(Timer::Beat),
            (Actor::Watcher(watcher), Msg::Beat { born, number }) => watcher.beat(from, born, number, cx),
            _ => {}
        }
    }

    fn on_timer(&mut self, _: Timer, cx: &mut Cx<'_, Detector>) {
        match self {
            Actor::Member(member) => member.beat(cx),
            Actor::Watcher(watcher) => watcher.look(cx),
        }
    }
}

impl Lab for Detector {
    const INFO: SystemInfo = SystemInfo {
        name: "lab-detector",
        summary: "heartbeats, and watchers that count misses, time the silence, or accrue suspicion",
        sources: &[
            "T. Chandra and S. Toueg, Unreliable failure detectors for reliable distributed systems (1996)",
            "N. Hayashibara and others, The phi accrual failure detector (2004)",
        ],
        levels: &[],
        guarantees: &[],
    };
    type Config = Config;
    type Settings = Settings;
    type Msg = Msg;
    type Timer = Timer;
    type Disk = NoDisk;
    type Actor = Actor;

    fn resolve(config: Located<Config>, plan: &mut Plan, errors: &mut Diagnostics) -> Option<Settings> {
        let before = errors.len();
        let Located { value: config, place } = config;
        stage::check_count("members", config.members.value, 1..=100_000, config.members.place, errors);
        stage::check_positive("every", config.every.value, config.every.place, errors);
        check_rule(&config.suspect, errors);
        let stages = stage::regions(Self::INFO.name, plan, place, errors)?;
        let weighing = match &config.weigh {
            Some(weigh) => Some(weighing(weigh, &config, plan, errors)?),
            None => None,
        };
        (errors.len() == before).then(|| Settings {
            members: config.members.value,
            every: config.every.value,
            in_step: config.in_step,
            suspect: config.suspect.value,
            suspicions: config.suspicions.map_or(u32::MAX, |n| n.value.max(1)),
            weighing,
            stages,
        })
    }

    fn deploy(settings: &Settings, plan: &Plan, cast: &mut Cast<'_, Self>) {
        let onsets = stage::onsets(plan);
        for i in 0..settings.members {
            let node = |stage: &Stage| stage.node(i as usize);
            let member = Member::new(settings, ActorId(cast.next().0 + 1));
            cast.add(node(&settings.stages[0]), format!("lab-detector/member:{i}"), Actor::Member(member));
            let watcher = Box::new(Watcher::new(settings, onsets.clone()));
            let path = format!("lab-detector/watcher:{i}");
            cast.add(node(&settings.stages[1]), path, Actor::Watcher(watcher));
        }
    }
}

fn check_rule(suspect: &Located<Suspect>, errors: &mut Diagnostics) {
    match suspect.value {
        Suspect::Misses(misses) => {
            stage::check_count("misses", misses, 1..=1_000_000, suspect.place, errors);
        }
        Suspect::Silence(silence) => stage::check_positive("silence", silence, suspect.place, errors),
        Suspect::Phi(Phi { threshold, .. }) if threshold > 0.0 && threshold <= 300.0 => {}
        Suspect::Phi(_) => {
            errors.error(Code::OutsideLimits, suspect.place, "a threshold above 0 and of at most 300");
        }
    }
}

fn weighing(
    weigh: &Located<Weigh>,
    config: &Config,
    plan: &Plan,
    errors: &mut Diagnostics,
) -> Option<Weighing> {
    let drawn = plan.network.loss.get(RegionId(0)).and_then(|row| row.get(RegionId(1))).copied();
    let drawn = drawn.unwrap_or(0.0);
    let mut refuse = |why: &str| {
        errors.error(Code::RefusedCombination, weigh.place, why);
        None
    };
    let Suspect::Misses(_) = config.suspect.value else {
        return refuse("only a watcher that counts misses knows what was lost");
    };
    if config.suspicions.is_some() {
        return refuse("`suspicions` and `weigh` are two ways to estimate the same");
    }
    if !(drawn > 0.0 && drawn < 1.0 && weigh.loss.0 < 1.0) {
        return refuse("`weigh` needs a link from the first region to the second with a loss of its own");
    }
    if weigh.stretches == 0 {
        return refuse("an estimate needs at least one stretch");
    }
    Some(Weighing::new(weigh.loss.0, drawn, weigh.stretches))
}
