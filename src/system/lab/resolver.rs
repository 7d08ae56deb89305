//! `lab-resolver`: caches of a name's address, and how long they go on with the old one.
//!
//! Caches stand in the topology's first region; the authority is a global service (a `dns-down` fault takes it down). It
//! gives out the address with a time to live, and another address from `change-at` on. A cache without `lookups` is busy:
//! it fetches the address again as soon as it has expired, the first time at a random moment of the first TTL. One with
//! `lookups` is asked now and then, and fetches the address only when asked while it has none.
//!
//! Observed: `remaining-ttl`, how long after the change a cache that had the old address could still give it out; and at
//! each of `probe-at`, of every cache, `held` (1 if it has an address, else 0) and `on-old-address` (1 if it has one that
//! the authority no longer gives out, else 0).
//!
//! What it does not model: chains of resolvers, negative answers, and caches that keep an address beyond its TTL.

mod cache;

use crate::base::diagnostics::{Code, Diagnostics};
use crate::base::dist::Law;
use crate::base::dist::text::SpanLaw;
use crate::base::document::{self, Located};
use crate::base::ids::{ActorId, NodeId};
use crate::base::time::{SimTime, Span};
use crate::engine::contract::{SystemInfo, TimerClass, TimerName, Wire};
use crate::engine::record::Purpose;
use crate::model::plan::Plan;
use crate::model::topology::NodeRole;
use crate::system::lab::stage::{self, Stage};
use crate::system::lab::{Cast, Cx, Lab, NoDisk, Player};
pub use cache::Cache;
use schemars::JsonSchema;
use serde::Deserialize;

/// The system.
#[derive(Clone, Copy, Debug)]
pub struct Resolver;

/// `[system.lab-resolver]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// How many caches there are.
    pub caches: Located<u32>,
    /// How long an address may be kept.
    pub ttl: Located<Span>,
    /// The time between two lookups at a cache; all the time unless given.
    pub lookups: Option<Located<SpanLaw>>,
    /// When the authority begins to give out another address; never unless given.
    pub change_at: Option<Span>,
    /// When to look at what the caches have.
    #[serde(default)]
    pub probe_at: Vec<Span>,
}

/// The table, resolved.
#[derive(Clone, Debug)]
pub struct Settings {
    caches: u32,
    ttl: Span,
    lookups: Option<Law>,
    change_at: SimTime,
    probes: Vec<SimTime>,
    stage: Stage,
    authority: NodeId,
}

/// An address and since when the authority gives it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    since: SimTime,
}

/// What goes over the wire.
#[derive(Clone, Copy, Debug)]
pub enum Msg {
    /// Which address?
    Query,
    /// This one.
    Answer(Address),
    /// Which one is it now? Not for the cache to keep: to compare with what it has.
    Compare,
    /// This one.
    Current(Address),
}

impl Wire for Msg {
    fn bytes(&self) -> u64 {
        128
    }
    fn label(&self) -> &'static str {
        match self {
            Msg::Query => "query",
            Msg::Answer(_) => "answer",
            Msg::Compare => "compare",
            Msg::Current(_) => "current",
        }
    }
    fn purpose(&self) -> Purpose {
        Purpose::Control
    }
}

/// Timers of a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Fetch the address.
    Fetch,
    /// A client looks the name up.
    Lookup,
    /// Look at what the cache has.
    Probe(u32),
}

impl TimerName for Timer {
    fn class(self) -> TimerClass {
        TimerClass::Routine
    }
    fn label(self) -> &'static str {
        match self {
            Timer::Fetch => "fetch",
            Timer::Lookup => "lookup",
            Timer::Probe(_) => "probe",
        }
    }
}

/// Who takes part.
#[derive(Clone, Debug)]
pub enum Actor {
    /// Keeps the address for a while.
    Cache(Box<Cache>),
    /// Knows the address, and when it changes.
    Authority(SimTime),
}

impl Player<Resolver> for Actor {
    fn on_start(&mut self, cx: &mut Cx<'_, Resolver>) {
        if let Actor::Cache(cache) = self {
            cache.on_start(cx);
        }
    }

    fn on_message(&mut self, from: ActorId, msg: Msg, cx: &mut Cx<'_, Resolver>) {
        match (self, msg) {
            (Actor::Authority(change_at), Msg::Query | Msg::Compare) => {
                let changed = cx.now() >= *change_at;
                let address = Address { since: if changed { *change_at } else { SimTime::ZERO } };
                let answer = if matches!(msg, Msg::Query) { Msg::Answer } else { Msg::Current };
                cx.send(from, answer(address));
            }
            (Actor::Cache(cache), Msg::Answer(address)) => cache.learn(address, cx),
            (Actor::Cache(cache), Msg::Current(address)) => cache.compare(address, cx),
            _ => {}
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Cx<'_, Resolver>) {
        if let Actor::Cache(cache) = self {
            cache.on_timer(timer, cx);
        }
    }
}

impl Lab for Resolver {
    const INFO: SystemInfo = SystemInfo {
        name: "lab-resolver",
        summary: "caches of a name's address that go on with the old one until it expires",
        sources: &["J. Jung and others, Modeling TTL-based Internet caches (2003)"],
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
        let Located { value: Config { caches, ttl, lookups, change_at, probe_at }, place } = config;
        stage::check_count("caches", caches.value, 1..=100_000, caches.place, errors);
        stage::check_positive("ttl", ttl.value, ttl.place, errors);
        let law = lookups.as_ref().and_then(|law| document::law(law, errors));
        if let (Some(text), Some(Law::Constant(0.0))) = (&lookups, &law) {
            errors.error(Code::OutsideLimits, text.place, "a cache without `lookups` is asked all the time");
        }
        let [stage] = stage::regions(Self::INFO.name, plan, place, errors)?;
        if errors.len() > before {
            return None;
        }
        let at = |span: Span| SimTime::ZERO + span;
        Some(Settings {
            caches: caches.value,
            ttl: ttl.value,
            lookups: law,
            change_at: change_at.map_or(SimTime::MAX, at),
            probes: probe_at.into_iter().map(at).collect(),
            stage,
            authority: plan.topology.add_service_node("lab-resolver/authority".into(), NodeRole::Dns, None),
        })
    }

    fn longest_memory(settings: &Settings) -> Span {
        settings.ttl
    }

    fn deploy(settings: &Settings, _: &Plan, cast: &mut Cast<'_, Self>) {
        let authority = Actor::Authority(settings.change_at);
        let authority = cast.add(settings.authority, "lab-resolver/authority", authority);
        for i in 0..settings.caches {
            let cache = Cache::new(settings, authority);
            let path = format!("lab-resolver/cache:{i}");
            cast.add(settings.stage.node(i as usize), path, Actor::Cache(Box::new(cache)));
        }
    }
}
