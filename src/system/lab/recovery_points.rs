//! `lab-recovery-points`: what is lost when a primary goes down and a copy elsewhere takes over at once.
//!
//! Units of one primary (in the topology's first region) and `copies` copies of it (in the second). A primary with
//! `writes` writes at random moments. What reaches a copy:
//!
//! - `points`: `every` so often, from a random moment of the first such period on, a recovery point, which is the state of
//!   the primary as of `lag` before it was cut (storage that was still behind);
//! - `records`: each write, over the network. They are used `as-they-come`, or `in-order`: then one only after all that
//!   were written before it.
//!
//! A copy takes over at the instant at which the window's first fault of the whole first region begins, and takes nothing
//! from the old primary from then on. Observed with points: `rpo`, how old the state is that the copy goes on from. When the old primary comes back,
//! the copy compares: `lost-writes` is how many of the primary's writes it did not go on with; and with records `rpo` is
//! how long before the fault the oldest of these was written (0 if there are none).
//!
//! What it does not model: detection (the copy knows at once), fail-back, and merging what was lost.

mod copy;
mod primary;

use crate::base::diagnostics::{Code, Diagnostics};
use crate::base::dist::Law;
use crate::base::dist::text::SpanLaw;
use crate::base::document::{self, Located};
use crate::base::ids::{ActorId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::base::units::Rate;
use crate::engine::contract::{Storage, SystemInfo, TimerClass, TimerName, Wire};
use crate::engine::record::Purpose;
use crate::model::plan::Plan;
use crate::system::lab::stage::{self, Stage};
use crate::system::lab::{Cast, Cx, Lab, Player};
pub use copy::Copy;
pub use primary::Primary;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// The system.
#[derive(Clone, Copy, Debug)]
pub struct RecoveryPoints;

/// `[system.lab-recovery-points]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// How many primaries there are, which have nothing to do with each other.
    pub units: Located<u32>,
    /// Copies of each primary; 1 unless given.
    pub copies: Option<Located<u32>>,
    /// Writes of each primary, at random moments; none unless given.
    pub writes: Option<Located<Rate>>,
    /// What reaches the copies.
    pub ship: Located<Ship>,
}

/// What reaches a copy.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Ship {
    /// The state, now and then.
    Points(Points),
    /// Each write.
    Records(Order),
}

/// When recovery points are cut, and what is in them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Points {
    /// How often.
    pub every: Span,
    /// How old the state in a point is when it is cut.
    pub lag: Located<SpanLaw>,
}

/// When a record that has reached a copy can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// At once.
    AsTheyCome,
    /// When all that were written before it have come.
    InOrder,
}

/// How a unit works, resolved.
#[derive(Clone, Debug)]
enum Way {
    Points(Span, Law),
    Records(Order),
}

/// The table, resolved.
#[derive(Clone, Debug)]
pub struct Settings {
    units: u32,
    copies: u32,
    /// Mean time between two writes, in seconds.
    gap: Option<Law>,
    way: Way,
    stages: [Stage; 2],
}

/// What goes over the wire.
#[derive(Clone, Debug)]
pub enum Msg {
    /// The state of this time: so many writes.
    Point(SimTime, u64),
    /// A write, by its number from 1.
    Record(u64),
    /// The primary is back, with all the writes on its disk.
    Back(Arc<[SimTime]>),
}

impl Wire for Msg {
    fn bytes(&self) -> u64 {
        match self {
            Msg::Point(..) | Msg::Record(_) => 1_024,
            Msg::Back(log) => 8 * log.len() as u64,
        }
    }
    fn label(&self) -> &'static str {
        match self {
            Msg::Point(..) => "point",
            Msg::Record(_) => "record",
            Msg::Back(_) => "back",
        }
    }
    fn purpose(&self) -> Purpose {
        match self {
            Msg::Record(_) => Purpose::Replication,
            Msg::Point(..) | Msg::Back(_) => Purpose::Copy,
        }
    }
}

/// Timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Write.
    Write,
    /// Cut a recovery point for this copy.
    Cut(u32),
    /// Take over.
    TakeOver,
}

impl TimerName for Timer {
    fn class(self) -> TimerClass {
        TimerClass::Routine
    }
    fn label(self) -> &'static str {
        match self {
            Timer::Write => "write",
            Timer::Cut(_) => "cut",
            Timer::TakeOver => "take-over",
        }
    }
}

/// When each write was made.
#[derive(Clone, Debug, Default)]
pub struct Log(Vec<SimTime>);

impl Storage for Log {
    type Record = SimTime;
    fn write(&mut self, at: SimTime) {
        self.0.push(at);
    }
}

/// Who takes part.
#[derive(Clone, Debug)]
pub enum Actor {
    /// Writes.
    Primary(Box<Primary>),
    /// Takes over.
    Copy(Box<Copy>),
}

impl Player<RecoveryPoints> for Actor {
    fn on_start(&mut self, cx: &mut Cx<'_, RecoveryPoints>) {
        match self {
            Actor::Primary(primary) => primary.on_start(cx),
            Actor::Copy(copy) => copy.on_start(cx),
        }
    }

    fn on_restart(&mut self, cx: &mut Cx<'_, RecoveryPoints>) {
        match self {
            Actor::Primary(primary) => primary.on_restart(cx),
            Actor::Copy(copy) => copy.on_start(cx),
        }
    }

    fn on_message(&mut self, _: ActorId, msg: Msg, cx: &mut Cx<'_, RecoveryPoints>) {
        if let Actor::Copy(copy) = self {
            copy.on_message(msg, cx);
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, RecoveryPoints>) {
        match (self, timer) {
            (Actor::Primary(primary), Timer::Write) => primary.write(cx),
            (Actor::Primary(primary), Timer::Cut(copy)) => primary.cut(copy, cx),
            (Actor::Copy(copy), Timer::TakeOver) => copy.take_over(cx),
            _ => {}
        }
    }
}

impl Lab for RecoveryPoints {
    const INFO: SystemInfo = SystemInfo {
        name: "lab-recovery-points",
        summary: "recovery points or records shipped to a copy, and what is lost when it takes over",
        sources: &["K. Keeton and others, Designing for disasters (2004)"],
        levels: &[],
        guarantees: &[],
    };
    type Config = Config;
    type Settings = Settings;
    type Msg = Msg;
    type Timer = Timer;
    type Disk = Log;
    type Actor = Actor;

    fn resolve(config: Located<Config>, plan: &mut Plan, errors: &mut Diagnostics) -> Option<Settings> {
        let before = errors.len();
        let Located { value: Config { units, copies, writes, ship }, place } = config;
        stage::check_count("units", units.value, 1..=100_000, units.place, errors);
        if let Some(copies) = copies {
            stage::check_count("copies", copies.value, 1..=10_000, copies.place, errors);
        }
        if let Some(writes) = writes.filter(|rate| rate.0 <= 0.0) {
            errors.error(Code::ZeroRate, writes.place, "a primary without writes has no `writes`");
        }
        let way = match &ship.value {
            Ship::Points(points) => {
                stage::check_positive("every", points.every, ship.place, errors);
                Way::Points(points.every, document::law(&points.lag, errors)?)
            }
            Ship::Records(order) => Way::Records(*order),
        };
        let stages = stage::regions(Self::INFO.name, plan, place, errors)?;
        (errors.len() == before).then(|| Settings {
            units: units.value,
            copies: copies.map_or(1, |n| n.value),
            gap: writes.map(|rate| Law::Exponential { mean: 1.0 / rate.0 }),
            way,
            stages,
        })
    }

    fn deploy(settings: &Settings, plan: &Plan, cast: &mut Cast<'_, Self>) {
        let take_over_at = stage::first_of_region(plan, RegionId(0));
        for unit in 0..settings.units as usize {
            let path = |who: &str| format!("lab-recovery-points/unit:{unit}/{who}");
            let node = |stage: &Stage| stage.node(unit);
            let copies: Vec<ActorId> = (0..settings.copies)
                .map(|i| {
                    let copy = Copy::new(&settings.way, take_over_at);
                    let path = path(&format!("copy:{i}"));
                    cast.add(node(&settings.stages[1]), path, Actor::Copy(Box::new(copy)))
                })
                .collect();
            let primary = Actor::Primary(Box::new(Primary::new(settings, copies)));
            cast.add(node(&settings.stages[0]), path("primary"), primary);
        }
    }
}
