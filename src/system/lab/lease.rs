//! `lab-lease`: holders renew a lease until they crash, and the grantor waits for it to run out.
//!
//! Holders stand in the topology's first region, the grantor in the second. Each holder asks for a lease of `length`
//! every `every`, from a random moment of the first such period on. When a lease is over by the grantor's clock, which is
//! when another holder could be given it, the grantor reports `observed.wait`: how long after the last fault began.
//!
//! What it does not model: who gets the lease next, and holders that give theirs back.

use crate::algorithm::lease::{Grantor, Holder};
use crate::base::diagnostics::Diagnostics;
use crate::base::document::Located;
use crate::base::ids::ActorId;
use crate::base::time::{SimTime, Span};
use crate::engine::contract::{SystemInfo, TimerClass, TimerName, Wire};
use crate::engine::record::{Change, Purpose};
use crate::model::plan::Plan;
use crate::system::lab::stage::{self, Stage};
use crate::system::lab::{Cast, Cx, Lab, NoDisk, Player};
use schemars::JsonSchema;
use serde::Deserialize;

/// The system.
#[derive(Clone, Copy, Debug)]
pub struct Lease;

/// `[system.lab-lease]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// How many holders there are, each with a lease of its own.
    pub holders: Located<u32>,
    /// How long a lease lasts.
    pub length: Located<Span>,
    /// How often it is renewed.
    pub every: Located<Span>,
    /// By how many parts per million the grantor allows clocks to run fast or slow. Default 0.
    pub drift_ppm: Option<Located<u32>>,
}

/// The table, resolved.
#[derive(Clone, Debug)]
pub struct Settings {
    holders: u32,
    length: Span,
    every: Span,
    drift_ppm: u32,
    stages: [Stage; 2],
}

/// A lease asked for and granted: both carry when it was asked for, by the holder's clock.
#[derive(Clone, Copy, Debug)]
pub enum Msg {
    /// Grant me a lease.
    Ask(SimTime),
    /// You have one.
    Grant(SimTime),
}

impl Wire for Msg {
    fn bytes(&self) -> u64 {
        64
    }
    fn label(&self) -> &'static str {
        match self {
            Msg::Ask(_) => "ask",
            Msg::Grant(_) => "grant",
        }
    }
    fn purpose(&self) -> Purpose {
        Purpose::Control
    }
}

/// Timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Renew.
    Renew,
    /// The lease of this holder is over, unless it was renewed.
    Expires(ActorId),
}

impl TimerName for Timer {
    fn class(self) -> TimerClass {
        TimerClass::Routine
    }
    fn label(self) -> &'static str {
        match self {
            Timer::Renew => "renew",
            Timer::Expires(_) => "expires",
        }
    }
}

/// Who takes part.
#[derive(Clone, Debug)]
pub enum Actor {
    /// Holds a lease.
    Holder {
        /// Its lease.
        lease: Holder,
        /// Who grants it.
        grantor: ActorId,
        /// How long it lasts.
        length: Span,
        /// How often it is renewed.
        every: Span,
    },
    /// Grants leases.
    Grantor {
        /// What it granted.
        leases: Grantor<ActorId>,
        /// How long a lease lasts.
        length: Span,
        /// When faults begin.
        onsets: Vec<SimTime>,
        /// Itself: its lease stands for all that it has forgotten.
        me: ActorId,
    },
}

impl Actor {
    /// Whether this is a holder that trusts its lease at `now` of its own steady clock.
    pub fn trusts(&self, now: SimTime) -> bool {
        matches!(self, Actor::Holder { lease, .. } if lease.valid(now))
    }

    /// Whether this is the grantor, and takes the lease of `who` for over at `now` of its own steady clock.
    pub fn takes_for_over(&self, who: ActorId, now: SimTime) -> bool {
        let Actor::Grantor { leases, me, .. } = self else { return false };
        [who, *me].into_iter().all(|lease| leases.expires(lease).is_none_or(|until| now >= until))
    }
}

impl Player<Lease> for Actor {
    fn on_start(&mut self, cx: &mut Cx<'_, Lease>) {
        if let Actor::Holder { every, .. } = self {
            let phase = cx.random("phase").uniform();
            cx.set_timer(Timer::Renew, every.scale(phase));
        }
    }

    /// A grantor knows nothing any more of what it granted, and waits for as long as the longest of it lasts.
    fn on_restart(&mut self, cx: &mut Cx<'_, Lease>) {
        if let Actor::Grantor { leases, length, me, .. } = self {
            leases.grant(*me, cx.monotonic(), *length);
        }
        self.on_start(cx);
    }

    fn on_message(&mut self, from: ActorId, msg: Msg, cx: &mut Cx<'_, Lease>) {
        match (self, msg) {
            (Actor::Grantor { leases, length, .. }, Msg::Ask(asked)) => {
                let now = cx.monotonic();
                let until = leases.grant(from, now, *length);
                cx.set_timer(Timer::Expires(from), until.since(now));
                cx.send(from, Msg::Grant(asked));
            }
            (Actor::Holder { lease, length, .. }, Msg::Grant(asked)) => lease.granted(asked, *length),
            _ => {}
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Lease>) {
        let now = cx.monotonic();
        match (self, timer) {
            (Actor::Holder { lease, grantor, every, .. }, Timer::Renew) => {
                lease.requested(now);
                cx.send(*grantor, Msg::Ask(now));
                cx.set_timer(Timer::Renew, *every);
            }
            (Actor::Grantor { onsets, .. }, Timer::Expires(_)) => {
                if let (1.., onset) = stage::last_onset(onsets, now) {
                    cx.change(Change::Observed { what: "wait", value: now.since(onset).seconds() });
                }
            }
            _ => {}
        }
    }
}

impl Lab for Lease {
    const INFO: SystemInfo = SystemInfo {
        name: "lab-lease",
        summary: "leases renewed until the holder crashes, and how long the grantor waits",
        sources: &["C. Gray and D. Cheriton, Leases (1989)"],
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
        let Located { value: Config { holders, length, every, drift_ppm }, place } = config;
        stage::check_count("holders", holders.value, 1..=100_000, holders.place, errors);
        stage::check_positive("length", length.value, length.place, errors);
        stage::check_positive("every", every.value, every.place, errors);
        if let Some(drift) = drift_ppm {
            stage::check_count("parts per million", drift.value, 0..=999_999, drift.place, errors);
        }
        let stages = stage::regions(Self::INFO.name, plan, place, errors)?;
        (errors.len() == before).then(|| Settings {
            holders: holders.value,
            length: length.value,
            every: every.value,
            drift_ppm: drift_ppm.map_or(0, |d| d.value),
            stages,
        })
    }

    fn longest_memory(settings: &Settings) -> Span {
        settings.length.scale(2.0)
    }

    fn deploy(settings: &Settings, plan: &Plan, cast: &mut Cast<'_, Self>) {
        let Settings { length, every, .. } = *settings;
        let leases = Grantor::new(settings.drift_ppm);
        let onsets = stage::onsets(plan);
        let grantor = Actor::Grantor { leases, length, onsets, me: cast.next() };
        let grantor = cast.add(settings.stages[1].node(0), "lab-lease/grantor", grantor);
        for i in 0..settings.holders {
            let holder = Actor::Holder { lease: Holder::new(), grantor, length, every };
            cast.add(settings.stages[0].node(i as usize), format!("lab-lease/holder:{i}"), holder);
        }
    }
}
